"""What pydantic 2 took away, with pydantic itself as the judge."""

from __future__ import annotations

import pydantic
import pytest

from wizard.stack.python.imports import _GONE
from wizard.stack.python.source import read_python


@pytest.mark.parametrize("name", sorted(_GONE - {"PyObject"}))
def test_these_names_are_gone(name: str) -> None:
    with pytest.raises(pydantic.errors.PydanticImportError):
        getattr(pydantic, name)


@pytest.mark.parametrize(
    ("code", "removed"),
    [
        ("from pydantic import BaseModel, BaseSettings\n", [("pydantic.BaseSettings", 1)]),
        ("import pydantic\nclass S(pydantic.BaseSettings): ...\n", [("pydantic.BaseSettings", 2)]),
        ("import pydantic as p\nclass S(p.BaseSettings): ...\n", [("pydantic.BaseSettings", 2)]),
        ("from pydantic import constr, ConstrainedStr as C\n", [("pydantic.ConstrainedStr", 1)]),
        ("from pydantic.env_settings import BaseSettings\n", [("pydantic.env_settings.BaseSettings", 1)]),
        ("from pydantic.v1 import BaseSettings\n", []),
        ("from pydantic import BaseModel, validator, root_validator\n", []),
        ("from pydantic_settings import BaseSettings\n", []),
        ("try:\n    from pydantic import BaseSettings\nexcept ImportError:\n    BaseSettings = object\n", []),
    ],
)
def test_imports_that_pydantic_2_refuses(code: str, removed: list[tuple[str, int]]) -> None:
    assert [(fact.value, fact.source.line) for fact in read_python(code, "x.py").removed] == removed
