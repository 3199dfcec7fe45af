"""Services of strangers that ask their environment nothing: no edit sets what nothing reads, nor breaks the build."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMPOSE = """\
services:
  toll-gate:
    build: ./toll-gate
    ports: ["5000:5000"]
    depends_on: [store]
  store:
    image: postgres:16
    environment: {POSTGRES_USER: postgres, POSTGRES_PASSWORD: postgres, POSTGRES_DB: tolls}
"""
APP = """\
from flask import Flask, jsonify
import psycopg2

app = Flask(__name__)


@app.route("/tolls")
def tolls():
    with psycopg2.connect(host="store", dbname="tolls", user="postgres") as db:
        return jsonify(db.cursor().execute("SELECT name FROM tolls"))


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
"""
IMAGE = 'FROM python:{python}\nWORKDIR /app\nCOPY app.py ./\nRUN pip install {packages}\nCMD ["python", "app.py"]\n'


def stack(python: str = "3.9", packages: str = "flask psycopg2-binary", app: str = APP) -> dict[str, str | bytes]:
    image = IMAGE.format(python=python, packages=packages)
    return {"compose.yaml": COMPOSE, "toll-gate/app.py": app, "toll-gate/Dockerfile": image}


def test_nothing_is_set_that_no_code_reads(repository: Callable[..., Path], wizard: Any) -> None:
    folder = repository(stack())
    said = wizard("run", "toll-gate", "--phase", "3", "--dry-run", stack=folder).out
    assert '+    ports: ["127.0.0.1:5000:5000"]' in said
    assert "secret" not in said.replace("secret's file", "").replace("a secret", "").lower().split("--- a/")[1]
    assert "environment:" not in said.split("--- a/")[1]


@pytest.mark.parametrize("fix", [(), ("--fix", "1.5")])
def test_variables_of_a_name_with_a_dash_are_ones_a_shell_knows(
    repository: Callable[..., Path], wizard: Any, fix: tuple[str, ...]
) -> None:
    said = wizard("run", "toll-gate", "--phase", "1..3", *fix, "--dry-run", stack=repository(stack())).out
    assert "TOLL-GATE_" not in said
    assert ('"TOLL_GATE_PORT"' in said) is bool(fix)


def test_a_service_called_one_is_not_called_so_twice(repository: Callable[..., Path], wizard: Any) -> None:
    files = {name.replace("toll-gate", "toll-service"): text for name, text in stack().items()}
    files["compose.yaml"] = COMPOSE.replace("toll-gate", "toll-service")
    said = wizard("run", "toll-service", "--phase", "3", "--dry-run", stack=repository(files)).out
    assert 'purpose: "Toll service"' in said


NEEDED = [
    # what the image installs by name is what is meant, in its version where it has one
    ("3.11-slim", "flask psycopg2-binary", "psycopg2-binary==…", ["flask=="], ["psycopg2"]),
    ("3.11-slim", "flask psycopg2-binary==2.9.10", "", ["psycopg2-binary==2.9.10"], ["psycopg2\n"]),
    ("3.11-slim", '"flask>=3" psycopg2==2.9.10', "", ["psycopg2==2.9.10"], ["psycopg2-binary"]),
    ("3.11-slim", "--index-url https://pypi.example/simple flask psycopg2_binary", "psycopg2-binary==…", [], ["pypi"]),
]


@pytest.mark.parametrize(("python", "packages", "refused", "has", "lacks"), NEEDED)
def test_the_distribution_that_is_installed_today_is_the_one_required(
    repository: Callable[..., Path],
    wizard: Any,
    python: str,
    packages: str,
    refused: str,
    has: list[str],
    lacks: list[str],
) -> None:
    folder = repository(stack(python, packages))
    said = wizard("run", "toll-gate", "--phase", "2", "--yes", "--no-live", stack=folder).out
    written = (folder / "toll-gate/requirements.txt").read_text()
    assert refused in said
    assert [text for text in has if text not in written] == []
    assert [text for text in lacks if text in written] == []
    assert all("==" in line for line in written.splitlines() if line and line[0].isalpha())


@pytest.mark.parametrize(
    ("python", "hashed"), [("3.9-slim", False), ("3.11-slim", True), ("${BASE}", False), ("3.10", True)]
)
def test_hashes_are_written_for_a_python_that_installs_them_only(
    repository: Callable[..., Path], wizard: Any, python: str, hashed: bool
) -> None:
    app = APP.replace("import psycopg2\n", "").replace("psycopg2.connect", "open")
    files = stack(python, "flask", app)
    wizard("run", "toll-gate", "--phase", "2", "--yes", "--no-live", stack=(folder := repository(files)))
    written = (folder / "toll-gate/requirements.txt").read_text()
    assert ("--hash=" in written) is hashed


def test_no_hashes_are_written_beside_a_line_that_will_have_none(repository: Callable[..., Path], wizard: Any) -> None:
    folder = repository(stack("3.11-slim"))
    wizard("run", "toll-gate", "--phase", "2", "--yes", "--no-live", stack=folder)
    written = (folder / "toll-gate/requirements.txt").read_text()
    assert "flask==" in written
    assert "--hash=" not in written


SETTINGS = """\
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    database_url: str = "postgresql://tolls:hunter2@store:5432/tolls"


settings = Settings()
"""
GIVEN = "    environment: {DATABASE_URL: '${DATABASE_URL}'}\n"


@pytest.mark.parametrize(
    ("given", "default", "status"),
    [
        ("", "tolls:hunter2@", "broken"),
        (GIVEN, "tolls:hunter2@", "met"),
        ("", "tolls@", "met"),
    ],
)
def test_a_default_with_a_password_counts_where_nothing_sets_the_variable(
    repository: Callable[..., Path], wizard: Any, given: str, default: str, status: str
) -> None:
    compose = COMPOSE.replace("    depends_on: [store]\n", f"    depends_on: [store]\n{given}").partition("  store:")[0]
    app = SETTINGS.replace("tolls:hunter2@", default) + APP.replace("psycopg2", "httpx")
    files = stack(app=app) | {"compose.yaml": f"{compose}  store:\n    image: postgres:16\n"}
    said = json.loads(wizard("check", "toll-gate", "--format", "json", stack=repository(files)).out)
    (found,) = [f for f in said["services"][0]["findings"] if f["item"] == "3.2"]
    assert found["status"] == status, found
    assert "hunter2" not in str(said)


@pytest.mark.parametrize(
    ("package", "words"), [("aio_pika", "go through aio_pika, not through Redis"), ("httpx", "answers HTTP only")]
)
def test_events_of_another_broker_are_not_called_none(
    repository: Callable[..., Path], wizard: Any, package: str, words: str
) -> None:
    app = APP.replace("import psycopg2\n", f"import {package}\n").replace("psycopg2.connect", f"{package}.connect")
    said = json.loads(wizard("check", "toll-gate", "--format", "json", stack=repository(stack(app=app))).out)
    found = {f["item"]: f for f in said["services"][0]["findings"]}
    assert {found[item]["status"] for item in ("1.3", "7.3", "7.4")} == {"na"}
    assert all(words in found[item]["summary"] for item in ("1.3", "7.3", "7.4")), found["1.3"]


@pytest.mark.parametrize(
    ("ports", "words"),
    [("5001:5000", "`stack-wizard run toll-gate --port 5000`"), ("5000:5000", "Publish `127.0.0.1:5000:5000`")],
)
def test_the_hint_for_a_port_reaches_what_listens(
    repository: Callable[..., Path], wizard: Any, ports: str, words: str
) -> None:
    files = stack() | {"compose.yaml": COMPOSE.replace("5000:5000", ports)}
    said = json.loads(wizard("check", "toll-gate", "--format", "json", stack=repository(files)).out)
    (found,) = [f for f in said["services"][0]["findings"] if f["item"] == "3.5"]
    assert words in found["hint"], found


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("", "store has no health check"),
        ("    healthcheck: {test: [CMD, pg_isready]}\n", "condition: service_healthy"),
        ("    healthcheck: {disable: true}\n", "store has no health check"),
    ],
)
def test_nobody_is_told_to_wait_for_a_check_that_is_not_there(
    repository: Callable[..., Path], wizard: Any, check: str, words: str
) -> None:
    files = stack() | {"compose.yaml": COMPOSE.replace("    depends_on: [store]\n", "") + check}
    said = json.loads(wizard("check", "toll-gate", "--format", "json", stack=repository(files)).out)
    (found,) = [f for f in said["services"][0]["findings"] if f["item"] == "3.3"]
    assert (found["status"], words in found["hint"]) == ("unmet", True), found


SCRIPT = "#!/bin/bash\n/opt/spark/bin/spark-submit /opt/app/job.py\n"
JOB = "from pyspark.sql import SparkSession\n\nSparkSession.builder.getOrCreate().range(3).show()\n"
IMAGES = [
    ("bitnami/spark:3", "unknown", "whether a program of bitnami/spark does is not known"),
    ("python:3.12-slim", "unmet", "sets what no code of the service reads: SPARK_JOB"),
]


@pytest.mark.parametrize(("base", "status", "words"), IMAGES)
def test_what_a_script_of_an_unknown_image_starts_is_not_called_nothing(
    repository: Callable[..., Path], wizard: Any, base: str, status: str, words: str
) -> None:
    image = f'FROM {base}\nCOPY job.py /opt/app/job.py\nCOPY submit.sh /submit.sh\nENTRYPOINT ["/submit.sh"]\n'
    files: dict[str, str | bytes] = {
        "compose.yaml": "services:\n  job:\n    build: job\n    environment: {SPARK_JOB: stream}\n",
        "job/Dockerfile": image,
        "job/job.py": JOB,
        "job/submit.sh": SCRIPT,
    }
    folder = repository(files)
    said = json.loads(wizard("check", "job", "--format", "json", stack=folder).out)
    found = {f["item"]: f for f in said["services"][0]["findings"]}
    assert (found["3.2"]["status"], words in found["3.2"]["summary"]) == (status, True), found["3.2"]
    assert {found[item]["status"] for item in ("7.1", "7.5")} == {"unknown"}, found["7.1"]
    lines = [line["path"] for item in ("7.1", "7.3", "7.5") for line in found[item]["evidence"]]
    assert all((folder / path).exists() for path in lines), lines
    assert "HTTP" not in found["7.3"]["summary"]


def test_a_test_of_a_strangers_service_sets_what_it_reads(repository: Callable[..., Path], wizard: Any) -> None:
    app = "import os\n\nTITLE = os.environ.get('TITLE', 'tolls')\n" + APP
    said = wizard("run", "toll-gate", "--phase", "5", "--dry-run", stack=repository(stack(app=app))).out
    assert '+    "TITLE": "tolls",' in said
    assert "TOLL_GATE_" not in said


def test_no_port_is_published_that_the_check_would_call_wrong(repository: Callable[..., Path], wizard: Any) -> None:
    """Several services listen on the same port inside, and none is published: host and container would differ."""
    block = COMPOSE.partition("  store:")[0].replace('    ports: ["5000:5000"]\n', "")
    road = block.partition("services:\n")[2].replace("toll-gate", "toll-road")
    files = stack() | {"compose.yaml": f"{block}{road}  store:{COMPOSE.partition('  store:')[2]}"}
    files["toll-gate/Dockerfile"] = IMAGE.format(python="3.12", packages="flask") + "EXPOSE 5000\n"
    files |= {path.replace("toll-gate", "toll-road"): text for path, text in files.items() if "toll-gate" in path}
    said = wizard("run", "toll-road", "--phase", "compose", "--dry-run", stack=repository(files)).out
    assert "publish 5000:5000 if no other service will, or let the code listen on" in said
    assert not [line for line in said.split("\n") if line.startswith("+") and "127.0.0.1:" in line]


def test_where_a_service_would_be_is_a_path_of_the_stack(repository: Callable[..., Path], wizard: Any) -> None:
    folder = repository(stack())
    manifest = folder / ".stack-wizard/services/toll-road.yaml"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("schema: 1\nspec: {name: toll-road, purpose: Counts what passes., port: 8010}\n")
    found = json.loads(wizard("check", "toll-road", "--format", "json", stack=folder).out)["services"][0]["findings"]
    paths = [line["path"] for one in found for line in one["evidence"]]
    assert paths and not [path for path in paths if path.startswith("/")]
