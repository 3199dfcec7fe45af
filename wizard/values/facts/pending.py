"""What one Python file alone cannot decide: expressions and calls that `stack.python_resolve` settles over all
files of a service.

Nothing outside `wizard.stack` needs these.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from wizard.values.lean import dataclass
from wizard.values.source import Source


class Word(NamedTuple):
    """A literal (`text`), or the dotted `name` that stands for what another line or file binds to it.

    A tuple, since there is one for nearly every name and string of every file.
    """

    kind: Literal["text", "name"]
    text: str


class Parameter(NamedTuple):
    """A parameter of a function: the calls decide its value. `position`: without `self`. `owner`: a method's class."""

    function: str
    position: int
    name: str
    owner: str = ""

    @property
    def kind(self) -> Literal["parameter"]:
        """Tells it from a `Word`."""
        return "parameter"

    @property
    def text(self) -> str:
        """The name, where something has to stand for a value that cannot be said."""
        return self.name

    @property
    def called(self) -> str:
        """The name by which the function is called: a class is, for its `__init__`."""
        return self.owner if self.function == "__init__" else self.function


Part = Word | Parameter
Words = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A string expression. `choices`: its alternatives (a tuple of channels has several), each a concatenation of
    parts. `variable`: the environment variable it is read from; the choices are then the default's.
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
    module level. `field`: the field of a class that it is; its `name` is then an alias or the field's name."""

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
    field: str = ""


@dataclass(frozen=True, slots=True)
class PendingUse:
    """A use of Redis (`kind` as in `RedisUse`) or, with kind `port`, a served port. `within`: the function around.

    `carries`: classes whose instances are put out; `name()` stands for what a function returns. `keys`: a dict's.
    `called`: the method with what it is called on (`self.manager.subscribe`), '' where nothing of the name's meaning
    has to be settled.
    """

    kind: str
    text: Text
    source: Source
    within: str = ""
    carries: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    called: str = ""


@dataclass(frozen=True, slots=True)
class Carried:
    """A class that is made of a message's text, or made such a text, in this function."""

    name: str
    within: str


@dataclass(frozen=True, slots=True)
class TakenField:
    """A field that a function takes out of an unpacked message. `parameter`: the position of the parameter that holds
    the message, -1 when the function unpacks it itself. `required`: it fails without the field (`event["price"]`)."""

    within: str
    parameter: int
    name: str
    required: bool
    source: Source


@dataclass(frozen=True, slots=True)
class HandedMessage:
    """An unpacked message (`parameter` as in `TakenField`) that a function hands to another one, as which parameter."""

    within: str
    parameter: int
    to: str
    position: int


@dataclass(frozen=True, slots=True)
class PendingAttempt:
    """What goes on after an error. `called`: names called inside. `again`: it stands in a loop or calls itself, so it
    does it again; otherwise that depends on who calls `function`. `outer`: the function around that is given what is
    called inside. `given_to`: no attempt itself, but a function handed to this helper or decorator."""

    called: frozenset[str]
    source: Source
    again: bool = False
    function: str = ""
    outer: str = ""
    given_to: str = ""


@dataclass(frozen=True, slots=True)
class NamedMarks:
    """A name at the top of a test module that stands for pytest markers: `unit = pytest.mark.unit`."""

    name: str
    markers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PendingRoute:
    """A route before prefixes: `rule` as written, `group`: the app, blueprint or router it was put on (dotted name).

    `methods`: () when nothing says any. `view`: the class whose methods decide then.
    """

    rule: Text
    methods: tuple[str, ...]
    framework: str
    handler: str
    source: Source
    static_ok: bool
    group: str
    view: str = ""


@dataclass(frozen=True, slots=True)
class RouteGroup:
    """An app (`app` True), blueprint or router with its own prefix. `rule`: a prefix that its file alone cannot say.

    `hangs`: it answers only when it is registered on an app. `within`: the function that makes it.
    """

    name: str
    prefix: str
    framework: str
    app: bool
    source: Source
    rule: Text | None = None
    hangs: bool = False
    within: str = ""


@dataclass(frozen=True, slots=True)
class Mount:
    """`parent.register_blueprint(child, url_prefix=…)`, `include_router`, `add_subapp`. `prefix` None: the child's
    own. `rule`: a prefix that its file alone cannot say. `child`: its dotted name, `name()` for what a function
    returns, '' when it cannot be read."""

    child: str
    prefix: str | None
    framework: str
    parent: str = ""
    rule: Text | None = None


@dataclass(frozen=True, slots=True)
class PendingClass:
    """A class: its bases (dotted, aliases undone), the kind its decorator says, annotated fields, and what its
    `model_config` or `class Config` says as far as settings need it."""

    name: str
    bases: tuple[str, ...]
    kind: str
    fields: tuple[tuple[str, str], ...]
    source: Source
    config: tuple[tuple[str, str], ...] = ()
    variables: tuple[PendingVariable, ...] = ()
    verbs: tuple[str, ...] = ()
    """HTTP methods of a class-based view: its `methods`, else those it defines (`def get`)."""
    total: bool = True
    """False for a `TypedDict` whose fields may all be missing."""


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
    calls_of: tuple[tuple[str, frozenset[str]], ...] = ()
    """Function -> last names of everything it calls."""
    attempts: tuple[PendingAttempt, ...] = ()
    looped: frozenset[str] = frozenset()
    """Names called in loops."""
    marks: tuple[NamedMarks, ...] = ()
    parsed: tuple[Carried, ...] = ()
    dumped: tuple[Carried, ...] = ()
    """Classes whose instances are made JSON, each with the function in which that happens."""
    taken: tuple[TakenField, ...] = ()
    handed: tuple[HandedMessage, ...] = ()
    unpacking: frozenset[str] = frozenset()
    """Functions that unpack a message into a dict."""
    returns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Function -> classes it may return."""
    returned_keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Function -> keys of the dicts it returns."""
    redis: bool = False
    """The file imports a Redis client (or a helper module named after it)."""
