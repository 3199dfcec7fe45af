"""Compose files as `docker stack deploy` reads them: what it refuses, ignores or takes otherwise, each with its line.

Every file is read by itself, as the command reads each `-c`: without `.env`, without `include` and `extends`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.rules import swarm
from wizard.rules.swarm import Shape
from wizard.stack.compose.files import ComposeFiles
from wizard.stack.compose.service import CLEARING
from wizard.syntax.yaml import Node, get, walk
from wizard.syntax.yaml_data import entries, resolve, scalar_data
from wizard.values.facts.compose import DIFFERS, HARMLESS, IGNORED, REFUSED, ComposeModel, ComposeService, SwarmRemark
from wizard.values.lean import dataclass, replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_ADDRESS = lazy_pattern(r"(?:\[[0-9A-Fa-f:.]+\]|\d+\.\d+\.\d+\.\d+|[A-Za-z][\w.-]*):")
_BARE = lazy_pattern(r"(?<!\$)\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))")
_MINOR = lazy_pattern(r"3\.(\d+)\Z")
_TAKEN_OVER = ("always", "unless-stopped", "on-failure")
"""Policies of `restart` that are a Swarm's own, or taken over although the command says that it ignores them."""
_KINDS = {str: swarm.TEXT, bool: swarm.FLAG, int: swarm.INTEGER, float: swarm.NUMBER, type(None): swarm.NULL}
_TAKES = {swarm.NUMBER: (swarm.INTEGER, swarm.NUMBER)}


def swarm_remarks(
    reader: ComposeFiles, paths: tuple[str, ...], model: ComposeModel, dotenv: Mapping[str, Source]
) -> tuple[SwarmRemark, ...]:
    """Returns what `docker stack deploy` makes of these files, in their order; then what the engine says of the
    services as they are merged. `dotenv`: the variables that only an env file of Compose's sets, with their lines."""
    found: list[SwarmRemark] = []
    shared = frozenset(name for path in paths for root in reader.roots(path) for name in _shared_volumes(root))
    for path in paths:
        for number, root in enumerate(reader.roots(path)):
            if number:
                words = "only the first document of a file is read: this one is ignored"
                found.append(SwarmRemark("", "---", IGNORED, words, swarm.CONVERTED, Source(path, root.line)))
                continue
            found += _File(path, _minor(root)).remarks(root)
            found += _unread_variables(path, root, dotenv)
    for service in model.services:
        found += _refused_by_engine(service)
        found += _held_by_a_node(service, model, shared)
    return tuple(dict.fromkeys(found))


def _minor(root: Node) -> int:
    """Returns the N of `version: "3.N"`; the newest where the file says none."""
    version = get(root, "version")
    found = _MINOR.match(version.value) if version is not None else None
    return int(found[1]) if found else swarm.NEWEST_MINOR


@dataclass(frozen=True, slots=True)
class _File:
    """One file while it is compared with the schema. `minor`: of its version."""

    path: str
    minor: int

    def remarks(self, root: Node) -> Iterator[SwarmRemark]:
        """Yields the top level's, then each service's."""
        version = get(root, "version")
        if version is not None and not self._knows_version(version):
            words = f"the version {version.value} is none of 3.0 to 3.{swarm.NEWEST_MINOR}: the file is refused"
            yield self._of("", "version", REFUSED, words, swarm.SCHEMA, version)
        for name, key, value in entries(root):
            if name == "services":
                for service, at, body in entries(value):
                    yield from self._service(service, at, body)
            elif name != "version":
                yield from self._named(name, key, value, swarm.TOP, "", name)
        yield from self._networks(root)
        yield from self._scalars(root)

    @staticmethod
    def _knows_version(version: Node) -> bool:
        if not isinstance(scalar_data(version), str):
            return False
        found = _MINOR.match(version.value)
        return version.value in ("", "3") or (found is not None and int(found[1]) <= swarm.NEWEST_MINOR)

    def _of(self, service: str, place: str, effect: str, words: str, rule: str, node: Node) -> SwarmRemark:
        return SwarmRemark(service, place, effect, words, rule, Source(self.path, node.line))

    def _service(self, service: str, at: Node, body: Node) -> Iterator[SwarmRemark]:
        if (resolve(body) or body).kind != "mapping":
            yield self._of(service, "", REFUSED, "it has to be a mapping", swarm.SCHEMA, at)
            return
        for name, key, value in entries(body):
            if name in swarm.FORBIDDEN:
                words = f"the file is refused for it; {swarm.FORBIDDEN[name]}"
                yield self._of(service, name, REFUSED, words, swarm.FORBIDDEN_RULE, key)
                continue
            wrong = tuple(self._named(name, key, value, swarm.SERVICE, service, f"services.*.{name}"))
            yield from wrong
            if not wrong or name in ("networks", "ports"):
                yield from self._passed_over(service, name, key, value, body)

    def _passed_over(self, service: str, name: str, key: Node, value: Node, body: Node) -> Iterator[SwarmRemark]:
        """Yields what the schema takes and has no effect."""
        if name in swarm.IGNORED:
            rule = swarm.DEPRECATED if name in ("container_name", "expose") else swarm.UNSUPPORTED
            effect = HARMLESS if _has_twin(name, value, body) else IGNORED
            yield self._of(service, name, effect, f"it is ignored; {swarm.IGNORED[name]}", rule, key)
        elif name in swarm.SILENT:
            effect = HARMLESS if name == "depends_on" else IGNORED
            words = f"it is ignored without a word; {swarm.SILENT[name]}"
            yield self._of(service, name, effect, words, swarm.CONVERTED, key)
        elif name == "networks":
            for _, _, network in entries(value):
                for word, at, _ in entries(network):
                    if word in ("ipv4_address", "ipv6_address"):
                        words = "it is ignored without a word: tasks get addresses of their own"
                        yield self._of(service, f"networks.{word}", IGNORED, words, swarm.CONVERTED, at)
        elif name == "ports":
            for item in (resolve(value) or value).items:
                if item.kind == "scalar" and _ADDRESS.match(item.value):
                    words = f"the address of {item.value} is ignored: it is published on all addresses of every node"
                    yield self._of(service, "ports", IGNORED, words, swarm.CONVERTED, item)

    def _networks(self, root: Node) -> Iterator[SwarmRemark]:
        for _, _, network in entries(get(root, "networks")):
            for word, key, value in entries(network):
                if word == "driver" and (resolve(value) or value).value in swarm.LOCAL_DRIVERS:
                    words = "a service can only be in networks of the Swarm: leave the driver out, or write overlay"
                    yield self._of("", "networks.*.driver", REFUSED, words, swarm.ENGINE, key)

    def _scalars(self, root: Node) -> Iterator[SwarmRemark]:
        """Yields what is wrong with single values wherever they stand: variables and tags."""
        for node in walk(root):
            if node.tag in CLEARING:
                words = f"{node.tag} is not known: what stands there is taken as it is, or added"
                yield self._of("", str(node.tag), IGNORED, words, swarm.CONVERTED, node)
            odd, outcome = (
                swarm.misread_variable(node.value) if node.kind == "scalar" and "$" in node.value else ("", "")
            )
            if odd:
                effect = REFUSED if "refused" in outcome else DIFFERS
                words = f"{odd}: {outcome}"
                yield self._of("", "variable", effect, words, "docker/cli compose template", node)

    def _named(
        self, name: str, key: Node, value: Node, known: Mapping[str, Shape], service: str, place: str
    ) -> Iterator[SwarmRemark]:
        """Yields what is wrong with an entry of a mapping: unknown, too new for the version, or of another shape."""
        if name.startswith("x-") or key.value == "<<":
            return
        shape = known.get(name, known.get("*"))
        since = swarm.SINCE.get(place, 0)
        if shape is None or since > self.minor:
            if "..." in known:
                return
            why = "the schema has no such key" if shape is None else f'it needs version "3.{since}" or none at all'
            instead = swarm.INSTEAD.get(place, "")
            words = f"{why}, and the file is refused" + (f"; {instead}" if instead else "")
            yield self._of(service, _short(place, service), REFUSED, words, swarm.SCHEMA, key)
            return
        yield from self._shaped(value, shape, service, place, key)

    def _shaped(self, value: Node, shape: Shape, service: str, place: str, key: Node) -> Iterator[SwarmRemark]:
        node = resolve(value) or value
        choices = shape if isinstance(shape, tuple) else (shape,)
        uncast = place in swarm.UNCAST and node.kind == "scalar" and "$" in node.value
        fitting = None if uncast else next((one for one in choices if _fits(node, one)), None)
        if fitting is None:
            wanted = " or ".join(dict.fromkeys(map(_called, choices)))
            instead = swarm.INSTEAD.get(place, "")
            words = f"it has to be a {wanted}, else the file is refused" + (f"; {instead}" if instead else "")
            line = node if node.kind == "scalar" else key
            yield self._of(service, _short(place, service), REFUSED, words, swarm.SCHEMA, line)
        elif isinstance(fitting, Mapping):
            for name, at, part in entries(node):
                below = f"{place}.*" if name not in fitting and "*" in fitting else f"{place}.{name}"
                yield from self._named(name, at, part, fitting, service, below)
        elif isinstance(fitting, str) and fitting.startswith(swarm.LIST):
            item = swarm.ITEMS.get(fitting.removeprefix(swarm.LIST), swarm.TEXT)
            for part in node.items:
                yield from self._shaped(part, item, service, place, part)
        elif fitting == swarm.WORDS:
            for name, at, part in entries(node):
                if not _fits(part, swarm.TEXT) and not _fits(part, swarm.NUMBER) and not _fits(part, swarm.NULL):
                    words = f"{name} has to be a text in quotes, else the file is refused"
                    yield self._of(service, _short(place, service), REFUSED, words, swarm.SCHEMA, at)


def _short(place: str, service: str) -> str:
    return place.removeprefix("services.*.") if service else place


def _called(shape: Shape) -> str:
    return "mapping" if isinstance(shape, Mapping) else str(shape)


def _fits(node: Node, shape: Shape) -> bool:
    """Returns whether a node is of a shape, as far as its outside goes. A value with a variable is of any scalar's."""
    node = resolve(node) or node
    if shape == swarm.ANY:
        return True
    if isinstance(shape, Mapping):
        return node.kind == "mapping"
    if shape == swarm.WORDS:
        return node.kind == "mapping" or _is_texts(node)
    if shape == swarm.TEXTS:
        return _is_texts(node)
    if isinstance(shape, str) and shape.startswith(swarm.LIST):
        return node.kind == "sequence"
    if node.kind != "scalar":
        return False
    value = scalar_data(node)
    kind = swarm.INTEGER if isinstance(value, float) and value.is_integer() else _KINDS[type(value)]
    return "$" in node.value or kind in _TAKES.get(str(shape), (shape,))


def _is_texts(node: Node) -> bool:
    return node.kind == "sequence" and all(_fits(item, swarm.TEXT) for item in node.items)


def _has_twin(name: str, value: Node, body: Node) -> bool:
    """Returns whether what a Swarm goes by instead stands beside an ignored key, or is what it does by itself."""
    keys = {key: part for key, _, part in entries(body)}
    if name == "build":
        return "image" in keys
    policy = get(keys.get("deploy"), "restart_policy")
    if name == "restart":
        return policy is not None or (resolve(value) or value).value.startswith(_TAKEN_OVER)
    return name == "expose"


def _unread_variables(path: str, root: Node, dotenv: Mapping[str, Source]) -> Iterator[SwarmRemark]:
    """Yields the variables without a default that `.env` alone sets, each once: it is Compose's, and not read here."""
    seen: set[str] = set()
    for node in walk(root):
        for found in _BARE.finditer(node.value) if "$" in node.value and node.kind == "scalar" else ():
            name = found[1] or found[2]
            if name in dotenv and name not in seen:
                seen.add(name)
                words = f"{name} is set in {dotenv[name]}, which is not read: it is empty unless the shell exports it"
                yield SwarmRemark("", "variable", DIFFERS, words, "docker/cli compose loader", Source(path, node.line))


def _shared_volumes(root: Node) -> Iterator[str]:
    """Yields the volumes of the top level that may be one and the same on every node."""
    for name, _, volume in entries(get(root, "volumes")):
        said = {word: (resolve(part) or part).value for word, _, part in entries(volume)}
        if "external" in said or "driver_opts" in said or said.get("driver", "local") != "local":
            yield name


def _refused_by_engine(service: ComposeService) -> Iterator[SwarmRemark]:
    """Yields what a Swarm's engine refuses of a service as all files together make it."""
    at = service.declared[-1]
    if service.image is None:
        words = "no image is named, and a Swarm builds none: the deploy is refused"
        yield SwarmRemark(
            service.key, "image", REFUSED, words, swarm.ENGINE, service.build.source if service.build else at
        )
    mode, replicas = service.deployed("mode"), service.deployed("replicas")
    refused = SwarmRemark(service.key, "", REFUSED, "", swarm.ENGINE, at)
    if mode is not None and mode.value not in swarm.MODES and "$" not in mode.value:
        words = f"there is no mode {mode.value}: {', '.join(swarm.MODES)} are"
        yield replace(refused, place="deploy.mode", words=words, source=mode.source)
    if mode is not None and mode.value.startswith("global") and replicas is not None:
        words = f"a service of mode {mode.value} has no replicas"
        yield replace(refused, place="deploy.replicas", words=words, source=replicas.source)
    for order in (service.deployed("update_config.order"), service.deployed("rollback_config.order")):
        if order is not None and order.value not in swarm.ORDERS:
            words = f"there is no order {order.value}: {' and '.join(swarm.ORDERS)} are"
            yield replace(
                refused, place="deploy.update_config.order", words=words, rule=swarm.SCHEMA, source=order.source
            )
    action = service.deployed("update_config.failure_action")
    if action is not None and action.value not in swarm.FAILURE_ACTIONS and "$" not in action.value:
        words = f"there is no failure action {action.value}: {', '.join(swarm.FAILURE_ACTIONS)} are"
        yield replace(refused, place="deploy.update_config.failure_action", words=words, source=action.source)
    limits = service.deployed("placement.constraints")
    for one in limits.value.split(", ") if limits is not None else ():
        if limits is not None and "==" not in one and "!=" not in one and "$" not in one:
            words = f"{one!r} is no constraint: it has == or != in it"
            yield replace(refused, place="deploy.placement.constraints", words=words, source=limits.source)
    endpoint = service.deployed("endpoint_mode")
    for port in service.ports if endpoint is not None and endpoint.value == "dnsrr" else ():
        if port.mode != "host":
            words = f"{port.raw} is published by ingress, which endpoint_mode dnsrr cannot be: publish it in mode host"
            yield replace(refused, place="deploy.endpoint_mode", words=words, source=port.source)
    if service.healthcheck and service.healthcheck.disabled and "test" in service.healthcheck.keys:
        words = "test and disable exclude each other"
        if "disable" in service.healthcheck.keys:
            yield replace(refused, place="healthcheck", words=words, source=service.healthcheck.source)


def _held_by_a_node(service: ComposeService, model: ComposeModel, shared: frozenset[str]) -> Iterator[SwarmRemark]:
    """Yields volumes and folders that are one node's own, of a service that nothing keeps on a node."""
    kept = service.deployed("placement.constraints")
    if kept is not None and ("node.hostname" in kept.value or "node.id" in kept.value or "node.labels" in kept.value):
        return
    names = {fact.value for fact in model.volumes}
    for volume in service.volumes:
        source = volume.value.partition(":")[0]
        if source.startswith(("./", "../")):
            words = f"every node needs {source} at the same path; a config or a secret travels with the service"
        elif source in names and source not in shared:
            words = f"{source} is one node's own: without placement.constraints the task may start beside an empty one"
        else:
            continue
        yield SwarmRemark(service.key, "volumes", DIFFERS, words, swarm.MOUNTS, volume.source)
