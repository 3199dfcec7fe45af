"""What one Python file alone cannot decide: expressions and calls that `stack.python_resolve` settles over all
files of a service.

Nothing outside `wizard.stack` needs these.
"""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.source import Source

Words = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A string expression. `choices`: its alternatives (a tuple of channels has several), each a concatenation of
    parts.

    A part is `('text', literal)`, `('name', dotted name)` or `('param', 'function|position|name')`. `variable`: the
    environment variable it is read from; the choices are then the default's.
    """

    choices: tuple[Words, ...] = ()
    variable: str = ""


@dataclass(frozen=True, slots=True)
class PendingCall:
    """A call that may hand a channel, a variable's name or a port to a helper. `scope`: the function it stands in.

    `type`: `int` when the result is converted. `at_import`: it runs while the module is imported.
    """

    function: str
    args: tuple[Text | None, ...]
    keywords: tuple[tuple[str, Text], ...]
    source: Source
    scope: str = ""
    type: str = ""
    at_import: bool = False


@dataclass(frozen=True, slots=True)
class PendingVariable:
    """A read of the environment. `raises`: the code fails when it is missing. `scope`: function or class, '' at
    module level."""

    name: Text
    default: Text | None
    raises: bool
    source: Source
    kind: str
    type: str = "str"
    secret: bool = False
    scope: str = ""
    owner: str = ""
    at_import: bool = False
    secrets_dir: str = ""


@dataclass(frozen=True, slots=True)
class PendingUse:
    """A use of Redis (`kind` as in `RedisUse`) or, with kind `port`, a served port."""

    kind: str
    text: Text
    source: Source


@dataclass(frozen=True, slots=True)
class PendingRoute:
    """A route before prefixes: `rule` as written, `group`: the app, blueprint or router it was put on (dotted name)."""

    rule: Text
    methods: tuple[str, ...]
    framework: str
    handler: str
    source: Source
    static_ok: bool
    group: str


@dataclass(frozen=True, slots=True)
class RouteGroup:
    """An app (`app` True), blueprint or router with its own prefix. `rule`: a prefix that its file alone cannot say."""

    name: str
    prefix: str
    framework: str
    app: bool
    source: Source
    rule: Text | None = None


@dataclass(frozen=True, slots=True)
class Mount:
    """`parent.register_blueprint(child, url_prefix=…)`, `include_router`, `add_subapp`. `prefix` None: the child's
    own. `rule`: a prefix that its file alone cannot say."""

    child: str
    prefix: str | None
    framework: str
    parent: str = ""
    rule: Text | None = None


@dataclass(frozen=True, slots=True)
class PendingClass:
    """A class: its bases (dotted, aliases undone), the kind its decorator says, annotated fields and settings
    prefix."""

    name: str
    bases: tuple[str, ...]
    kind: str
    fields: tuple[tuple[str, str], ...]
    source: Source
    prefix: str | None = None
    secrets_dir: str = ""
    variables: tuple[PendingVariable, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """Everything of one file that is settled only over the whole service."""

    bindings: tuple[tuple[str, Text], ...] = ()
    calls: tuple[PendingCall, ...] = ()
    uses: tuple[PendingUse, ...] = ()
    variables: tuple[PendingVariable, ...] = ()
    routes: tuple[PendingRoute, ...] = ()
    groups: tuple[RouteGroup, ...] = ()
    mounts: tuple[Mount, ...] = ()
    classes: tuple[PendingClass, ...] = ()
    imported: tuple[tuple[str, str, str], ...] = ()
    """(local name, module as written, original name; '' for a plain import)."""
    modules: tuple[tuple[str, bool, Source], ...] = ()
    """Every module imported, as written; True: it may be missing (`except ImportError`) or is for type checkers
    only."""
    import_calls: frozenset[str] = frozenset()
    """Names called while the module is imported."""
    call_graph: tuple[tuple[str, frozenset[str]], ...] = ()
    """Function -> names it calls (only of functions that matter for import-time reads)."""
    redis: bool = False
    """The file imports a Redis client (or a helper module named after it)."""
