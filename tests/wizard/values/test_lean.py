"""A lean dataclass behaves as the standard one does."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest
from pydantic import TypeAdapter, ValidationError

from wizard.values import lean

T = TypeVar("T")
MADE: dict[str, Callable[..., Any]] = {"lean": lean.dataclass, "standard": dataclasses.dataclass}
FIELD: dict[str, Callable[..., Any]] = {"lean": lean.field, "standard": dataclasses.field}


def _classes(kind: str) -> tuple[Any, Any, Any]:
    make: Any = MADE[kind]
    field: Any = FIELD[kind]

    @make(frozen=True, slots=True, order=True)
    class Place:
        """Where."""

        path: str
        line: int = 0

        def __str__(self) -> str:
            return f"{self.path}:{self.line}"

    @make(frozen=True, slots=True)
    class Held(Generic[T]):
        value: T
        notes: dict[str, str] = field(default_factory=dict)
        secret: str = field(default="s", repr=False, compare=False)

    @make(slots=True)
    class Draft:
        names: list[str] = field(default_factory=list)
        done: bool = False

    return Place, Held, Draft


@lean.dataclass(frozen=True, slots=True)
class Kept:
    """At module level, so that it can be pickled and validated."""

    name: str
    sizes: tuple[int, ...] = ()


@pytest.fixture(params=[*sorted(MADE), "lean after many"])
def kinds(request: pytest.FixtureRequest) -> tuple[Any, Any, Any]:
    kind, _, many = request.param.partition(" ")
    place, held, draft = _classes(kind)
    for _ in range(20 if many else 0):  # the lean `__init__` is compiled meanwhile
        place("a"), held(1), draft()
    return place, held, draft


def test_makes_instances_with_defaults_and_keywords(kinds: tuple[Any, Any, Any]) -> None:
    place, held, draft = kinds
    assert (place("a").line, place("a", 3).line, place(line=4, path="b").line) == (0, 3, 4)
    assert held(1).notes == {}
    assert held(1).notes is not held(1).notes
    assert draft().names is not draft().names
    with pytest.raises(TypeError, match=r"__init__\(\) missing 1 required positional argument: 'path'"):
        place()
    with pytest.raises(TypeError, match="unexpected keyword argument 'lines'"):
        place("a", lines=3)
    with pytest.raises(TypeError, match="got multiple values for argument 'path'"):
        place("a", path="b")
    with pytest.raises(TypeError, match="takes from 2 to 3 positional arguments but 4 were given"):
        place("a", 1, 2)
    assert (place("a").line, held(2, {"a": "b"}).notes, draft(done=True).done) == (0, {"a": "b"}, True)


def test_compares_hashes_and_sorts(kinds: tuple[Any, Any, Any]) -> None:
    place, held, draft = kinds
    assert place("a", 1) == place("a", 1) != place("a", 2)
    assert hash(place("a", 1)) == hash(place("a", 1))
    assert sorted([place("b"), place("a", 2), place("a", 1)]) == [place("a", 1), place("a", 2), place("b")]
    assert held(1, secret="x") == held(1, secret="y")
    assert place("a") != ("a", 0)
    with pytest.raises(TypeError):
        hash(held(1))  # holds a dict
    with pytest.raises(TypeError):
        hash(draft())
    with pytest.raises(TypeError):
        assert place("a") < ("a", 1)


def test_shows_what_is_to_be_shown(kinds: tuple[Any, Any, Any]) -> None:
    place, held, _ = kinds
    assert repr(place("a", 1)).endswith("Place(path='a', line=1)")
    assert repr(held(1)).endswith("Held(value=1, notes={})")
    assert str(place("a", 1)) == "a:1"
    assert place.__doc__ == "Where."


def test_cannot_be_changed_nor_extended(kinds: tuple[Any, Any, Any]) -> None:
    place, _, draft = kinds
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'line'"):
        place("a").line = 1
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'line'"):
        del place("a").line
    changed = draft()
    changed.done = True
    assert changed.done
    with pytest.raises(AttributeError):
        changed.other = 1


def test_serves_the_functions_of_dataclasses(kinds: tuple[Any, Any, Any]) -> None:
    place, held, draft = kinds
    assert [f.name for f in dataclasses.fields(held)] == ["value", "notes", "secret"]
    assert dataclasses.is_dataclass(draft)
    assert dataclasses.asdict(held(place("a"))) == {"value": {"path": "a", "line": 0}, "notes": {}, "secret": "s"}
    for replace in (lean.replace, dataclasses.replace):
        assert replace(place("a", 1), line=2) == place("a", 2)
        with pytest.raises(TypeError):
            replace(place("a", 1), lines=2)
    assert copy.copy(place("a", 1)) == place("a", 1)
    match place("a", 1):
        case place(path, line):
            assert (path, line) == ("a", 1)


def test_survives_pickling_and_deep_copies() -> None:
    kept = Kept("a", (1, 2))
    assert pickle.loads(pickle.dumps(kept)) == kept  # noqa: S301
    assert copy.deepcopy(kept) == kept


def test_is_validated_by_pydantic() -> None:
    adapter = TypeAdapter(Kept)
    assert adapter.validate_python({"name": "a", "sizes": [1]}) == Kept("a", (1,))
    with pytest.raises(ValidationError):
        adapter.validate_python({"name": "a", "sizes": ["x"]})


def test_a_subclass_keeps_the_init_of_its_own() -> None:
    class Named(Kept):
        __slots__ = ()

        def __init__(self) -> None:
            super().__init__("fixed")

    assert (Named().name, Named().name, Kept("b").name) == ("fixed", "fixed", "b")


def test_refuses_what_it_cannot_do() -> None:
    make: Any = lean.dataclass
    with pytest.raises(TypeError):
        make(slots=False)


def test_values_do_without_the_standard_module() -> None:
    code = "import sys, wizard.values.facts.stack, wizard.values.finding; print('dataclasses' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
