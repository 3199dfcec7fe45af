"""What the engineer wants: the spec of one service. Plain dataclasses; pydantic validates them at the doors
(`session.answers`)."""

from __future__ import annotations

from typing import Literal

from wizard.values.lean import dataclass, field

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
    """A Redis pub/sub channel and the fields of its events."""

    name: str
    fields: tuple[EventField, ...] = ()


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


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """The answers about one service. Everything after `port` has a default.

    `name`: snake_case package name (rules in `values.names`). `port`: 1024 to 65535, host port = container port.
    `inputs` / `outputs`: channels it subscribes to / publishes on. `tables`: its own tables, empty for none.
    `seed`: SQL rows to seed? False makes item 4.2 `na`. `handler`: the pure function in `logic.py`.
    `talks_to`: further stack services (spec names or compose keys) it depends on, beside Redis and Postgres.
    `base_image`: `NAME:TAG@sha256:…` or empty (resolved by the wizard).
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


@dataclass(frozen=True, slots=True)
class Inferred:
    """A spec read out of what is there. `sources`: spec field name -> where it was read (`default` fields are absent).

    `assumed`: spec fields that nothing in the stack says, with the default that was taken.
    """

    spec: ServiceSpec
    sources: dict[str, str] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person said that an item need not be met."""

    item: str
    reason: str
    author: str
    date: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`.stack-wizard/services/NAME.yaml`: what the repository cannot say. `verified`: the last live run."""

    schema: int
    spec: ServiceSpec
    waivers: tuple[Waiver, ...] = ()
    verified: tuple[VerifiedItem, ...] = ()


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
