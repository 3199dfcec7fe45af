"""A health check asks the port in the container at a route that the code has; else none is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.checklist.load import load
from wizard.pipeline.opening import judge, spec_of
from wizard.plan.plan import plan_phase
from wizard.stack.read import read_stack

APP = """\
import os

from flask import Flask

app = Flask(__name__)


{route}
def answer():
    return "ok"


app.run(host="0.0.0.0", port={port})
"""
READY = '@app.get("/readyz")'
DEFAULT = 'int(os.environ.get("WEB_PORT", "5055"))'


def asked(root: Path, code: str, image: str, block: str) -> list[str]:
    """Every address that a health check of the planned stack asks."""
    files = {
        "compose.yaml": f"services:\n  web:\n    build: ./web\n{block}",
        "web/app.py": code,
        "web/requirements.txt": "flask==3.0.3\n",
        "web/Dockerfile": f'FROM python:3.12-slim\nCOPY . .\n{image}CMD ["python", "app.py"]\n',
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    facts = read_stack(DiskFiles(root))
    spec = spec_of(facts, "web").spec
    report = judge(facts, "web", spec=spec)
    phases = [info.phase for info in load().phases][1:3]
    plans = [plan_phase(facts, spec, report, phase, load()) for phase in phases]
    text = "".join(edit.after or "" for plan in plans for edit in plan.edits if "stack-wizard" not in edit.path)
    return re.findall(r"127\.0\.0\.1:(\d+/\w+)", text)


@pytest.mark.parametrize(
    ("port", "image", "block", "address"),
    [
        ("81", "EXPOSE 81\n", '    ports: ["8090:81"]\n', "81/readyz"),
        (DEFAULT, "EXPOSE 5055\n", '    ports: ["8090:5055"]\n', "5055/readyz"),
        ('int(os.environ["WEB_PORT"])', "ENV WEB_PORT=5056\n", '    ports: ["8090:5056"]\n', "5056/readyz"),
        (DEFAULT, "", '    environment: {WEB_PORT: "5057"}\n    ports: ["8090:5057"]\n', "5057/readyz"),
        (DEFAULT, "", '    ports: ["127.0.0.1:5055:5055"]\n', "5055/readyz"),
    ],
    ids=["fixed", "default", "set by the image", "set by compose", "the same outside"],
)
def test_the_port_in_the_container(tmp_path: Path, port: str, image: str, block: str, address: str) -> None:
    assert set(asked(tmp_path, APP.format(route=READY, port=port), image, block)) == {address}


@pytest.mark.parametrize(
    "route", ['@app.get("/")', '@app.post("/health")', '@app.get("/health/<name>")', '@app.get("/healthy/items")']
)
def test_no_check_of_a_route_that_is_not_there(tmp_path: Path, route: str) -> None:
    code = APP.format(route=route, port="5055")
    assert asked(tmp_path, code, "EXPOSE 5055\n", '    ports: ["5055:5055"]\n') == []


def test_no_check_where_the_code_cannot_be_read(tmp_path: Path) -> None:
    assert asked(tmp_path, "def (:\n", "EXPOSE 5055\n", '    ports: ["5055:5055"]\n') == []
