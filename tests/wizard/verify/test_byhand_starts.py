"""The ways in which people start a service: what runs is asked where it listens, and what is not here is said."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

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

pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("byhand")]
STACK = Path(__file__).parents[2] / "stacks" / "byhand"
COMPOSE, DOCKERFILE = "docker-compose.yml", "services/regime/Dockerfile"
QUICK = Limits(start=25.0, health=2.0, request=2.0, stop=5.0, late=1.0)
FACTORY = "\n\ndef create_app():\n    threading.Thread(target=read_for_ever, daemon=True).start()\n    return app\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "byhand"
    shutil.copytree(STACK, copy)
    edit(copy, COMPOSE, '"8071:8071"', f'"127.0.0.1:{free_port()}:8071"')
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", "-C", str(copy), *words], check=True)
    return copy


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new))


def seen(root: Path) -> dict[str, Observation]:
    facts = read_stack(DiskFiles(root))
    spec, runtime, items = infer(facts, "regime").spec, EmbeddedRuntime(QUICK), ("7.1", "7.2", "7.3")
    found = verify(facts, spec, runtime, items=items, clock=SystemClock(), log_window=0.5, settle=0.5)
    return {event.item: event for event in found if isinstance(event, Observation)}


@pytest.mark.parametrize(
    ("command", "port"),
    [
        ('["python", "-m", "regime.service"]', "8071"),
        ('["flask", "--app", "regime.service:create_app", "run"]', "5000"),
        ('["flask", "--app", "regime.service:create_app", "run", "--port", "8071"]', "8071"),
    ],
    ids=["in the code", "the server's default", "in the command"],
)
def test_a_service_is_asked_where_it_listens(root: Path, command: str, port: str) -> None:
    """Another number on the host says nothing of its process."""
    with (root / "services/regime/service.py").open("a") as file:
        file.write(FACTORY)
    edit(root, DOCKERFILE, '["python", "-m", "regime.service"]', command)
    edit(root, COMPOSE, ':8071"', f':{port}"')
    found = seen(root)
    assert {item: o.ok for item, o in found.items()} == dict.fromkeys(("7.1", "7.2", "7.3"), True), found


def test_without_its_env_file_nothing_is_started(root: Path) -> None:
    """Compose would refuse it; whatever fails for want of it would not be the code's fault."""
    edit(root, COMPOSE, "env_file: [regime.env]", "env_file: [.env.regime]")
    found = seen(root)
    assert {item: (o.ok, o.cause) for item, o in found.items()}["7.1"] == (None, "no-env-file")
    assert ".env.regime (docker-compose.yml:" in found["7.1"].result
    assert {o.ok for o in found.values()} == {None}


def test_an_env_file_that_may_be_absent_stops_nothing(root: Path) -> None:
    edit(root, COMPOSE, "env_file: [regime.env]", "env_file: [regime.env, {path: .env.more, required: false}]")
    assert seen(root)["7.1"].ok is True


def test_what_another_python_refuses_is_not_the_services_fault(root: Path) -> None:
    """Its image has a Python that this machine lacks."""
    edit(root, DOCKERFILE, "FROM python:3.11-slim", "FROM python:3.99-slim")
    edit(root, "services/regime/requirements.txt", "flask>=3", "flask==0.0.0.0")
    found = seen(root)
    assert (found["7.1"].ok, found["7.1"].cause) == (None, "requirements"), found
    assert "no 3.99 as the image has" in found["7.1"].result
    assert "Python 3.99" in found["7.1"].next_step
