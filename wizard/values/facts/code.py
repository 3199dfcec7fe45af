"""Facts read from a service's Python files through the AST; no code of the stack is ever imported or run for this."""

from __future__ import annotations

from wizard.values.facts.pending import Pending
from wizard.values.lean import dataclass, field
from wizard.values.source import Fact, Problem, Source


@dataclass(frozen=True, slots=True)
class Route:
    """An HTTP route. `framework`: flask, fastapi, aiohttp, starlette or unknown. `handler`: function name.

    `static_ok`: the handler's body can only ever answer success: no condition, no call besides response building.
    """

    path: str
    methods: tuple[str, ...]
    framework: str
    handler: str
    source: Source
    static_ok: bool = False


@dataclass(frozen=True, slots=True)
class SettingVar:
    """An environment variable the code reads. `default` None: none given. `secret`: held as SecretStr or named like
    one.

    `at_import`: read while the module is imported, so a missing one crashes at start. `kind`: settings, getenv,
    environ, helper.
    `type`: `int` when the code converts it. `default` of a secret is never kept: `***` stands for one that is not
    empty.
    `secrets_dir`: the folder whose file may hold the value instead (pydantic-settings), empty without. `aliases`: names
    that serve as well (`AliasChoices`).
    """

    name: str
    required: bool
    default: str | None
    secret: bool
    source: Source
    kind: str = "getenv"
    at_import: bool = False
    type: str = "str"
    secrets_dir: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method. `placeholder`: why it does nothing yet (`pass`, `NotImplementedError`,
    `TODO(stack-wizard)`, `only logs`), empty when it does something. `params`: names without self. `owner`: the class
    of a method."""

    name: str
    params: tuple[str, ...]
    source: Source
    placeholder: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A data class. `kind`: pydantic_dataclass, base_model, settings, stdlib_dataclass, typed_dict. `fields`: (name,
    annotation). `optional`: the fields that have a default or may be left out. `places`: where each field stands."""

    name: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    source: Source
    optional: tuple[str, ...] = ()
    places: tuple[tuple[str, Source], ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A field that code takes out of a message. `required`: it fails where the message has none."""

    name: str
    required: bool
    source: Source


TAKES_IN = {"subscribe": "channel", "xread": "stream", "pop": "list"}
PUTS_OUT = {"publish": "channel", "xadd": "stream", "push": "list"}
"""The kinds of use by which events come in and go out, each with what carries them."""


@dataclass(frozen=True, slots=True)
class RedisUse:
    """How the code uses Redis. `kind`: subscribe, publish, xadd, xread, push, pop, list, zset, connect, client_name,
    retry, connect_retry.

    `push`, `pop`: a list used as a queue; `list`: a list that is read like a table (LRANGE), so no queue; `zset`:
    entries are taken out of a sorted set, where nothing can be sent like to a list.

    `retry`: a loop goes on reading after a connection error, or redis-py's `Retry`; `connect_retry`: only the first
    connection is tried again, so the code still dies with Redis later.

    `value`: the channel, stream or name when it is a literal or a resolvable constant/setting default; empty when it is
    not.
    `variable`: the environment variable it came from, when it did. `models`: the classes its messages are instances of,
    as far as the code says it. `keys`: those of the dict that is put out. `takes`: fields that are taken out of the
    dict that a message is unpacked to.
    """

    kind: str
    value: str
    source: Source
    variable: str = ""
    models: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    takes: tuple[FieldUse, ...] = ()


@dataclass(frozen=True, slots=True)
class PythonFile:
    """One Python file of a service or of its tests.

    `unserved`: routes of blueprints and routers that nobody registers. `unread_routes`: where routes are added whose
    path or owner cannot be read. `apps`: frameworks (as in `Route`) whose application objects are made here.
    `imports`: top-level names of third-party modules it cannot run without. `local_imports`: modules of the service or
    the stack as written (`.models`, `models`, `NAME.models`). `todos`: comments that say the work is not done
    (`TODO(stack-wizard)`, `NOT IMPLEMENTED`). `registers` / `auto_markers`: markers a conftest registers / adds to
    tests.
    `distributions`: import -> normalised names of distributions that may provide it (audit asks whether one is
    required).
    `hosts`: those that its URLs and addresses name. `passwords`: where a client of `redis` or `postgres` is given one
    by value.
    `removed`: names of pydantic 1 that it imports and pydantic 2 has no more.
    `tables_written`: tables its SQL or mapped classes write; `tables_read`: those its SELECTs read; `tables_created`:
    those it creates itself, `*`: all that are mapped; `tables_mapped`: those of mapped classes. `pending`: see
    `values.pending_facts`.
    """

    path: str
    imports: tuple[Fact[str], ...] = ()
    local_imports: tuple[Fact[str], ...] = ()
    routes: tuple[Route, ...] = ()
    unserved: tuple[Route, ...] = ()
    unread_routes: tuple[Source, ...] = ()
    apps: tuple[Fact[str], ...] = ()
    variables: tuple[SettingVar, ...] = ()
    functions: tuple[Function, ...] = ()
    models: tuple[Model, ...] = ()
    redis: tuple[RedisUse, ...] = ()
    served_ports: tuple[Fact[int], ...] = ()
    todos: tuple[Fact[str], ...] = ()
    names_used: frozenset[str] = frozenset()
    tests: tuple[TestFunction, ...] = ()
    problems: tuple[Problem, ...] = ()
    registers: tuple[Fact[str], ...] = ()
    auto_markers: tuple[Fact[str], ...] = ()
    docstring: str = ""
    has_main: bool = False
    tables_written: tuple[Fact[str], ...] = ()
    tables_created: tuple[Fact[str], ...] = ()
    tables_read: tuple[Fact[str], ...] = ()
    tables_mapped: tuple[Fact[str], ...] = ()
    removed: tuple[Fact[str], ...] = ()
    hosts: tuple[Fact[str], ...] = ()
    passwords: tuple[Fact[str], ...] = ()
    distributions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pending: Pending | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TestFunction:
    """A test function or method. `markers`: own, class's and module's `pytestmark`, without parametrize & co.

    `calls`: names it calls (for "a unit test calls the handler"). `unread`: names from other files among its
    decorators that may be markers, too.
    """

    __test__ = False

    name: str
    markers: tuple[str, ...]
    calls: frozenset[str]
    source: Source
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """A line of requirements.txt (PEP 508). `pinned`: `==` with a full version, or a URL/hash. `name`: normalised (PEP
    503). `marker`: the condition after `;`. `named` False: a folder or a URL whose name nothing says; `name` is its
    last part."""

    name: str
    specifier: str
    pinned: bool
    source: Source
    marker: str = ""
    named: bool = True


@dataclass(frozen=True, slots=True)
class RequirementsFacts:
    """A requirements file, `-r` includes followed."""

    path: str
    requirements: tuple[Requirement, ...] = ()
    problems: tuple[Problem, ...] = ()
