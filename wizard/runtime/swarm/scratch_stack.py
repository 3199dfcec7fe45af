"""The file of the scratch stack: what Compose makes of the stack's files, cut to one service and what it stands on.

Nothing of it meets what runs: every name is the scratch stack's own, no port is published, no volume and no folder
that others write is mounted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from wizard.values.lean import dataclass

_KEPT = frozenset(
    {
        *("image", "command", "entrypoint", "environment", "configs", "secrets", "networks", "deploy", "healthcheck"),
        *("init", "read_only", "tmpfs", "cap_add", "cap_drop", "hostname", "user", "working_dir", "labels", "logging"),
        *("stop_grace_period", "stop_signal", "sysctls", "ulimits", "tty", "stdin_open", "extra_hosts", "dns"),
        *("dns_search", "volumes"),
    }
)
"""What `docker stack deploy` reads of a service, without its ports."""
_SCHEMA = "3.8"
_KEYS = ("external", "file", "driver", "driver_opts", "internal", "labels", "template_driver")


@dataclass(frozen=True, slots=True)
class ScratchStack:
    """One scratch stack. `tree`: its Compose file. `left_out`: what of the stack's files is not in it, as clauses.

    `named`: (kind, name in the Swarm, file) of the secrets and configs that a deploy of the stack looks up by name.
    """

    tree: Mapping[str, Any]
    left_out: tuple[str, ...] = ()
    named: tuple[tuple[str, str, str], ...] = ()


def scratch_stack(
    model: Mapping[str, Any], keys: Sequence[str], images: Mapping[str, str], once: Collection[str]
) -> ScratchStack:
    """Returns the stack of the services `keys`. `images`: what each is run from, by digest where it was pushed.

    `once`: services that end by themselves. Raises `ValueError` with the reason when a part cannot be deployed.
    """
    services, notes = {}, []
    for key in keys:
        services[key], told = _service(key, model["services"][key], images)
        if key in once:
            services[key].setdefault("deploy", {})["restart_policy"] = {"condition": "none"}
        notes += told
    tree: dict[str, Any] = {"version": _SCHEMA, "services": services}
    named: list[tuple[str, str, str]] = []
    for kind in ("secrets", "configs"):
        wanted = {str(one.get("source")) for body in services.values() for one in body.get(kind) or []}
        tree[kind] = {}
        for name in sorted(wanted):
            tree[kind][name], looked_up = _kept(kind, name, (model.get(kind) or {}).get(name) or {})
            named += [(kind, *looked_up)] if looked_up else []
    tree["networks"] = _networks(model, services, notes)
    return ScratchStack({name: part for name, part in tree.items() if part}, tuple(dict.fromkeys(notes)), tuple(named))


def _service(key: str, body: Mapping[str, Any], images: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    kept = {name: value for name, value in body.items() if name in _KEPT and value is not None}
    notes = []
    kept["image"] = images.get(key) or body.get("image")
    if not kept["image"]:
        raise ValueError(f"{key} has no image that a node could pull")
    if body.get("ports"):
        notes.append("no port is published: the running stack may hold it")
    mounts = [_mount(mount) for mount in kept.get("volumes") or []]
    if None in mounts:
        notes.append(f"{key} writes into its own container instead of a volume")
    kept["volumes"] = [mount for mount in mounts if mount is not None]
    limits = ((kept.get("deploy") or {}).get("resources") or {}).values()
    for one in limits:
        if isinstance(one, dict) and "cpus" in one:
            one["cpus"] = str(one["cpus"])
    return {name: value for name, value in kept.items() if value not in ([], {})}, notes


def _mount(mount: Mapping[str, Any]) -> dict[str, Any] | None:
    """A mount that changes nothing for others; None for what is left to the container itself."""
    if mount.get("type") == "tmpfs":
        return dict(mount)
    if mount.get("type") == "bind" and mount.get("read_only"):
        return {name: mount[name] for name in ("type", "source", "target", "read_only")}
    return None


def _kept(kind: str, name: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, str] | None]:
    """A secret or config under the scratch stack's own name; (name in the Swarm, file) when the stack gives it one."""
    if body.get("external"):
        return {"external": True, "name": str(body.get("name") or name)}, None
    if not body.get("file"):
        source = "the environment" if "environment" in body else "no file"
        raise ValueError(f"the {kind[:-1]} {name} is from {source}: docker stack deploy takes files and external ones")
    given = str(body.get("name") or "")
    own = {part: body[part] for part in _KEYS if part in body}
    return own, (given, str(body["file"])) if given and not given.endswith(f"_{name}") else None


def _networks(model: Mapping[str, Any], services: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """The services' networks, each the scratch stack's own and open to the wizard's helper."""
    wanted = {str(name) for body in services.values() for name in body.get("networks") or {"default": None}}
    found: dict[str, Any] = {}
    for name in sorted(wanted):
        body = (model.get("networks") or {}).get(name) or {}
        if body.get("external"):
            notes.append(f"the external network {name} is replaced by one of its own")
        own = {part: body[part] for part in ("driver", "driver_opts", "internal", "labels") if part in body}
        found[name] = ({"driver": "overlay"} if body.get("external") else own) | {"attachable": True}
    return found
