"""Environment variables a Python file reads: `os.environ`, `os.getenv`, decouple, environs, helpers and settings
classes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from wizard.rules.secrets import HIDDEN, is_secret, mask_credentials
from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import keyword, last_name
from wizard.stack.python.values import EMPTY, ENV_GETTERS, Values, written
from wizard.values.facts.pending import PendingVariable, Text
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_CONVERSIONS = {"int": "int", "float": "float", "bool": "bool", "Decimal": "float"}
_COMPUTED = lazy_pattern(r"(?:secrets|uuid|os)\.\w+\(.*\)\Z|[\w.]+\((?:\d+)?\)\Z")
"""`secrets.token_urlsafe(32)`: nothing that could leak."""
_READERS = (
    "decouple.config",
    "decouple.AutoConfig",
    "environs.Env",
    "environs.env",
    "environ.Env",
    "starlette.config.Config",
)


def kept_default(name: str, default: str | None, *, secret: bool, said: bool = True) -> str | None:
    """Returns a default as it may be kept: `***` for a secret's, '' for one made anew at each start or not `said` (the
    code takes it from where no reading comes), a URL without its password."""
    if default and secret and (not said or _COMPUTED.match(default)):
        return ""
    if default and (secret or is_secret(name, default=default)):
        return HIDDEN
    return mask_credentials(default) if default else default


def read_variables(found: Scan, values: Values, path: str) -> tuple[PendingVariable, ...]:
    """Returns every read of the environment outside settings classes, in source order."""
    reads = list(_reads(found, values))
    if not reads:
        return ()
    context = _Context(found, values, [node for node, *_ in reads])
    result = [context.variable(node, name, default, scope, kind, path) for node, name, default, scope, kind in reads]
    return tuple(sorted(result, key=lambda v: v.source.line))


_Place = tuple[str, str]
"""(function, name)"""
_NOWHERE: _Place = ("", "")
Read = tuple[ast.expr, ast.expr, ast.expr | None, Scope, str]


def _reads(found: Scan, values: Values) -> Iterator[Read]:
    names = values.names
    readers = _reader_objects(found, names)
    mappings = _mapping_parameters(found, names)
    getters = found.called("getenv", "get", "pop") if not readers else ((call, scope) for call, scope, _ in found.calls)
    for call, scope in getters:
        through = isinstance(call.func, ast.Attribute) and _is_mapping(call.func.value, scope, mappings)
        if not call.args or not (readers or through or _may_get(call.func, names)):
            continue
        full = "os.environ.get" if through else names.full(call.func)
        default = call.args[1] if len(call.args) > 1 else keyword(call, "default")
        if full in ENV_GETTERS:
            yield call, call.args[0], default, scope, "environ" if "environ" in full else "getenv"
        elif full == "decouple.config" or (full and full.partition(".")[0] in readers):
            yield call, call.args[0], default, scope, "reader"
    for subscript, scope in found.subscripts:
        known = is_environ(subscript.value, names) or _is_mapping(subscript.value, scope, mappings)
        if known and isinstance(subscript.ctx, ast.Load):
            yield subscript, subscript.slice, None, scope, "index"
    for compare, scope in found.compares:
        membership = len(compare.ops) == 1 and isinstance(compare.ops[0], ast.In | ast.NotIn)
        if membership and is_environ(compare.comparators[0], names):
            yield compare, compare.left, None, scope, "environ"


_Parameter = tuple[str, str]
"""(function, parameter)"""


def _mapping_parameters(found: Scan, names: Names) -> frozenset[_Parameter]:
    """The parameters that are handed `os.environ`, also from one function to the next: `_required(environ, "X")`."""
    if "environ" not in found.names and "os.environ" not in names.aliases.values():
        return frozenset()
    if not any(is_environ(arg, names) for call, _, _ in found.calls for arg in _arguments(call)):
        return frozenset()
    parameters = {node.name: [arg.arg for arg in node.args.args if arg.arg != "self"] for node, _ in found.functions}
    known: set[_Parameter] = set()
    while True:
        before = len(known)
        for call, scope, _ in found.calls:
            function = last_name(call.func)
            for place, arg in enumerate(call.args):
                given = is_environ(arg, names) or _is_mapping(arg, scope, known)
                if given and place < len(parameters.get(function, ())):
                    known.add((function, parameters[function][place]))
            known |= {
                (function, word.arg)
                for word in call.keywords
                if word.arg and (is_environ(word.value, names) or _is_mapping(word.value, scope, known))
            }
        if len(known) == before:
            return frozenset(known)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(word.value for word in call.keywords)]


def _is_mapping(node: ast.expr, scope: Scope, mappings: Collection[_Parameter]) -> bool:
    """True for a parameter of the function around that is handed `os.environ`."""
    function = scope.function if mappings and isinstance(node, ast.Name) else None
    return function is not None and isinstance(node, ast.Name) and (function.name, node.id) in mappings


def is_environ(node: ast.expr, names: Names) -> bool:
    """Returns True for `os.environ` under whatever name; asks the cheap questions first."""
    if isinstance(node, ast.Name):
        return names.aliases.get(node.id) == "os.environ"
    return isinstance(node, ast.Attribute) and node.attr == "environ" and names.full(node) == "os.environ"


def _may_get(func: ast.expr, names: Names) -> bool:
    """False for the `get` of just any dictionary."""
    return not isinstance(func, ast.Attribute) or func.attr == "getenv" or is_environ(func.value, names)


def _reader_objects(found: Scan, names: Names) -> set[str]:
    if not names.uses("decouple", "environs", "environ", "starlette"):
        return set()
    decouple = {"config"} if names.aliases.get("config", "").startswith("decouple.") else set()
    made = decouple | {
        target.id
        for target, value, _, _ in found.assigns
        if isinstance(target, ast.Name) and isinstance(value, ast.Call) and names.full(value.func) in _READERS
    }
    return made | ({"environs.env"} if "environs.env" in names.aliases.values() else set())


class _Context:
    """What surrounds the reads: conversions, `or` defaults and checks that raise."""

    def __init__(self, found: Scan, values: Values, nodes: list[ast.expr]) -> None:
        self.values = values
        self.reads = reads = {id(node) for node in nodes}
        self.types: dict[int, str] = {}
        self.defaults: dict[int, tuple[ast.expr, Scope]] = {}
        self.targets: dict[int, _Place] = {}
        self.raising = {place for test, scope in found.raising for place in _places_in(test, scope)}
        self.fallbacks = {
            place: (value, scope)
            for test, value, scope in found.fallbacks
            for place in _places_in(_absent(test), scope)
        }
        self.raising_reads = {id(node) for test, _ in found.raising for node in ast.walk(test) if id(node) in reads}
        for boolean, scope in found.booleans:
            inner = _core(boolean.values[0])
            if isinstance(boolean.op, ast.Or) and id(inner) in reads:
                self.defaults[id(inner)] = (boolean.values[-1], scope)
        for call, _ in found.called(*_CONVERSIONS):
            kind = _CONVERSIONS[last_name(call.func)]
            if call.args:
                self.types.setdefault(id(_core(call.args[0])), kind)
        lines = {line for node in nodes for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
        for target, value, scope, _ in found.assigns:
            first, last = value.lineno, value.end_lineno or value.lineno
            if first in lines or (last > first and not lines.isdisjoint(range(first, last + 1))):
                self._target(target, value, scope)

    def _target(self, target: ast.expr, value: ast.expr, scope: Scope) -> None:
        if not isinstance(value, ast.Constant | ast.Name | ast.Dict | ast.List):
            for node in ast.walk(value):
                if id(node) in self.reads:
                    self.targets[id(node)] = _place(target, scope)

    def variable(
        self, node: ast.expr, name: ast.expr, default: ast.expr | None, scope: Scope, kind: str, path: str
    ) -> PendingVariable:
        key = id(node)
        handled = self.fallbacks.get(self.targets.get(key, _NOWHERE)) if default is None else None
        fallback, place = self.defaults.get(key, handled or (default, scope))
        given = self._default(fallback, place)
        converted = self.types.get(key, "str")
        must = kind == "index" or (kind == "reader" and default is None)  # `config("X", default=None)` never raises
        function = scope.function
        return PendingVariable(
            name=self.values.text(name, scope),
            default=given,
            raises=handled is None and _open(given) and (must or self._checked(key, converted)),
            source=Source(path, node.lineno),
            kind={"index": "environ", "reader": "helper"}.get(kind, kind),
            type=self._cast(node) or converted,
            scope=function.name if function is not None else "",
            owner=scope.owner,
            at_import=scope.at_import,
        )

    def _checked(self, key: int, converted: str) -> bool:
        return (
            key in self.raising_reads
            or converted in ("int", "float")
            or self.targets.get(key, _NOWHERE) in self.raising
        )

    def _default(self, node: ast.expr | None, scope: Scope) -> Text | None:
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return None
        text = self.values.text(node, scope)
        return text if text != EMPTY else written(node)

    @staticmethod
    def _cast(node: ast.expr) -> str:
        if not isinstance(node, ast.Call):
            return ""
        method = last_name(node.func) if isinstance(node.func, ast.Attribute) else ""
        return _CONVERSIONS.get(method, "") or _CONVERSIONS.get(last_name(keyword(node, "cast")), "")


def _open(default: Text | None) -> bool:
    """True without a default, or with one that only the callers of a helper know."""
    return default is None or any(part.kind == "parameter" for choice in default.choices for part in choice)


def _core(node: ast.expr) -> ast.expr:
    """The read inside `(os.getenv("X") or "1").strip()`."""
    while True:
        if isinstance(node, ast.BoolOp):
            node = node.values[0]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("strip", "lower")
        ):
            node = node.func.value
        else:
            return node


def _places_in(test: ast.expr | None, scope: Scope) -> Iterator[_Place]:
    for node in ast.walk(test) if test is not None else ():
        if isinstance(node, ast.Name | ast.Attribute):
            yield _place(node, scope)


def _place(node: ast.expr, scope: Scope) -> _Place:
    """Returns a name with the function whose own it is: `value` of one helper is not that of the next. Attributes and
    the names of a module are everybody's."""
    function = scope.function if isinstance(node, ast.Name) and not node.id.isupper() else None
    return (function.name if function is not None else "", last_name(node))


def _absent(test: ast.expr) -> ast.expr | None:
    """Returns what `not value`, `value is None` and `value == ""` find absent; None for any other test."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand if isinstance(test.operand, ast.Name | ast.Attribute) else None
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is | ast.Eq) and len(test.ops) == 1:
        other = test.comparators[0]
        empty = isinstance(other, ast.Constant) and other.value in (None, "")
        return test.left if empty and isinstance(test.left, ast.Name | ast.Attribute) else None
    return None
