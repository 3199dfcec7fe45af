"""What must hold before anything is deployed: a manager, one architecture, a registry, a free name."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.runtime.engine.engine import translated
from wizard.runtime.swarm.tasks import NAMESPACE, Node
from wizard.values.live import LiveTrouble

if TYPE_CHECKING:
    from docker import DockerClient

_NAMES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


def swarm_reason(info: Mapping[str, Any], where: str) -> tuple[str, str]:
    """Returns why an engine is not the manager of a Swarm, and what to do; ('', '') when it is."""
    swarm = info.get("Swarm") or {}
    state = str(swarm.get("LocalNodeState", "inactive"))
    if state != "active":
        return (
            f"the engine at {where} is not part of a Swarm ({state})",
            "docker swarm init, or name a manager's engine",
        )
    if not swarm.get("ControlAvailable"):
        managers = ", ".join(str(one.get("Addr", "")) for one in swarm.get("RemoteManagers") or [])
        text = f"the engine at {where} is a worker of its Swarm; stacks are deployed on a manager"
        return text, f"name a manager's engine (DOCKER_HOST or a context; managers: {managers or 'unknown'})"
    return "", ""


def check_architectures(image: str, built_for: str, known: Sequence[Node], constraints: Sequence[str]) -> None:
    """Raises `LiveTrouble` when a node that may get a task cannot run the image."""
    if any(
        word.replace(" ", "").startswith(("node.platform.arch", "node.hostname==", "node.id==")) for word in constraints
    ):
        return
    usable = [node for node in known if node.state == "ready" and node.availability == "active"]
    own = _NAMES.get(built_for, built_for)
    others = [node for node in usable if _NAMES.get(node.architecture, node.architecture) != own]
    if others and own:
        told = ", ".join(f"{node.told}: {node.architecture}" for node in others)
        text = f"{image} is built for {own}, but the Swarm has nodes of another architecture: {told}"
        step = "build it for both (docker buildx build --platform …), or say where it runs: "
        raise LiveTrouble("architectures", text, f"{step}deploy.placement.constraints [node.platform.arch == {own}]")


def check_free(client: DockerClient, stack: str) -> None:
    """Raises `LiveTrouble` when a stack of that name, or a part of one, exists."""
    label = {"label": f"{NAMESPACE}={stack}"}
    with translated(f"looking for a stack {stack}"):
        api: Any = client.api
        found = [str(row.get("Spec", {}).get("Name", "")) for row in api.services(filters=label)]
        found += [str(row["Name"]) for row in api.networks(filters=label)]
        found += [str(row["Spec"]["Name"]) for row in (*api.secrets(filters=label), *api.configs(filters=label))]
    if found:
        text = f"a stack {stack} exists already ({', '.join(found[:3])}); it was left as it is"
        raise LiveTrouble(
            "stack-exists", text, f"see whose it is: docker stack ps {stack}; then docker stack rm {stack}"
        )


def check_configs(client: DockerClient, named: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, str], ...]:
    """Compares the configs that exist under the stack's own names with their files; returns the (name, file) of secrets
    that exist: the engine does not show what is in them. Raises `LiveTrouble` for a config with other content.
    """
    secrets = []
    for kind, name, file in named:
        with translated(f"looking for the {kind[:-1]} {name}"):
            rows = _list(client, kind)(filters={"name": name})
        row = next((row for row in rows if row["Spec"]["Name"] == name), None)
        if row is None:
            continue
        if kind == "secrets":
            secrets.append((name, file))
        elif base64.b64decode(row["Spec"].get("Data") or "") != Path(file).read_bytes():
            raise differs("config", name, file)
    return tuple(secrets)


def _list(client: DockerClient, kind: str) -> Any:
    return getattr(client.api, kind)


def differs(kind: str, name: str, file: str) -> LiveTrouble:
    """Returns the trouble of a secret or config that a deploy of the stack would be refused for."""
    text = f"the {kind} {name} exists in the Swarm with other content than {Path(file).name}; a deploy would be refused"
    step = f"give it a new name in compose (name: {name}_v2), or remove the old one: docker {kind} rm {name}"
    return LiveTrouble(f"{kind}-differs", text, step)
