"""Services that are hardly Python: they are judged all the same, and what is cited for them is there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

WEB = 'FROM python:3.12-slim\nCOPY app.py .\nCMD ["python", "app.py"]\n'
COMPOSE = "services:\n  web:\n    build: ./web\n  {name}:\n    build: ./{name}\n    depends_on: [web]\n"


@pytest.mark.parametrize(
    ("name", "dockerfile", "script"),
    [
        ("seed", 'FROM httpd:2.4-alpine\nCOPY load.sh /load.sh\nCMD ["/load.sh"]\n', "data.py"),
        ("bench", 'FROM node:22-slim\nCOPY load.js .\nCMD ["node", "load.js"]\n', "report.py"),
        ("dump", 'FROM postgres:16\nCOPY dump.sh /\nCMD ["/dump.sh"]\n', "check_dump.py"),
    ],
)
def test_what_is_cited_is_there(name: str, dockerfile: str, script: str, tmp_path: Path, wizard: Any) -> None:
    files = {
        "compose.yaml": COMPOSE.format(name=name),
        "web/Dockerfile": WEB,
        "web/app.py": "print('web')\n",
        f"{name}/Dockerfile": dockerfile,
        f"{name}/{script}": "print(1)\n",
    }
    root = tmp_path / "small"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    said = wizard("check", name, "--format", "json", stack=root)
    found = {f["item"]: f for f in json.loads(said.out)["services"][0]["findings"]}
    for item in ("1.3", "3.1", "3.3"):
        for line in found[item]["evidence"]:
            assert (root / line["path"]).exists(), (item, line)
    assert "redis" not in found["3.3"]["summary"].lower()
