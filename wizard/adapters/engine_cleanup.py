"""Clear what a killed run left in the engine.

Run by the keeper: `python -m wizard.adapters.engine_cleanup HOST WHY PROJECT BEFORE`.
"""

from __future__ import annotations

import json
import sys

from wizard.adapters.engine import EngineAddress, connect
from wizard.adapters.engine_containers import Before, ProjectContainers


def words(address: EngineAddress, project: str, before: Before) -> list[str]:
    """The command for `Scratch.run_last`."""
    told = [before.containers, sorted(before.services), sorted(before.networks), sorted(before.volumes)]
    return [sys.executable, "-m", __name__, address.host, address.why, project, json.dumps(told)]


def main(host: str, why: str, project: str, told: str) -> None:
    """Remove what is there now and was not before."""
    containers, services, networks, volumes = json.loads(told)
    before = Before(containers, frozenset(services), frozenset(networks), frozenset(volumes))
    address = EngineAddress(host, why)
    ProjectContainers(connect(address), address, project, before).clear()


if __name__ == "__main__":
    main(*sys.argv[1:5])
