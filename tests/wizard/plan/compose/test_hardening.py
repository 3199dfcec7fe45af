"""A program that people wrote gets the hardening that most of its siblings have, and no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.compose.place import service_body
from wizard.plan.context import PlanContext

APP = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/health")\ndef health():\n    return "ok"\n'
HARD = "    read_only: true\n    cap_drop: [ALL]\n    init: true\n    security_opt: [no-new-privileges:true]\n"


@pytest.mark.parametrize(
    ("blocks", "expected"),
    [
        ([HARD, HARD], {"read_only", "cap_drop", "init", "security_opt", "tmpfs"}),
        ([HARD, ""], set()),
        (["    init: true\n", HARD, ""], {"init"}),
        ([], set()),
    ],
)
def test_it_is_hardened_as_most_of_its_siblings_are(
    tmp_path: Path, context_in: Callable[..., PlanContext], blocks: list[str], expected: set[str]
) -> None:
    services = "".join(f"  s{n}:\n    build: ./s{n}\n{block}" for n, block in enumerate(blocks))
    files = {
        "compose.yaml": f"services:\n  db:\n    image: postgres:16\n{services}",
        "market/service.py": APP,
        "market/Dockerfile": 'FROM python:3.12-slim\nCMD ["python", "service.py"]\n',
    }
    body = service_body(context_in(tmp_path, "market", files))
    found = {line.split(":")[0] for line in body.splitlines()}
    assert found & {"read_only", "cap_drop", "init", "security_opt", "tmpfs"} == expected
