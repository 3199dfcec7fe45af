"""Classes of a service's Python files: their kind through base classes, the prefix and variables of settings."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.stack.python_models import BASES
from wizard.values.lean import dataclass, field
from wizard.values.pending_facts import PendingClass, Text

MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes by name; of two with one name the first counts."""

    by_name: dict[str, PendingClass] = field(default_factory=dict)

    def bindings(self) -> Iterator[tuple[str, str, Text]]:
        """(file, `Class.field`, default with its variable) of every settings field."""
        for made in self.by_name.values():
            if self.kind(made) != "settings":
                continue
            for (name, _), variable in zip(made.fields, made.variables, strict=False):
                choices = variable.default.choices if variable.default is not None else ()
                known = self.variable_names(made, variable.name, variable.kind)
                yield made.source.path, f"{made.name}.{name}", Text(choices, known[0])

    def variable_names(self, made: PendingClass, name: Text, kind: str) -> tuple[str, ...]:
        """Environment names of a settings field: its aliases, or prefix and field in capitals."""
        words = tuple("".join(value for _, value in choice) for choice in name.choices)
        if kind == "alias":
            return tuple(word.upper() for word in words)
        return tuple((self.prefix(made) + word).upper() for word in words)

    def kind(self, made: PendingClass, depth: int = 0) -> str:
        """The model kind of a class, through base classes of the service; '' for ordinary classes."""
        if made.kind or depth > MAX_DEPTH:
            return made.kind
        for base in made.bases:
            known = BASES.get(base, "")
            parent = self.by_name.get(base.rpartition(".")[2])
            if not known and parent is not None and parent is not made:
                known = self.kind(parent, depth + 1)
            if known:
                return known
        return ""

    def prefix(self, made: PendingClass, depth: int = 0) -> str:
        """The `env_prefix` in force, inherited when the class says none."""
        if made.prefix is not None or depth > MAX_DEPTH:
            return made.prefix or ""
        parents = (self.by_name.get(base.rpartition(".")[2]) for base in made.bases)
        return next(
            (self.prefix(parent, depth + 1) for parent in parents if parent is not None and parent is not made), ""
        )
