"""Settles `Text`s over all files of a service: constants of other modules, settings defaults, parameters of helpers."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from wizard.stack.python_classes import Classes
from wizard.stack.python_values import MAX_CHOICES
from wizard.values.code_facts import PythonFile
from wizard.values.lean import dataclass, field
from wizard.values.pending_facts import Pending, PendingCall, Text, Words
from wizard.values.source import Source

MAX_DEPTH = 8
EMPTY = Pending()


class Value(NamedTuple):
    """A settled string, the environment variable it comes from and the call that handed it over."""

    text: str
    variable: str = ""
    at: Source | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a helper: what each parameter is, by position and by name."""

    function: str
    values: dict[str, tuple[Value, ...]]
    source: Source
    type: str
    at_import: bool
    scope: str


@dataclass(slots=True)
class Lookup:
    """The index over one service's files."""

    files: tuple[PythonFile, ...]
    bindings: dict[str, dict[str, Text]] = field(default_factory=dict)
    attributes: dict[str, list[tuple[str, str, Text]]] = field(default_factory=dict)
    calls: dict[str, list[tuple[str, PendingCall]]] = field(default_factory=dict)
    imported: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    modules: dict[str, list[str]] = field(default_factory=dict)
    classes: Classes = field(default_factory=Classes)

    @classmethod
    def over(cls, files: tuple[PythonFile, ...]) -> Lookup:
        """Index the files; settings classes come first, since their fields are bindings with variables."""
        self = cls(files)
        for file in files:
            pending = file.pending or EMPTY
            self.modules.setdefault(module_name(file.path), []).append(file.path)
            self.imported[file.path] = {local: (module, name) for local, module, name in pending.imported}
            self.bindings[file.path] = dict(pending.bindings)
            for call in pending.calls:
                self.calls.setdefault(call.function, []).append((file.path, call))
            for made in pending.classes:
                self.classes.by_name.setdefault(made.name, made)
        for path, name, text in self.classes.bindings():
            self.bindings[path][name] = text
        for path, names in self.bindings.items():
            for name, text in names.items():
                owner, dot, attribute = name.rpartition(".")
                if dot and "(" not in name:
                    self.attributes.setdefault(attribute, []).append((path, owner, text))
        return self

    def settle(self, text: Text, path: str, frame: Frame | None = None, depth: int = 0) -> tuple[Value, ...]:
        """All strings an expression may be. Alternatives that cannot be said are left out; an environment variable
        without a default gives one value with an empty text."""
        found: dict[tuple[str, str], Value] = {}
        for choice in text.choices:
            for value in self._choice(choice, path, frame, depth):
                kept = value if value.variable or not text.variable else value._replace(variable=text.variable)
                found.setdefault((kept.text, kept.variable), kept)
        if not found and text.variable:
            return (Value("", text.variable),)
        return tuple(found.values())[:MAX_CHOICES]

    def _choice(self, choice: Words, path: str, frame: Frame | None, depth: int) -> tuple[Value, ...]:
        if depth > MAX_DEPTH:
            return ()
        parts = [self._part(kind, word, path, frame, depth) for kind, word in choice]
        if len(parts) == 1:
            return parts[0]
        result: list[Value] = []
        for combination in product(*parts):
            if any(not value.text and value.variable for value in combination):
                continue
            variable = next((v.variable for v in combination if v.variable), "")
            at = next((v.at for v in combination if v.at is not None), None)
            result.append(Value("".join(value.text for value in combination), variable, at))
            if len(result) >= MAX_CHOICES:
                break
        return tuple(result)

    def _part(self, kind: str, word: str, path: str, frame: Frame | None, depth: int) -> tuple[Value, ...]:
        if kind == "text":
            return (Value(word),)
        if kind == "param":
            return self._parameter(word, path, frame, depth)
        place, text = self.find(word, path)
        return self.settle(text, place, None, depth + 1) if text is not None else ()

    def _parameter(self, word: str, path: str, frame: Frame | None, depth: int) -> tuple[Value, ...]:
        name, position, parameter, owner = word.split("|")
        function = owner if name == "__init__" else name
        if frame is not None and frame.function == function:
            return (
                frame.values.get(parameter)
                or frame.values.get(position)
                or self._default(function, parameter, path, depth)
            )
        given: dict[tuple[str, str], Value] = {}
        for call in self.frames(function, depth + 1):
            for value in call.values.get(parameter) or call.values.get(position) or ():
                given.setdefault((value.text, value.variable), value if value.at else value._replace(at=call.source))
        return tuple(given.values()) or self._default(function, parameter, path, depth)

    def _default(self, function: str, parameter: str, path: str, depth: int) -> tuple[Value, ...]:
        text = self.bindings.get(path, {}).get(f"{function}({parameter})")
        return self.settle(text, path, None, depth + 1) if text is not None else ()

    def frames(self, function: str, depth: int = 0) -> list[Frame]:
        """Every call of a function of the service with its arguments settled, calls through other helpers included."""
        if depth > MAX_DEPTH // 2:
            return []
        result: list[Frame] = []
        for path, call in self.calls.get(function, ()):
            through = _parameters_of(call)
            outer = self.frames(through, depth + 1) if through and through != function else [None]
            for frame in outer:
                result.append(self._frame(function, path, call, frame, depth))
        return result

    def _frame(self, function: str, path: str, call: PendingCall, outer: Frame | None, depth: int) -> Frame:
        values: dict[str, tuple[Value, ...]] = {}
        for position, given in enumerate(call.args):
            if given is not None:
                values[str(position)] = self.settle(given, path, outer, depth + 1)
        for name, text in call.keywords:
            values[name] = self.settle(text, path, outer, depth + 1)
        if outer is None:
            return Frame(function, values, call.source, call.type, call.at_import, call.scope)
        return Frame(function, values, outer.source, outer.type or call.type, outer.at_import, outer.scope)

    def find(self, name: str, path: str) -> tuple[str, Text | None]:
        """The binding of a dotted name as seen from a file, and the file it stands in."""
        own = self.bindings.get(path, {})
        if name in own:
            return path, own[name]
        head, _, tail = name.partition(".")
        module, original = self.imported.get(path, {}).get(head, ("", ""))
        if module:
            found = self._imported(module, original, tail)
            if found is not None:
                return found
        matches = [(place, names[name]) for place, names in self.bindings.items() if name in names]
        if matches and (module or len({text for _, text in matches}) == 1):
            return matches[0]
        return self._attribute(name, path)

    def _imported(self, module: str, original: str, tail: str) -> tuple[str, Text] | None:
        wanted = [(module.rpartition(".")[2], f"{original}.{tail}" if tail else original)]
        wanted.append((original or module.rpartition(".")[2], tail))
        for stem, name in wanted:
            for place in self.modules.get(stem, ()):
                text = self.bindings[place].get(name)
                if text is not None:
                    return place, text
        return None

    def _attribute(self, name: str, path: str) -> tuple[str, Text | None]:
        """`settings.market_channel`: the attribute of that name of whatever class has it, if they agree or one fits
        better."""
        owner, dot, attribute = name.rpartition(".")
        if not dot:
            return path, None
        candidates = self.attributes.get(attribute, [])
        if len({text for _, _, text in candidates}) > 1:
            hint = owner.rpartition(".")[2].strip("_").lower()
            close = [c for c in candidates if hint and (hint in c[1].lower() or hint[:6] in c[1].lower())]
            literal = [c for c in candidates if all(k == "text" for w in c[2].choices for k, _ in w) and c[2].choices]
            candidates = next((some for some in (close, literal) if len({t for _, _, t in some}) == 1), [])
        return (candidates[0][0], candidates[0][2]) if candidates else (path, None)


def _parameters_of(call: PendingCall) -> str:
    """The function whose parameters a call hands on, or ''."""
    for text in (*(t for t in call.args if t is not None), *(t for _, t in call.keywords)):
        for choice in text.choices:
            for kind, word in choice:
                if kind == "param":
                    name, _, _, owner = word.split("|")
                    return owner if name == "__init__" else name
    return ""


def module_name(path: str) -> str:
    """`services/market/models.py` -> `models`; a package's `__init__.py` has the folder's name."""
    parts = path.removesuffix(".py").split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
