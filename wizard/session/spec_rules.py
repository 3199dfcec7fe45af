"""What makes a spec impossible: names, doubles, words that are taken. Used while typing and headless alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from wizard.rules import images, names, swarm
from wizard.rules.secrets import stands_open
from wizard.rules.text import is_safe
from wizard.rules.variables import POSTGRES_SUFFIXES, SERVICE_SUFFIXES, own_prefix
from wizard.session.validate import Step, nearest
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.spec import Channel, ServiceSpec, Table

EVENT_FIELDS = frozenset({"id", "time"})
TABLE_COLUMNS = frozenset({"id", "event_id", "created_at"})
LONGEST_PURPOSE = 500
LONGEST_EXAMPLE = 4000
"""An event of a service, not its history: it stands in one line of the manifest."""
MOST_REPLICAS = 1000
_IMAGE = lazy_pattern(r"[A-Za-z0-9$][A-Za-z0-9._/:@${}?+-]*\Z")
_OWN_VARIABLES = frozenset((*SERVICE_SUFFIXES, *POSTGRES_SUFFIXES)) - {"HOST"}
"""What the wizard sets; the address a service listens on may be another one."""


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
    """Returns everything that keeps this stack from taking this spec, one sentence each, `()` when nothing does.

    `new`: the service must not exist yet. The port's holder is the registry's matter (`audit.ports`).
    """
    return tuple(str(problem) for problem in (*spec_problems(spec, facts), *_stack_problems(spec, facts, new)))


def spec_problems(spec: ServiceSpec, facts: StackFacts | None = None) -> tuple[SpecProblem, ...]:
    """Returns everything that is wrong in the spec itself, in its own order. The name of an existing service is never
    wrong.
    """
    found: list[SpecProblem] = []
    if facts is None or facts.service(spec.name) is None:
        found += _say(("name",), names.service_name(spec.name))
    found += _say(("purpose",), _purpose(spec.purpose))
    if spec.port:
        found += _say(("port",), names.port(spec.port, 1 if _publishes(facts, spec) else names.LOWEST_PORT))
    code = _in_code(spec, facts)
    found += _channels("inputs", spec.inputs, code)
    found += _channels("outputs", spec.outputs, frozenset())
    found += _loops(spec, code)
    found += _kind(spec)
    found += _tables(spec.tables)
    found += _say(("handler",), names.identifier(spec.handler))
    found += _variables(spec)
    found += _say(("base_image",), images.pinned_problem(spec.base_image))
    found += _deploy(spec, facts)
    return tuple(found)


def _deploy(spec: ServiceSpec, facts: StackFacts | None) -> Iterator[SpecProblem]:
    """Yields what is impossible about how a Swarm shall run the service."""
    wanted = spec.deploy
    if wanted is None:
        return
    if facts is not None and not facts.profile.on_swarm:
        yield SpecProblem(
            ("deploy",), "Compose starts this stack: `stack-wizard init --deploy-target swarm` says otherwise"
        )
    why = swarm.is_everyones(wanted.image, built=True) if wanted.image else ""
    why = why or ("" if not wanted.image or _IMAGE.match(wanted.image) else f"{wanted.image!r} is no image's name")
    yield from _say(("deploy", "image"), why)
    if not 1 <= wanted.replicas <= MOST_REPLICAS:
        yield SpecProblem(("deploy", "replicas"), f"is a number from 1 to {MOST_REPLICAS}")
    if wanted.replicas > 1 and spec.inputs and spec.delivery == "at-most-once":
        words = "by pub/sub each of them handles every event: take delivery at-least-once (a consumer group), or 1"
        yield SpecProblem(("deploy", "replicas"), words)
    if wanted.publish == "host" and wanted.order == "start-first":
        words = (
            "start-first starts the new task while the old one holds the host's port: take stop-first, or publish none"
        )
        yield SpecProblem(("deploy", "order"), words)
    for name, amount, read in (
        ("cpus", wanted.cpus, swarm.cpus_of),
        ("memory", wanted.memory, swarm.memory_of),
        ("reserve_cpus", wanted.reserve_cpus, swarm.cpus_of),
        ("reserve_memory", wanted.reserve_memory, swarm.memory_of),
    ):
        if amount and not read(amount):
            example = "0.50" if "cpus" in name else "256M"
            yield SpecProblem(("deploy", name), f"{amount!r} is no amount such as {example}")
    if 0 < swarm.memory_of(wanted.memory) < swarm.memory_of(wanted.reserve_memory):
        yield SpecProblem(("deploy", "reserve_memory"), f"more is reserved than it may take ({wanted.memory})")
    if 0 < swarm.cpus_of(wanted.cpus) < swarm.cpus_of(wanted.reserve_cpus):
        yield SpecProblem(("deploy", "reserve_cpus"), f"more is reserved than it may take ({wanted.cpus})")
    for number, constraint in enumerate(wanted.constraints):
        if not swarm.is_constraint(constraint):
            yield SpecProblem(("deploy", "constraints", number), "is of the form node.role==worker")


def _publishes(facts: StackFacts | None, spec: ServiceSpec) -> bool:
    service = facts.service(spec.name) if facts is not None else None
    block = service.compose if service else None
    return block is not None and any(port.published == spec.port for port in block.ports)


def _say(steps: tuple[Step, ...], message: str) -> list[SpecProblem]:
    return [SpecProblem(steps, message)] if message else []


def _purpose(text: str) -> str:
    if len(text) > LONGEST_PURPOSE:
        return f"has {len(text)} characters ({LONGEST_PURPOSE} are enough)"
    return "" if is_safe(text) else "holds control characters"


def _in_code(spec: ServiceSpec, facts: StackFacts | None) -> frozenset[str]:
    """Returns the channels that the service's code already uses: what runs is a fact, and no answer to be refused."""
    service = facts.service(spec.name) if facts is not None else None
    return frozenset(use.value for file in (service.code if service else ()) for use in file.redis if use.value)


def _channels(which: str, channels: tuple[Channel, ...], code: frozenset[str]) -> Iterator[SpecProblem]:
    """A pattern of PSUBSCRIBE is an input of code that has it; the wizard itself writes plain subscriptions."""

    def rule(name: str) -> str:
        return names.pattern(name) if name in code else names.channel(name)

    yield from _each(which, (channel.name for channel in channels), rule, "a channel")
    for number, channel in enumerate(channels):
        steps = (which, number, "fields")
        yield from _members(steps, (field.name for field in channel.fields), EVENT_FIELDS, "every event")
        yield from _say((which, number, "example"), _example(channel.example))


def _example(text: str) -> str:
    """Judges an event that is kept in the manifest: a JSON object, of a sane size, without a secret in it."""
    if not text:
        return ""
    if len(text) > LONGEST_EXAMPLE:
        return f"has {len(text)} characters ({LONGEST_EXAMPLE} are enough)"
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        return "must be one event as a JSON object"
    open_ones = [name for name, value in event.items() if isinstance(value, str) and stands_open(name, value)]
    return f"{open_ones[0]} looks like a secret, and would be committed" if open_ones else ""


def _kind(spec: ServiceSpec) -> Iterator[SpecProblem]:
    """A kind and channels that say different things."""
    if spec.kind and spec.what != spec.kind:
        yield SpecProblem(("kind",), f"says {spec.kind!r}, and the channels make it {spec.what!r}")


def _loops(spec: ServiceSpec, code: frozenset[str]) -> Iterator[SpecProblem]:
    taken = {channel.name for channel in spec.inputs if channel.name} - code
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
            yield SpecProblem(place, f"{name!r} is there twice")
        yield from _say(place, names.identifier(name))
        seen.add(name)


def _each(which: str, given: Iterable[str], rule: Callable[[str], str], what: str) -> Iterator[SpecProblem]:
    seen: set[str] = set()
    for number, name in enumerate(given):
        steps = (which, number, "name")
        yield from _say(steps, rule(name))
        if name and name in seen:
            yield SpecProblem(steps, f"{name!r} is there twice ({what} is named once)")
        seen.add(name)


def _variables(spec: ServiceSpec) -> Iterator[SpecProblem]:
    yield from _each("variables", (variable.name for variable in spec.variables), names.variable, "a variable")
    prefix = own_prefix(spec.name)
    for number, variable in enumerate(spec.variables):
        if variable.name.removeprefix(prefix) in _OWN_VARIABLES and variable.name.startswith(prefix):
            steps = ("variables", number, "name")
            yield SpecProblem(steps, f"{variable.name!r} is set by the wizard already, so leave it out")
        for part, text in (("default", variable.default or ""), ("value", variable.value)):
            if stands_open(variable.name, text):
                yield SpecProblem(("variables", number, part), _secret_in(variable.name, part))


def _secret_in(name: str, part: str) -> str:
    """Refuses a secret's value without repeating it: 1.5 and 3.2 would call it broken, and git would keep it."""
    return f"{name} is a secret, and its {part} would be committed: leave it empty, hand it over by a secret file"


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
