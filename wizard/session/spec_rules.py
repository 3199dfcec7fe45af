"""What makes a spec impossible: names, doubles, words that are taken. Used while typing and headless alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from wizard.session.typed import Step, nearest
from wizard.values import names
from wizard.values.facts import StackFacts
from wizard.values.lean import dataclass
from wizard.values.spec import Channel, ServiceSpec, Table

EVENT_FIELDS = frozenset({"id", "time"})
TABLE_COLUMNS = frozenset({"id", "event_id", "created_at"})
LONGEST_PURPOSE = 500
# What the wizard's own config.py reads, after the service's prefix.
_OWN_VARIABLES = frozenset(
    {"PORT", "LOG_LEVEL", "SECRETS_DIR", "REDIS_HOST", "REDIS_PORT"}
    | {f"POSTGRES_{part}" for part in ("HOST", "PORT", "USER", "DB")}
)


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """Something impossible in a spec: where in it (`('inputs', 0, 'name')`), and why."""

    steps: tuple[Step, ...]
    message: str

    @property
    def place(self) -> str:
        """`inputs[0].name`"""
        words = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return words.removeprefix(".")

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


def check_spec(spec: ServiceSpec, facts: StackFacts, *, new: bool = False) -> tuple[str, ...]:
    """Everything that keeps this stack from taking this spec, one sentence each, `()` when nothing does.

    `new`: the service must not exist yet. The port's holder is the registry's matter (`audit.ports`).
    """
    return tuple(str(problem) for problem in (*spec_problems(spec, facts), *_stack_problems(spec, facts, new)))


def spec_problems(spec: ServiceSpec, facts: StackFacts | None = None) -> tuple[SpecProblem, ...]:
    """Everything that is wrong in the spec itself, in its own order. The name of an existing service is never wrong."""
    found: list[SpecProblem] = []
    if facts is None or facts.service(spec.name) is None:
        found += _say(("name",), names.service_name(spec.name))
    found += _say(("purpose",), _purpose(spec.purpose))
    if spec.port:
        found += _say(("port",), names.port(spec.port))
    found += _channels("inputs", spec.inputs)
    found += _channels("outputs", spec.outputs)
    found += _loops(spec)
    found += _tables(spec.tables)
    found += _say(("handler",), names.identifier(spec.handler))
    found += _variables(spec)
    found += _say(("base_image",), names.base_image(spec.base_image))
    return tuple(found)


def _say(steps: tuple[Step, ...], message: str) -> list[SpecProblem]:
    return [SpecProblem(steps, message)] if message else []


def _purpose(text: str) -> str:
    if len(text) > LONGEST_PURPOSE:
        return f"has {len(text)} characters ({LONGEST_PURPOSE} are enough)"
    return "" if all(char.isprintable() or char == "\n" for char in text) else "holds control characters"


def _channels(which: str, channels: tuple[Channel, ...]) -> Iterator[SpecProblem]:
    yield from _each(which, (channel.name for channel in channels), names.channel, "a channel")
    for number, channel in enumerate(channels):
        steps = (which, number, "fields")
        yield from _members(steps, (field.name for field in channel.fields), EVENT_FIELDS, "every event")


def _loops(spec: ServiceSpec) -> Iterator[SpecProblem]:
    taken = {channel.name for channel in spec.inputs if channel.name}
    for number, channel in enumerate(spec.outputs):
        if channel.name in taken:
            message = f"{channel.name!r} is an input too: the service would answer its own events for ever"
            yield SpecProblem(("outputs", number, "name"), message)


def _tables(tables: tuple[Table, ...]) -> Iterator[SpecProblem]:
    yield from _each("tables", (table.name for table in tables), names.identifier, "a table")
    for number, table in enumerate(tables):
        steps = ("tables", number, "columns")
        yield from _members(steps, (column.name for column in table.columns), TABLE_COLUMNS, "every table")


def _members(
    steps: tuple[Step, ...], members: Iterable[str], reserved: frozenset[str], owner: str
) -> Iterator[SpecProblem]:
    """Fields or columns: names, doubles, and the ones that are always there."""
    seen: set[str] = set()
    for number, name in enumerate(members):
        place = (*steps, number, "name")
        if name in reserved:
            yield SpecProblem(place, f"{name!r} is in {owner} already, so leave it out")
        elif name in seen:
            yield SpecProblem(place, f"{name!r} stands twice")
        yield from _say(place, names.identifier(name))
        seen.add(name)


def _each(which: str, given: Iterable[str], rule: Callable[[str], str], what: str) -> Iterator[SpecProblem]:
    seen: set[str] = set()
    for number, name in enumerate(given):
        steps = (which, number, "name")
        yield from _say(steps, rule(name))
        if name and name in seen:
            yield SpecProblem(steps, f"{name!r} stands twice ({what} is named once)")
        seen.add(name)


def _variables(spec: ServiceSpec) -> Iterator[SpecProblem]:
    yield from _each("variables", (variable.name for variable in spec.variables), names.variable, "a variable")
    prefix = f"{spec.name.upper()}_"
    for number, variable in enumerate(spec.variables):
        if variable.name.removeprefix(prefix) in _OWN_VARIABLES and variable.name.startswith(prefix):
            steps = ("variables", number, "name")
            yield SpecProblem(steps, f"{variable.name!r} is set by the wizard already, so leave it out")


def _stack_problems(spec: ServiceSpec, facts: StackFacts, new: bool) -> Iterator[SpecProblem]:
    services = {service.name for service in facts.services}
    if new and spec.name in services:
        yield SpecProblem(("name",), f"a service {spec.name!r} exists already: open it to go on with it")
    known = services | {service.key for service in facts.compose.services}
    if spec.name not in services and facts.profile.prefix + spec.name in known:
        yield SpecProblem(("name",), f"compose has a service {facts.profile.prefix + spec.name!r} already")
    for number, other in enumerate(spec.talks_to):
        if other == spec.name:
            yield SpecProblem(("talks_to", number), "a service does not depend on itself")
        elif other not in known:
            hint = nearest(other, tuple(sorted(known)))
            yield SpecProblem(("talks_to", number), f"the stack has no service {other!r}{hint}")
    yield from _foreign_tables(spec, facts)


def _foreign_tables(spec: ServiceSpec, facts: StackFacts) -> Iterator[SpecProblem]:
    owners = {
        table.name: service.name
        for service in facts.services
        if service.manifest is not None and service.name != spec.name
        for table in service.manifest.spec.tables
    }
    for number, table in enumerate(spec.tables):
        if table.name in owners:
            message = f"the table {table.name!r} belongs to {owners[table.name]}"
            yield SpecProblem(("tables", number, "name"), message)
