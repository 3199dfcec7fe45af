"""Lets pydantic check the standard-library dataclasses of a models file: the import changes, the classes stay."""

from __future__ import annotations

import ast
import builtins
import re

from wizard.plan.context import PlanContext
from wizard.plan.recipes.code import Module, rewritten
from wizard.plan.recipes.imports import own_packages, with_imports
from wizard.plan.recipes.proof import prove, statement
from wizard.plan.recipes.recipe import Recipe
from wizard.plan.splice.text import SpliceRefused
from wizard.rules.pythons import expression_of
from wizard.syntax.python import parse_python

OPTIONS = frozenset({"repr", "eq", "order", "unsafe_hash", "frozen", "kw_only", "slots"})
"""Options that `pydantic.dataclasses.dataclass` takes with the meaning they have in the standard library."""
_BUILT_IN = frozenset(
    {"str", "int", "float", "bool", "bytes", "list", "dict", "set", "tuple", "frozenset", "None", "type"}
)
_MODULES = {
    "typing": frozenset(
        {"Any", "Optional", "Union", "List", "Dict", "Tuple", "Set", "FrozenSet", "Literal", "ClassVar", "Final"}
        | {"Sequence", "Mapping", "Iterable", "Deque", "Annotated", "Callable", "Type"}
    ),
    "collections.abc": frozenset({"Sequence", "Mapping", "Iterable", "Callable"}),
    "builtins": _BUILT_IN,
    "datetime": frozenset({"datetime", "date", "time", "timedelta"}),
    "decimal": frozenset({"Decimal"}),
    "uuid": frozenset({"UUID"}),
    "pathlib": frozenset({"Path"}),
    "fractions": frozenset({"Fraction"}),
}
"""Types that pydantic knows. A field of another one may stop the service when it is imported."""
_ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})


_NEWER = frozenset({"slots", "kw_only"})
"""What the dataclass of pydantic 1 does not take, or not in every release."""


def check(ctx: PlanContext, path: str, text: str) -> str:
    """Imports `dataclass` from pydantic. Raises `SpliceRefused` where a class uses what pydantic does not have."""
    tree = parse_python(text)
    if tree is None:
        raise SpliceRefused("the file does not parse")
    line = _import(tree)
    alias = next(alias for alias in line.names if alias.name == "dataclass")
    _Judge(tree, alias.asname or alias.name, OPTIONS - _NEWER if _is_first(ctx) else OPTIONS).check()
    others = [each for each in line.names if each is not alias]
    bound = f"dataclass as {alias.asname}" if alias.asname else "dataclass"
    new = f"from pydantic.dataclasses import {bound}"
    return _alone(text, line, new) if not others else _split(text, line, others, new, own_packages(ctx))


def _is_first(ctx: PlanContext) -> bool:
    """Tells whether the service requires pydantic 1."""
    facts = ctx.service.requirements if ctx.service else None
    found = (
        line.specifier.replace(" ", "") for line in (facts.requirements if facts else ()) if line.name == "pydantic"
    )
    return any(re.search(r"(?:==|~=)1\b|<2", specifier) for specifier in found)


def _import(tree: ast.Module) -> ast.ImportFrom:
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses" and not node.level
    ]
    having = [node for node in found if any(alias.name == "dataclass" for alias in node.names)]
    if len(having) != 1 or having[0] not in tree.body or any(a.name == "*" for node in found for a in node.names):
        raise SpliceRefused("`dataclass` does not come from one `from dataclasses import dataclass`")
    return having[0]


def _alone(text: str, line: ast.ImportFrom, new: str) -> str:
    """Changes the module's name where nothing else is imported from it."""

    def change(module: Module) -> Module:
        import libcst

        old = _found(module)
        full = libcst.Attribute(value=libcst.Name("pydantic"), attr=libcst.Name("dataclasses"))
        return module.deep_replace(old, old.with_changes(module=full))

    after = rewritten(text, change)
    prove(text, after, [(ast.unparse(line), statement(new))])
    return after


def _split(
    text: str, line: ast.ImportFrom, others: list[ast.alias], new: str, own: frozenset[str] = frozenset()
) -> str:
    """Takes `dataclass` out of the import, whose other names stay, and imports it on a line of its own."""

    def change(module: Module) -> Module:
        old = _found(module)
        kept = [alias for alias in old.names if alias.evaluated_name != "dataclass"]
        if old.names[-1].evaluated_name == "dataclass":
            kept[-1] = kept[-1].with_changes(comma=_last_comma(kept[-1].comma, old.names[-1].comma))
        module = module.deep_replace(old, old.with_changes(names=kept))
        return with_imports(module, [new], own)

    after = rewritten(text, change)
    dropped = ast.unparse(next(alias for alias in line.names if alias not in others))
    prove(text, after, [(dropped, ""), ("", statement(new))])
    return after


def _last_comma(own: Module, last: Module) -> Module:
    """The comma behind what is the last name now: its own comment, and the line break before the bracket."""
    import libcst

    broken = libcst.ParenthesizedWhitespace
    if not (isinstance(own, libcst.Comma) and isinstance(last, libcst.Comma)):
        return last
    if not (isinstance(own.whitespace_after, broken) and isinstance(last.whitespace_after, broken)):
        return last
    end = last.whitespace_after
    space = own.whitespace_after.with_changes(last_line=end.last_line, indent=end.indent)
    return own.with_changes(whitespace_after=space)


def _found(module: Module) -> Module:
    import libcst

    for node in module.body:
        for part in getattr(node, "body", ()) if isinstance(node, libcst.SimpleStatementLine) else ():
            if isinstance(part, libcst.ImportFrom) and _imports_dataclass(part):
                return part
    raise SpliceRefused("the import is not a statement of the module")


def _imports_dataclass(part: Module) -> bool:
    import libcst

    if not isinstance(part.module, libcst.Name) or part.module.value != "dataclasses" or part.relative:
        return False
    return not isinstance(part.names, libcst.ImportStar) and any(a.evaluated_name == "dataclass" for a in part.names)


class _Judge:
    """Tells whether pydantic makes the same of every dataclass of the file, and checks types besides."""

    def __init__(self, tree: ast.Module, decorator: str, options: frozenset[str]) -> None:
        self.tree, self.decorator, self.options = tree, decorator, options
        self.names = _imports(tree)
        self.classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        self.used: set[int] = set()

    def check(self) -> None:
        """Raises `SpliceRefused` with the first thing that stands against it."""
        if self.decorator in {d for n in ast.walk(self.tree) for d in _defined(n)}:
            raise SpliceRefused(f"the file gives the name {self.decorator} to something else")
        own = [node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef) and self._is_dataclass(node)]
        for node in own:
            self._class(node)
        loose = [n for n in ast.walk(self.tree) if isinstance(n, ast.Name) and n.id == self.decorator]
        for name in loose:
            if id(name) not in self.used:
                raise SpliceRefused("`dataclass` is used as more than a decorator", line=name.lineno)

    def _is_dataclass(self, node: ast.ClassDef) -> bool:
        for given in node.decorator_list:
            called = given.func if isinstance(given, ast.Call) else given
            if isinstance(called, ast.Name) and called.id == self.decorator:
                self.used.add(id(called))
                self._options(given)
                return True
        return False

    def _options(self, given: ast.expr) -> None:
        options = given.keywords if isinstance(given, ast.Call) else []
        strange = next((k for k in options if k.arg not in self.options), None)
        if strange is not None or (isinstance(given, ast.Call) and given.args):
            said = strange.arg if strange is not None and strange.arg else "what it is given"
            raise SpliceRefused(f"pydantic's dataclass does not take {said}", line=given.lineno)

    def _class(self, node: ast.ClassDef) -> None:
        for base in node.bases:
            known = self.classes.get(base.id) if isinstance(base, ast.Name) else None
            if known is None or not self._is_dataclass(known):
                raise SpliceRefused(f"{node.name} is derived from {ast.unparse(base)}", line=node.lineno)
        if node.keywords or node not in self.tree.body or getattr(node, "type_params", []):
            raise SpliceRefused(f"{node.name} is no plain class of the module", line=node.lineno)
        for part in node.body:
            if isinstance(part, ast.FunctionDef) and part.name in (
                "__init__",
                "__post_init__",
                "__setattr__",
                "__new__",
            ):
                raise SpliceRefused(
                    f"{node.name} has its own {part.name}, which pydantic calls otherwise", line=part.lineno
                )
            if isinstance(part, ast.AnnAssign):
                self._field(node, part)

    def _field(self, node: ast.ClassDef, part: ast.AnnAssign) -> None:
        name = ast.unparse(part.target)
        if name.startswith("_") or name in ("model_config", "__pydantic_config__"):
            raise SpliceRefused(f"{node.name}.{name}: pydantic keeps such names for itself", line=part.lineno)
        if self._descriptor(part.value):
            raise SpliceRefused(f"{node.name}.{name} has an option pydantic may not know", line=part.lineno)
        strange = self._strange(part.annotation)
        if strange:
            raise SpliceRefused(f"{node.name}.{name} is a {strange}, which pydantic may not know", line=part.lineno)

    def _descriptor(self, value: ast.expr | None) -> bool:
        """A call of `field` with more than a default."""
        if not isinstance(value, ast.Call):
            return False
        full = self.names.get(value.func.id, "") if isinstance(value.func, ast.Name) else ""
        if full != "dataclasses.field":
            return False
        return any(
            k.arg not in ("default", "default_factory", "repr", "compare", "hash", "kw_only") for k in value.keywords
        )

    def _strange(self, annotation: ast.expr) -> str:
        """The first type of an annotation that pydantic may not know, or ''."""
        if isinstance(annotation, ast.Constant):
            if not isinstance(annotation.value, str):
                return "" if annotation.value is None or annotation.value is Ellipsis else "literal"
            try:
                return self._strange(expression_of(annotation.value.strip()))
            except (SyntaxError, ValueError):
                return annotation.value
        if isinstance(annotation, ast.Subscript):
            full = self._full(annotation.value)
            if full.rpartition(".")[2] == "Literal":
                return self._strange(annotation.value)
            return self._strange(annotation.value) or self._strange(annotation.slice)
        if isinstance(annotation, ast.Tuple | ast.List):
            return next((found for part in annotation.elts if (found := self._strange(part))), "")
        if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
            return self._strange(annotation.left) or self._strange(annotation.right)
        return "" if self._knows(self._full(annotation)) else ast.unparse(annotation)

    def _full(self, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute):
            return f"{self._full(node.value)}.{node.attr}"
        return self.names.get(node.id, node.id) if isinstance(node, ast.Name) else ""

    def _knows(self, full: str) -> bool:
        module, _, name = full.rpartition(".")
        if module:
            return name in _MODULES.get(module, frozenset())
        own = self.classes.get(name)
        if own is not None:
            return self._is_dataclass(own) or self._is_enum(own)
        return name in _BUILT_IN and hasattr(builtins, name)

    def _is_enum(self, node: ast.ClassDef) -> bool:
        return (
            bool(node.bases)
            and self._full(node.bases[-1]) in _ENUMS
            and all(self._full(base) in _ENUMS | _BUILT_IN for base in node.bases)
        )


def _imports(tree: ast.Module) -> dict[str, str]:
    """Returns what the module's own imports bind; those under a condition (TYPE_CHECKING) do not count."""
    names: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {
                a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                for a in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            names |= {a.asname or a.name: f"{'.' * node.level}{node.module or ''}.{a.name}" for a in node.names}
    return names


def _defined(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        return [node.id]
    return [node.arg] if isinstance(node, ast.arg) else []


def sites(ctx: PlanContext) -> tuple[str, ...]:
    """Returns the models file, when its data classes are the standard library's."""
    file = ctx.service.module("models.py") if ctx.service else None
    plain = file is not None and any(model.kind == "stdlib_dataclass" for model in file.models)
    return (file.path,) if file is not None and plain and "dataclasses import" in (ctx.text(file.path) or "") else ()


PYDANTIC_DATACLASSES = Recipe(
    "pydantic-dataclasses",
    "event-models",
    "unsafe",
    "check the models' types with pydantic",
    'a value of a wrong type raises ValidationError, and one that can be converted is ("5" becomes 5)',
    sites,
    check,
    "pydantic",
)
