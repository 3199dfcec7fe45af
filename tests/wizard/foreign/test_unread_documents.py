"""Documents that are there and cannot be read: nothing is said of what is in them, and nothing is written into them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMPOSE = "services:\n  gull:\n    build: services/gull\n    ports: ['127.0.0.1:9100:9100']\n"
CODE = """
import os
from flask import Flask

app = Flask(__name__)
app.run(port=int(os.environ.get("GULL_PORT", "9100")))
"""
STACK: dict[str, str | bytes] = {
    "compose.yaml": COMPOSE,
    "services/gull/service.py": CODE,
    "services/gull/Dockerfile": 'FROM python:3.12-slim\nCOPY . .\nCMD ["python", "service.py"]\n',
    "services/gull/README.md": "# gull\n\nIt counts birds.\n",
    "docs/RUNBOOK.md": "# Runbook\n\n## other\n\n`docker compose up -d other`\n",
    "docs/PORTS.md": "# Ports\n\n- 9100: gull\n- 9101: other\n- 9102: third\n",
}
PLACES = {"6.1": "services/gull/README.md", "6.4": "docs/RUNBOOK.md", "3.5": "docs/PORTS.md"}


def spoilt(how: str, text: bytes) -> bytes:
    """The same words as no UTF-8 text."""
    return {
        "utf-16": b"\xff\xfe" + text.decode().encode("utf-16-le"),
        "utf-16 of the other kind": b"\xfe\xff" + text.decode().encode("utf-16-be"),
        "nul": text + b"\0",
    }[how]


@pytest.mark.parametrize("item", list(PLACES))
@pytest.mark.parametrize("how", ["utf-16", "utf-16 of the other kind", "nul"])
def test_what_cannot_be_read_is_unknown_and_stays(
    item: str, how: str, repository: Callable[..., Path], wizard: Callable[..., Any]
) -> None:
    path = PLACES[item]
    text = STACK[path]
    assert isinstance(text, str)
    data = spoilt(how, text.encode())
    root = repository({**STACK, path: data})
    found = json.loads(wizard("check", "gull", "--format", "json", stack=root).out)["services"][0]["findings"]
    finding = next(one for one in found if one["item"] == item)
    assert finding["status"] == "unknown"
    assert f"{path} cannot be read" in finding["summary"]
    assert "UTF-8" in finding["hint"] + finding["summary"]
    (root / "answers.yaml").write_text("name: gull\npurpose: It counts birds\nport: 9100\n")
    said = wizard("run", "gull", "--phase", item[0], "--yes", "--answers", str(root / "answers.yaml"), stack=root)
    assert said.code in (0, 1), said.err
    assert (root / path).read_bytes() == data
    assert item != "6.4" or not (root / "DOCKER_STACK_RUNBOOK.md").exists()


@pytest.mark.parametrize("item", list(PLACES))
def test_their_twins_can_be_read(item: str, repository: Callable[..., Path], wizard: Callable[..., Any]) -> None:
    root = repository(STACK)
    found = json.loads(wizard("check", "gull", "--format", "json", stack=root).out)["services"][0]["findings"]
    assert "cannot be read" not in next(one for one in found if one["item"] == item)["summary"]
