"""Services that their images start in other ways than `python service.py`, laid out as people like it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.clock import SystemClock
from wizard.adapters.files.files import DiskFiles
from wizard.runtime.embedded.runtime import EmbeddedRuntime
from wizard.runtime.process import free_port
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.live import Limits
from wizard.values.observation import Observation
from wizard.verify.verify import verify

pytestmark = [pytest.mark.embedded, pytest.mark.own_ports]
QUICK = Limits(start=25.0, health=2.0, request=2.0, stop=5.0, late=1.0)
SERVED = {
    "compose.yaml": "services:\n  web:\n    build: services/web\n    ports: ['127.0.0.1:PORT:8000']\n",
    "services/web/Dockerfile": "FROM python:3.11-slim\nWORKDIR /srv\nCOPY site_of ./site_of\n"
    'CMD ["waitress-serve", "--listen=0.0.0.0:8000", "--call", "site_of.wsgi:create_app"]\n',
    "services/web/requirements.txt": "flask\nredis\npsycopg[binary]\nwaitress\n",
    "services/web/site_of/__init__.py": "",
    "services/web/site_of/words.py": "def word():\n    return 'up'\n",
    "services/web/site_of/wsgi.py": "from flask import Flask, jsonify\n\nfrom site_of.words import word\n\n\n"
    "def create_app():\n    app = Flask('web')\n\n    @app.get('/livez')\n    def live():\n"
    "        return jsonify(status=word())\n\n"
    "    return app\n",
    "tests/web/test_words.py": "from site_of.words import word\n\n\ndef test_word():\n    assert word() == 'up'\n",
    "pytest.ini": "[pytest]\npythonpath = services/web\n",
}
SILENT = {
    "compose.yaml": "services:\n  nightly:\n    build: services/nightly\n",
    "services/nightly/Dockerfile": 'FROM python:3.11-slim\nCOPY . .\nCMD ["python", "-u", "nightly.py"]\n',
    "services/nightly/nightly.py": "import time\n\nprint('awake')\nwhile True:\n    time.sleep(1)\n",
}


def seen(root: Path, files: dict[str, str], name: str, *items: str) -> dict[str, Observation]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text.replace("PORT", str(free_port())))
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", str(root), *words], check=True)
    facts = read_stack(DiskFiles(root))
    spec, clock = infer(facts, name).spec, SystemClock()
    events = verify(facts, spec, EmbeddedRuntime(QUICK), items=items, clock=clock, log_window=0.3, settle=0.3)
    return {event.item: event for event in events if isinstance(event, Observation)}


def test_a_server_of_a_package_serves_the_application_that_its_start_names(tmp_path: Path) -> None:
    """The folder above the modules is where the image has it; the port of the start is moved to the published one; the
    health route and the tests are where these people have them."""
    found = seen(tmp_path, SERVED, "web", "5.1", "7.1", "7.2")
    assert {item: o.ok for item, o in found.items()} == dict.fromkeys(("5.1", "7.1", "7.2"), True), found
    assert "python -m waitress --listen=0.0.0.0:8000" in found["7.1"].action
    assert "/livez" in found["7.2"].action
    assert "tests/web/test_words.py" in found["5.1"].action


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("from site_of.words import word", "from site_of.wordz import word", "import-error"),
        ("app = Flask('web')", "app = Flask('web')\n    raise SystemExit(3)", "crash"),
    ],
)
def test_its_own_fault_is_still_its_fault(tmp_path: Path, old: str, new: str, cause: str) -> None:
    path = "services/web/site_of/wsgi.py"
    found = seen(tmp_path, SERVED | {path: SERVED[path].replace(old, new)}, "web", "7.1", "7.2")
    assert (found["7.1"].ok, found["7.1"].cause) == (False, cause), found


def test_a_service_that_answers_nothing_is_not_called_broken(tmp_path: Path) -> None:
    found: Any = seen(tmp_path, SILENT, "nightly", "5.1", "7.1", "7.2", "7.5")
    assert {item: (o.ok, o.cause) for item, o in found.items()} == {
        "5.1": (None, "no-tests"),
        "7.1": (True, ""),
        "7.2": (None, "no-route"),
        "7.5": (True, ""),
    }
