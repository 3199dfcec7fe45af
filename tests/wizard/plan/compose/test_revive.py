"""A commented-out block brought to life: in many styles, completed, and where it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.plan.compose.planner import plan
from wizard.plan.compose.revive import revive
from wizard.plan.context import PlanContext
from wizard.plan.splice.text import SpliceRefused
from wizard.syntax.yaml import parse
from wizard.syntax.yaml_data import data
from wizard.values.choice import Choice
from wizard.values.facts.compose import ComposeService
from wizard.values.source import Source

ReadContext = Callable[..., PlanContext]
BODY = [
    "build: ./services/market",
    "environment:",
    "  MARKET_MODE: fast",
    "ports:",
    '  - "127.0.0.1:8005:8005"',
    "restart: always",
]


@given(
    st.sampled_from(["  ", "    "]),
    st.sampled_from(["inside", "front", "bare"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_the_block_is_what_the_comment_said(step: str, form: str, blank: bool, after: bool, windows: bool) -> None:
    living = [f"{step}market:", *(f"{step}{step}{line}" for line in BODY)]
    sign: dict[str, Callable[[str], str]] = {
        "inside": lambda line: f"{step}# {line[len(step) :]}",
        "front": lambda line: f"# {line}",
        "bare": lambda line: f"#{line}",
    }
    commented = [sign[form](line) for line in living]
    if blank:
        living.insert(3, "")
        commented.insert(3, "#")
    tail = [f"{step}# the last one", f"{step}other:", f"{step}{step}image: x"] if after else []
    head = ["services:", f"{step}web:", f"{step}{step}image: y  # kept", ""]
    newline = "\r\n" if windows else "\n"
    text = newline.join([*head, *commented, *tail, "volumes: {}", ""])
    wanted = newline.join([*head, *living, *tail, "volumes: {}", ""])
    block = ComposeService("market", (Source("dev.yml", 5),), end_line=4 + len(commented))
    edit = revive(parse(text), block)
    assert edit.document.text == wanted
    assert data(edit.document.root) == data(parse(wanted).root)


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  # market:\n  #   image: x\n",
        "services:\n  web:\n    image: y\n     # market:\n     #   image: x\n",
        "services:\n  web:\n    image: y\n  # market:\n  #   image: x: y\n  #  - prose\n",
        "services:\n  web:\n    image: y\n  # market:\n    command: z\n",
        "services: {web: {image: y}}\n# market:\n#   image: x\n",
    ],
)
def test_a_block_that_would_not_stand_there_is_refused(text: str) -> None:
    first = text[: text.index("# market")].count("\n") + 1
    with pytest.raises(SpliceRefused):
        revive(parse(text), ComposeService("market", (Source("dev.yml", first),), end_line=text.count("\n")))


def test_a_living_block_is_completed_instead_of_a_second_one(tmp_path: Path, context_in: ReadContext) -> None:
    files = {
        "docker-compose.yml": (
            "services:\n  web:\n    image: nginx\n  # market:\n  #   build: ./services/market\n"
            '  #   ports: ["127.0.0.1:8005:8005"]\n'
        ),
        "services/market/service.py": "from flask import Flask\napp = Flask(__name__)\n\n@app.get('/health')\n"
        "def health():\n"
        "    return 'ok'\n\napp.run(port=8005)\n",
        "services/market/Dockerfile": "FROM python:3.11-slim\nCOPY . .\nCMD python service.py\n",
    }
    ctx = context_in(tmp_path, "market", files)
    changes = plan(replace(ctx, choice=Choice(fixes=("3.1",))))
    (edit,) = (edit for edit in changes.edits if edit.path == "docker-compose.yml")
    assert edit.after is not None
    assert edit.after.count("market:") == 1
    assert '    ports: ["127.0.0.1:8005:8005"]\n' in edit.after
    assert "healthcheck:" in edit.after
    assert not any("commented-out" in note for note in changes.notes)
