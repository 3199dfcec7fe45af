"""What a run created in an engine, on disk: the next run removes what a dead one left, and two runs see each other.

One file for each engine and Compose project under `$XDG_STATE_HOME/stack-wizard/runs`, locked while a run uses it. The
system drops the lock with its process, so a file that is not empty and not locked belongs to a run that died.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from pathlib import Path

from wizard.errors import RuntimeUnavailableError
from wizard.rules.homes import state_folder
from wizard.runtime.engine.engine import EngineAddress
from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """One thing that a run made. `kind`: `container`, `started` (a container that was there, stopped), `network`,
    `volume`, `stack` (all in a Swarm that carries its name), `drained` (a node that took tasks before). `identity`: the
    engine's id; a volume and a stack have none but their name.
    """

    kind: str
    identity: str


class Ledger:
    """The open and locked file of one run."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._made = _read(handle)
        self.left = tuple(self._made)
        self._write()

    @property
    def made(self) -> tuple[Made, ...]:
        """Everything noted so far, in the order in which it was made."""
        return tuple(self._made)

    def told(self, where: str) -> str:
        """Returns what is noted as a clause, for when it can no longer be removed from here; '' for nothing."""
        made = ", ".join(f"{made.kind} {made.identity[:24]}" for made in self._made)
        return f"on {where or 'this machine'} may be left: {made}; the next verify removes it" if made else ""

    def note(self, made: Made) -> None:
        """Notes one thing, on disk before anything else happens."""
        if made not in self._made:
            self._made.append(made)
            self._write()

    def forget(self, made: Made) -> None:
        """Takes an entry out: it is gone."""
        if made in self._made:
            self._made.remove(made)
            self._write()

    def close(self) -> None:
        """Lets the next run have the file; what is still noted was not removed."""
        with contextlib.suppress(OSError):
            os.close(self._handle)

    def _write(self) -> None:
        told = {"pid": os.getpid(), "made": [[made.kind, made.identity] for made in self._made]}
        data = json.dumps(told).encode()
        os.pwrite(self._handle, data, 0)
        os.ftruncate(self._handle, len(data))


def ledger_path(address: EngineAddress, project: str) -> Path:
    """Returns where the file of an engine and project is."""
    state = state_folder(os.environ) or f"{tempfile.gettempdir()}/stack-wizard-{os.getuid()}"
    name = hashlib.sha256(f"{address.host}\0{project}".encode()).hexdigest()[:24]
    return Path(state) / "runs" / f"{name}.json"


def open_ledger(path: Path, project: str) -> Ledger:
    """Opens and locks the file. Raises `RuntimeUnavailableError` when another run of this project holds it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        text = f"the list of what a run creates cannot be kept in {path}: {error.strerror}"
        raise RuntimeUnavailableError(text, next_step="make the folder writable, or set XDG_STATE_HOME") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = _holder(handle)
        os.close(handle)
        text = f"another verify of the Compose project {project} runs{holder}"
        raise RuntimeUnavailableError(text, next_step="wait until it has ended, then verify again") from error
    return Ledger(path, handle)


def _holder(handle: int) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return f" (process {int(json.loads(os.pread(handle, 1_000_000, 0))['pid'])})"
    return ""


def _read(handle: int) -> list[Made]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return [Made(str(kind), str(name)) for kind, name in json.loads(os.pread(handle, 1_000_000, 0))["made"]]
    return []
