"""Facts read from a service's Python files through the AST; no code of the stack is ever imported or run for this."""

from __future__ import annotations

from wizard.values.lean import dataclass, field
from wizard.values.pending_facts import Pending
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
    that
    serve as well (`AliasChoices`).
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
    `TODO(stack-wizard)`,
    `only logs`), empty when it does something. `params`: names without self. `owner`: the class of a method."""

    name: str
    params: tuple[str, ...]
    source: Source
    placeholder: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A data class. `kind`: pydantic_dataclass, base_model, settings, stdlib_dataclass, typed_dict. `fields`: (name,
    annotation)."""

    name: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    source: Source


@dataclass(frozen=True, slots=True)
class RedisUse:
    """How the code uses Redis. `kind`: subscribe, publish, xadd, xread, connect, client_name, retry, connect_retry.

    `retry`: a loop goes on reading after a connection error, or redis-py's `Retry`; `connect_retry`: only the first
    connection is tried again, so the code still dies with Redis later.

    `value`: the channel, stream or name when it is a literal or a resolvable constant/setting default; empty when it is
    not.
    `variable`: the environment variable it came from, when it did.
    """

    kind: str
    value: str
    source: Source
    variable: str = ""


@dataclass(frozen=True, slots=True)
class PythonFile:
    """One Python file of a service or of its tests.

    `apps`: frameworks (as in `Route`) whose application objects are made here.
    `imports`: top-level names of third-party modules it cannot run without. `local_imports`: modules of the service or
    the stack
    as written (`.models`, `models`, `NAME.models`). `todos`: comments that say the work is not done
    (`TODO(stack-wizard)`,
    `NOT IMPLEMENTED`). `markers`: pytest markers used. `registers` / `auto_markers`: markers a conftest registers /
    adds to tests.
    `distributions`: import -> normalised names of distributions that may provide it (audit asks whether one is
    required).
    `tables_written`: tables its SQL inserts into, updates or creates. `pending`: see `values.pending_facts`.
    """

    path: str
    imports: tuple[Fact[str], ...] = ()
    local_imports: tuple[Fact[str], ...] = ()
    routes: tuple[Route, ...] = ()
    apps: tuple[Fact[str], ...] = ()
    variables: tuple[SettingVar, ...] = ()
    functions: tuple[Function, ...] = ()
    models: tuple[Model, ...] = ()
    redis: tuple[RedisUse, ...] = ()
    served_ports: tuple[Fact[int], ...] = ()
    todos: tuple[Fact[str], ...] = ()
    names_used: frozenset[str] = frozenset()
    markers: tuple[Fact[str], ...] = ()
    tests: tuple[TestFunction, ...] = ()
    problems: tuple[Problem, ...] = ()
    registers: tuple[Fact[str], ...] = ()
    auto_markers: tuple[Fact[str], ...] = ()
    docstring: str = ""
    has_main: bool = False
    tables_written: tuple[Fact[str], ...] = ()
    distributions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    pending: Pending | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TestFunction:
    """A test function or method. `markers`: own, class's and module's `pytestmark`, without parametrize & co.

    `calls`: names it calls (for "a unit test calls the handler").
    """

    __test__ = False

    name: str
    markers: tuple[str, ...]
    calls: frozenset[str]
    source: Source


@dataclass(frozen=True, slots=True)
class Requirement:
    """A line of requirements.txt (PEP 508). `pinned`: `==` with a full version, or a URL/hash. `name`: normalised (PEP
    503)."""

    name: str
    specifier: str
    pinned: bool
    source: Source


@dataclass(frozen=True, slots=True)
class RequirementsFacts:
    """A requirements file, `-r` includes followed."""

    path: str
    requirements: tuple[Requirement, ...] = ()
    problems: tuple[Problem, ...] = ()
