"""What `docker stack deploy` makes of a Compose file: what it takes, passes over without effect, and refuses.

The parts it takes are those of docker/cli's schema 3.13 (cli/compose/schema/data), what it ignores and forbids its
lists in cli/compose/types, what it drops without a word the conversion in cli/compose/convert. Each row was tried on
`docker stack config` and `docker stack deploy` 28.2 with a Swarm behind it (docs/SWARM.md has the table).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from wizard.values.pattern import lazy_pattern

Shape: TypeAlias = "str | tuple[Shape, ...] | Mapping[str, Shape]"
"""What may stand somewhere: the name of a kind of scalar or collection, one of several shapes, or a mapping of known
keys (`*`: any further key; `...`: further keys are not looked at)."""

TEXT, NUMBER, INTEGER, FLAG, NULL, ANY = "text", "number", "whole number", "true or false", "nothing", "anything"
TEXTS, WORDS = "list of texts", "mapping to texts and numbers, or list of NAME=value"
LIST = "list of "
"""Before a key of `ITEMS`: a list of that."""

_FILE_REFERENCE: Shape = (
    TEXT,
    {"source": TEXT, "target": TEXT, "uid": TEXT, "gid": TEXT, "mode": NUMBER, "...": ANY},
)
ITEMS: Mapping[str, Shape] = {
    "references": _FILE_REFERENCE,
    "ports": (NUMBER, TEXT, {"mode": TEXT, "target": INTEGER, "published": INTEGER, "protocol": TEXT}),
    "exposed": (TEXT, NUMBER),
    "mounts": (
        TEXT,
        {
            **dict.fromkeys(("type", "source", "target", "consistency"), TEXT),
            "read_only": FLAG,
            "bind": {"propagation": TEXT, "...": ANY},
            "volume": {"nocopy": FLAG, "...": ANY},
            "tmpfs": {"size": INTEGER, "...": ANY},
        },
    ),
    "preferences": {"spread": TEXT},
    "subnets": {"subnet": TEXT},
    "generic": {"discrete_resource_spec": {"kind": TEXT, "value": NUMBER}},
}
_UPDATE: Shape = {
    "parallelism": INTEGER,
    **dict.fromkeys(("delay", "failure_action", "monitor", "order"), TEXT),
    "max_failure_ratio": NUMBER,
}
_DEPLOY: Shape = (
    NULL,
    {
        "mode": TEXT,
        "endpoint_mode": TEXT,
        "replicas": INTEGER,
        "labels": WORDS,
        "update_config": _UPDATE,
        "rollback_config": _UPDATE,
        "resources": {
            "limits": {"cpus": TEXT, "memory": TEXT, "pids": INTEGER},
            "reservations": {"cpus": TEXT, "memory": TEXT, "generic_resources": "list of generic"},
        },
        "restart_policy": {"condition": TEXT, "delay": TEXT, "max_attempts": INTEGER, "window": TEXT},
        "placement": {
            "constraints": TEXTS,
            "preferences": "list of preferences",
            "max_replicas_per_node": INTEGER,
        },
    },
)
_OPTIONS: Shape = {"*": (TEXT, NUMBER)}
_EXTERNAL: Shape = (FLAG, {"name": TEXT, "...": ANY})
_ATTACHED: Shape = (NULL, {"aliases": TEXTS, "driver_opts": _OPTIONS, "ipv4_address": TEXT, "ipv6_address": TEXT})
_TEXT_KEYS = (
    *("cgroupns_mode", "cgroup_parent", "container_name", "domainname", "hostname", "image", "ipc", "isolation"),
    *("mac_address", "network_mode", "restart", "stop_grace_period", "stop_signal", "user", "userns_mode"),
    "working_dir",
)
_TEXTS_KEYS = ("cap_add", "cap_drop", "depends_on", "devices", "external_links", "links", "security_opt")
SERVICE: Mapping[str, Shape] = {
    **dict.fromkeys(_TEXT_KEYS, TEXT),
    **dict.fromkeys(_TEXTS_KEYS, TEXTS),
    **dict.fromkeys(("command", "dns", "dns_search", "entrypoint", "env_file", "tmpfs"), (TEXT, TEXTS)),
    **dict.fromkeys(("environment", "extra_hosts", "labels", "sysctls"), WORDS),
    **dict.fromkeys(("init", "privileged", "read_only", "stdin_open", "tty"), FLAG),
    **dict.fromkeys(("configs", "secrets"), "list of references"),
    "build": (TEXT, {"...": ANY}),
    "credential_spec": dict.fromkeys(("config", "file", "registry"), TEXT),
    "deploy": _DEPLOY,
    "expose": "list of exposed",
    "healthcheck": {
        **dict.fromkeys(("interval", "timeout", "start_period", "start_interval"), TEXT),
        "disable": FLAG,
        "retries": NUMBER,
        "test": (TEXT, TEXTS),
    },
    "logging": {"driver": TEXT, "options": {"*": (TEXT, NUMBER, NULL)}},
    "networks": (TEXTS, {"*": _ATTACHED}),
    "oom_score_adj": INTEGER,
    "pid": (TEXT, NULL),
    "ports": "list of ports",
    "shm_size": (NUMBER, TEXT),
    "ulimits": {"*": (INTEGER, {"hard": INTEGER, "soft": INTEGER})},
    "volumes": "list of mounts",
}
_OBJECT: Mapping[str, Shape] = {"name": TEXT, "external": _EXTERNAL, "labels": WORDS}
_SECRET: Mapping[str, Shape] = {**_OBJECT, "file": TEXT, "template_driver": TEXT}
TOP: Mapping[str, Shape] = {
    "version": TEXT,
    "services": {"*": SERVICE},
    "networks": {
        "*": (
            NULL,
            {
                **_OBJECT,
                "driver": TEXT,
                "driver_opts": _OPTIONS,
                "ipam": {"driver": TEXT, "config": "list of subnets"},
                "internal": FLAG,
                "attachable": FLAG,
            },
        )
    },
    "volumes": {"*": (NULL, {**_OBJECT, "driver": TEXT, "driver_opts": _OPTIONS, "x-cluster-spec": ANY})},
    "secrets": {"*": {**_SECRET, "driver": TEXT, "driver_opts": _OPTIONS}},
    "configs": {"*": _SECRET},
}

NEWEST_MINOR = 13
SINCE: Mapping[str, int] = {
    "secrets": 1,
    "services.*.secrets": 1,
    "services.*.deploy.endpoint_mode": 2,
    "configs": 3,
    "services.*.configs": 3,
    "services.*.credential_spec": 3,
    "services.*.deploy.placement.preferences": 3,
    "services.*.deploy.update_config.order": 4,
    "services.*.healthcheck.start_period": 4,
    "volumes.*.name": 4,
    "configs.*.name": 5,
    "networks.*.name": 5,
    "secrets.*.name": 5,
    "services.*.isolation": 5,
    "services.*.deploy.rollback_config": 7,
    "services.*.init": 7,
    "secrets.*.driver": 8,
    "services.*.deploy.placement.max_replicas_per_node": 8,
    "services.*.cgroupns_mode": 9,
    "services.*.deploy.resources.limits.pids": 9,
    "services.*.healthcheck.start_interval": 12,
    "services.*.networks.*.driver_opts": 13,
    "services.*.oom_score_adj": 13,
}
"""Parts that a file with an older `version: "3.N"` may not have, and the first N that may."""

SCHEMA = "docker/cli compose schema 3.13"
UNSUPPORTED = "docker/cli compose types, UnsupportedProperties"
DEPRECATED = "docker/cli compose types, DeprecatedProperties"
FORBIDDEN_RULE = "docker/cli compose types, ForbiddenProperties"
CONVERTED = "docker/cli compose convert"
ENGINE = "SwarmKit, which the engine asks"
MOUNTS = "https://docs.docker.com/engine/swarm/services/#give-a-service-access-to-volumes-or-bind-mounts"

_LIMITS = "deploy.resources.limits"
FORBIDDEN: Mapping[str, str] = {
    "extends": "write the block out, or share it by an anchor",
    "volume_driver": "name the driver under volumes: of the top level",
    "volumes_from": "name a volume of the top level in both services",
    "cpu_quota": f"{_LIMITS}.cpus says it",
    "cpu_shares": f"{_LIMITS}.cpus says it",
    "cpuset": f"{_LIMITS}.cpus says it",
    "mem_limit": f"{_LIMITS}.memory says it",
    "memswap_limit": f"{_LIMITS}.memory says it",
}
"""Keys of a service for which the whole file is refused, and what takes their place."""
IGNORED: Mapping[str, str] = {
    "build": "the nodes pull `image`, so build and push it before",
    "cgroupns_mode": "nothing takes its place",
    "cgroup_parent": "nothing takes its place",
    "devices": "generic_resources of the nodes, or a bind mount",
    "domainname": "hostname may hold the domain",
    "external_links": "an external overlay network takes its place",
    "ipc": "nothing takes its place",
    "links": "services of one network find each other by name",
    "mac_address": "nothing takes its place",
    "network_mode": "networks: takes its place (an external network named host or none, too)",
    "pid": "nothing takes its place",
    "privileged": "cap_add names what it needs",
    "restart": "deploy.restart_policy takes its place; without it a Swarm restarts whatever ends",
    "security_opt": "cap_drop, read_only and user hold; the nodes' own profiles apply",
    "shm_size": "a mount of type tmpfs on /dev/shm takes its place",
    "userns_mode": "nothing takes its place",
    "container_name": "tasks are named STACK_SERVICE.N.ID, and logs are `docker service logs STACK_SERVICE`",
    "expose": "services of one network reach each other on every port",
}
SILENT: Mapping[str, str] = {
    "depends_on": "all services start at once: the code has to wait, or to end and be restarted",
    "tmpfs": "a volume of type tmpfs takes its place",
}
"""Keys of a service that the schema takes and the conversion does not look at: no message says so."""
INSTEAD: Mapping[str, str] = {
    "name": "the stack's name is the last word of `docker stack deploy`",
    "include": "name every file with -c",
    "models": "nothing takes its place",
    "services.*.profiles": "keep what has a profile in a file that is not deployed",
    "services.*.scale": "deploy.replicas says it",
    "services.*.cpus": f"{_LIMITS}.cpus says it",
    "services.*.pids_limit": f"{_LIMITS}.pids says it",
    "services.*.mem_reservation": "deploy.resources.reservations.memory says it",
    "services.*.gpus": "deploy.resources.reservations.generic_resources says it",
    "services.*.deploy.resources.reservations.devices": "generic_resources says it",
    "services.*.platform": "deploy.placement.constraints with node.platform.arch says it",
    "services.*.pull_policy": "the nodes pull what the deploy resolved (--resolve-image)",
    "services.*.depends_on": "write the short list; conditions are not waited for",
    "services.*.env_file": "write the path alone",
    "services.*.ports.published": "write the number without quotes",
    "services.*.ports.host_ip": "a Swarm binds no address: the nodes' firewall decides who gets there",
    "secrets.*.environment": "file: or external: true give it its text",
    "secrets.*.content": "file: or external: true give it its text",
    "configs.*.content": "file: or external: true give it its text",
    "configs.*.environment": "file: or external: true give it its text",
    "services.*.develop": "`docker compose watch` alone reads it: keep it in a file that is not deployed",
}
"""What takes the place of a part that the schema does not have, by its place."""

LOCAL_DRIVERS = frozenset({"bridge", "host", "none", "macvlan", "ipvlan"})
"""Drivers of networks that are one node's own, which a service of a Swarm cannot be in."""
MODES = ("replicated", "global", "replicated-job", "global-job")
FAILURE_ACTIONS = ("pause", "continue", "rollback")
_MEMORY = lazy_pattern(r"([1-9]\d{0,11})([bkmgBKMG]?)[bB]?\Z")
_CPUS = lazy_pattern(r"\d{1,4}(?:\.\d{1,9})?\Z")
_CONSTRAINT = lazy_pattern(r"(?:node|engine)\.[A-Za-z0-9._-]+\s*(?:==|!=)\s*[A-Za-z0-9._/-]+\Z")
_DEPLOY_ONLY = frozenset({"update_config", "rollback_config", "placement", "endpoint_mode"})
UNCAST = frozenset({"services.*.init", "services.*.volumes.tmpfs.size", "services.*.deploy.resources.limits.pids"})
"""Numbers and flags that may not come from a variable: its text is not made one there (cli/compose/loader)."""
ORDERS = ("stop-first", "start-first")
_BRACED = lazy_pattern(r"\$\$|\$\{([^{}$]*)(\$\{)?|\$(?![A-Za-z_{])")
_BEGINS = lazy_pattern(r"\$\{?\w*")
_NAME = lazy_pattern(r"[A-Za-z_]\w*(?::?[-?].*)?\Z")


def swarm_only(section: str, name: str, text: str) -> bool:
    """Returns whether a part says something that Compose itself does not act on and a Swarm does: of `deploy` or of a
    network of the top level. Replicas, resources, labels and restart policy are Compose's, too
    (https://github.com/compose-spec/compose-spec/blob/main/deploy.md)."""
    if section == "deploy":
        return name in _DEPLOY_ONLY or (name == "mode" and text in MODES[1:])
    return name == "driver" and text == "overlay"


def misread_variable(text: str) -> tuple[str, str]:
    """Returns a variable that `docker stack deploy` refuses or reads otherwise than Compose does, and what becomes of
    it; two empty texts without one. It knows `:-`, `-`, `:?` and `?`, and no variable inside another."""
    for found in _BRACED.finditer(text):
        shown = f"{_BEGINS.match(found[0])[0]}…"  # type: ignore[index]  # what follows may be a secret
        if found[2]:
            return shown, "a variable inside another is not replaced: it stays as text"
        if found[0] != "$$" and (found[1] is None or not _NAME.match(found[1])):
            return shown, "the file is refused for it: `${X}`, `${X:-…}`, `${X-…}`, `${X:?…}` and `${X?…}` are known"
    return "", ""


def is_everyones(image: str, built: bool) -> str:
    """Returns why the nodes of a Swarm cannot all pull an image, '' when they can as far as its name says."""
    if not image:
        return "it names no image"
    first, slash, _ = image.partition("/")
    host = first.partition(":")[0]
    if slash and host in ("localhost", "127.0.0.1"):
        return f"every node asks its own {first} for {image}"
    if built and not slash and "$" not in image:
        return f"{image} names no registry: the other nodes look for it on Docker Hub, where it is not"
    return ""


def memory_of(text: str) -> int:
    """Returns the bytes of `256M`, 0 for what is no amount of memory."""
    found = _MEMORY.match(text)
    return int(found[1]) << {"": 0, "b": 0, "k": 10, "m": 20, "g": 30}[found[2].lower()] if found else 0


def cpus_of(text: str) -> float:
    """Returns the share of `0.50`, 0 for what is none."""
    return float(text) if _CPUS.match(text) else 0.0


def is_constraint(text: str) -> bool:
    """Tells whether a text is a constraint of placement: `node.role==worker`."""
    return bool(_CONSTRAINT.match(text))
