"""The wizard's commits, read back from their trailers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.adapters.git_run import plain, run
from wizard.adapters.git_state import Place
from wizard.errors import RepositoryError
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit

SERVICE = "Stack-Wizard-Service"
PHASE = "Stack-Wizard-Phase"
ITEMS = "Stack-Wizard-Items"
REVERTS = "Stack-Wizard-Reverts"
_KEYS = ",".join(f"key={key}" for key in (SERVICE, PHASE, ITEMS, REVERTS))
_FORMAT = f"%H%x00%an <%ae>%x00%aI%x00%s%x00%(trailers:{_KEYS},unfold)"


def read_log(place: Place, service: str | None, span: str = "HEAD") -> tuple[PhaseCommit, ...]:
    """The wizard's commits reachable in `span`, newest first, of one service or of all.

    A squashed commit that carries the trailers of several phases appears once for each. Raises `RepositoryError`.
    """
    wanted = f"{SERVICE}: {service or ''}"
    outcome = run(
        place.top,
        "-c",
        "log.showSignature=false",
        "log",
        "-z",
        "--encoding=UTF-8",
        "--no-color",
        "--no-decorate",
        "--fixed-strings",
        f"--grep={wanted}",
        f"--format={_FORMAT}",
        span,
        "--",
        *(place.literal([""]) if place.prefix else ()),
    )
    if not outcome.ok:
        if "unknown revision" in outcome.err or "bad revision" in outcome.err or "does not have any" in outcome.err:
            return ()
        raise RepositoryError(f"git log: {plain(outcome.err)}", where=str(place.top), next_step="run `git fsck`")
    # NUL is the one character that no commit message holds.
    fields = outcome.out.split("\0")
    found = (commit for at in range(0, len(fields) - 4, 5) for commit in _commits(*fields[at : at + 5]))
    return tuple(commit for commit in found if service is None or commit.service == service)


def in_force(log: Iterable[PhaseCommit]) -> tuple[PhaseCommit, ...]:
    """The commits that were not taken back, newest first like `log`, without those that take back."""
    commits = tuple(log)
    reverted = {commit.reverts for commit in commits if commit.reverts}
    return tuple(commit for commit in commits if not commit.reverts and commit.commit not in reverted)


def _commits(commit: str, author: str, at: str, subject: str, trailers: str) -> Iterator[PhaseCommit]:
    for found in _trailer_groups(trailers):
        phase = _phase(found.get(PHASE, ""))
        if phase is not None:
            yield PhaseCommit(
                commit, found[SERVICE], phase, subject, author, at, _items(found.get(ITEMS, "")), found.get(REVERTS, "")
            )


def _trailer_groups(text: str) -> list[dict[str, str]]:
    """One mapping for each `Stack-Wizard-Service` line, with the trailers that follow it."""
    groups: list[dict[str, str]] = []
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == SERVICE:
            groups.append({})
        if groups:
            groups[-1].setdefault(key, value.strip())
    return groups


def _phase(text: str) -> Phase | None:
    """The phase named by `3/7 compose`."""
    words = text.split()
    try:
        return Phase(words[-1]) if words else None
    except ValueError:
        return None


def _items(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.split() for part in text.split(","))
    return tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2)
