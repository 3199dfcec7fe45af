"""`dataclass`, `field` and `replace` with the meaning they have in `dataclasses`, at a tenth of the cost per class.

The standard decorator compiles seven methods a class (0.4 ms), used or not, and imports `inspect` for it: forty of the
hundred milliseconds that a cold `check` of a small stack may take. Here a class gets methods shared by all, its
`__init__` is compiled once it has made some instances, and what `dataclasses.fields`, `asdict` or pydantic look at is
made by the standard decorator when they look. Type checkers see the standard names.

Only what this project needs: the keyword arguments below, no dataclass derived from another, no `__post_init__`.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, field, replace
    from typing import Any
else:

    def dataclass(*, frozen=False, slots=True, order=False, eq=True):
        """See `dataclasses.dataclass`; `slots` must stay True."""
        if not slots:
            raise TypeError("a lean dataclass has slots")
        return lambda cls: _made(cls, (frozen, order, eq))

    def field(**options):
        """See `dataclasses.field`: `default`, `default_factory`, `repr`, `compare`."""
        return _Field(options)

    def replace(value, /, **changes):
        """See `dataclasses.replace`."""
        cls = value.__class__
        for name in cls.__match_args__:
            if name not in changes:
                changes[name] = getattr(value, name)
        return cls(**changes)


class _Field:
    __slots__ = ("options",)

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options


class _Unset:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<factory>"


_UNSET = _Unset()
_FEW = 10
"""Instances of a class before its `__init__` is compiled."""


class _Declared:
    """What a class was declared as. `given`, `factories`: its defaults, sorted out at the first instance; `made`: how
    many there were."""

    __slots__ = ("defaults", "factories", "given", "made", "names", "options", "owner")

    def __init__(self, names: tuple[str, ...], defaults: dict[str, Any], options: tuple[bool, bool, bool]) -> None:
        self.names = names
        self.defaults = defaults
        self.options = options
        self.owner: Any = None
        self.given: dict[str, Any] | None = None
        self.factories: dict[str, Any] = {}
        self.made = 0

    def option(self, name: str, word: str) -> Any:
        """Returns what `field` was told of a field; None when it was not."""
        default = self.defaults.get(name)
        return default.options.get(word) if isinstance(default, _Field) else None

    def sort_out(self) -> dict[str, Any]:
        """Finds the defaults of those fields that have a value, and the factories of the others."""
        given = self.given = {}
        for name, default in self.defaults.items():
            options = default.options if isinstance(default, _Field) else {"default": default}
            if "default_factory" in options:
                self.factories[name] = options["default_factory"]
            elif "default" in options:
                given[name] = options["default"]
        return given


class _FirstUse:
    """`__dataclass_fields__` and `__dataclass_params__`, made when somebody asks for them."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, _instance: object, owner: Any) -> Any:
        import dataclasses

        declared: _Declared = owner.__lean__
        owner = declared.owner
        body: dict[str, Any] = {"__annotations__": dict(owner.__annotations__), "__module__": owner.__module__}
        for name, default in declared.defaults.items():
            body[name] = dataclasses.field(**default.options) if isinstance(default, _Field) else default
        frozen, order, eq = declared.options
        twin: Any = dataclasses.dataclass(frozen=frozen, order=order, eq=eq)(type(owner.__name__, (), body))
        owner.__dataclass_fields__ = twin.__dataclass_fields__
        owner.__dataclass_params__ = twin.__dataclass_params__
        return getattr(twin, self.name)


_LATER = {name: _FirstUse(name) for name in ("__dataclass_fields__", "__dataclass_params__")}


def _made(cls: type, options: tuple[bool, bool, bool]) -> type:
    """`cls` again, with slots instead of class attributes and the methods of a dataclass."""
    body = dict(cls.__dict__)
    names = tuple(name for name, hint in body.get("__annotations__", {}).items() if not hint.startswith("ClassVar"))
    defaults = {name: body.pop(name) for name in names if name in body}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    declared = _Declared(names, defaults, options)
    compared = [name for name in names if declared.option(name, "compare") is not False] if defaults else names
    body["__slots__"] = body["__match_args__"] = names
    body["__lean__"] = declared
    body["__init__"] = _first_init
    body["__values__"] = attrgetter(*compared) if compared else _nothing
    body.setdefault("__repr__", _repr)
    body.update(_LATER)
    body.update(_METHODS[options])
    made = declared.owner = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def _nothing(_: object) -> tuple[()]:
    return ()


def _first_init(self: Any, /, *args: Any, **keywords: Any) -> None:
    """Sets the fields one by one. Compiling an `__init__` costs as much as ten of its calls, and many classes are made
    fewer instances of: so that is done at the eleventh, or at once for arguments that it has to refuse."""
    declared: _Declared = self.__lean__
    declared.made += 1
    names = declared.names
    given = declared.given if declared.given is not None else declared.sort_out()
    values = {**given, **dict(zip(names, args, strict=False)), **keywords}
    for name, new in declared.factories.items():
        if name not in values:
            values[name] = new()
    twice = args and not keywords.keys().isdisjoint(names[: len(args)])
    if declared.made > _FEW or twice or len(args) > len(names) or values.keys() != set(names):
        declared.owner.__init__ = compiled = _init(declared)
        compiled(self, *args, **keywords)
        return
    put = object.__setattr__
    for name in names:
        put(self, name, values[name])


def _init(declared: _Declared) -> Callable[..., None]:
    """The `__init__` that the standard decorator would have written."""
    scope: dict[str, Any] = {"_set": object.__setattr__, "_unset": _UNSET}
    heads, lines = ["self"], []
    frozen, defaults = declared.options[0], declared.defaults
    for name in declared.names:
        value = name
        default = defaults.get(name, _UNSET)
        if isinstance(default, _Field) and "default_factory" in default.options:
            scope[f"_new_{name}"] = default.options["default_factory"]
            value = f"_new_{name}() if {name} is _unset else {name}"
            default = scope[f"_old_{name}"] = _UNSET
        elif name in defaults:
            scope[f"_old_{name}"] = default.options["default"] if isinstance(default, _Field) else default
        heads.append(f"{name}=_old_{name}" if name in defaults else name)
        lines.append(f" _set(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
    exec(f"def __init__({', '.join(heads)}):\n" + "\n".join(lines or [" pass"]), scope)  # noqa: S102 (as `dataclasses`)
    made: Callable[..., None] = scope["__init__"]
    made.__qualname__ = f"{declared.owner.__qualname__}.__init__"
    return made


def _repr(self: Any) -> str:
    declared: _Declared = self.__lean__
    shown = (name for name in declared.names if declared.option(name, "repr") is not False)
    return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"


def _eq(self: Any, other: object) -> Any:
    values = self.__values__
    return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(self.__values__(self))


def _ordering(method: str) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        values = self.__values__
        return getattr(values(self), method)(values(other))

    return compare


def _refuse_assignment(_self: object, name: str, _value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__lean__.names]


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__lean__.names, state, strict=True):
        object.__setattr__(self, name, value)


_COMPARING = {"__eq__": _eq, "__hash__": None}
_FREEZING = {
    "__setattr__": _refuse_assignment,
    "__delattr__": _refuse_deletion,
    "__getstate__": _getstate,  # immutable, and yet copied and pickled
    "__setstate__": _setstate,
}
_ORDERING = {name: _ordering(name) for name in ("__lt__", "__le__", "__gt__", "__ge__")}
_METHODS = {
    (frozen, order, eq): {
        **(_COMPARING if eq else {}),
        **(_FREEZING if frozen else {}),
        **({"__hash__": _hash} if eq and frozen else {}),
        **(_ORDERING if order and eq else {}),
    }
    for frozen in (False, True)
    for order in (False, True)
    for eq in (False, True)
}
"""The methods that all classes of a kind share, by (frozen, order, eq)."""
