"""Which runtime makes the live checks: the one asked for, or Docker when its engine answers, else the embedded servers."""

from __future__ import annotations

from wizard.errors import RuntimeUnavailableError, UsageError
from wizard.values.live import Limits
from wizard.verify.runtime import Runtime

RUNTIMES = ("auto", "docker", "embedded")


def choose_runtime(word: str, limits: Limits | None = None) -> tuple[Runtime, str]:
    """The runtime for `auto`, `docker` or `embedded`, and why it was taken (one sentence).

    Raises `RuntimeUnavailableError` when the one asked for cannot be used, `UsageError` for any other word.
    """
    if word not in RUNTIMES:
        raise UsageError(f"{word!r} is no runtime", next_step=f"choose one of {', '.join(RUNTIMES)}")
    from wizard.adapters.embedded import EmbeddedRuntime

    embedded = EmbeddedRuntime(limits)
    if word == "docker":
        raise RuntimeUnavailableError("the docker runtime is not there yet", next_step="use --runtime embedded")
    reason = embedded.available()
    if reason:
        raise RuntimeUnavailableError(
            f"the embedded runtime cannot be used: {reason}", next_step="pip install 'stack-wizard[embedded]'"
        )
    return embedded, "the embedded servers"
