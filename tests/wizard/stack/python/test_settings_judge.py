"""Settings classes of every shape, with pydantic-settings itself as the judge of which variables they read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from wizard.stack.python.source import read_python
from wizard.values.facts.code import SettingVar

HEAD = """\
from typing import Annotated, Optional
from pydantic import AliasChoices, AliasPath, BaseModel, Field
from pydantic_settings import BaseSettings, SettingsConfigDict
class Pool(BaseModel):
    size: int
    wait: int = 1
class Cache(BaseModel):
    host: str
    port: int = 6379
class Deep(BaseModel):
    name: str
    pool: Pool
"""
PREFIXED = "class Base(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='X_')\n    a: str\n"
NESTED = "env_prefix='X_', env_nested_delimiter='__'"
SHAPES: dict[str, str] = {
    "plain": "class Settings(BaseSettings):\n    a: str\n    b: int = 1\n",
    "prefix": "class Settings(BaseSettings, env_prefix='X_'):\n    a: str\n    b: int = 1\n",
    "old_config": "class Settings(BaseSettings):\n    a: str\n    class Config:\n        env_prefix = 'x_'\n",
    "inherited_prefix": f"{PREFIXED}class Settings(Base):\n    b: str\n",
    "changed_prefix": f"{PREFIXED}class Settings(Base):\n"
    "    model_config = SettingsConfigDict(env_prefix='Y_')\n    b: str\n",
    "alias": "class Settings(BaseSettings, env_prefix='X_'):\n    a: str = Field(alias='OTHER')\n",
    "validation_alias": "class Settings(BaseSettings, env_prefix='X_'):\n    a: str = Field(validation_alias='v')\n",
    "choices": "class Settings(BaseSettings):\n    a: str = Field(validation_alias=AliasChoices('ONE', 'two'))\n",
    "annotated": "class Settings(BaseSettings):\n    a: Annotated[str, Field(validation_alias='ONE')]\n",
    "env_is_ignored": "class Settings(BaseSettings, env_prefix='X_'):\n    a: str = Field(env='ONE')\n",
    "by_name": "class Settings(BaseSettings, env_prefix='X_', populate_by_name=True):\n"
    "    a: str = Field(validation_alias='ONE')\n",
    "optional": "class Settings(BaseSettings):\n    a: Optional[str] = None\n    b: str | None = None\n",
    "nested": f"class Settings(BaseSettings, {NESTED}):\n    cache: Cache\n    c: int = 1\n",
    "nested_with_default": f"class Settings(BaseSettings, {NESTED}):\n    cache: Cache = Cache(host='h')\n",
    "nested_optional": f"class Settings(BaseSettings, {NESTED}):\n    cache: Cache | None = None\n",
    "nested_twice": f"class Settings(BaseSettings, {NESTED}):\n    one: Cache\n    two: Cache\n",
    "nested_deep": f"class Settings(BaseSettings, {NESTED}):\n    deep: Deep\n",
    "nested_by_alias": "class Settings(BaseSettings, env_nested_delimiter='__'):\n"
    "    cache: Cache = Field(validation_alias='STORE')\n",
    "nested_with_one_underscore": "class Settings(BaseSettings, env_nested_delimiter='_'):\n    cache: Cache\n",
    "nested_without_delimiter": "class Settings(BaseSettings, env_prefix='X_'):\n    cache: Cache = Cache(host='h')\n",
    "nested_inherits_delimiter": f"class Base(BaseSettings, {NESTED}): ...\nclass Settings(Base):\n    cache: Cache\n",
}
JUDGE = """
import json, os, sys
def loads(code, env):
    os.environ.clear(); os.environ.update(env)
    space = {"__name__": "judged"}
    exec(code, space)
    try:
        return space["Settings"]().model_dump()
    except Exception as error:
        return type(error).__name__
import warnings; warnings.simplefilter("ignore")
print(json.dumps([loads(code, env) for code, env in json.load(sys.stdin)]))
"""


def found(shape: str) -> list[SettingVar]:
    file = read_python(HEAD + SHAPES[shape] + "settings = Settings()\n", "services/x/config.py")
    return list(file.variables)


def value(variable: SettingVar, name: str) -> str:
    if name != variable.name and variable.name.startswith(f"{name}_"):
        return '{"host": "h", "name": "n", "size": 7, "port": 7, "wait": 7, "pool": {"size": 7}}'
    whole = variable.type == "str" and variable.name in ("X_CACHE",)
    return '{"host": "other"}' if whole else "7"


@pytest.fixture(scope="module")
def judged() -> dict[str, list[object]]:
    """For every shape: what is loaded with all variables, with the required ones, without each of those."""
    asked: list[tuple[str, dict[str, str]]] = []
    shapes: list[str] = []
    for shape, code in SHAPES.items():
        needed = {v.name: value(v, v.name) for v in found(shape) if v.required}
        every = needed | {v.name: value(v, v.name) for v in found(shape)}
        without = [{name: text for name, text in needed.items() if name != left} for left in needed]
        for env in (every, needed, *without):
            asked.append((HEAD + code, env))
            shapes.append(shape)
    done = subprocess.run(
        [sys.executable, "-c", JUDGE], input=json.dumps(asked), capture_output=True, text=True, timeout=60, check=True
    )
    result: dict[str, list[object]] = {}
    for shape, answer in zip(shapes, json.loads(done.stdout), strict=True):
        result.setdefault(shape, []).append(answer)
    return result


@pytest.mark.parametrize("shape", SHAPES)
def test_variables_are_those_that_pydantic_reads(shape: str, judged: dict[str, list[object]]) -> None:
    every, needed, *without = judged[shape]
    assert isinstance(needed, dict), needed
    assert without == ["ValidationError"] * len(without)
    assert isinstance(every, dict)
    if any(not variable.required for variable in found(shape)):
        assert every != needed


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        ("nested", {"X_CACHE__HOST": ("X_CACHE",), "X_CACHE__PORT": ("X_CACHE",), "X_C": ()}),
        ("choices", {"ONE": ("TWO",)}),
        ("by_name", {"ONE": ("X_A",)}),
        ("env_is_ignored", {"X_A": ()}),
        ("changed_prefix", {"Y_A": (), "Y_B": ()}),
        ("nested_without_delimiter", {"X_CACHE": ()}),
        ("nested_by_alias", {"STORE__HOST": ("STORE",), "STORE__PORT": ("STORE",)}),
    ],
)
def test_names_of_variables(shape: str, names: dict[str, tuple[str, ...]]) -> None:
    assert {variable.name: variable.aliases for variable in found(shape)} == names


@pytest.mark.parametrize("module", ["pydantic", "pydantic.v1"])
def test_pydantic_1_says_env(module: str) -> None:
    code = f"from {module} import BaseSettings, Field\n"
    code += "class S(BaseSettings):\n    a: str = Field(..., env=['ONE', 'two'])\n"
    (variable,) = read_python(code, "services/x/config.py").variables
    assert (variable.name, variable.aliases) == ("ONE", ("TWO",))


def test_names_count_as_written_where_case_counts() -> None:
    code = "class Settings(BaseSettings, case_sensitive=True):\n    port: int = 1\n"
    (variable,) = read_python(HEAD + code, "services/x/config.py").variables
    assert variable.name == "port"
