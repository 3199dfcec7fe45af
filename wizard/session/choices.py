"""What a person takes and leaves of the plans of a service, until the phase is committed: kept as drafts are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote, unquote

from wizard.adapters.files.durable import write_durably
from wizard.adapters.files.errors import unwritable
from wizard.adapters.git.repo import Repo
from wizard.values.choice import EVERYTHING, Choice, Left

SCHEMA = 1
FOLDER = "choices"


class Choices:
    """The choices of one work tree, a file a service under git's folder, by the names of the phases."""

    def __init__(self, repo: Repo) -> None:
        self._folder = repo.git_path(FOLDER)

    def keep(self, service: str, phase: str, choice: Choice) -> None:
        """Keeps what is taken of one phase, durably; the whole plan needs no keeping. Raises `RefusedError`."""
        kept = {name: one for name, one in {**self.load(service), phase: choice}.items() if one != EVERYTHING}
        target = self._path(service)
        try:
            if kept:
                data = {"schema": SCHEMA, "phases": {name: asdict(one) for name, one in kept.items()}}
                write_durably(target, json.dumps(data).encode("ascii"), 0o600)
            else:
                target.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(str(target), error) from error

    def load(self, service: str) -> Mapping[str, Choice]:
        """Returns the choices of a service by phase; none where this version understands nothing of them."""
        try:
            data = json.loads(self._path(service).read_text("ascii"))
            if data["schema"] != SCHEMA:
                return {}
            return {str(name): _choice(one) for name, one in data["phases"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def services(self) -> tuple[str, ...]:
        """Returns the services of which something was chosen, sorted."""
        try:
            return tuple(sorted(unquote(path.stem) for path in self._folder.glob("*.json")))
        except OSError:
            return ()

    def _path(self, service: str) -> Path:
        return self._folder / f"{quote(service, safe='')[:200]}.json"


def _choice(data: Mapping[str, object]) -> Choice:
    skip = tuple(Left(_word(one["what"]), _word(one["reason"])) for one in _list(data["skip"]))  # type: ignore[index]
    fixes, only, again = (tuple(map(_word, _list(data[name]))) for name in ("fixes", "only", "again"))
    return Choice(fixes, only, skip, again)


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
