"""What the engineer wants: the spec of one service. Plain dataclasses; pydantic validates them at the doors
(`session.answers`)."""

from __future__ import annotations

from typing import Literal

from wizard.values.choice import Left
from wizard.values.lean import dataclass, field

Kind = Literal["", "http", "consumes", "produces", "both"]
"""What a service is: answers HTTP only, reads channels, writes them, or both; '' when nothing says it."""
Delivery = Literal["at-most-once", "at-least-once"]
"""How often an event arrives: at most once by pub/sub, at least once by Redis streams with consumer groups."""
FieldType = Literal["str", "int", "float", "bool"]
ColumnType = Literal[
    "text", "integer", "bigint", "double precision", "numeric", "boolean", "timestamptz", "uuid", "jsonb"
]


@dataclass(frozen=True, slots=True)
class EventField:
    """One field of an event. Every event also carries `id` (str) and `time` (ISO 8601 str), which are not listed."""

    name: str
    type: FieldType = "str"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A Redis channel, stream or list and the fields of its events.

    `example`: an event that the service accepts, as a JSON object, for a service that drops most of what it gets.
    """

    name: str
    fields: tuple[EventField, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table of the service."""

    name: str
    type: ColumnType = "text"
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the service. `id bigint generated always as identity primary key`, `event_id text` (unique) and
    `created_at timestamptz default now()` are always there and not listed."""

    name: str
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Variable:
    """A further environment variable of the service. `default` None: required, set in compose through `value`."""

    name: str
    default: str | None = None
    value: str = ""
    description: str = ""


UpdateOrder = Literal["start-first", "stop-first"]
"""What an update of a Swarm does first: start the new task, or stop the old one."""
Publishing = Literal["none", "host"]
"""How a Swarm publishes the port: not at all, or on the node that runs the task."""


@dataclass(frozen=True, slots=True)
class Deploy:
    """How a Swarm runs the service. `image`: what the nodes pull, empty: named as its siblings are. `order`: of an
    update, which is rolled back when the new task fails. `cpus`, `memory`: the most it may take; `reserve_cpus`,
    `reserve_memory`: what a node must have free, empty for nothing. `constraints`: of the nodes (`node.role==worker`).
    """

    image: str = ""
    replicas: int = 1
    order: UpdateOrder = "start-first"
    publish: Publishing = "none"
    cpus: str = "0.50"
    memory: str = "256M"
    reserve_cpus: str = ""
    reserve_memory: str = ""
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """The answers about one service. Everything after `port` has a default.

    `name`: snake_case package name (rules in `values.names`). `port`: 1024 to 65535, host port = container port.
    `inputs` / `outputs`: channels it subscribes to / publishes on. `tables`: its own tables, empty for none.
    `seed`: SQL rows to seed? False makes item 4.2 `na`. `handler`: the pure function in `logic.py`.
    `talks_to`: further stack services (spec names or compose keys) it depends on, beside Redis and Postgres.
    `base_image`: `NAME:TAG@sha256:…` or empty (resolved by the wizard). `kind`: said where channels do not
    say it (`what` is the answer). `delivery`: of its inputs and outputs alike. `deploy`:
    how a Swarm runs it, where the stack is deployed to one. `own_role`: its statements run as a role of the service's
    name, which may do what the service does and nothing else.
    """

    name: str
    purpose: str
    port: int
    inputs: tuple[Channel, ...] = ()
    outputs: tuple[Channel, ...] = ()
    tables: tuple[Table, ...] = ()
    seed: bool = False
    handler: str = "handle"
    variables: tuple[Variable, ...] = ()
    talks_to: tuple[str, ...] = ()
    base_image: str = ""
    kind: Kind = ""
    delivery: Delivery = "at-most-once"
    deploy: Deploy | None = None
    own_role: bool = False

    @property
    def what(self) -> Kind:
        """Returns what the service is: by its channels, else as it was said."""
        sides = bool(self.inputs), bool(self.outputs)
        by_channels: dict[tuple[bool, bool], Kind] = {
            (True, True): "both",
            (True, False): "consumes",
            (False, True): "produces",
        }
        return by_channels.get(sides, self.kind)


@dataclass(frozen=True, slots=True)
class Inferred:
    """A spec read out of what is there. `sources`: spec field name -> where it was read (`default` fields are absent).

    `assumed`: spec fields that nothing in the stack says, with the default that was taken.
    """

    spec: ServiceSpec
    sources: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    @property
    def from_code(self) -> bool:
        """Tells whether the variables were read in the code, so that they are in force whatever is answered."""
        return "variables" in self.sources and not self.sources["variables"].startswith(".stack-wizard/")


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person said that an item need not be met."""

    item: str
    reason: str
    author: str
    date: str


MANIFESTS = ".stack-wizard/services"
"""The folder of the manifests, relative to the stack's root."""


def manifest_path(name: str) -> str:
    """Returns where the manifest of a service is, relative to the stack's root."""
    return f"{MANIFESTS}/{name}.yaml"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`.stack-wizard/services/NAME.yaml`: what the repository cannot say. `verified`: the last live run. `left`: edits
    that a person left out. `commits`: `3/7 compose` or `5.3 of 5/7 testing`, an entry for each commit of the wizard in
    force that was made where a hook may take the trailers out of its message."""

    schema: int
    spec: ServiceSpec
    waivers: tuple[Waiver, ...] = ()
    verified: tuple[VerifiedItem, ...] = ()
    left: tuple[Left, ...] = ()
    commits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifiedItem:
    """A live observation in short, as the manifest keeps it. What differs between two equal runs (result, time, commit)
    may be empty: the commit that holds the record says it."""

    item: str
    ok: bool
    action: str = ""
    result: str = ""
    runtime: str = ""
    at: str = ""
    commit: str = ""
    fingerprint: str = ""
    seconds: float = 0.0
