"""What a container's start gives to Python: a package's program or a module, and where its modules are."""

from __future__ import annotations

import pytest

from wizard.stack.service_program import program_of
from wizard.stack.service_start import Start
from wizard.values.facts.stack import Program
from wizard.values.source import Source

HERE = Source("services/market/Dockerfile", 9)
FLAT, NESTED, WSGI = (f"services/market/{path}" for path in ("main.py", "app/main.py", "market/wsgi.py"))


def program(words: tuple[str, ...], entry: str, folder: str = "services/market") -> Program | None:
    return program_of((Start(" ".join(words), HERE, words),), folder, entry)


@pytest.mark.parametrize(
    ("words", "entry", "given", "folder"),
    [
        (
            ("uvicorn", "app.main:app", "--port", "8000"),
            NESTED,
            "-m uvicorn app.main:app --port 8000",
            "services/market",
        ),
        (("/venv/bin/uvicorn", "main:app"), FLAT, "-m uvicorn main:app", "services/market"),
        (("uvicorn", "--app-dir", "src", "app.main:app"), NESTED, "-m uvicorn app.main:app", "services/market"),
        (("gunicorn", "--chdir=app", "main:app"), NESTED, "-m gunicorn main:app", "services/market/app"),
        (
            ("gunicorn", "-b", ":80", "market.wsgi:make()"),
            WSGI,
            "-m gunicorn -b :80 market.wsgi:make()",
            "services/market",
        ),
        (("gunicorn", "-k", "uvicorn.workers.UvicornWorker", "main:app"), FLAT, None, "services/market"),
        (("python", "-m", "uvicorn", "services.market.main:app"), FLAT, "-m uvicorn services.market.main:app", ""),
        (("waitress-serve", "--port=80", "--call", "main:make"), FLAT, "-m waitress --port=80 --call main:make", None),
        (("flask", "--app", "app.main", "run"), NESTED, "-m flask --app app.main run", "services/market"),
        (("celery", "-A", "app.main", "worker"), NESTED, "-m celery -A app.main worker", "services/market"),
        (("celery", "-A", "app.main.celery", "worker"), NESTED, "-m celery -A app.main.celery worker", None),
        (("celery", "--app=app.main", "worker"), NESTED, "-m celery --app=app.main worker", None),
        (("celery", "-Aapp.main:app", "beat"), NESTED, "-m celery -Aapp.main:app beat", None),
        (("dramatiq", "app.main", "--processes", "1"), NESTED, "-m dramatiq app.main --processes 1", None),
        (("arq", "app.main.WorkerSettings"), NESTED, "-m arq app.main.WorkerSettings", None),
        (("faststream", "run", "app.main:app"), NESTED, "-m faststream run app.main:app", None),
        (("taskiq", "worker", "main:broker"), FLAT, "-m taskiq worker main:broker", None),
        (("huey_consumer.py", "main.huey"), FLAT, "-m huey.bin.huey_consumer main.huey", None),
        (("rq", "worker", "--url", "redis://redis"), FLAT, "-m rq.cli worker --url redis://redis", None),
        (("celery", "--broker=redis://redis", "flower"), FLAT, "-m celery --broker=redis://redis flower", None),
        (("watchmedo", "auto-restart", "--", "celery", "-A", "main", "worker"), FLAT, "-m celery -A main worker", None),
        (("python", "main.py", "runserver", "0.0.0.0:8000"), FLAT, "main.py runserver 0.0.0.0:8000", None),
        (
            ("sh", "-c", "python app/main.py migrate && python app/main.py serve"),
            NESTED,
            "app/main.py serve",
            None,
        ),
        (("python", "-u", "-m", "app.main"), NESTED, "-m app.main", "services/market"),
        (("python3.12", "-m", "app.main", "--once"), NESTED, "-m app.main --once", "services/market"),
        (("tini", "--", "uvicorn", "main:app"), FLAT, "-m uvicorn main:app", "services/market"),
        (("poetry", "run", "uvicorn", "main:app"), FLAT, "-m uvicorn main:app", "services/market"),
        (("exec uvicorn main:app --port ${PORT:-8000}",), FLAT, "-m uvicorn main:app --port ${PORT:-8000}", None),
        (("sh", "-c", "alembic upgrade head && exec uvicorn main:app"), FLAT, "-m uvicorn main:app", None),
        (("python manage.py migrate; gunicorn main:app",), FLAT, "-m gunicorn main:app", None),
    ],
)
def test_a_program_and_where_it_finds_its_modules(
    words: tuple[str, ...], entry: str, given: str | None, folder: str | None
) -> None:
    found = program(words, entry)
    assert found is not None
    assert given is None or " ".join(found.words) == given
    assert found.folder == ("services/market" if folder is None else folder)


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        (("python", "main.py"), FLAT),
        (("python", "-m", "market.main"), FLAT),
        (("uvicorn", "other:app"), FLAT),
        (("celery", "-A", "other.app", "worker"), FLAT),
        (("dramatiq", "other"), FLAT),
        (("python", "other.py", "serve"), FLAT),
        (("uvicorn", "--factory"), FLAT),
        (("python", "-m"), FLAT),
        (("./start.sh",), FLAT),
        (("sh", "-c", "uvicorn $APP"), FLAT),
        (("nginx", "-g", "daemon off;"), FLAT),
        ((), FLAT),
        (("uvicorn", "main:app"), ""),
    ],
)
def test_what_is_the_entry_file_itself_or_cannot_be_told(words: tuple[str, ...], entry: str) -> None:
    assert program(words, entry) is None


@pytest.mark.parametrize(
    ("words", "own", "given", "folder"),
    [
        (
            ("gunicorn", "-c", "python:config.gunicorn", "config.wsgi"),
            ("src/config/wsgi.py", "src/manage.py"),
            "-m gunicorn -c python:config.gunicorn config.wsgi",
            "services/market/src",
        ),
        (
            ("celery", "-A", "config", "worker"),
            ("src/config/__init__.py", "src/config/celery.py"),
            "-m celery -A config worker",
            "services/market/src",
        ),
        (("celery", "-A", "desk", "beat"), ("desk/celery.py",), "-m celery -A desk beat", "services/market"),
        (("dramatiq", "app.tasks"), ("app/tasks.py",), "-m dramatiq app.tasks", "services/market"),
        (("dramatiq", "app.tasks"), ("a/app/tasks.py", "b/app/tasks.py"), "", ""),
        (("python", "-m", "app.other"), ("app/other.py",), "", ""),
    ],
)
def test_a_program_may_load_another_file_than_the_entry(
    words: tuple[str, ...], own: tuple[str, ...], given: str, folder: str
) -> None:
    files = tuple(f"services/market/{path}" for path in own)
    found = program_of((Start(" ".join(words), HERE, words),), "services/market", FLAT, files)
    assert found == (Program(tuple(given.split()), folder) if given else None)


def test_a_script_that_the_image_runs_says_it() -> None:
    script = Start('set -e\nalembic upgrade head\nexec gunicorn --bind 0.0.0.0:80 "market.wsgi:app"', HERE)
    found = program_of((Start("/start.sh", HERE, ("/start.sh",)), script), "services/market", WSGI)
    assert found == Program(("-m", "gunicorn", "--bind", "0.0.0.0:80", "market.wsgi:app"), "services/market")
