"""The wizard's commits, read back from their trailers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal

from wizard.adapters.git.run import run
from wizard.adapters.git.state import Place
from wizard.errors import RepositoryError
from wizard.rules.text import program_output
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit

SERVICE = "Stack-Wizard-Service"
PHASE = "Stack-Wizard-Phase"
ITEMS = "Stack-Wizard-Items"
REVERTS = "Stack-Wizard-Reverts"
AGAIN = "Stack-Wizard-Again"
"""The commit that took this one's work back earlier."""
WAIVED = "Stack-Wizard-Waived"
"""`5.3 of 5/7 testing`: such a commit is none of the phase's, so it has no `PHASE`."""
Kept = Literal["", "manifest", "here"]
"""Who knows a phase whose commit does not tell of it: nobody need ask, every clone by the manifest, this clone only."""
UNSAID = "?"
"""In place of a hash: which commit was taken back is to be found (`linked`)."""
_Deed = tuple[str, Phase, str]
_PHASE = lazy_pattern(r"(\d{1,3})/(\d{1,3}) +([a-z][a-z0-9_-]*)\Z", re.ASCII)
_KEYS = frozenset({SERVICE, PHASE, ITEMS, REVERTS, WAIVED, AGAIN})
# The whole message: git's own `%(trailers)` sees its last paragraph only, and a hook may have put one below.
_FORMAT = "%H%x00%an <%ae>%x00%aI%x00%s%x00%B"


def read_log(place: Place, service: str | None, span: str = "HEAD") -> tuple[PhaseCommit, ...]:
    """Returns the wizard's commits reachable in `span`, newest first, of one service or of all.

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
        raise RepositoryError(
            f"git log: {program_output(outcome.err)}", where=str(place.top), next_step="run `git fsck`"
        )
    # NUL is the one character that no commit message holds.
    fields = outcome.out.split("\0")
    found = (commit for at in range(0, len(fields) - 4, 5) for commit in phases_of(*fields[at : at + 5]))
    return tuple(commit for commit in found if service is None or commit.service == service)


def in_force(log: Iterable[PhaseCommit]) -> tuple[PhaseCommit, ...]:
    """Returns the commits that were not taken back, newest first like `log`, without those that take back."""
    commits = tuple(log)
    reverted = {(commit.reverts, *_deed(commit)) for commit in commits if commit.reverts}
    return tuple(c for c in commits if not c.reverts and (c.commit, *_deed(c)) not in reverted)


def taken_back(log: Iterable[PhaseCommit]) -> PhaseCommit | None:
    """Returns the commit whose taking back can be undone next: the newest that nothing new was made after."""
    undone: set[str] = set()
    for commit in log:
        if commit.reverts and commit.commit not in undone:
            return commit
        if not commit.reverts and not commit.again:
            return None
        undone.add(commit.again)
    return None


def linked(log: Iterable[PhaseCommit]) -> tuple[PhaseCommit, ...]:
    """Returns a log, newest first, in which each commit that takes back names one that is there.

    A rebase gives every commit another hash, and a manifest says what was taken back but not from which commit: that is
    the newest one before that did the same. What one squashed commit did and took back is left out.
    """
    commits = _without_squashed(tuple(log))
    known = {commit.commit for commit in commits}
    standing: dict[_Deed, list[str]] = {}
    undone: dict[_Deed, list[str]] = {}
    found: list[PhaseCommit] = []
    for commit in reversed(commits):
        stands, gone = standing.setdefault(_deed(commit), []), undone.setdefault(_deed(commit), [])
        if commit.reverts not in ("", *known):
            commit = replace(commit, reverts=stands[-1] if stands else commit.reverts)
        if commit.again not in ("", *known):
            commit = replace(commit, again=gone[-1] if gone else commit.again)
        if commit.reverts == UNSAID:
            continue
        if commit.reverts:
            standing[_deed(commit)] = [made for made in stands if made != commit.reverts]
            gone.append(commit.commit)
        else:
            stands.append(commit.commit)
        found.append(commit)
    return tuple(reversed(found))


def _without_squashed(commits: tuple[PhaseCommit, ...]) -> tuple[PhaseCommit, ...]:
    """Leaves out pairs of a deed and its taking back that are one commit now."""
    known = {commit.commit for commit in commits}
    back = Counter((c.commit, *_deed(c)) for c in commits if c.reverts and c.reverts not in known)
    done = Counter((c.commit, *_deed(c)) for c in commits if not c.reverts)
    drop = back & done
    if not drop:
        return commits
    left, kept = {False: Counter(drop), True: Counter(drop)}, []
    for commit in commits:
        name, takes_back = (commit.commit, *_deed(commit)), commit.reverts not in ("", *known)
        if (takes_back or not commit.reverts) and left[takes_back][name]:
            left[takes_back][name] -= 1
        else:
            kept.append(commit)
    return tuple(kept)


def _deed(commit: PhaseCommit) -> _Deed:
    return commit.service, commit.phase, commit.waived


def phases_of(commit: str, author: str, at: str, subject: str, message: str) -> Iterator[PhaseCommit]:
    """Yields what the message of one commit says: a squashed one tells of several phases."""
    for found in _trailer_groups(message):
        phase, item, of = deed_of(found.get(WAIVED) or found.get(PHASE, ""))
        if phase is not None:
            items, reverts = _items(found.get(ITEMS, "")), found.get(REVERTS, "")
            again = found.get(AGAIN, "")
            yield PhaseCommit(commit, found[SERVICE], phase, subject, author, at, items, reverts, item, again, of)


def _trailer_groups(message: str) -> list[dict[str, str]]:
    """One mapping for each line `Stack-Wizard-Service`, with the wizard's trailers after it, folded lines joined.

    `git merge --squash` indents the messages that it joins.
    """
    groups: list[dict[str, str]] = []
    key = ""
    for line in message.replace("\r\n", "\n").split("\n"):
        name, colon, value = line.strip().partition(":")
        if key and line[:1] in (" ", "\t") and line.strip() and name not in _KEYS:
            groups[-1][key] += f" {line.strip()}"
            continue
        key = name if colon and name in _KEYS and (groups or name == SERVICE) else ""
        if key == SERVICE:
            groups.append({})
        if key and key in groups[-1]:
            key = ""  # the first one counts
        elif key:
            groups[-1][key] = value.strip()
    return groups


def deed_of(text: str) -> tuple[Phase | None, str, int]:
    """Reads `3/7 compose`, or `5.3 of 5/7 testing` for a waiver: phase, waived item, how many phases there were."""
    item, of, place = text.partition(" of ")
    found = _PHASE.match(place if of else text)
    if found is None or not 0 < int(found[1]) <= int(found[2]):
        return None, item if of else "", 0
    return Phase(int(found[1]), found[3]), item if of else "", int(found[2])


def _items(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (part.split() for part in text.split(","))
    return tuple((pair[0], pair[1]) for pair in pairs if len(pair) == 2)
