"""Passwords, secret files and hosts between servers and services: judged, and written as they are judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Repository = Callable[..., Path]
DIGEST = "@sha256:" + "1" * 64
CODE = """\
import os

import redis
from flask import Flask

app = Flask(__name__)
client = redis.Redis(host=os.environ.get("REDIS_HOST", "cache"){password})


@app.get("/health")
def health():
    return ("ok", 200) if client.ping() else ("no", 503)


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8021)
"""
BY_VARIABLE = ', password=os.environ["REDIS_PASSWORD"]'
COMPOSE = """\
services:
  cache:
    image: valkey/valkey:8
    command: {command}
  quotes:
    build: ./services/quotes
    environment:
      REDIS_HOST: {host}
{more}    depends_on: [cache]
    ports: ["127.0.0.1:8021:8021"]
{end}"""
GUARDED = "valkey-server --requirepass ${CACHE_PASSWORD}"


def _files(
    command: str = "valkey-server", host: str = "cache", more: str = "", end: str = "", password: str = ""
) -> dict[str, str]:
    return {
        "compose.yaml": COMPOSE.format(command=command, host=host, more=more, end=end),
        ".env.example": "CACHE_PASSWORD=\n",
        "services/quotes/service.py": CODE.format(password=password),
        "services/quotes/requirements.txt": "flask==3.0.3\nredis==5.2.0\n",
        "services/quotes/Dockerfile": f"FROM python:3.12-slim{DIGEST}\nCOPY . .\nCMD python service.py\n",
    }


def _found(wizard: Any, folder: Path, item: str = "3.2", name: str = "quotes") -> tuple[str, str]:
    said = wizard("-C", str(folder), "check", name, "--format", "json")
    findings = json.loads(said.out)["services"][0]["findings"]
    (finding,) = (found for found in findings if found["item"] == item)
    return finding["status"], finding["summary"]


SECRET = "    secrets: [cache_password]\n"
DECLARED = "secrets:\n  cache_password:\n    file: ./cache.txt\n"
SITUATIONS = [
    ("no password asked for", _files(), "met", ""),
    ("asked for and not handed over", _files(GUARDED), "broken", "asks for a password"),
    (
        "handed through",
        _files(GUARDED, more="      REDIS_PASSWORD: ${CACHE_PASSWORD}\n", password=BY_VARIABLE),
        "met",
        "as the stack does it",
    ),
    (
        "handed over in a URL",
        _files(GUARDED, more="      CACHE_URL: redis://:${CACHE_PASSWORD}@cache:6379/0\n").copy()
        | {"services/quotes/extra.py": "import os\nURL = os.environ['CACHE_URL']\n"},
        "met",
        "",
    ),
    (
        "with a default",
        _files(GUARDED, more="      REDIS_PASSWORD: ${CACHE_PASSWORD:-hunter2}\n", password=BY_VARIABLE),
        "broken",
        "plain text",
    ),
    (
        "a file that nothing mounts",
        _files(more="      REDIS_PASSWORD_FILE: /run/secrets/cache\n"),
        "broken",
        "mounts no such secret",
    ),
    (
        "a file that is mounted under another name",
        _files(
            more="      REDIS_PASSWORD_FILE: /run/secrets/pw\n"
            "    secrets:\n      - source: cache_password\n        target: pw\n",
            end=DECLARED,
        )
        | {"services/quotes/extra.py": "import os\nPATH = os.environ['REDIS_PASSWORD_FILE']\n"},
        "met",
        "",
    ),
    ("a host that is no service", _files(host="redis"), "broken", "no service of the stack"),
    ("a host with dots is somebody else's", _files(GUARDED, host="redis.example.org"), "met", ""),
]


@pytest.mark.parametrize(
    ("files", "status", "words"), [shape[1:] for shape in SITUATIONS], ids=[shape[0] for shape in SITUATIONS]
)
def test_3_2_of_a_service_by_hand(
    repository: Repository, wizard: Any, files: dict[str, str], status: str, words: str
) -> None:
    found, summary = _found(wizard, repository(files))
    assert (found, words in summary) == (status, True), summary
    assert "hunter2" not in summary


@pytest.mark.parametrize(
    "more",
    ["    env_file: quotes.env\n", "    env_file:\n      - path: quotes.env\n        required: false\n"],
)
def test_what_an_env_file_that_is_not_here_sets_is_unknown(repository: Repository, wizard: Any, more: str) -> None:
    files = _files(GUARDED, more=more, password=BY_VARIABLE) | {".gitignore": "*.env\n"}
    assert _found(wizard, repository(files))[0] == "unknown"


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        (GUARDED, ""),
        ('sh -c "valkey-server --requirepass $$PW"', "    environment:\n      PW: ${CACHE_PASSWORD}\n"),
        ('["valkey-server", "--requirepass", "${CACHE_PASSWORD:?}"]', ""),
    ],
)
def test_what_is_written_for_a_new_service_is_met_in_the_wizards_own_eyes(
    repository: Repository, wizard: Any, command: str, environment: str
) -> None:
    compose = f"services:\n  cache:\n    image: valkey/valkey:8\n    command: {command}\n{environment}"
    folder = repository({"compose.yaml": compose, "services/.keep": "", ".env": "CACHE_PASSWORD=canary-1\n"})
    wizard("-C", str(folder), *f"run fresh --phase 1..3 --yes --no-live --base-image python:3.12{DIGEST}".split())
    text = (folder / "compose.yaml").read_text()
    assert "cache_password:\n    environment: CACHE_PASSWORD" in text
    assert "read_only" not in text  # Compose refuses to copy such a secret into a read-only container
    assert "canary-1" not in text
    assert _found(wizard, folder, name="fresh")[0] == "met"
    assert _found(wizard, folder, "1.5", "fresh")[0] == "met"


@pytest.mark.parametrize(
    ("server", "file", "named"),
    [
        ("command: sh -c 'valkey-server --requirepass \"$$REDIS_PASSWORD\"'", ".env", False),
        ("command: sh -c 'valkey-server --requirepass \"$$REDIS_PASSWORD\"'", "cache.env", True),
        ("image: bitnami/valkey:8", "env/cache.env", True),
    ],
)
def test_a_password_of_the_servers_env_file_reaches_a_new_service_by_a_secret(
    repository: Repository, wizard: Any, server: str, file: str, named: bool
) -> None:
    """Compose takes a secret's text from its own environment: another env file's has to be set there, and is said."""
    image = "" if "image" in server else "    image: valkey/valkey:8\n"
    compose = f"services:\n  cache:\n{image}    {server}\n    env_file: [{file}]\n"
    name = "VALKEY_PASSWORD" if "bitnami" in server else "REDIS_PASSWORD"
    folder = repository({"compose.yaml": compose, "services/.keep": "", file: f"{name}=canary-1\n"})
    said = wizard(
        "-C", str(folder), *f"run fresh --phase 1..3 --yes --no-live --base-image python:3.12{DIGEST}".split()
    )
    text = (folder / "compose.yaml").read_text()
    assert f"environment: {name}" in text
    assert "canary-1" not in text + said.out
    assert (f"has its password from {file}" in said.out) is named
    assert _found(wizard, folder, name="fresh")[0] == "met"


def test_code_that_reads_the_file_gets_the_file(repository: Repository, wizard: Any) -> None:
    password = ', password=open(os.environ["REDIS_PASSWORD_FILE"]).read()'
    files = _files(GUARDED, password=password)
    files["compose.yaml"] = files["compose.yaml"].split("  quotes:")[0]
    folder = repository(files)
    wizard("-C", str(folder), "run", "quotes", "--phase", "3", "--yes", "--no-live")
    text = (folder / "compose.yaml").read_text()
    assert 'REDIS_PASSWORD_FILE: "/run/secrets/cache_password"' in text
    assert "environment: CACHE_PASSWORD" in text
    assert _found(wizard, folder)[0] == "met"


@pytest.mark.parametrize("name", ["PGPASSWORD", "DB_PASS"])
def test_a_default_password_is_broken_and_never_committed_by_run(
    repository: Repository, wizard: Any, name: str
) -> None:
    compose = COMPOSE.format(command="valkey-server", host="cache", more="", end="").replace(
        "  quotes:", "  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: ${PG}\n  quotes:"
    )
    code = (
        CODE.format(password="")
        + f'\nimport psycopg\nDB = psycopg.connect(host="db", password=os.environ.get("{name}", "hunter2"))\n'
    )
    folder = repository(_files() | {"compose.yaml": compose, "services/quotes/service.py": code})
    assert _found(wizard, folder, "1.5")[0] == "broken"
    assert _found(wizard, folder, "3.2")[0] == "broken"
    wizard("-C", str(folder), "run", "quotes", "--yes", "--no-live", "--phase", "1..6")
    written = [p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts and p.name != "service.py"]
    assert not any("hunter2" in path.read_text("utf-8", "replace") for path in written)
