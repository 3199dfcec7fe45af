"""Which file of a service serves."""

from __future__ import annotations

import pytest

from wizard.stack.service_entry import entry_of
from wizard.stack.services import Candidate
from wizard.values.compose_facts import ComposeService
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
        ("./start.sh", "service.py"),
        ("", "service.py"),
    ],
)
def test_the_command_says_it_else_the_name(command: str, expected: str) -> None:
    words = Fact(tuple(command.split()), Source("c.yml", 1)) if command else None
    block = ComposeService("market", (), command=words)
    found = entry_of(Candidate("market", "services/market", block), OWN, None)
    assert found == (f"services/market/{expected}" if expected else "")


def test_without_files_there_is_none() -> None:
    assert entry_of(Candidate("market"), (), None) == ""
