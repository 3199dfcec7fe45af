"""Settles the classes of a service over all its files: their kind, their fields, and the variables settings read."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.stack.python.models import BASES
from wizard.values.facts.pending import PendingClass, PendingVariable, Text
from wizard.values.lean import dataclass, field
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

MAX_DEPTH = 8
"""How many base classes or nested models are followed; a class that is its own base would never end."""
_NOT_REQUIRED = lazy_pattern(r"(?:\w+\.)?NotRequired\[")
_MODELS = ("base_model", "pydantic_dataclass", "stdlib_dataclass")


@dataclass(frozen=True, slots=True)
class SettingsField:
    """A field of a settings class or of a model inside it. `names`: the environment's, the usual one first."""

    owner: str
    names: tuple[str, ...]
    variable: PendingVariable
    required: bool


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes by name; of two with one name the first counts."""

    by_name: dict[str, PendingClass] = field(default_factory=dict)

    def bindings(self) -> Iterator[tuple[str, str, Text]]:
        """Yields (file, `Class.field`, default with its variable) of every settings field."""
        for made in self.by_name.values():
            for one in self.settings_fields(made) if self.kind(made) == "settings" else ():
                choices = one.variable.default.choices if one.variable.default is not None else ()
                text = Text(choices, one.names[0])
                yield one.variable.source.path, f"{one.owner}.{one.variable.field}", text

    def settings_fields(self, made: PendingClass) -> Iterator[SettingsField]:
        """Yields what a settings class reads, inherited fields and those of nested models too, as pydantic-settings
        does."""
        delimiter = self.said(made, "env_nested_delimiter")
        for variable in self._variables(made):
            names = self._names(made, variable)
            nested = self._nested(variable.type)
            if nested is not None and self.kind(nested) == "settings":
                continue
            if nested is None or not delimiter:
                yield SettingsField(made.name, names, variable, variable.raises)
                continue
            exact = self.said(made, "case_sensitive") == "True"
            yield from self._inside(nested, names, delimiter, variable.raises, exact)

    def _variables(self, made: PendingClass) -> Iterator[PendingVariable]:
        """Yields the class's own fields and those it inherits; a field that is written anew counts once."""
        found: dict[str, PendingVariable] = {}
        for one in self._lineage(made):
            found.update((variable.field, variable) for variable in one.variables)
        yield from found.values()

    def _lineage(self, made: PendingClass, depth: int = 0) -> Iterator[PendingClass]:
        for parent in self.parents(made) if depth <= MAX_DEPTH else ():
            yield from self._lineage(parent, depth + 1)
        yield made

    def _names(self, made: PendingClass, variable: PendingVariable) -> tuple[str, ...]:
        """Returns the environment's names of a field: its aliases, or prefix and field."""
        words = _words(variable)
        own = (self.said(made, "env_prefix") or "") + variable.field
        if (variable.kind == "env" and not self._is_old(made)) or variable.kind == "settings":
            words = (own,)
        elif "True" in (self.said(made, "populate_by_name"), self.said(made, "validate_by_name")):
            words = (*words, own)
        exact = self.said(made, "case_sensitive") == "True"
        return words if exact else tuple(dict.fromkeys(word.upper() for word in words))

    def _inside(
        self, made: PendingClass, above: tuple[str, ...], delimiter: str, needed: bool, exact: bool, depth: int = 0
    ) -> Iterator[SettingsField]:
        """Yields the fields of a nested model; the variable of the whole (JSON) serves for each of them."""
        for variable in self._variables(made):
            words = [variable.field] if variable.kind in ("settings", "env") else list(_words(variable))
            own = [f"{top}{delimiter}{word if exact else word.upper()}" for top in above for word in words]
            nested = self._nested(variable.type)
            required = needed and variable.raises
            if nested is not None and nested is not made and depth < MAX_DEPTH:
                yield from self._inside(nested, (*own, *above), delimiter, required, exact, depth + 1)
            else:
                yield SettingsField(made.name, (*own, *above), variable, required)

    def _nested(self, annotation: str) -> PendingClass | None:
        bare = annotation.strip("\"'").split("[")[-1].split(" ")[0].rstrip("]").rpartition(".")[2]
        found = self.by_name.get(bare)
        return found if found is not None and self.kind(found) in (*_MODELS, "settings") else None

    def _is_old(self, made: PendingClass, depth: int = 0) -> bool:
        """True for pydantic 1's settings, whose fields say `Field(env="X")`; pydantic 2 does not look at that."""
        if any(base.startswith("pydantic.") and BASES.get(base) == "settings" for base in made.bases):
            return True
        return depth <= MAX_DEPTH and any(self._is_old(parent, depth + 1) for parent in self.parents(made))

    def kind(self, made: PendingClass, depth: int = 0) -> str:
        """Returns the model kind of a class, through base classes of the service; '' for ordinary classes."""
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

    def fields(self, made: PendingClass) -> tuple[tuple[str, str], ...]:
        """Returns the fields of a class, those of its base classes first, as an instance has them."""
        found: dict[str, str] = {}
        for one in self._lineage(made):
            found.update(one.fields)
        return tuple(found.items())

    def optional(self, made: PendingClass) -> tuple[str, ...]:
        """Returns the fields of `made` that an event may leave out: those with a default, `NotRequired` ones."""
        found: dict[str, bool] = {}
        for one in self._lineage(made):
            given = {variable.field: not variable.raises for variable in one.variables}
            for name, annotation in one.fields:
                found[name] = not one.total or given.get(name, False) or _NOT_REQUIRED.match(annotation) is not None
        return tuple(name for name, may in found.items() if may)

    def places(self, made: PendingClass) -> tuple[tuple[str, Source], ...]:
        """Returns where each field of `made` stands, inherited ones in the file of their class."""
        return tuple((variable.field, variable.source) for variable in self._variables(made))

    def parents(self, made: PendingClass) -> Iterator[PendingClass]:
        """Yields the base classes that the service's own files define."""
        for base in reversed(made.bases):
            parent = self.by_name.get(base.rpartition(".")[2])
            if parent is not None and parent is not made:
                yield parent

    def said(self, made: PendingClass, key: str) -> str | None:
        """Returns what a class's configuration says, else what it inherits; None when nothing does."""
        found = (dict(one.config).get(key) for one in reversed(list(self._lineage(made))))
        return next((value for value in found if value is not None), None)


def _words(variable: PendingVariable) -> tuple[str, ...]:
    return tuple("".join(part.text for part in choice) for choice in variable.name.choices)
