"""Import aliases of one Python file: what a dotted name stands for."""

from __future__ import annotations

import ast

from wizard.stack.python.scan import Scan
from wizard.stack.python.third_party import is_stdlib
from wizard.stack.python.tree import dotted
from wizard.values.lean import dataclass, field


@dataclass(slots=True)
class Names:
    """`aliases`: local name -> full dotted name (`Flask` -> `flask.Flask`). `outside`: local names of standard
    library modules. `modules`: top-level names imported anywhere."""

    aliases: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    triples: list[tuple[str, str, str]] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)

    def full(self, node: ast.AST | None) -> str:
        """Returns the dotted name of a node with its first component's alias undone; '' when it has none."""
        return self.expand(dotted(node))

    def expand(self, name: str) -> str:
        """Undoes the alias of a dotted name's first component."""
        head, _, tail = name.partition(".")
        origin = self.aliases.get(head)
        if origin is None:
            return name
        return f"{origin}.{tail}" if tail else origin

    def uses(self, *modules: str) -> bool:
        """Returns True when one of these top-level modules is imported, optionally or not."""
        return any(module in self.modules for module in modules)


def names(found: Scan) -> Names:
    """Collects the aliases of every import of the file, wherever it stands."""
    result = Names()
    for node, _, _ in found.imports:
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                result.modules.add(top)
                local = alias.asname or top
                if is_stdlib(top):
                    result.outside.add(local)
                result.aliases[local] = alias.name if alias.asname else top
                result.triples.append((local, alias.name if alias.asname else top, ""))
            continue
        module = "." * node.level + (node.module or "")
        if not node.level:
            result.modules.add(module.partition(".")[0])
        for alias in node.names:
            local = alias.asname or alias.name
            result.aliases[local] = f"{module}.{alias.name}" if not module.endswith(".") else f"{module}{alias.name}"
            result.triples.append((local, module, alias.name))
    return result
