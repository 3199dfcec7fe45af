"""Remembers the trailers that a hook took out of a commit's message, so that `undo` and History know the phase here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wizard.adapters.files.durable import write_durably
from wizard.adapters.git.log import Kept, phases_of, read_log
from wizard.adapters.git.recorded import with_recorded
from wizard.adapters.git.run import run
from wizard.adapters.git.state import Place
from wizard.values.lean import replace
from wizard.values.receipt import PhaseCommit


def keep(place: Place, kept: Path, commit: str, message: str) -> Kept:
    """Keeps the message of a commit if the commit says less of a phase than it; returns who knows the phase.

    Where nothing can be written, nothing is kept: the commit is there all the same.
    """
    meant = tuple(phases_of(commit, "", "", "", message))
    span = f"{commit}^!"
    made = tuple(replace(p, author="", at="", subject="") for p in read_log(place, None, span))
    if not meant or meant == made:
        return ""
    with suppress(OSError):
        data = {**_read(kept), commit: message}
        write_durably(kept, json.dumps(data).encode("ascii"), 0o600)
    told = {(p.service, p.phase, p.waived, bool(p.reverts)) for p in with_recorded(place, made, None, span)}
    return "manifest" if {(p.service, p.phase, p.waived, bool(p.reverts)) for p in meant} <= told else "here"


def with_lost(place: Place, kept: Path, found: tuple[PhaseCommit, ...], service: str | None) -> tuple[PhaseCommit, ...]:
    """Adds to a log what was kept of commits, which HEAD need not reach any more; where each stands is not yet said."""
    messages = _read(kept)
    rest = tuple(commit for commit in found if commit.commit not in messages)
    remembered = (p for name, said in messages.items() for p in _remembered(place, name, said))
    return (*rest, *(p for p in remembered if service in (None, p.service)))


def _remembered(place: Place, commit: str, message: str) -> Iterator[PhaseCommit]:
    said = run(place.top, "log", "-1", "-z", "--encoding=UTF-8", "--format=%an <%ae>%x00%aI%x00%s", commit)
    author, at, subject = (*said.out.rstrip("\0").split("\0"), "", "", "")[:3]
    yield from phases_of(commit, author, at, subject, message)


def _read(kept: Path) -> dict[str, str]:
    try:
        data = json.loads(kept.read_text("ascii"))
        return {str(name): str(text) for name, text in data.items()}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
