"""Clear what a killed run left in an engine: `python -m wizard.runtime.engine.cleanup HOST WHY LEDGER`."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import WizardError
from wizard.runtime.engine.engine import EngineAddress, asked, connect, translated
from wizard.runtime.engine.ledger import Ledger, Made, open_ledger
from wizard.runtime.engine.ssh_door import near_address
from wizard.runtime.engine.stack_objects import remove_stack, set_availability
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient

_ATTEMPTS = 3
"""A container that is just restarting cannot be removed at that moment."""
_ORDER = ("drained", "container", "started", "stack", "network", "volume")


def clear(client: DockerClient, address: EngineAddress, ledger: Ledger) -> tuple[Made, ...]:
    """Removes what the ledger names and nothing else; returns what could not be removed."""
    for made in sorted(ledger.made, key=lambda made: _ORDER.index(made.kind)):
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(LiveTrouble), asked(address, "clearing"):
                if _cleared(client, made):
                    ledger.forget(made)
                    break
    return ledger.made


def clear_one(client: DockerClient, ledger: Ledger, made: Made) -> None:
    """Takes one thing back while the run goes on. Raises `LiveTrouble`."""
    with translated(f"taking back {made.kind}"):
        if _cleared(client, made):
            ledger.forget(made)


def _cleared(client: DockerClient, made: Made) -> bool:
    """True when it is gone (a `started` container: stopped), or in use by somebody who came later."""
    import docker.errors

    try:
        if made.kind == "container":
            client.api.remove_container(made.identity, force=True, v=True)
        elif made.kind == "started":
            client.api.stop(made.identity, timeout=5)
        elif made.kind == "drained":
            set_availability(client, made.identity, "active")
        elif made.kind == "stack":
            return remove_stack(client, made.identity)
        elif made.kind == "network":
            client.api.remove_network(made.identity)
        else:
            client.api.remove_volume(made.identity)
    except docker.errors.NotFound:
        return True
    except docker.errors.APIError as error:
        return made.kind in ("network", "volume") and ("in use" in str(error) or "active endpoints" in str(error))
    return True


def cleanup_words(address: EngineAddress, ledger: Ledger) -> list[str]:
    """Returns the command for `Scratch.run_last`."""
    return [sys.executable, "-m", __name__, address.host, address.why, str(ledger.path)]


def main(host: str, why: str, path: str) -> None:
    """Removes what the run of a ledger left, unless the next run already does."""
    with contextlib.suppress(WizardError, LiveTrouble):
        ledger = open_ledger(Path(path), "")
        with near_address(EngineAddress(host, why)) as address:
            client = connect(address)
            clear(client, address, ledger)
            client.close()
        ledger.close()


if __name__ == "__main__":
    main(*sys.argv[1:4])
