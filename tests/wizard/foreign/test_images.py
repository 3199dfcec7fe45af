"""What the image holds and runs decides: whole stacks, each a small change of one service that is complete."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DIGEST = "sha256:" + "0123456789abcdef" * 4
BASE = f"FROM python:3.12-slim@{DIGEST}\n"
BUILD = "WORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\n"
CHECK = 'HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen(\'http://127.0.0.1:8010/health\')"]\n'
END = "USER 10001\nEXPOSE 8010\n" + CHECK + 'CMD ["python", "service.py"]\n'
SERVICE = """from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return {"status": "ok", "service": "parcels"}


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8010)
"""
STACK: dict[str, str | bytes] = {
    "compose.yaml": "services:\n  parcels:\n    build: ./parcels\n    ports: ['127.0.0.1:8010:8010']\n",
    "parcels/service.py": SERVICE,
    "parcels/requirements.txt": "flask==3.0.3\n",
    "parcels/Dockerfile": BASE + BUILD + END,
}
ROOT = "services:\n  parcels:\n    build: {context: ., dockerfile: parcels/Dockerfile}\n"
Judged = Callable[..., dict[str, Any]]


@pytest.fixture
def judged(repository: Callable[..., Path], wizard: Callable[..., Any]) -> Judged:
    """The findings of `parcels` in the stack, changed by files; a text of None takes a file away."""

    def judge(changes: dict[str, str | None]) -> dict[str, Any]:
        files = {path: text for path, text in (STACK | changes).items() if text is not None}
        said = wizard("check", "parcels", "--format", "json", stack=repository(files))
        found = json.loads(said.out)["services"][0]["findings"]
        return {one["item"]: one for one in found}

    return judge


def dockerfile(build: str = BUILD, base: str = BASE, end: str = END) -> dict[str, str | None]:
    return {"parcels/Dockerfile": base + build + end}


def from_root(build: str, base: str = BASE) -> dict[str, str | None]:
    return {"compose.yaml": ROOT, **dockerfile(build, base)}


MOUNTED = "services:\n  parcels:\n    build: ./parcels\n    volumes: ['./parcels:/app']\n"
INLINE = """services:
  parcels:
    build:
      context: ./parcels
      dockerfile_inline: |
        FROM python:3.12-slim
        COPY . /app
        CMD ["python", "/app/service.py"]
    ports: ['127.0.0.1:8010:8010']
"""
ARGS = "services:\n  parcels:\n    build: {context: ./parcels, args: [TAG=3.9-slim]}\n"
LIBRARY: dict[str, str | None] = {
    "libs/rates/pyproject.toml": '[project]\nname = "rates"\nversion = "1"\n',
    "libs/rates/src/ratelib/__init__.py": "VAT = 1\n",
    "parcels/service.py": "import ratelib\n" + SERVICE,
}
INSTALLED = "COPY parcels/requirements.txt .\nRUN pip install -r requirements.txt\n"
REST = "WORKDIR /app\nCOPY parcels/ .\n"
ODD = "import os\n\nimport pandas\n\nprint(os.environ['ODD_FILE'])\n"
NAMED = "WORKDIR /app\nCOPY requirements.txt service.py ./\nRUN pip install -r requirements.txt\n"
SPLIT = {"parcels/service.py": "import rates\n" + SERVICE, "parcels/rates.py": "VAT = 1\n"}
ROWS: list[tuple[str, dict[str, str | None], str, tuple[str, ...]]] = [
    ("a script that no COPY takes", {"parcels/odd.py": ODD, **dockerfile(NAMED)}, "2.4", ("met",)),
    ("a script that no COPY takes", {"parcels/odd.py": ODD, **dockerfile(NAMED)}, "1.5", ("met", "unmet")),
    ("a script that a COPY takes", {"parcels/odd.py": ODD}, "2.4", ("broken",)),
    ("a script that is ignored", {"parcels/odd.py": ODD, "parcels/.dockerignore": "od*.py\n"}, "2.4", ("met",)),
    ("a module that is ignored", {**SPLIT, "parcels/.dockerignore": "**/*.py\n!service.py\n"}, "2.1", ("broken",)),
    ("a module that is let in", {**SPLIT, "parcels/.dockerignore": "**/*.py\n!*.py\n"}, "2.1", ("met",)),
    (
        "the ignore file of the Dockerfile",
        {**SPLIT, "parcels/.dockerignore": "rates.py\n", "parcels/Dockerfile.dockerignore": "*.md\n"},
        "2.1",
        ("met",),
    ),
    ("a module that no COPY takes", {**SPLIT, **dockerfile(NAMED)}, "2.1", ("broken",)),
    ("mounted over", {**SPLIT, **dockerfile(NAMED), "compose.yaml": MOUNTED}, "2.1", ("met",)),
    ("complete", {}, "2.1", ("met",)),
    ("complete", {}, "2.4", ("met",)),
    ("inline", {"compose.yaml": INLINE}, "2.1", ("broken",)),
    ("inline digest", {"compose.yaml": INLINE}, "2.3", ("unmet",)),
    ("inline built", {"compose.yaml": INLINE}, "3.1", ("met",)),
    (
        "args of compose choose an old Python",
        {
            "compose.yaml": ARGS,
            "parcels/requirements.txt": "flask==3.0.3\nredis==8.1.0\n",
            **dockerfile(base="ARG TAG=3.12-slim\nFROM python:${TAG}\n"),
        },
        "2.4",
        ("broken",),
    ),
    (
        "base in two variables",
        dockerfile(base="ARG A\nARG B\nFROM ${A}/${B}:1\n", end='CMD ["x"]\n'),
        "2.1",
        ("unknown",),
    ),
    ("no value for the tag", dockerfile(base="ARG V\nFROM python:${V}\n"), "2.3", ("unknown",)),
    ("pattern for nothing", dockerfile("COPY poetry.lock* uv.lock* ./\n" + BUILD), "2.1", ("met",)),
    ("a file that is not there", dockerfile("COPY uv.lock ./\n" + BUILD), "2.1", ("broken",)),
    ("nobody on Alpine", dockerfile(base=f"FROM python:3.12-alpine@{DIGEST}\n", end="USER nobody\n"), "2.1", ("met",)),
    (
        "www-data on Alpine",
        dockerfile(base=f"FROM python:3.12-alpine@{DIGEST}\n", end="USER www-data\n"),
        "2.1",
        ("unknown",),
    ),
    (
        "old pins",
        {"parcels/requirements.txt": "flask==3.0.3\nnumpy==2.2.0\n", **dockerfile(base="FROM python:3.9\n")},
        "2.4",
        ("broken",),
    ),
    (
        "old pins behind a marker",
        {
            "parcels/requirements.txt": 'flask==3.0.3\nnumpy==2.2.0; python_version >= "3.10"\n',
            **dockerfile(base="FROM python:3.9\n"),
        },
        "2.4",
        ("met",),
    ),
    (
        "new code",
        {"parcels/service.py": "import tomllib\n" + SERVICE, **dockerfile(base="FROM python:3.10\n")},
        "2.4",
        ("broken",),
    ),
    (
        "unknown Python",
        {"parcels/requirements.txt": "flask==3.0.3\nnumpy==2.2.0\n", **dockerfile(base="FROM python:3\n")},
        "2.4",
        ("met",),
    ),
    (
        "library copied",
        {**LIBRARY, **from_root(f"COPY libs /libs\n{INSTALLED}RUN cd /libs/rates && pip install .\n{REST}")},
        "2.4",
        ("met",),
    ),
    (
        "library mounted",
        {
            **LIBRARY,
            **from_root(
                f"{INSTALLED}RUN --mount=type=bind,source=libs/rates,target=/r uv pip install /r[extra]\n{REST}"
            ),
        },
        "2.4",
        ("met",),
    ),
    ("library not installed", {**LIBRARY, **from_root(f"COPY libs /libs\n{INSTALLED}{REST}")}, "2.4", ("broken",)),
    (
        "library in the requirements",
        {**LIBRARY, "parcels/requirements.txt": "flask==3.0.3\n-e ../libs/rates\n"},
        "2.4",
        ("met",),
    ),
    (
        "a repository that says no name",
        {
            "parcels/service.py": "import tariffs\n" + SERVICE,
            "parcels/requirements.txt": "flask==3.0.3\ngit+https://example.org/x/models.git@v1\n",
        },
        "2.4",
        ("unknown",),
    ),
    (
        "settings of pydantic 1",
        {
            "parcels/service.py": "import pydantic\n\n\nclass S(pydantic.BaseSettings):\n    a: int = 1\n\n\n"
            + SERVICE,
            "parcels/requirements.txt": "flask==3.0.3\npydantic==2.9.2\n",
        },
        "2.4",
        ("broken",),
    ),
    (
        "settings of pydantic 1, pinned so",
        {
            "parcels/service.py": "from pydantic import BaseSettings\n\n\nclass S(BaseSettings):\n    a: int = 1\n\n\n"
            + SERVICE,
            "parcels/requirements.txt": "flask==3.0.3\npydantic==1.10.18\n",
        },
        "2.4",
        ("met",),
    ),
    (
        "tool by a script",
        dockerfile(
            "COPY install.sh .\nRUN ./install.sh\n" + BUILD,
            end="USER 1\nHEALTHCHECK CMD curl -f http://127.0.0.1:8010/health\n",
        )
        | {"parcels/install.sh": "apt-get install curl\n"},
        "2.2",
        ("met",),
    ),
    (
        "no shell",
        dockerfile(
            base=f"FROM gcr.io/distroless/python3-debian12@{DIGEST}\n",
            build="COPY . .\n",
            end="HEALTHCHECK CMD python -c 'x'\n",
        ),
        "2.2",
        ("broken",),
    ),
]


@pytest.mark.parametrize(
    ("changes", "item", "statuses"), [row[1:] for row in ROWS], ids=[f"{r[0]}-{r[2]}" for r in ROWS]
)
def test_the_image_decides(
    judged: Judged, changes: dict[str, str | None], item: str, statuses: tuple[str, ...]
) -> None:
    finding = judged(changes)[item]
    assert finding["status"] in statuses, (finding["status"], finding["summary"])
