"""Which class or which fields travel in a message, as the code of one service says it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.code import RedisUse

MODELS = """
from pydantic import BaseModel, TypeAdapter
class Quote(BaseModel):
    symbol: str
class Score(BaseModel):
    value: float
"""


def uses(kind: str, **files: str) -> list[RedisUse]:
    parsed = tuple(read_python(dedent(code), f"services/x/{name}.py") for name, code in files.items())
    return [use for file in resolve(parsed) for use in file.redis if use.kind == kind]


def taken(code: str, kind: str = "subscribe") -> dict[str, bool]:
    (use,) = uses(kind, service="import json, redis\n" + dedent(code))
    return {field.name: field.required for field in use.takes}


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("def f():\n    p.subscribe('a')\n    e = json.loads(m['data'])\n    use(e['x'], e.get('y'))", {"x": True, "y": False}),  # noqa: E501
        ("def f():\n    p.subscribe('a')\n    return json.loads(m['data'])['x']", {"x": True}),
        ("def f():\n    p.subscribe('a')\n    g(json.loads(m))\ndef g(e):\n    return e['x']", {"x": True}),
        ("def f():\n    p.subscribe('a')\n    g(1, json.loads(m))\ndef g(n, e):\n    h(e)\ndef h(e):\n    return e['x']", {"x": True}),  # noqa: E501
        ("def f():\n    p.subscribe('a')\n    e = json.loads(m)\n    if 'x' in e:\n        use(e['x'])", {"x": False}),
        ("def f():\n    p.subscribe('a')\n    e = json.loads(m)\n    use(e.get('x') or e['x'])", {"x": True}),
        ("def f():\n    p.subscribe('a')\n    e = json.loads(m)\n    use(e.pop('x'), e.pop('y', 0))", {"x": True, "y": False}),  # noqa: E501
        ("def f():\n    p.subscribe('a')\n    e = json.loads(m)\n    e['seen'] = 1\n    use(e['x'])", {"x": True}),
        ("def f():\n    p.subscribe('a')\n    s = settings()\n    use(s['x'])", {}),
        ("def f():\n    p.subscribe('a')\n    a(json.loads(m)['x'])\ndef g():\n    b(json.loads(open('c'))['port'])", {"x": True}),  # noqa: E501
        ("def f():\n    p.subscribe('a')\n    g(json.loads(m))\ndef g(e):\n    g(e)\n    return e['x']", {"x": True}),
    ],
)  # fmt: skip
def test_fields_that_code_takes_out_of_a_message(code: str, fields: dict[str, bool]) -> None:
    assert taken(code) == fields


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("def f():\n    for s, es in r.xread({'a': '$'}):\n        for i, e in es:\n            use(e['x'])", {"x": True}),  # noqa: E501
        ("def f():\n    for i, e in r.xreadgroup('g', 'c', {'a': '>'}):\n        g(e)\ndef g(e):\n    return e.get('x')", {"x": False}),  # noqa: E501
        ("def f():\n    for i, e in r.xread({'a': '$'}):\n        use(json.loads(e['payload'])['x'])", {"x": True}),
    ],
)  # fmt: skip
def test_fields_of_a_streams_entries(code: str, fields: dict[str, bool]) -> None:
    assert taken(code, "xread") == fields


@pytest.mark.parametrize(
    ("code", "models"),
    [
        ("A = TypeAdapter(Quote)\ndef f(m):\n    p.subscribe('a')\n    A.validate_json(m)", ("Quote",)),
        ("class W:\n    def __init__(self):\n        self._in = TypeAdapter(Quote)\n    def f(self, m):\n        p.subscribe('a')\n        self._in.validate_json(m)", ("Quote",)),  # noqa: E501
        ("A: TypeAdapter[Quote | Score] = TypeAdapter(Quote | Score)\ndef f(m):\n    p.subscribe('a')\n    A.validate_json(m)", ("Quote", "Score")),  # noqa: E501
        ("def f(m):\n    p.subscribe('a')\n    Quote.model_validate_json(m)", ("Quote",)),
    ],
)  # fmt: skip
def test_classes_that_messages_are_made(code: str, models: tuple[str, ...]) -> None:
    (use,) = uses("subscribe", service="import redis\n" + MODELS + dedent(code))
    assert use.models == models


@pytest.mark.parametrize(
    ("code", "models"),
    [
        ("def f(q: Quote):\n    r.publish('a', q.model_dump_json())", ("Quote",)),
        ("OUT = TypeAdapter(Score)\ndef f(x):\n    r.publish('a', OUT.dump_json(x))\n", ("Score",)),
        ("OUT = TypeAdapter(Score)\ndef made(x):\n    return OUT.dump_json(x)\ndef f(call):\n    r.publish('a', call())", ("Score",)),  # noqa: E501
        ("A = TypeAdapter(Quote)\nB = TypeAdapter(Score)\ndef one(x):\n    return A.dump_json(x)\ndef two(x):\n    return B.dump_json(x)\ndef f(call):\n    r.publish('a', call())", ()),  # noqa: E501
    ],
)  # fmt: skip
def test_classes_that_are_put_out(code: str, models: tuple[str, ...]) -> None:
    (use,) = uses("publish", service="import redis\n" + MODELS + dedent(code))
    assert use.models == models


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("r.xadd('a', {'x': 1, 'y': 2})", ("x", "y")),
        ("def made():\n    return {'x': 1}\ndef f():\n    answer = made()\n    r.xadd('a', answer)", ("x",)),
        ("def made(z):\n    if z:\n        return {'x': 1}\n    return {'y': 1}\ndef f():\n    r.xadd('a', made(1))", ("x", "y")),  # noqa: E501
        ("def made(d):\n    return {**d, 'x': 1}\ndef f():\n    r.xadd('a', made(1))", ()),
    ],
)  # fmt: skip
def test_keys_of_what_is_put_out(code: str, keys: tuple[str, ...]) -> None:
    (use,) = uses("xadd", service="import redis\n" + dedent(code))
    assert use.keys == keys


@pytest.mark.parametrize(
    ("body", "optional"),
    [
        ("x: int", ()),
        ("x: int = 0", ("x",)),
        ("x: int = Field(default=0)", ("x",)),
        ("x: int = Field(ge=0)", ()),
        ("x: int | None = None", ("x",)),
        ("x: list[int] = Field(default_factory=list)", ("x",)),
    ],
)
def test_fields_that_may_be_left_out(body: str, optional: tuple[str, ...]) -> None:
    code = f"from pydantic import BaseModel, Field\nclass M(BaseModel):\n    {body}\n"
    (file,) = resolve((read_python(code, "services/x/m.py"),))
    assert file.models[0].optional == optional
    assert [(name, place.line) for name, place in file.models[0].places] == [("x", 3)]


@pytest.mark.parametrize(
    ("code", "optional"),
    [
        ("from typing import TypedDict\nclass M(TypedDict, total=False):\n    x: int\n", ("x",)),
        (
            "from typing import NotRequired, TypedDict\nclass M(TypedDict):\n    x: NotRequired[int]\n    y: int\n",
            ("x",),
        ),
        ("from pydantic import BaseModel\nclass A(BaseModel):\n    x: int = 1\nclass M(A):\n    y: int\n", ("x",)),
    ],
)
def test_what_typed_dicts_and_heirs_may_leave_out(code: str, optional: tuple[str, ...]) -> None:
    (file,) = resolve((read_python(code, "services/x/m.py"),))
    assert next(model for model in file.models if model.name == "M").optional == optional


@pytest.mark.parametrize(
    ("code", "tables"),
    [
        ('Q = "SELECT a FROM prices p JOIN symbols s ON true"', ["prices", "symbols"]),
        ('Q = """\nWITH w AS (SELECT 1 FROM prices)\nSELECT * FROM w\n"""', ["prices"]),
        ('T = "prices"\nQ = f"select a from {T}"', ["prices"]),
        ('Q = "SELECT EXTRACT(day FROM now()) FROM public.prices"', ["prices"]),
        ('Q = "SELECT * FROM generate_series(1, 2)"', []),
        ('"""SELECT nothing FROM docs."""\nfrom os import path', []),
        ('Q = "INSERT INTO a SELECT b FROM c"', ["c"]),
    ],
)
def test_tables_that_are_read(code: str, tables: list[str]) -> None:
    assert [fact.value for fact in read_python(code, "services/x/m.py").tables_read] == tables
