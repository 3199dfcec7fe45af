"""Settles `Text`s over all files of a service: constants of other modules, settings defaults, parameters of helpers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from wizard.stack.python.classes import Classes
from wizard.stack.python.values import MAX_CHOICES
from wizard.values.facts.code import PythonFile
from wizard.values.facts.pending import Parameter, Part, Pending, PendingCall, Text, Words
from wizard.values.lean import dataclass, field, replace
from wizard.values.source import Source

MAX_DEPTH = 8
EMPTY = Pending()


@dataclass(frozen=True, slots=True)
class Value:
    """A settled string, the environment variable it comes from and the call that handed it over."""

    text: str
    variable: str = ""
    at: Source | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """The values that one call of a helper gives its parameters, by position and by name."""

    function: str
    values: dict[str | int, tuple[Value, ...]]
    source: Source
    type: str
    at_import: bool
    scope: str

    def given(self, parameter: Parameter) -> tuple[Value, ...]:
        """Returns what the call gives a parameter; () when it leaves it out."""
        return self.values.get(parameter.name) or self.values.get(parameter.position) or ()


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
        """Indexes the files; settings classes come first, since their fields are bindings with variables."""
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
        """Returns all strings an expression may be. Alternatives that cannot be said are left out; an environment
        variable without a default gives one value with an empty text.
        """
        found: dict[tuple[str, str], Value] = {}
        for choice in text.choices:
            for value in self._choice(choice, path, frame, depth):
                kept = value if value.variable or not text.variable else replace(value, variable=text.variable)
                found.setdefault((kept.text, kept.variable), kept)
        if not found and text.variable:
            return (Value("", text.variable),)
        return tuple(found.values())[:MAX_CHOICES]

    def _choice(self, choice: Words, path: str, frame: Frame | None, depth: int) -> tuple[Value, ...]:
        if depth > MAX_DEPTH:
            return ()
        parts = [self._part(part, path, frame, depth) for part in choice]
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

    def _part(self, part: Part, path: str, frame: Frame | None, depth: int) -> tuple[Value, ...]:
        if part.kind == "text":
            return (Value(part.text),)
        if part.kind == "parameter":
            return self._parameter(part, path, frame, depth)
        place, text = self.find(part.text, path)
        return self.settle(text, place, None, depth + 1) if text is not None else ()

    def _parameter(self, asked: Parameter, path: str, frame: Frame | None, depth: int) -> tuple[Value, ...]:
        if frame is not None and frame.function == asked.called:
            return frame.given(asked) or self._default(asked, path, depth)
        given: dict[tuple[str, str], Value] = {}
        for call in self.frames(asked.called, depth + 1):
            for value in call.given(asked):
                given.setdefault((value.text, value.variable), value if value.at else replace(value, at=call.source))
        return tuple(given.values()) or self._default(asked, path, depth)

    def _default(self, asked: Parameter, path: str, depth: int) -> tuple[Value, ...]:
        text = self.bindings.get(path, {}).get(f"{asked.called}({asked.name})")
        return self.settle(text, path, None, depth + 1) if text is not None else ()

    def frames(self, function: str, depth: int = 0) -> list[Frame]:
        """Returns every call of a function of the service with its arguments settled, calls through other helpers
        included.
        """
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
        values: dict[str | int, tuple[Value, ...]] = {}
        for position, given in enumerate(call.args):
            if given is not None:
                values[position] = self.settle(given, path, outer, depth + 1)
        for name, text in call.keywords:
            values[name] = self.settle(text, path, outer, depth + 1)
        if outer is None:
            return Frame(function, values, call.source, call.type, call.at_import, call.scope)
        return Frame(function, values, outer.source, outer.type or call.type, outer.at_import, outer.scope)

    def find(self, name: str, path: str) -> tuple[str, Text | None]:
        """Returns the binding of a dotted name as seen from a file, and the file it stands in."""
        own = self.bindings.get(path, {})
        if name in own:
            return path, own[name]
        head, _, tail = name.partition(".")
        module, original = self.imported.get(path, {}).get(head, ("", ""))
        if module:
            found = self._imported(module, original, tail, path)
            if found is not None:
                return found
        matches = [(place, names[name]) for place, names in self.bindings.items() if name in names]
        if matches and (module or len({text for _, text in matches}) == 1):
            return matches[0]
        return self._attribute(name, path)

    def _imported(self, module: str, original: str, tail: str, path: str) -> tuple[str, Text] | None:
        for place, name in self.targets(module, original, tail, path):
            text = self.bindings[place].get(name)
            if text is not None:
                return place, text
        return None

    def targets(self, module: str, original: str, tail: str, path: str) -> Iterator[tuple[str, str]]:
        """Yields (file, name in it) of what an import may mean: a name of the module, or a module of the package."""
        for place in self.places(module, "", path):
            yield place, ".".join(filter(None, (original, tail)))
        if original:
            inner = f"{module}{original}" if module.endswith(".") else f"{module}.{original}"
            for place in self.places(inner, "", path) if tail else ():
                yield place, tail

    def places(self, module: str, original: str, path: str) -> list[str]:
        """Returns the service's files that a module may be, the one whose folders fit best first.

        A relative import starts from the importing file's folder. `original`: a name that may be a module itself.
        """
        dots = len(module) - len(module.lstrip("."))
        parts = [part for part in module.split(".") if part]
        if dots:
            parts = path.split("/")[:-dots] + parts
        found = self._fitting(parts)
        return found or (self._fitting([*parts, original]) if original else [])

    def _fitting(self, parts: list[str]) -> list[str]:
        if not parts:
            return []
        wanted = list(reversed(parts))

        def shared(place: str) -> int:
            have = place.removesuffix(".py").removesuffix("/__init__").split("/")[::-1]
            return next(
                (i for i, (one, other) in enumerate(zip(wanted, have, strict=False)) if one != other), len(have)
            )

        return sorted(self.modules.get(parts[-1], ()), key=lambda place: -shared(place))

    def marks(self, name: str, path: str) -> tuple[tuple[str, ...], str] | None:
        """Returns the pytest markers that an imported name stands for and the file that says so; None without one."""
        module, _, last = name.rpartition(".")
        places = [p for p in self.places(module, "", path) if p != path]
        for file in (file for file in self.files if file.path in places):
            named = [m.markers for m in (file.pending or EMPTY).marks if m.name == last]
            if named:
                return named[0], file.path
            if last in self.imported.get(file.path, {}):
                return (f"?{'.'.join(filter(None, self.imported[file.path][last]))}",), file.path
            if any(function.name == last for function in file.functions):
                return (), file.path
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
            literal = [c for c in candidates if all(p.kind == "text" for w in c[2].choices for p in w) and c[2].choices]
            candidates = next((some for some in (close, literal) if len({t for _, _, t in some}) == 1), [])
        return (candidates[0][0], candidates[0][2]) if candidates else (path, None)


def _parameters_of(call: PendingCall) -> str:
    """The function whose parameters a call hands on, or ''."""
    for text in (*(t for t in call.args if t is not None), *(t for _, t in call.keywords)):
        if function := parameter_function(text):
            return function
    return ""


def parameter_function(text: Text) -> str:
    """Returns the function whose parameter a text is, or ''; for `__init__` the class, by which it is called."""
    found = (part.called for choice in text.choices for part in choice if part.kind == "parameter")
    return next(found, "")


def module_name(path: str) -> str:
    """Returns `services/market/models.py` -> `models`; a package's `__init__.py` has the folder's name."""
    parts = path.removesuffix(".py").split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]
