"""Answers that were typed but not applied: kept under git's folder, never committed, gone when applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote, unquote

from wizard.adapters.clock import Clock
from wizard.adapters.files.durable import write_durably
from wizard.adapters.files.errors import unwritable
from wizard.adapters.git.repo import Repo
from wizard.values.lean import dataclass, field

SCHEMA = 1
FOLDER = "drafts"
# The draft of a service that has no name yet; no name starts with an underscore.
UNNAMED = "_new"


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed for one service (`''`: not named yet). `answers`: JSON values by field, valid or not."""

    service: str
    answers: Mapping[str, object] = field(default_factory=dict)
    at: str = ""
    schema: int = SCHEMA


class Drafts:
    """The drafts of one work tree."""

    def __init__(self, repo: Repo, clock: Clock) -> None:
        self._folder = repo.git_path(FOLDER)
        self._clock = clock

    def save(self, service: str, answers: Mapping[str, object]) -> Draft:
        """Keeps what was typed so far, durably. Raises `RefusedError`: disk full, no rights."""
        draft = Draft(service, answers, self._clock.now().isoformat(timespec="seconds"))
        target = self._path(service)
        try:
            write_durably(target, json.dumps(asdict(draft)).encode("ascii"), 0o600)
        except OSError as error:
            raise unwritable(str(target), error) from error
        return draft

    def load(self, service: str) -> Draft | None:
        """Returns the draft of a service; None when there is none, or none that this version understands."""
        try:
            data = json.loads(self._path(service).read_text("ascii"))
            if data["schema"] != SCHEMA or data["service"] != service or not isinstance(data["answers"], dict):
                return None
            return Draft(service, data["answers"], str(data["at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def drop(self, service: str) -> None:
        """Forgets the draft of a service: its answers are applied, or were given up. Raises `RefusedError`."""
        target = self._path(service)
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(str(target), error) from error

    def services(self) -> tuple[str, ...]:
        """Returns the services that have a draft, sorted; `''` for the one without a name."""
        try:
            names = [unquote(path.stem) for path in self._folder.glob("*.json")]
        except OSError:
            return ()
        return tuple(sorted("" if name == UNNAMED else name for name in names))

    def _path(self, service: str) -> Path:
        # What was typed as a name may be anything; quoted and cut it is always one file in this folder.
        return self._folder / f"{quote(service, safe='')[:200] or UNNAMED}.json"
