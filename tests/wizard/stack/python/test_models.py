"""Models and their kinds."""

from __future__ import annotations

from textwrap import dedent

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python


def kinds(code: str) -> dict[str, str]:
    return {model.name: model.kind for model in read_python(dedent(code), "services/x/models.py").models}


def test_each_kind_by_where_it_comes_from_not_by_its_name() -> None:
    assert kinds(
        """\
        import dataclasses, pydantic
        from dataclasses import dataclass
        from pydantic import BaseModel as Model
        from pydantic.dataclasses import dataclass as checked
        from pydantic_settings import BaseSettings
        from typing import TypedDict, Generic

        @dataclass(frozen=True)
        class A: x: int
        @dataclasses.dataclass
        class B: x: int
        @checked
        class C: x: int
        @pydantic.dataclasses.dataclass(frozen=True)
        class D: x: int
        class E(Model): x: int
        class F(BaseSettings): x: int = 1
        class G(TypedDict, total=False): x: int
        class H(E): y: int
        class I: x: int
        class J(Exception): pass
        """
    ) == {
        "A": "stdlib_dataclass",
        "B": "stdlib_dataclass",
        "C": "pydantic_dataclass",
        "D": "pydantic_dataclass",
        "E": "base_model",
        "F": "settings",
        "G": "typed_dict",
        "H": "base_model",
    }


def test_fields_as_written() -> None:
    code = (
        "from pydantic import BaseModel\nclass M(BaseModel):\n    a: int\n    b: float | None = None\n    _c: int = 1\n"
    )
    (model,) = read_python(code, "m.py").models
    assert model.fields == (("a", "int"), ("b", "float | None"))
    assert model.source.line == 2


def test_a_base_of_another_module_and_a_circle_of_bases() -> None:
    base = read_python("from pydantic import BaseModel\nclass Event(BaseModel):\n    id: str\n", "x/base.py")
    code = "from .base import Event\nclass Order(Event):\n    n: int\nclass A(B): pass\nclass B(A): pass\n"
    more = read_python(code, "x/m.py")
    assert [(m.name, m.kind) for m in resolve((base, more))[1].models] == [("Order", "base_model")]
