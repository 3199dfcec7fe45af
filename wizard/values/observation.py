"""One result of one live check."""

from __future__ import annotations

from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Observation:
    """What was asked of the running thing, what came back, when, and in which runtime.

    `item`: the checklist item (`7.4`), or `drill.…` for the recovery drill.
    `action`: the command or request, such that a person can repeat it. `result`: what came back, in one or a few lines.
    `ok`: True passed, False failed, None could not be decided (the result says why).
    `runtime`: `docker` or `embedded`. `at`: ISO 8601 UTC. `seconds`: how long it took.
    `commit`: HEAD when it was made. `fingerprint`: sha256 over the files the service depends on at that moment
    (see `wizard.stack.fingerprint`); an observation counts only while that is unchanged.
    `cause`: for a failure, the cause by name (`port-taken`, `import-error`, …), empty otherwise.
    `next_step`: for a failure, what to do. `image`: the image digest (docker runtime). `samples`: round trips in ms.
    """

    item: str
    action: str
    result: str
    ok: bool | None
    runtime: str
    at: str
    seconds: float = 0.0
    commit: str = ""
    fingerprint: str = ""
    cause: str = ""
    next_step: str = ""
    image: str = ""
    samples: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """A live step that has begun or a line that arrived: shown, never judged. `kind`: `step`, `log`, `sample`."""

    item: str
    kind: str
    text: str
    value: float = 0.0
