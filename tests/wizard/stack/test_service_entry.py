"""Which file of a service serves."""

from __future__ import annotations

import pytest

from wizard.stack.service_entry import entry_of
from wizard.stack.service_start import starts
from wizard.stack.services import Candidate
from wizard.values.facts.compose import ComposeService
from wizard.values.source import Fact, Source

OWN = tuple(
    f"services/market/{name}" for name in ("__init__.py", "__main__.py", "service.py", "app.py", "app/main.py", "x.py")
)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python -m market.service", "service.py"),
        ("python -u -m services.market.service", "service.py"),
        ("python -m market", "__main__.py"),
        ("python x.py --port 1", "x.py"),
        ("python -u /app/market/x.py", "x.py"),
        ("gunicorn -w 2 -b 0.0.0.0:8000 app:app", "app.py"),
        ("uvicorn app.main:app --host 0.0.0.0 --port 8000", "app/main.py"),
        ("gunicorn 'app:create_app()'", "app.py"),
        ("flask --app x run", "x.py"),
        ("sh -c export A=$(cat /run/secrets/a) && exec python -u x.py", "x.py"),
        ("waitress-serve --port=8005 market.app:app", "app.py"),
        ("celery -A tasks worker -l info", ""),
        ("celery worker --app=x.celery --loglevel=info", "x.py"),
        ("flower --app=x.celery --port=5555", "x.py"),
        ("arq app.main.WorkerSettings", "app/main.py"),
        ("sh -c alembic upgrade head && arq market.x.WorkerSettings", "x.py"),
        ("dramatiq --processes 2 x service", "x.py"),
        ("dramatiq -p 2 app.main", "app/main.py"),
        ("huey_consumer.py x.huey -w 4", "x.py"),
        ("rq worker --url redis://redis:6379 high", ""),
        ("gunicorn -c python:config.gunicorn app:create_app('dev')", "app.py"),
        ("./start.sh", "service.py"),
        ("", "service.py"),
    ],
)
def test_the_command_says_it_else_the_name(command: str, expected: str) -> None:
    words = Fact(tuple(command.split()), Source("c.yml", 1)) if command else None
    block = ComposeService("market", (), command=words)
    candidate = Candidate("market", "services/market", block)
    found = entry_of(candidate, OWN, starts(candidate, OWN, None, lambda path: None))
    assert found == (f"services/market/{expected}" if expected else "")


def test_without_files_there_is_none() -> None:
    assert entry_of(Candidate("market"), (), ()) == ""


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("uvicorn app.main:app", "src/app/main.py"),
        ("arq app.workers.jobs.WorkerSettings", "src/app/workers/jobs.py"),
        ("python -m pkg.main", ""),  # two folders have such a file
        ("python main.py", ""),  # and a bare name is nobody's
    ],
)
def test_code_below_a_folder_that_is_on_the_path(command: str, expected: str) -> None:
    own = ("src/app/main.py", "src/app/workers/jobs.py", "src/pkg/main.py", "old/pkg/main.py")
    block = ComposeService("api", (), command=Fact(tuple(command.split()), Source("c.yml", 1)))
    candidate = Candidate("api", ".", block)
    assert entry_of(candidate, own, starts(candidate, own, None, lambda path: None)) == expected
