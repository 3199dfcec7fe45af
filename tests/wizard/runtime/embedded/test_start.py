"""How the process of a service is started: as its container does, with its port moved where the start names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.runtime.embedded.start import Start
from wizard.values.facts.stack import Program, ServiceFacts


def service(entry: str, words: str = "", folder: str = "", *, dotted: bool = True) -> ServiceFacts:
    program = Program(tuple(words.split()), folder) if words else None
    return ServiceFacts("market", "services/market", f"services/market/{entry}", dotted, program=program)


@pytest.mark.parametrize(
    ("facts", "words", "place", "within"),
    [
        (service("service.py"), "-m market.service", "market", "."),
        (service("app/main.py"), "-m market.app.main", "market", "."),
        (service("x.py", dotted=False), "x.py", ".", "."),
        (
            service("app/main.py", "-m uvicorn app.main:app", "services/market"),
            "-m uvicorn app.main:app",
            "market",
            "market",
        ),
        (service("src/a.py", "-m uvicorn a:app", "services/market/src"), "-m uvicorn a:app", "market", "market/src"),
        (service("a.py", "-m uvicorn market.a:app", "services"), "-m uvicorn market.a:app", "market", "."),
        (service("a.py", "-m services.market.a", ""), "-m services.market.a", "services/market", "."),
    ],
)
def test_the_code_is_copied_so_that_its_modules_have_their_names(
    facts: ServiceFacts, words: str, place: str, within: str
) -> None:
    assert Start.of(facts) == Start(tuple(words.split()), place, within)


def test_the_copy_is_where_it_starts(tmp_path: Path) -> None:
    source = tmp_path / "stack/services/market"
    (source / "src").mkdir(parents=True)
    (source / "src/a.py").write_text("")
    start = Start.of(service("src/a.py", "-m uvicorn a:app", "services/market/src"))
    assert (start.copy(source, tmp_path / "app") / "a.py").is_file()


@pytest.mark.parametrize(
    ("words", "old", "expected"),
    [
        ("-m uvicorn a:app --port 8000", 8000, "-m uvicorn a:app --port 9402"),
        ("-m uvicorn a:app --port=8000", 8000, "-m uvicorn a:app --port=9402"),
        ("-m gunicorn --bind=0.0.0.0:8000 a:app", 8000, "-m gunicorn --bind=0.0.0.0:9402 a:app"),
        ("-m gunicorn -b :8000 --timeout 18000 a:app", 8000, "-m gunicorn -b :9402 --timeout 18000 a:app"),
        ("-m uvicorn a:app --port ${PORT:-8000}", None, "-m uvicorn a:app --port 7000"),
        ("-m uvicorn a:app --port $$PORT --host ${HOST:-0.0.0.0}", None, "-m uvicorn a:app --port 7000 --host 0.0.0.0"),
        ("-m uvicorn a:app", 8000, "-m uvicorn a:app --port=9402"),
        ("-m uvicorn a:app", 9402, "-m uvicorn a:app"),
        ("-m flask --app a run", 5000, "-m flask --app a run --port=9402"),
        ("-m gunicorn a:app", 8000, "-m gunicorn a:app --bind 127.0.0.1:9402"),
        ("-m celery flower", 5555, "-m celery flower --port=9402"),
        ("manage.py runserver", 8000, "manage.py runserver 127.0.0.1:9402"),
        ("manage.py runserver 0.0.0.0:8000", 8000, "manage.py runserver 0.0.0.0:9402"),
        ("-m own a:app", 8000, "-m own a:app"),
    ],
)
def test_its_port_and_its_variables(words: str, old: int | None, expected: str) -> None:
    start = Start.of(service("a.py", words, "services/market"))
    assert " ".join(start.given({"PORT": "7000"}, old, 9402)) == expected
