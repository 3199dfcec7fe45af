"""Reads which model a message carries: what is published, and what a message that comes in is made into."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.tree import argument, last_name, walk
from wizard.values.facts.pending import Carried
from wizard.values.pattern import lazy_pattern

MAX_DEPTH = 8
"""How many wrappers and names are followed; `json.dumps(asdict(result))` has three."""
_WRAPPERS = frozenset(
    {"dumps", "asdict", "vars", "dict", "str", "bytes", "packb", "to_json", "jsonable_encoder", "copy"}
)
_METHODS = frozenset(
    {"model_dump_json", "model_dump", "json", "dict", "encode", "to_json", "to_dict", "as_dict", "serialize", "copy"}
)
_UNWRAPPED = _WRAPPERS | _METHODS
_PARSERS = frozenset(
    {"model_validate_json", "model_validate", "parse_raw", "parse_obj", "from_json", "from_dict", "validate_json"}
    | {"validate_python", "from_message", "from_payload", "schema_loads"}
)
_DUMPS = ("dump_json", "dump_python", "model_dump_json")
_WORD = lazy_pattern(r"\w+")
_NO_MESSAGE = frozenset({ast.Constant, ast.BinOp, ast.Compare, ast.JoinedStr, ast.Subscript})
"""What a dict's values mostly are: asked first, since every value of every returned dict comes by."""
_UNPACKED = frozenset({"loads", "unpackb", "json"})


def carried(node: ast.expr | None, scope: Scope, depth: int = 0) -> tuple[str, ...]:
    """Returns the classes that an expression may be an instance or dump of; `name()` stands for what a function
    returns."""
    if node is None or depth > MAX_DEPTH or type(node) in _NO_MESSAGE:
        return ()
    if isinstance(node, ast.Dict):
        inside = [value for value in node.values if type(value) not in _NO_MESSAGE]
        return tuple(name for value in inside for name in carried(value, scope, depth + 1))
    if isinstance(node, ast.Name):
        return _named(node.id, scope, depth)
    if isinstance(node, ast.Attribute):
        return carried(node.value, scope, depth + 1) if node.attr == "__dict__" else ()
    if isinstance(node, ast.Call):
        return _called(node, scope, depth)
    if isinstance(node, ast.IfExp):
        return (*carried(node.body, scope, depth + 1), *carried(node.orelse, scope, depth + 1))
    inner = node.value if isinstance(node, ast.Await | ast.Starred | ast.NamedExpr) else None
    return carried(inner, scope, depth + 1)


def _called(node: ast.Call, scope: Scope, depth: int) -> tuple[str, ...]:
    name = last_name(node.func)
    if isinstance(node.func, ast.Attribute) and name in _METHODS:
        return carried(node.func.value, scope, depth + 1)
    if name in _WRAPPERS:
        return carried(node.args[0], scope, depth + 1) if node.args else ()
    if name in _PARSERS and isinstance(node.func, ast.Attribute):
        return (_class_of(node.func.value),)
    return (name if name[:1].isupper() else f"{name}()",) if name else ()


def _class_of(node: ast.expr) -> str:
    """Returns the class before `.model_validate_json(…)`, also in `TypeAdapter(Order)`."""
    if isinstance(node, ast.Call) and node.args:
        return last_name(node.args[0])
    return last_name(node)


def _named(name: str, scope: Scope, depth: int) -> tuple[str, ...]:
    place: Scope | None = scope
    while place is not None:
        values = place.names.get(name, [])
        if values:
            return tuple(dict.fromkeys(found for value in values for found in carried(value, place, depth + 1)))
        if name in place.params:
            return _annotated(name, place)
        if name in place.loops:
            return ()
        place = place.parent
    return ()


def _annotated(name: str, scope: Scope) -> tuple[str, ...]:
    spec = scope.node.args if isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef) else None
    every = (*spec.posonlyargs, *spec.args, *spec.kwonlyargs) if spec is not None else ()
    return tuple(found for arg in every if arg.arg == name for found in type_names(arg.annotation))


def type_names(node: ast.expr | None) -> Iterator[str]:
    """Yields the classes that an annotation names: `Receipt | None`, `Optional[Receipt]`, `"Receipt"`."""
    if isinstance(node, ast.Name):  # `-> dict`: most annotations, and a walk costs more than they are worth
        if node.id[:1].isupper():
            yield node.id
        return
    for item in walk(node) if node is not None else ():
        if isinstance(item, ast.Name | ast.Attribute) and last_name(item)[:1].isupper():
            yield last_name(item)
        elif isinstance(item, ast.Constant) and isinstance(item.value, str):
            yield from (word for word in _WORD.findall(item.value) if word[:1].isupper())


def read_returns(found: Scan) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Returns, for every function, the classes it may return, by its annotation or its `return Receipt(…)`."""
    made: dict[str, dict[str, None]] = {}
    for node, _ in found.functions:
        made.setdefault(node.name, {}).update(dict.fromkeys(type_names(node.returns)))
    for value, scope in found.returns:
        function = scope.function
        if function is not None and function.name:
            made.setdefault(function.name, {}).update(dict.fromkeys(carried(value, scope)))
    return tuple((name, tuple(classes)) for name, classes in made.items() if classes)


def read_returned_keys(found: Scan) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Returns, for every function that returns dicts as they are written, their keys; one it cannot read counts not."""
    made: dict[str, dict[str, None]] = {}
    for value, scope in found.returns:
        function = scope.function
        if function is not None and function.name:
            made.setdefault(function.name, {}).update(dict.fromkeys(_keys(value, scope)))
    return tuple((name, tuple(keys)) for name, keys in made.items() if keys)


def read_parsed(found: Scan) -> tuple[Carried, ...]:
    """Returns the classes that are made of a message's text, each with the function in which that happens."""
    adapters = _adapters(found)
    result: list[Carried] = []
    for call, scope, name in found.calls:
        if name in _PARSERS and isinstance(call.func, ast.Attribute):
            made = adapters.get(last_name(call.func.value)) or (_class_of(call.func.value),)
        elif name[:1].isupper() and any(k.arg is None and is_unpacked(k.value, scope) for k in call.keywords):
            made = (name,)
        else:
            continue
        result += [Carried(one, _within(scope)) for one in made if one[:1].isupper()]
    return tuple(result)


def read_dumped(found: Scan) -> tuple[Carried, ...]:
    """Returns the classes whose instances are made JSON: `adapter.dump_json(order)`, `order.model_dump_json()`."""
    adapters = _adapters(found)
    result: list[Carried] = []
    for call, scope in found.called(*_DUMPS):
        if not isinstance(call.func, ast.Attribute):
            continue
        given = call.args[0] if call.args else None
        made = adapters.get(last_name(call.func.value)) or carried(given or call.func.value, scope)
        result += [Carried(one, _within(scope)) for one in made]
    return tuple(result)


def _adapters(found: Scan) -> dict[str, tuple[str, ...]]:
    """The last name of what holds a `TypeAdapter(Order)`, with the classes it is for."""
    if "TypeAdapter" not in found.by_name:
        return {}
    return {
        last_name(target): tuple(type_names(value.args[0]))
        for target, value, _, _ in found.assigns
        if isinstance(value, ast.Call) and value.args and last_name(_bare(value.func)) == "TypeAdapter"
    }


def _bare(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _within(scope: Scope) -> str:
    return scope.function.name if scope.function is not None else ""


def is_unpacked(node: ast.expr, scope: Scope) -> bool:
    """Tells whether an expression is `json.loads(…)`, or a name that is assigned one."""
    if isinstance(node, ast.Call):
        return last_name(node.func) in _UNPACKED
    place: Scope | None = scope
    while isinstance(node, ast.Name) and place is not None:
        if node.id in place.names:
            return any(isinstance(v, ast.Call) and last_name(v.func) in _UNPACKED for v in place.names[node.id])
        if node.id in place.params:
            return True
        place = place.parent
    return False


def payload(call: ast.Call, scope: Scope, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns what a call that puts something out carries: classes, and the keys of a dict that is written there."""
    if kind not in ("publish", "xadd", "push"):
        return (), ()
    node = argument(call, 1, "message", "fields", "data")
    classes = carried(node, scope)
    return classes, () if classes else _keys(node, scope)


def _keys(node: ast.expr | None, scope: Scope) -> tuple[str, ...]:
    """Returns the keys of `json.dumps({"id": …})`; () when some of them cannot be read."""
    while isinstance(node, ast.Call) and last_name(node.func) in _UNWRAPPED:
        inner = node.func.value if isinstance(node.func, ast.Attribute) and last_name(node.func) in _METHODS else None
        node = inner if inner is not None else node.args[0] if node.args else None
    if isinstance(node, ast.Name):
        values = scope.names.get(node.id, [])
        node = values[0] if len(values) == 1 else None
    keys = node.keys if isinstance(node, ast.Dict) else []
    known = tuple(key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    return known if len(known) == len(keys) else ()
