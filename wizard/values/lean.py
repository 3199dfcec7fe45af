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
        return lambda cls: _made(cls, {"frozen": frozen, "order": order, "eq": eq})

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


class _FirstUse:
    """`__dataclass_fields__` and `__dataclass_params__`, made when somebody asks for them."""

    __slots__ = ("defaults", "name", "options", "owner")
    owner: Any
    name: str

    def __init__(self, defaults: dict[str, Any], options: dict[str, Any]) -> None:
        self.defaults = defaults
        self.options = options

    def __set_name__(self, owner: type, name: str) -> None:
        self.owner = owner
        self.name = name

    def __get__(self, _instance: object, _class: type) -> Any:
        import dataclasses

        owner = self.owner
        body: dict[str, Any] = {"__annotations__": dict(owner.__annotations__), "__module__": owner.__module__}
        for name, default in self.defaults.items():
            body[name] = dataclasses.field(**default.options) if isinstance(default, _Field) else default
        twin: Any = dataclasses.dataclass(**self.options)(type(owner.__name__, (), body))
        owner.__dataclass_fields__ = twin.__dataclass_fields__
        owner.__dataclass_params__ = twin.__dataclass_params__
        return getattr(twin, self.name)


def _made(cls: type, options: dict[str, Any]) -> type:
    """`cls` again, with slots instead of class attributes and the methods of a dataclass."""
    body = dict(cls.__dict__)
    names = tuple(name for name, hint in body.get("__annotations__", {}).items() if not hint.startswith("ClassVar"))
    defaults = {name: body.pop(name) for name in names if name in body}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    body["__slots__"] = body["__match_args__"] = names
    for name in ("__dataclass_fields__", "__dataclass_params__"):
        body[name] = _FirstUse(defaults, options)
    hidden = {name for name, default in defaults.items() if _option(default, "repr") is False}
    body.setdefault("__repr__", _repr(tuple(name for name in names if name not in hidden)))
    compared = tuple(name for name in names if _option(defaults.get(name), "compare") is not False)
    body.update({**_comparing(compared, options), **(_freezing(names) if options["frozen"] else {})})
    made = type(cls)(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    made.__init__ = _first_init(made, names, defaults, options["frozen"])  # type: ignore[misc]
    return made


def _option(default: object, name: str) -> Any:
    return default.options.get(name) if isinstance(default, _Field) else None


def _first_init(cls: Any, names: tuple[str, ...], defaults: dict[str, Any], frozen: bool) -> Callable[..., None]:
    """An `__init__` that sets the fields one by one. Compiling one costs as much as ten of its calls, and many classes
    are made fewer instances of: so that is done at the eleventh, or at once for arguments that it has to refuse."""
    options = {name: default.options if isinstance(default, _Field) else {} for name, default in defaults.items()}
    factories = {name: one["default_factory"] for name, one in options.items() if "default_factory" in one}
    given = {name: options[name].get("default", value) for name, value in defaults.items() if name not in factories}
    put = object.__setattr__
    made = 0

    def __init__(self: Any, *args: Any, **keywords: Any) -> None:  # noqa: N807
        nonlocal made
        made += 1
        values = {**given, **dict(zip(names, args, strict=False)), **keywords}
        for name, new in factories.items():
            if name not in values:
                values[name] = new()
        twice = args and not keywords.keys().isdisjoint(names[: len(args)])
        if made > _FEW or twice or len(args) > len(names) or values.keys() != set(names):
            compiled = _init(names, defaults, frozen)
            compiled.__qualname__ = f"{cls.__qualname__}.__init__"
            cls.__init__ = compiled
            compiled(self, *args, **keywords)
            return
        for name in names:
            put(self, name, values[name])

    return __init__


def _init(names: tuple[str, ...], defaults: dict[str, Any], frozen: bool) -> Callable[..., None]:
    """The `__init__` that the standard decorator would have written."""
    scope: dict[str, Any] = {"_set": object.__setattr__, "_unset": _UNSET}
    heads, lines = ["self"], []
    for name in names:
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
    return made


def _repr(shown: tuple[str, ...]) -> Callable[[Any], str]:
    def __repr__(self: Any) -> str:  # noqa: N807
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{self.__class__.__qualname__}({values})"

    return __repr__


def _comparing(names: tuple[str, ...], options: dict[str, Any]) -> dict[str, Any]:
    """`__eq__`, `__hash__` and, when asked for, the order."""
    if not options["eq"]:
        return {}
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    made: dict[str, Any] = {"__eq__": __eq__, "__hash__": None}
    if options["frozen"]:
        made["__hash__"] = lambda self: hash(values(self))
    if options["order"]:
        made.update({f"__{word}__": _ordering(f"__{word}__", values) for word in ("lt", "le", "gt", "ge")})
    return made


def _ordering(method: str, values: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    def compare(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return getattr(values(self), method)(values(other))

    return compare


def _freezing(names: tuple[str, ...]) -> dict[str, Any]:
    """What makes instances immutable, and yet copied and pickled."""

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__setattr__": _refuse_assignment,
        "__delattr__": _refuse_deletion,
        "__getstate__": __getstate__,
        "__setstate__": __setstate__,
    }


def _refuse_assignment(_self: object, name: str, _value: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_deletion(_self: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")
