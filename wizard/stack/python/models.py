"""Classes of a Python file: data models and settings classes with their fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.stack.python.names import Names
from wizard.stack.python.scan import Scan, Scope
from wizard.stack.python.settings import is_environ
from wizard.stack.python.tree import keyword, last_name
from wizard.stack.python.values import EMPTY, Values, literal, written
from wizard.values.facts.pending import PendingClass, PendingVariable, Text
from wizard.values.source import Source

BASES = {
    "pydantic.BaseModel": "base_model",
    "pydantic.main.BaseModel": "base_model",
    "pydantic.v1.BaseModel": "base_model",
    "pydantic.generics.GenericModel": "base_model",
    "pydantic.RootModel": "base_model",
    "sqlmodel.SQLModel": "base_model",
    "pydantic_settings.BaseSettings": "settings",
    "pydantic_settings.main.BaseSettings": "settings",
    "pydantic.BaseSettings": "settings",
    "pydantic.v1.BaseSettings": "settings",
    "pydantic.env_settings.BaseSettings": "settings",
    "typing.TypedDict": "typed_dict",
    "typing_extensions.TypedDict": "typed_dict",
}
VERBS = frozenset({"get", "post", "put", "delete", "patch", "head", "options"})
"""HTTP methods as the frameworks call their functions."""
CONFIG = frozenset(
    {"env_prefix", "secrets_dir", "env_nested_delimiter", "case_sensitive", "populate_by_name", "validate_by_name"}
)
"""What changes the names under which a settings class reads its fields."""
_DECORATORS = {
    "pydantic.dataclasses.dataclass": "pydantic_dataclass",
    "pydantic.v1.dataclasses.dataclass": "pydantic_dataclass",
    "dataclasses.dataclass": "stdlib_dataclass",
}


def read_classes(found: Scan, values: Values, path: str) -> tuple[PendingClass, ...]:
    """Returns every class with its bases, kind by decorator, annotated fields and, for possible settings, its
    variables.
    """
    fed = frozenset(_fed(found, values.names))
    return tuple(_read_class(node, inner, values, path, is_fed=node.name in fed) for node, _, inner in found.classes)


def _fed(found: Scan, names: Names) -> Iterator[str]:
    """Yields the classes that are made of the environment: `X.model_validate(os.environ)`, `X(**os.environ)`."""
    if "os.environ" not in names.aliases.values() and "os" not in names.aliases.values():
        return
    for call, scope in found.called("model_validate", "parse_obj"):
        if isinstance(call.func, ast.Attribute) and any(_holds_environ(arg, names) for arg in call.args):
            maker = last_name(call.func.value)
            yield scope.owner if maker == "cls" else maker
    for node, _, _ in found.classes:
        for call, _ in found.called(node.name):
            if any(word.arg is None and _holds_environ(word.value, names) for word in call.keywords):
                yield node.name


def _holds_environ(node: ast.expr, names: Names) -> bool:
    return any(isinstance(part, ast.expr) and is_environ(part, names) for part in ast.walk(node))


def _read_class(node: ast.ClassDef, inner: Scope, values: Values, path: str, *, is_fed: bool) -> PendingClass:
    names = values.names
    bases = tuple(names.full(_unsubscripted(base)) for base in node.bases)
    annotated = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    fields = tuple((last_name(item.target), annotation_text(item.annotation)) for item in annotated if _is_field(item))
    kind = "settings" if is_fed else _decorated(node, names)
    config = _config(node, inner, values) | ({"case_sensitive": "True"} if is_fed else {})
    variables = tuple(_variable(item, inner, values, path) for item in annotated if _is_field(item))
    return PendingClass(
        name=node.name,
        bases=bases,
        kind=kind,
        fields=fields,
        source=Source(path, node.lineno),
        config=tuple(config.items()),
        variables=variables,
        verbs=_verbs(node),
        total=not any(
            k.arg == "total" and isinstance(k.value, ast.Constant) and k.value.value is False for k in node.keywords
        ),
    )


def _verbs(node: ast.ClassDef) -> tuple[str, ...]:
    """Returns the HTTP methods of a class-based view: its `methods`, else those it defines."""
    for item in node.body:
        value = item.value if isinstance(item, ast.Assign) and last_name(item.targets[0]) == "methods" else None
        if isinstance(value, ast.List | ast.Tuple | ast.Set):
            return tuple(str(word.value).upper() for word in value.elts if isinstance(word, ast.Constant))
    defined = (item.name for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef))
    return tuple(name.upper() for name in defined if name in VERBS)


def _unsubscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _decorated(node: ast.ClassDef, names: Names) -> str:
    for item in node.decorator_list:
        kind = _DECORATORS.get(names.full(item.func if isinstance(item, ast.Call) else item))
        if kind:
            return kind
    return ""


def annotation_text(node: ast.expr) -> str:
    """Returns an annotation as written; plain names without the cost of unparsing."""
    return node.id if isinstance(node, ast.Name) else ast.unparse(node)


def _is_field(item: ast.AnnAssign) -> bool:
    name = last_name(item.target)
    annotation = item.annotation.value if isinstance(item.annotation, ast.Subscript) else item.annotation
    return not name.startswith("_") and name != "model_config" and last_name(annotation) != "ClassVar"


def _config(node: ast.ClassDef, inner: Scope, values: Values) -> dict[str, str]:
    """Returns what `model_config`, an inner `class Config` or class keywords say about the environment."""
    pairs: list[tuple[str, ast.expr]] = [(k.arg, k.value) for k in node.keywords if k.arg]
    for item in node.body:
        if isinstance(item, ast.Assign | ast.AnnAssign) and item.value is not None:
            target = item.targets[0] if isinstance(item, ast.Assign) else item.target
            if last_name(target) == "model_config":
                pairs += _pairs(item.value)
        elif isinstance(item, ast.ClassDef) and item.name == "Config":
            for entry in item.body:
                if isinstance(entry, ast.Assign):
                    pairs.append((last_name(entry.targets[0]), entry.value))
    result: dict[str, str] = {}
    for name, value in pairs:
        if name in CONFIG:
            result[name] = settled(values.text(value, inner), inner)
    return result


def _pairs(value: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(value, ast.Call):
        return [(k.arg, k.value) for k in value.keywords if k.arg]
    if isinstance(value, ast.Dict):
        keys = zip(value.keys, value.values, strict=True)
        return [(str(k.value), v) for k, v in keys if isinstance(k, ast.Constant)]
    return []


def settled(text: Text, scope: Scope) -> str:
    """Returns the first alternative as a string, with constants of the same module filled in; '' when that is not
    possible.
    """
    module = scope
    while module.parent is not None:
        module = module.parent
    result = ""
    for part in text.choices[0] if text.choices else ():
        if part.kind == "text":
            result += part.text
            continue
        assigned = module.names.get(part.text, [])
        constant = assigned[-1] if assigned else None
        if not isinstance(constant, ast.Constant):
            return ""
        result += str(constant.value)
    return result


def _variable(item: ast.AnnAssign, inner: Scope, values: Values, path: str) -> PendingVariable:
    annotation = annotation_text(item.annotation)
    metadata = _metadata(item)
    aliases = [text for call in metadata for text in _aliases(call, inner, values, "validation_alias", "alias")]
    old = [] if aliases else [text for call in metadata for text in _aliases(call, inner, values, "env")]
    default, has_default = _default(item, metadata, inner, values)
    name = last_name(item.target)
    return PendingVariable(
        name=Text(tuple(literal(alias).choices[0] for alias in aliases or old or [name])),
        default=default,
        raises=not has_default,
        source=Source(path, item.lineno),
        kind="alias" if aliases else "env" if old else "settings",
        type=annotation,
        secret="Secret" in annotation,
        owner=inner.name,
        field=name,
    )


def _metadata(item: ast.AnnAssign) -> list[ast.Call]:
    calls = [item.value] if isinstance(item.value, ast.Call) and last_name(item.value.func) == "Field" else []
    if isinstance(item.annotation, ast.Subscript) and last_name(item.annotation.value) == "Annotated":
        parts = item.annotation.slice.elts if isinstance(item.annotation.slice, ast.Tuple) else []
        calls += [p for p in parts if isinstance(p, ast.Call) and last_name(p.func) == "Field"]
    return calls


def _aliases(call: ast.Call, inner: Scope, values: Values, *names: str) -> list[str]:
    """Returns the names a field is read under: `alias="X"`, `AliasChoices("X", "Y")`, `AliasPath("X", 0)`."""
    given = next((v for v in (keyword(call, name) for name in names) if v is not None), None)
    return [name for name in (settled(values.text(node, inner), inner) for node in _alternatives(given)) if name]


def _alternatives(node: ast.expr | None) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and last_name(node.func) == "AliasPath":
        yield from node.args[:1]
    elif isinstance(node, ast.Call | ast.List | ast.Tuple):
        for item in node.args if isinstance(node, ast.Call) else node.elts:
            yield from _alternatives(item)
    elif node is not None:
        yield node


def _default(item: ast.AnnAssign, metadata: list[ast.Call], inner: Scope, values: Values) -> tuple[Text | None, bool]:
    """The default and whether there is one at all: `= None` and a factory are defaults without a text."""
    node: ast.expr | None = item.value
    if isinstance(node, ast.Call) and last_name(node.func) == "Field":
        node = None
    for call in metadata:
        positional = call.args[0] if call.args else None
        node = node or keyword(call, "default") or positional
        factory = keyword(call, "default_factory")
        if node is None and factory is not None:
            made = values.text(factory.body, inner) if isinstance(factory, ast.Lambda) else EMPTY
            return (made if made != EMPTY else literal("")), True
    if node is None or (isinstance(node, ast.Constant) and node.value is ...):
        return None, False
    if isinstance(node, ast.Constant) and node.value is None:
        return None, True
    if isinstance(node, ast.Call) and last_name(node.func).startswith("Secret") and node.args:
        node = node.args[0]
    text = values.text(node, inner)
    return (text if text != EMPTY else written(node)), True
