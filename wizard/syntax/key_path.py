"""A path to a key, `services.web.ports[0]`, and the value that stands there in data."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern

Step = str | int
_STEP = lazy_pattern(r"""\.?(?:'([^']+)'|"([^"]+)"|\[(\d{1,6})\]|([^.\[\]'"\s]+))""")


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a path."""

    value: object


def path_steps(path: str) -> tuple[Step, ...] | None:
    """Returns the steps of a path; None for a text that is none. Quotes hold a key with a dot in it."""
    steps: list[Step] = []
    at = 0
    while at < len(path):
        match = _STEP.match(path, at)
        joined = match is not None and (path[at] == "." or match[3] is not None)
        if match is None or (joined != bool(steps) and match[3] is None):
            return None
        steps.append(int(match[3]) if match[3] is not None else match[1] or match[2] or match[4])
        at = match.end()
    return tuple(steps) or None


def value_at(data: object, steps: Sequence[Step]) -> Found | None:
    """Returns what stands there; None where a step leads nowhere."""
    here = data
    for step in steps:
        if isinstance(step, int):
            if not isinstance(here, list) or step >= len(here):
                return None
            here = here[step]
        else:
            if not isinstance(here, dict):
                return None
            keys = {str(key).lower() if isinstance(key, bool) else str(key): key for key in here}
            if step not in keys:
                return None
            here = here[keys[step]]
    return Found(here)
