"""Whether a secret that exists in the Swarm holds what a file holds: no engine tells, but a task that mounts it can."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.runtime.engine.relay import Relay
from wizard.runtime.swarm.deployment import Deployment, Say
from wizard.runtime.swarm.preflight import differs
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient

_KEY = "wizard-peek"


def check_secrets(
    client: DockerClient, swarm: Deployment, relay: Relay, named: Sequence[tuple[str, str]], image: str, say: Say
) -> None:
    """Compares the named secrets with their files, by hash, in a task on this node.

    Raises `LiveTrouble` (`secret-differs`) for the first that holds something else.
    """
    if not named:
        return
    with translated("asking the engine who it is"):
        node = str(client.info()["Swarm"]["NodeID"])
    service: dict[str, Any] = {
        "image": image,
        "entrypoint": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"],
        "user": "0",
        "secrets": [{"source": f"s{number}", "target": f"s{number}"} for number in range(len(named))],
        "deploy": {"placement": {"constraints": [f"node.id == {node}"]}, "endpoint_mode": "dnsrr"},
        "healthcheck": {"disable": True},
        "stop_grace_period": "1s",
    }
    secrets = {f"s{number}": {"external": True, "name": name} for number, (name, _) in enumerate(named)}
    swarm.deploy({"version": "3.8", "services": {_KEY: service}, "secrets": secrets}, say)
    swarm.wait_running(_KEY)
    container = swarm.running_container(_KEY)
    for number, (name, file) in enumerate(named):
        code, said = relay.run(container, ["sha256sum", f"/run/secrets/s{number}"])
        if code != 0:
            text = f"whether the secret {name} holds what {Path(file).name} holds cannot be told: {said.strip()[-200:]}"
            raise LiveTrouble("secret-unread", text, "give the secret a new name in compose", undecided=True)
        if said.split()[0] != hashlib.sha256(Path(file).read_bytes()).hexdigest():
            raise differs("secret", name, file)
    with translated("removing the task that looked"):
        services: Any = client.services
        services.get(swarm.service(_KEY)).remove()
