"""Options that say nothing without another one, or not beside it: refused, because what they ask would not be done."""

from __future__ import annotations

import argparse

from wizard.errors import UsageError

NEEDS = {
    "check": (
        ("accept_new", "write_baseline"),
        ("runtime", "live"),
        ("log_window", "live"),
        ("probe_in_use", "live"),
    ),
    "report": (("port", "serve"),),
}
"""Options that change only what another one does."""
AGAINST = {
    "": (("quiet", "verbose"),),
    "check": (("baseline", "write_baseline"),),
    "run": (
        ("no_live", "runtime"),
        ("no_live", "log_window"),
        ("no_live", "probe_in_use"),
        ("print_answers", "all"),
    ),
}
"""Options of which one takes away what the other asks for."""


def check_together(args: argparse.Namespace) -> None:
    """Refuses options that do not go together. Raises `UsageError`."""
    for option, other in NEEDS.get(args.command, ()):
        if _given(args, option) and not _given(args, other):
            raise UsageError(f"{_word(option)} goes with {_word(other)}", next_step=f"say {_word(other)}, too")
    for option, other in (*AGAINST[""], *AGAINST.get(args.command, ())):
        if _given(args, option) and _given(args, other):
            raise UsageError(f"{_word(option)} does not go with {_word(other)}", next_step="leave one of them out")


def _given(args: argparse.Namespace, option: str) -> bool:
    value = getattr(args, option, None)
    return value is not None and value is not False


def _word(option: str) -> str:
    return f"--{option.replace('_', '-')}"
