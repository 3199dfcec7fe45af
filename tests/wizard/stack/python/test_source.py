"""What no reader may fall over, and how imports are sorted."""

from __future__ import annotations

import inspect
import sys
import warnings
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.code import PythonFile


def imports(*files: tuple[str, str], roots: frozenset[str] = frozenset()) -> list[PythonFile]:
    return list(resolve(tuple(read_python(dedent(code), path) for path, code in files), roots=roots))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\ndef f(:\n", 2, "not valid Python"),
        ("x = 1\n  y = 2\n", 2, "unexpected indent"),
        ("print 'old'\n", 1, "not valid Python"),
        ("x = (1,\n", 1, "never closed"),
        ("x = 1\n\0y = 2\n", 2, "null"),
        ("x = 1\nmatch = = 2\n", 2, "not valid"),
        ("def f():\n\tx\n        y\n", 3, "not valid Python"),
    ],
)
def test_a_file_that_does_not_parse_is_a_problem_with_its_line(text: str, line: int, words: str) -> None:
    file = read_python(text, "services/x/service.py")
    (problem,) = file.problems
    assert (problem.source.path, problem.source.line) == ("services/x/service.py", line)
    assert words in problem.message
    assert file.routes == () and file.pending is None
    assert resolve((file,)) == (file,)


def test_one_broken_file_does_not_hide_the_others() -> None:
    broken, good = imports(("x/a.py", "def f(:"), ("x/b.py", "import flask\nfrom a import y\n"))
    assert broken.problems and not good.problems
    assert [fact.value for fact in good.local_imports] == ["a"]


@pytest.mark.timeout(30)
def test_a_long_run_of_blanks_costs_no_more_than_its_length() -> None:
    assert read_python(" " * 200_000 + "x = 1\n", "a.py").problems


def test_nesting_beyond_any_limit() -> None:
    for text in ("x = " + "(" * 5000 + ")" * 5000, "x = " + "-" * 100000 + "1", "x = " + "+".join(["a"] * 100000)):
        assert read_python(text, "x.py").problems


def test_warnings_of_other_peoples_code_stay_silent() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not read_python('import re\nx = re.compile("\\d")\nassert (1, "x")\ny = 1 is 1\n', "x.py").problems


def test_bom_crlf_and_undecodable_bytes() -> None:
    text = "\ufeff# coding: latin-1 caf\udce9\r\nimport os\r\nNAME = 'caf\udce9'\r\nX = os.environ['X']\r\n"
    file = read_python(text, "x.py")
    assert not file.problems
    assert [(v.name, v.source.line) for v in file.variables] == [("X", 4)]


def test_bytes_that_python_itself_refuses() -> None:
    """PEP 263: no UTF-8, and no coding comment in the first two lines."""
    (problem,) = read_python("import os\n\n# caf\udce9 # coding: latin-1\n", "x.py").problems
    assert (problem.source.line, "not UTF-8" in problem.message) == (3, True)


@pytest.mark.parametrize(
    "line",
    ["type X = int", "def f[T](x: T): ...", "class A[T]: ...", "try: x\nexcept A, B: pass"],
)
def test_the_syntax_of_a_later_python_is_said_to_be_that(line: str) -> None:
    problems = read_python(f"import os\n{line}\n", "x.py").problems
    assert all("newer Python" in problem.message for problem in problems)
    assert problems or sys.version_info >= (3, 12)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    read_python(text, "x.py")


PIECES = st.sampled_from(
    [
        *(
            "import os",
            "import redis as r",
            "from . import a",
            "from .b import *",
            "x = os.getenv('A', y)",
            "r.publish(x, 1)",
        ),
        *("def f(a, *b, c=1, **d): return f(a, *b)", "class A(B, metaclass=C): x: int = f(1)", "p.subscribe(*x, **y)"),
        *(
            "lambda q=r.ping(): q",
            "for i in x: r.publish(i, '')",
            "while x:\n    try: f()\n    except: pass",
            "del os.environ['x']",
        ),
        *(
            "@app.route(x)\ndef g(): ...",
            "app.run(**x)",
            "x[0], y.z = 1, 2",
            "x: int",
            "async def h(): await r.xadd(*a)",
        ),
        *(
            "match x:\n    case None | True | A(b=-1) as c if c: r.ping()\n    case {'a': [b, *_], **k}: r.publish(b)",
            "x = [i for i in x if i]",
            "os.environ[x] = os.environ.get(*y)",
        ),
        *(
            "if (n := os.getenv('N')) is None: raise SystemExit",
            "serve(app, listen=x)",
            "f(*a)(**b).c[d] = e",
            "getattr(a, 'b')",
        ),
    ]
)


@given(st.lists(PIECES, max_size=12))
def test_any_program_is_read_and_settled_twice_alike(pieces: list[str]) -> None:
    once = resolve((read_python("\n".join(pieces), "s/x/a.py"), read_python("\n".join(reversed(pieces)), "s/x/b.py")))
    assert resolve(once) == once
    assert not once[0].problems


def test_imports_third_party_local_and_standard() -> None:
    service, config = imports(
        (
            "services/market/service.py",
            """\
            import json, flask.views
            import redis.asyncio as aioredis
            from google.cloud import pubsub_v1
            from .config import X
            from . import models, bus
            from market.config import Y
            from services.other import z
            from core.clock import now
            import config
            """,
        ),
        ("services/market/config.py", "import yaml\n"),
        roots=frozenset({"core"}),
    )
    assert [fact.value for fact in service.imports] == ["flask", "redis", "google"]
    assert [fact.value for fact in service.local_imports] == [
        ".config",
        ".models",
        ".bus",
        "market.config",
        "services.other",
        "core.clock",
        "config",
    ]
    assert dict(config.distributions)["yaml"][0] == "pyyaml"
    assert (
        "google-cloud-pubsub-v1" in dict(service.distributions)["google"]
        or "google-cloud" in dict(service.distributions)["google"]
    )


def test_optional_and_typing_imports_are_no_requirement() -> None:
    (file,) = imports(
        (
            "services/x/service.py",
            """\
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                import pandas
            try:
                import orjson as json
            except ImportError:
                import json
            try:
                from .config import config
            except ImportError:
                from config import config
            try:
                import requests
            except ValueError:
                pass
            def late():
                import numpy
            """,
        ),
        roots=frozenset({"config"}),
    )
    assert [fact.value for fact in file.imports] == ["requests", "numpy"]
    assert [fact.value for fact in file.local_imports] == [".config", "config"]


def test_a_module_named_like_the_standard_library_stays_standard() -> None:
    http, _ = imports(("src/ingest/http.py", "import http.server\n"), ("src/ingest/a.py", "import http\n"))
    assert http.imports == http.local_imports == ()


@given(st.text("a b\t\n", max_size=40))
def test_a_docstring_loses_its_margin_as_inspect_takes_it(text: str) -> None:
    written = text.replace("\t", "\\t").replace("\n", "\\n")
    assert read_python(f'"""{written}"""\n', "x.py").docstring == inspect.cleandoc(text)


def test_names_used_and_docstring() -> None:
    file = read_python(
        '"""Market data."""\nfrom m import Event\ndef f(e: Event) -> "int":\n    return e.price\n', "x.py"
    )
    assert {"Event", "e", "price"} <= file.names_used
    assert file.docstring == "Market data."
    assert not file.has_main
    assert read_python("if __name__ == '__main__':\n    run()\n", "x.py").has_main
