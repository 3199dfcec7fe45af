"""The baseline file: `.stack-wizard/baseline.yaml`, written on request only."""

from __future__ import annotations

from wizard.adapters.files.files import Files
from wizard.errors import UnreadableError, UsageError
from wizard.session.validate import Wrong, check, parse_text
from wizard.values.gate import BASELINE, Baseline

SCHEMA = 1
_WRITE = "write it with `stack-wizard check --write-baseline`"


def load_baseline(files: Files) -> Baseline:
    """Reads the baseline. Raises `UsageError` when there is none, `UnreadableError` when it is not one: a gate that
    cannot compare must not pass."""
    if not files.exists(BASELINE) and not files.is_link(BASELINE):
        raise UsageError(f"there is no baseline ({BASELINE})", next_step=f"{_WRITE}, and commit it")
    parsed = parse_text(files.read(BASELINE))
    if isinstance(parsed, Wrong):
        raise _unreadable(parsed)
    checked = check(Baseline, parsed)
    if checked.value is None or checked.wrong:
        raise _unreadable(*checked.wrong)
    if checked.value.schema != SCHEMA:
        raise UnreadableError(
            f"the baseline has schema {checked.value.schema}, and this stack-wizard reads schema {SCHEMA}",
            where=f"{BASELINE}:{parsed.line(('schema',))}",
            next_step="update stack-wizard to the version that wrote it",
        )
    return checked.value


def _unreadable(*wrong: Wrong) -> UnreadableError:
    first = wrong[0] if wrong else Wrong("", 0, "this is no baseline")
    return UnreadableError(
        "; ".join(str(one) for one in wrong) or first.message,
        where=f"{BASELINE}:{first.line}" if first.line else BASELINE,
        next_step=f"correct it; `git log -p -- {BASELINE}` shows what it was",
    )
