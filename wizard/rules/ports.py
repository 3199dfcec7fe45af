"""Answers which port is a service's own: which variables hold it, and everything in its files that says it.

Inference, the table of ports, the checks and the contradictions read `port_mentions`, so that they never disagree on
who says what. An own variable is one with the service's name before `PORT`, a bare one (`PORT`, `HTTP_PORT`), or one
that the code demonstrably serves on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from wizard.rules.names import HIGHEST_PORT, LOWEST_PORT
from wizard.values.facts.code import SettingVar
from wizard.values.facts.compose import ComposeService
from wizard.values.facts.stack import ServiceFacts
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

# Words between a service's name and `PORT` that still mean the port it answers HTTP on.
_PLAIN = frozenset(
    {"SERVICE", "SVC", "SERVER", "APP", "API", "HTTP", "WEB", "REST", "HEALTH", "LISTEN", "LISTENING", "BIND"}
    | {"FLASK", "FASTAPI", "UVICORN", "GUNICORN", "HYPERCORN", "DJANGO", "MAIN", "CONTAINER", "INTERNAL"}
)
# Further doors of a service, and what it connects to: never its own port, whatever stands before them.
_OTHER_DOORS = frozenset(
    {"METRICS", "PROMETHEUS", "EXPORTER", "GRPC", "ADMIN", "DEBUG", "DEBUGPY", "HTTPS", "SSL", "TLS", "UDP", "WS"}
)
_SERVERS = frozenset(
    {"REDIS", "VALKEY", "POSTGRES", "POSTGRESQL", "PG", "DB", "DATABASE", "SQL", "MYSQL", "MARIADB", "MONGO", "MONGODB"}
    | {"KAFKA", "RABBIT", "RABBITMQ", "AMQP", "MQTT", "NATS", "SMTP", "MAIL", "EMAIL", "ELASTIC", "ELASTICSEARCH"}
    | {"INFLUX", "INFLUXDB", "TIMESCALE", "SENTINEL", "PROXY", "BROKER", "REMOTE", "TARGET", "UPSTREAM", "CACHE"}
    | {"MEMCACHED", "STATSD", "SYSLOG", "LDAP", "OTEL", "JAEGER", "COLLECTOR", "VAULT", "CONSUL", "MINIO", "S3"}
)
# The places that may name several ports of one service.
_PLURAL = frozenset({"expose", "published", "compose_expose", "code", "given", "default"})
_OF_THE_IMAGE = frozenset({"expose", "image_check", "command"})
_COMMAND = lazy_pattern(r"(?:--bind|-b|--port|-p|--listen|--host\S*:)[=\s]+\S*?:?(\d{4,5})\b|0\.0\.0\.0:(\d{4,5})\b")


@dataclass(frozen=True, slots=True)
class PortMention:
    """A line that names the service's port. `kind`: the place (see `port_mentions`); `who`: it as the start of a
    sentence ("the Dockerfile's HEALTHCHECK probes"); `inside`: the port is the container's, not the host's."""

    kind: str
    who: str
    port: int
    source: Source
    inside: bool = True


def is_own_port(name: str, service: str, others: Collection[str] = (), prefix: str = "") -> bool | None:
    """Returns whether a variable's name says that it holds the service's own port.

    True for `PORT`, `HTTP_PORT`, `MARKET_PORT`, `MARKET_API_PORT`; False for somebody else's (`REDIS_PORT`, the address
    of a service in `others`) and for another door (`METRICS_PORT`); None where only the code can tell (`FLAGS_PORT`).
    `prefix`: of the stack's compose keys.
    """
    words = name.upper().split("_")
    if words.pop() != "PORT":
        return False
    marks = _marks(prefix)
    own = _marks(service.removeprefix(prefix))
    rest = _without(_without(words, marks), own)
    named = len(rest) < len(_without(words, marks))
    if not rest:
        return True
    if set(rest) & (_SERVERS | _OTHER_DOORS):
        return False
    if not named and _starts_with_one(rest, others, service):
        return False
    return True if set(rest) <= _PLAIN else None


def _marks(name: str) -> list[str]:
    return [word for word in name.upper().replace("-", "_").split("_") if word]


def _starts_with_one(words: list[str], others: Collection[str], service: str) -> bool:
    """Whether the words begin with another service's name, in either spelling."""
    starts = (words[:length] for length in range(1, len(words) + 1))
    spelled = (mark.join(start).lower() for start in starts for mark in "_-")
    return any(name in others and name != service for name in spelled)


def _without(words: list[str], start: list[str]) -> list[str]:
    return words[len(start) :] if start and words[: len(start)] == start else words


def own_port_variables(service: ServiceFacts, others: Collection[str] = (), prefix: str = "") -> tuple[SettingVar, ...]:
    """Returns the variables of the code that hold the service's own port, those with its name first."""
    served = {str(fact.value) for file in service.python for fact in file.served_ports}
    found: list[SettingVar] = []
    for variable in (variable for file in service.code for variable in file.variables):
        answers = {is_own_port(name, service.name, others, prefix) for name in (variable.name, *variable.aliases)}
        if True in answers or (None in answers and variable.default in served):
            found.append(variable)
    start = "_".join(_marks(service.name))
    return tuple(sorted(found, key=lambda variable: not variable.name.upper().startswith(start)))


def port_mentions(service: ServiceFacts, others: Collection[str] = (), prefix: str = "") -> tuple[PortMention, ...]:
    """Returns everything in a service's files that says its port, in order of trust.

    Kinds: `given` and `default` (an own variable that something sets; that nothing sets to another value), `start` (the
    server that is started), `code` (what the code serves, unless a start command does that), `expose`, `command`,
    `image_env`, `image_check`, `published` (the host's), `compose_expose`, `compose_env`, `compose_check`; those of a
    commented-out block begin with `draft_`.
    """
    variables = own_port_variables(service, others, prefix)
    given = given_ports(service)
    names = {variable.name.upper() for variable in variables}

    def is_own(name: str) -> bool:
        return name.upper() in names or is_own_port(name, service.name, others, prefix) is True

    found = [*_variables(variables, given), *_started(service, variables, given), *_image(service, is_own)]
    blocks = [("", service.compose)] if service.compose else []
    for mark, block in (*blocks, *(("draft_", block) for block in service.commented)):
        found += _block(mark, block, is_own)
    return tuple(_own(service, found))


def _own(service: ServiceFacts, found: list[PortMention]) -> Iterator[PortMention]:
    """Leaves out what may be another service's, unless something of the service's own says that port: what the image of
    several exposes and probes, and the default of a setting in modules that they share, which also gives way to the
    port that the service starts or serves."""
    shared = {file.path for file in service.shared}
    serves = service.image_of_many or any(mention.kind in ("start", "code") for mention in found)

    def is_anybodys(mention: PortMention) -> bool:
        of_image = service.image_of_many and mention.kind in _OF_THE_IMAGE
        return of_image or (serves and mention.kind == "default" and mention.source.path in shared)

    own = {mention.port for mention in found if not is_anybodys(mention)}
    own |= {port.target for port in service.compose.ports} if service.compose is not None else set()
    yield from (mention for mention in found if mention.port in own or not is_anybodys(mention))


def given_ports(service: ServiceFacts) -> dict[str, Fact[int]]:
    """Returns the numbers that the image or Compose sets, by upper-case name: they win over the code's defaults."""
    found: dict[str, Fact[int]] = {}
    for name, value, source in service.dockerfile.env if service.dockerfile is not None else ():
        if value.isdecimal():
            found[name.upper()] = Fact(int(value), source)
    for entry in service.compose.environment if service.compose is not None else ():
        if (entry.value or "").isdecimal():
            found[entry.name.upper()] = Fact(int(entry.value or 0), entry.source)
    return found


def served_ports(service: ServiceFacts, others: Collection[str] = (), prefix: str = "") -> tuple[Fact[int], ...]:
    """Returns the ports it listens on in its container, see `served_in`."""
    return served_in(port_mentions(service, others, prefix))


def served_in(found: Collection[PortMention]) -> tuple[Fact[int], ...]:
    """Returns the ports among all mentions that a service listens on in its container: the start command's, else what
    the code serves with what image and Compose set, else the values of its own variables."""
    for kinds in (("start",), ("code",), ("given", "default")):
        said = tuple(Fact(mention.port, mention.source) for mention in found if mention.kind in kinds)
        if said:
            return said
    return ()


def _variables(variables: Iterable[SettingVar], given: Mapping[str, Fact[int]]) -> Iterator[PortMention]:
    for variable in variables:
        value, default = given.get(variable.name.upper()), variable.default or ""
        if value is not None:
            yield PortMention("given", f"{variable.name} is set to", value.value, value.source)
        if default.isdecimal() and (value is None or str(value.value) == default):
            yield PortMention("default", f"{variable.name} defaults to", int(default), variable.source)


def _started(
    service: ServiceFacts, variables: Iterable[SettingVar], given: Mapping[str, Fact[int]]
) -> Iterator[PortMention]:
    """The port of the server that is started: what else the code could serve is not asked then."""
    if service.listens is not None:
        yield PortMention("start", "the start command listens on", service.listens.value, service.listens.source)
        return
    moved = {v.default: given[v.name.upper()] for v in variables if v.name.upper() in given}
    for file in sorted(service.python, key=lambda file: file.path != service.entry):
        for fact in file.served_ports:
            set_to = moved.get(str(fact.value), fact)
            now = fact if set_to.value == fact.value else set_to
            yield PortMention("code", "the code serves", now.value, now.source)


def _image(service: ServiceFacts, is_own: Callable[[str], bool]) -> Iterator[PortMention]:
    image = service.dockerfile
    if image is None:
        return
    for fact in image.expose:
        yield PortMention("expose", "the Dockerfile exposes", fact.value, fact.source)
    for words in (image.command, image.entrypoint):
        match = _COMMAND.search(" ".join(words.value)) if words is not None else None
        if match and words is not None:
            yield PortMention("command", "the image's command names", int(match[1] or match[2]), words.source)
    for name, value, source in image.env:
        if value.isdecimal() and is_own(name):
            yield PortMention("image_env", f"the Dockerfile sets {name} to", int(value), source)
    check = image.healthcheck
    if check is not None and check.port is not None and not check.disabled:
        yield PortMention("image_check", "the Dockerfile's HEALTHCHECK probes", check.port, check.source)


def _block(mark: str, block: ComposeService, is_own: Callable[[str], bool]) -> Iterator[PortMention]:
    for port in block.ports:
        outside = port.published is not None
        who = "compose publishes" if outside else "compose maps"
        yield PortMention(f"{mark}published", who, port.published or port.target, port.source, not outside)
    for fact in block.expose:
        yield PortMention(f"{mark}compose_expose", "compose exposes", fact.value, fact.source)
    for entry in block.environment:
        if (entry.value or "").isdecimal() and is_own(entry.name):
            yield PortMention(
                f"{mark}compose_env", f"compose sets {entry.name} to", int(entry.value or 0), entry.source
            )
    check = block.healthcheck
    if check is not None and check.port is not None and not check.disabled:
        yield PortMention(f"{mark}compose_check", "compose's healthcheck probes", check.port, check.source)


def further_ports(found: Iterable[PortMention], own: Collection[int]) -> frozenset[int]:
    """Returns the ports that a place names beside the service's own: a service may have several
    (https://docs.docker.com/reference/dockerfile/#expose). `own`: its port, in the container and on the host."""
    groups: dict[str, set[int]] = {}
    for mention in found:
        if mention.kind in _PLURAL:
            groups.setdefault(mention.kind, set()).add(mention.port)
    return frozenset(port for ports in groups.values() if ports & set(own) for port in ports - set(own))


def mapped_ports(service: ServiceFacts) -> dict[int, int]:
    """Returns container port -> host port where Compose publishes one under another: outside, the service has the
    latter."""
    ports = service.compose.ports if service.compose is not None else ()
    published = {port.published for port in ports}
    return {p.target: p.published for p in ports if p.published is not None and p.target not in published}


def two_numbers(published: int, target: int) -> str:
    """Returns what is wrong with a port that has another number on the host than in the container, as a clause."""
    return f"host port {published} is not container port {target}"


def to_one_number(name: str, target: int) -> str:
    """Returns how a service gets one number on both sides: the container's, or one that both move to."""
    return f"`stack-wizard run {name} --port {target}` publishes that one, `--port N` moves both sides to a free N"


def container_port(service: ServiceFacts, port: int) -> int:
    """Returns the port in its container of a service that has `port` on the host: what Compose maps it to."""
    ports = service.compose.ports if service.compose is not None else ()
    return next((p.target for p in ports if p.published == port), port)


def is_usable(port: int) -> bool:
    """Returns whether a service may publish a port: those below are the system's."""
    return LOWEST_PORT <= port <= HIGHEST_PORT
