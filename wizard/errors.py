"""The two kinds of trouble: what the user can fix (`WizardError` and its kinds) and bugs (everything else).

Every door catches `WizardError` once, at the top, and prints message, place and next step without a traceback.
"""

from __future__ import annotations


class WizardError(Exception):
    """Something the user can act on.

    `message` says what is wrong, `where` is `path` or `path:line` (empty when no file is involved),
    `next_step` says what to do about it. None of the three may contain a secret.
    """

    exit_code = 1

    def __init__(self, message: str, *, next_step: str, where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.next_step = next_step


class UsageError(WizardError):
    """The command, an answer or an option is wrong: exit 2."""

    exit_code = 2


class UnreadableError(WizardError):
    """A file of the stack cannot be parsed or decoded; `where` names path and line."""


class RefusedError(WizardError):
    """An edit or a commit would not be safe, so nothing was written."""


class RepositoryError(WizardError):
    """The git repository is in a state in which the wizard does not write (bare, rebase in progress, no identity …)."""


class RuntimeUnavailableError(WizardError):
    """The runtime of the live checks (engine, embedded servers) cannot be used on this machine, and why."""


class CancelledError(WizardError):
    """The person stopped the work; the repository is as it was before it began: exit 130."""

    exit_code = 130
