"""What a Python expression says, as a `Text`: literals, f-strings, tuples, names, parameters and reads of the
environment."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import product

from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scope
from wizard.stack.python.tree import dotted, keyword, last_name
from wizard.values.facts.pending import Parameter, Part, Text, Word, Words
from wizard.values.lean import dataclass

MAX_CHOICES = 32
MAX_DEPTH = 12
_UNCHANGED = frozenset({"strip", "lstrip", "rstrip", "encode", "decode", "lower", "expanduser"})
_CONVERTERS = frozenset({"int", "str", "float", "bool", "tuple", "list", "set", "frozenset", "sorted", "cast", "Path"})
ENV_GETTERS = frozenset({"os.getenv", "os.environ.get", "os.environ.pop"})
EMPTY = Text()


@dataclass(frozen=True, slots=True)
class Values:
    """Evaluates expressions of one file."""

    names: Names

    def text(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> Text:
        """Returns the `Text` of an expression; without choices and variable when it cannot be said."""
        if node is None or depth > MAX_DEPTH:
            return EMPTY
        handler = _HANDLERS.get(type(node))
        return handler(self, node, scope, depth + 1) if handler is not None else EMPTY

    def _constant(self, node: ast.Constant, scope: Scope, depth: int) -> Text:
        value = node.value
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        return literal(value) if isinstance(value, (str, int, float)) else EMPTY

    def _name(self, node: ast.Name, scope: Scope, depth: int) -> Text:
        """Follow a local variable, loop variable or parameter outwards; a module-level name stays a name."""
        place: Scope | None = scope
        while place is not None and place.kind != "module" and not (place.main and place.kind == "block"):
            found = self._local(node.id, place, depth)
            if found is not None:
                return found
            place = place.parent
        module = place
        if module is not None and node.id in module.loops and node.id not in module.names:
            return self.text(module.loops[node.id], module, depth)
        return _named(node.id)

    def _local(self, name: str, place: Scope, depth: int) -> Text | None:
        if place.kind == "class" and name in place.names:
            return _named(f"{place.name}.{name}")
        if place.kind != "function":
            return None
        if name in place.params:
            param = self._param(name, place)
            again = place.names.get(name)
            return merge([param, *(self.text(v, _without(place, name), depth) for v in again)]) if again else param
        if name in place.names:
            inner = _without(place, name)
            return merge([self.text(value, inner, depth) for value in place.names[name]])
        if name in place.loops:
            return self.text(place.loops[name], place, depth)
        return None

    def _param(self, name: str, place: Scope) -> Text:
        owner = place.parent.name if place.parent is not None and place.parent.kind == "class" else ""
        position = place.params.index(name) - (1 if owner and place.params[:1] in (("self",), ("cls",)) else 0)
        return Text(((Parameter(place.name, position, name, owner),),))

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> Text:
        name = dotted(node)
        if not name:
            return _named(f"?.{node.attr}") if isinstance(node.value, ast.Call) else EMPTY
        head, _, tail = name.partition(".")
        if head in ("self", "cls") and scope.owner:
            name = f"{scope.owner}.{tail}"
        return _named(name.removesuffix(".value"))

    def _joined(self, node: ast.JoinedStr, scope: Scope, depth: int) -> Text:
        parts = [self.text(v.value if isinstance(v, ast.FormattedValue) else v, scope, depth) for v in node.values]
        return concatenate(parts)

    def _binary(self, node: ast.BinOp, scope: Scope, depth: int) -> Text:
        if not isinstance(node.op, ast.Add):
            return EMPTY
        left, right = self.text(node.left, scope, depth), self.text(node.right, scope, depth)
        if any(isinstance(side, ast.Tuple | ast.List) for side in (node.left, node.right)):
            return merge([left, right])
        return concatenate([left, right])

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set, scope: Scope, depth: int) -> Text:
        return merge([self.text(item, scope, depth) for item in node.elts])

    def _mapping(self, node: ast.Dict, scope: Scope, depth: int) -> Text:
        return merge([self.text(key, scope, depth) for key in node.keys if key is not None])

    def _starred(self, node: ast.Starred | ast.Await | ast.NamedExpr, scope: Scope, depth: int) -> Text:
        return self.text(node.value, scope, depth)

    def _either(self, node: ast.IfExp, scope: Scope, depth: int) -> Text:
        return merge([self.text(node.body, scope, depth), self.text(node.orelse, scope, depth)])

    def _boolean(self, node: ast.BoolOp, scope: Scope, depth: int) -> Text:
        return merge([self.text(value, scope, depth) for value in node.values])

    def _comprehended(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, scope: Scope, depth: int) -> Text:
        if len(node.generators) == 1 and dotted(node.elt) == dotted(node.generators[0].target) != "":
            return self.text(node.generators[0].iter, scope, depth)
        return self.text(node.elt, scope, depth)

    def _keyed(self, node: ast.DictComp, scope: Scope, depth: int) -> Text:
        if len(node.generators) == 1 and dotted(node.key) == dotted(node.generators[0].target) != "":
            return self.text(node.generators[0].iter, scope, depth)
        return self.text(node.key, scope, depth)

    def _subscript(self, node: ast.Subscript, scope: Scope, depth: int) -> Text:
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        base = self.names.full(node.value)
        if base == "os.environ":
            return Text((), self.variable(node.slice, scope, depth))
        if isinstance(key, str | int) and base:
            return _named(f"{dotted(node.value)}.{key}")
        return EMPTY

    def variable(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> str:
        """Returns the literal name of an environment variable; '' when it is not literal in this file's scope."""
        choices = self.text(node, scope, depth).choices
        return choices[0][0].text if len(choices) == 1 and [part.kind for part in choices[0]] == ["text"] else ""

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> Text:
        full = self.names.full(node.func)
        last = last_name(node.func)
        if full in ENV_GETTERS:
            default = node.args[1] if len(node.args) > 1 else keyword(node, "default")
            name = self.variable(node.args[0], scope, depth) if node.args else ""
            return Text(self.text(default, scope, depth).choices, name)
        if last in _CONVERTERS and node.args:
            return self.text(node.args[-1], scope, depth)
        if last == "split" and isinstance(node.func, ast.Attribute):
            return _split(self.text(node.func.value, scope, depth))
        if last in _UNCHANGED and isinstance(node.func, ast.Attribute):
            return self.text(node.func.value, scope, depth)
        if last in ("keys", "values") and isinstance(node.func, ast.Attribute):
            return self._entries(node.func.value, last, scope, depth)
        if last == "fromkeys" and node.args:
            return self.text(node.args[0], scope, depth)
        if last in ("field", "Field", "Query"):
            return self._field(node, scope, depth)
        if last == "getattr" and len(node.args) >= 2 and isinstance(node.args[1], ast.Constant):
            owner = dotted(node.args[0])
            return _named(f"{owner}.{node.args[1].value!s}") if owner else EMPTY
        return self._result(node, last, scope, depth)

    def _entries(self, node: ast.expr, which: str, scope: Scope, depth: int) -> Text:
        if which == "keys":
            return self.text(node, scope, depth)
        if isinstance(node, ast.Dict):
            return merge([self.text(value, scope, depth) for value in node.values])
        name = dotted(node)
        return _named(f"{name}.*") if name else EMPTY

    def _field(self, node: ast.Call, scope: Scope, depth: int) -> Text:
        default = keyword(node, "default") or (node.args[0] if node.args else None)
        if default is None:
            factory = keyword(node, "default_factory")
            default = factory.body if isinstance(factory, ast.Lambda) else None
        return self.text(default, scope, depth)

    def _result(self, node: ast.Call, last: str, scope: Scope, depth: int) -> Text:
        """A helper's result: its environment variable by name, and a literal default, as in `env_int("X_PORT",
        8005)`."""
        literals = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str | int)]
        name = next((v for v in literals if isinstance(v, str) and looks_like_variable(v)), "")
        if not name:
            return EMPTY
        default = keyword(node, "default") or (node.args[1] if len(node.args) > 1 else None)
        return Text(self.text(default, scope, depth).choices, name)


def looks_like_variable(text: str) -> bool:
    """Tells whether a text has an environment variable's usual spelling."""
    return len(text) > 1 and text[0].isalpha() and text.replace("_", "").isalnum() and text.isupper()


def _named(name: str) -> Text:
    return Text(((Word("name", name),),))


def literal(value: object) -> Text:
    """Returns the `Text` of one literal."""
    return Text(((Word("text", str(value)),),))


def written(node: ast.expr) -> Text:
    """Returns an expression of which nothing can be said but how it is written."""
    return Text(((Word("name", ast.unparse(node)),),))


def merge(parts: list[Text]) -> Text:
    """Returns all alternatives together, without repetition."""
    choices: dict[Words, None] = {}
    for part in parts:
        for choice in part.choices:
            choices.setdefault(choice)
    variable = next((part.variable for part in parts if part.variable), "")
    return Text(tuple(choices)[:MAX_CHOICES], variable)


def concatenate(parts: list[Text]) -> Text:
    """Returns every combination of the parts' alternatives; unknown when one part is."""
    if any(not part.choices for part in parts):
        return EMPTY
    combined: list[Words] = []
    for combination in product(*(part.choices for part in parts)):
        combined.append(_joined(combination))
        if len(combined) >= MAX_CHOICES:
            break
    return Text(tuple(combined), next((part.variable for part in parts if part.variable), ""))


def _joined(words: tuple[Words, ...]) -> Words:
    result: list[Part] = []
    for word in words:
        for part in word:
            if part.kind == "text" and result and result[-1].kind == "text":
                result[-1] = Word("text", result[-1].text + part.text)
            else:
                result.append(part)
    return tuple(result) or (Word("text", ""),)


def _split(text: Text) -> Text:
    parts = [
        literal(piece.strip())
        for choice in text.choices
        if all(part.kind == "text" for part in choice)
        for piece in "".join(part.text for part in choice).replace(",", " ").split()
    ]
    return Text(merge(parts).choices, text.variable)


def _without(place: Scope, name: str) -> Scope:
    """The scope in which a variable's own value is looked up: `channel = channel or DEFAULT` must not turn in a
    circle."""
    remaining = {key: value for key, value in place.names.items() if key != name}
    return Scope(place.kind, place.name, place.node, place.parent, remaining, place.loops, place.params, place.main)


_HANDLERS: dict[type, Callable[..., Text]] = {
    ast.Constant: Values._constant,
    ast.Name: Values._name,
    ast.Attribute: Values._attribute,
    ast.JoinedStr: Values._joined,
    ast.BinOp: Values._binary,
    ast.Tuple: Values._sequence,
    ast.List: Values._sequence,
    ast.Set: Values._sequence,
    ast.Dict: Values._mapping,
    ast.Starred: Values._starred,
    ast.Await: Values._starred,
    ast.NamedExpr: Values._starred,
    ast.IfExp: Values._either,
    ast.BoolOp: Values._boolean,
    ast.ListComp: Values._comprehended,
    ast.GeneratorExp: Values._comprehended,
    ast.SetComp: Values._comprehended,
    ast.DictComp: Values._keyed,
    ast.Subscript: Values._subscript,
    ast.Call: Values._call,
}
