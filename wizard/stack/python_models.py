"""Classes of a Python file: data models and settings classes with their fields."""

from __future__ import annotations

import ast

from wizard.stack.python_names import Names
from wizard.stack.python_scan import Scan, Scope
from wizard.stack.python_tree import keyword, last_name
from wizard.stack.python_values import EMPTY, Values, literal
from wizard.values.pending_facts import PendingClass, PendingVariable, Text
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
_DECORATORS = {
    "pydantic.dataclasses.dataclass": "pydantic_dataclass",
    "pydantic.v1.dataclasses.dataclass": "pydantic_dataclass",
    "dataclasses.dataclass": "stdlib_dataclass",
}


def read_classes(found: Scan, values: Values, path: str) -> tuple[PendingClass, ...]:
    """Every class with its bases, kind by decorator, annotated fields and, for possible settings, its variables."""
    return tuple(_read_class(node, inner, values, path) for node, _, inner in found.classes)


def _read_class(node: ast.ClassDef, inner: Scope, values: Values, path: str) -> PendingClass:
    names = values.names
    bases = tuple(names.full(_unsubscripted(base)) for base in node.bases)
    annotated = [item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    fields = tuple((last_name(item.target), annotation_text(item.annotation)) for item in annotated if _is_field(item))
    kind = _decorated(node, names)
    config = _config(node, inner, values)
    may_be_settings = any(BASES.get(base, "settings") == "settings" for base in bases if base) and not kind
    variables = (
        tuple(_variable(item, inner, values, path) for item in annotated if _is_field(item)) if may_be_settings else ()
    )
    return PendingClass(
        name=node.name,
        bases=bases,
        kind=kind,
        fields=fields,
        source=Source(path, node.lineno),
        prefix=config.get("env_prefix"),
        secrets_dir=config.get("secrets_dir", ""),
        variables=variables,
    )


def _unsubscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _decorated(node: ast.ClassDef, names: Names) -> str:
    for item in node.decorator_list:
        kind = _DECORATORS.get(names.full(item.func if isinstance(item, ast.Call) else item))
        if kind:
            return kind
    return ""


def annotation_text(node: ast.expr) -> str:
    """An annotation as written; plain names without the cost of unparsing."""
    return node.id if isinstance(node, ast.Name) else ast.unparse(node)


def _is_field(item: ast.AnnAssign) -> bool:
    name = last_name(item.target)
    annotation = item.annotation.value if isinstance(item.annotation, ast.Subscript) else item.annotation
    return not name.startswith("_") and name != "model_config" and last_name(annotation) != "ClassVar"


def _config(node: ast.ClassDef, inner: Scope, values: Values) -> dict[str, str]:
    """`env_prefix` and `secrets_dir` from `model_config`, an inner `class Config` or class keywords."""
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
        if name in ("env_prefix", "secrets_dir"):
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
    """The first alternative as a string, with constants of the same module filled in; '' when that is not possible."""
    module = scope
    while module.parent is not None:
        module = module.parent
    result = ""
    for kind, value in text.choices[0] if text.choices else ():
        if kind == "text":
            result += value
            continue
        assigned = module.names.get(value, [])
        constant = assigned[-1] if assigned else None
        if not isinstance(constant, ast.Constant):
            return ""
        result += str(constant.value)
    return result


def _variable(item: ast.AnnAssign, inner: Scope, values: Values, path: str) -> PendingVariable:
    annotation = annotation_text(item.annotation)
    metadata = _metadata(item)
    aliases = [text for call in metadata for text in _aliases(call, inner, values)]
    default, has_default = _default(item, metadata, inner, values)
    name = last_name(item.target)
    return PendingVariable(
        name=Text(tuple(literal(alias).choices[0] for alias in aliases)) if aliases else literal(name),
        default=default,
        raises=not has_default,
        source=Source(path, item.lineno),
        kind="alias" if aliases else "settings",
        type=annotation,
        secret="Secret" in annotation,
        owner=inner.name,
    )


def _metadata(item: ast.AnnAssign) -> list[ast.Call]:
    calls = [item.value] if isinstance(item.value, ast.Call) and last_name(item.value.func) == "Field" else []
    if isinstance(item.annotation, ast.Subscript) and last_name(item.annotation.value) == "Annotated":
        parts = item.annotation.slice.elts if isinstance(item.annotation.slice, ast.Tuple) else []
        calls += [p for p in parts if isinstance(p, ast.Call) and last_name(p.func) == "Field"]
    return calls


def _aliases(call: ast.Call, inner: Scope, values: Values) -> list[str]:
    given = keyword(call, "validation_alias") or keyword(call, "alias") or keyword(call, "env")
    if isinstance(given, ast.Call):
        nodes = list(given.args)
    elif isinstance(given, ast.List | ast.Tuple):
        nodes = list(given.elts)
    else:
        nodes = [given] if given is not None else []
    return [name for name in (settled(values.text(node, inner), inner) for node in nodes) if name]


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
    return (text if text != EMPTY else literal(ast.unparse(node))), True
