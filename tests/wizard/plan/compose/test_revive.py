"""A commented-out block brought to life: in many styles, completed, and where it is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
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


HEAD = "services:\n  web:\n    image: nginx\n  # market:\n  #   build: ./services/market\n"
CODE = {
    "services/market/service.py": "from flask import Flask\napp = Flask(__name__)\n\n@app.get('/health')\n"
    "def health():\n    return 'ok'\n\napp.run(port=8005)\n",
    "services/market/Dockerfile": "FROM python:3.11-slim\nCOPY . .\nCMD python service.py\n",
}
REVIVED = {
    "as it stands": ("  #   restart: always\n", ""),
    "signs in front of the keys": ("  #   ports:\n      # - '127.0.0.1:8005:8005'\n", ""),
    "comments and blank lines in it": ("  #   # how\n\n  #   # - and: why\n  #   restart: always  # so\n", ""),
    "text over several lines": ("  #   command: >\n  #     python\n  #     service.py\n", ""),
    "prose behind it": ("  # TODO: bring it back\n", ""),
    "another comment behind it": ("\n  # other:\n  #   image: x\n", ""),
    "an alias": ("  #   <<: *base\nx-base: &base {}\n", "no anchor before it"),
    "a merge key": ("  #   <<: *base\n  db: {image: x}\n", ""),
    "a folder of the host": ("  #   volumes: ['./data:/data', '/tmp:/tmp', '~/x:/x', 'C:\\\\x:/y', '/only']\n", ""),
    "a volume that is there": ("  #   volumes: [store:/data]\nvolumes:\n  store: {}\n", ""),
    "a volume that is gone": ("  #   volumes: [store:/data]\n", "mounts the volume store, which no compose file has"),
    "a long one that is gone": (
        "  #   volumes:\n  #     - {type: volume, source: store, target: /data}\n",
        "mounts the volume store, which no",
    ),
    "a network that is gone": ("  #   networks: [lost]\n", "is in the network lost, which no compose file has"),
    "a network of a variable": ("  #   networks: ['${NETWORK:-default}']\n", ""),
    "the default network": ("  #   networks: [default]\n", ""),
    "a secret that is gone": ("  #   secrets: [key]\n", "is given the secret key, which no compose file has"),
    "a service that is gone": ("  #   depends_on: [gone]\n", "depends on gone, which no compose file has"),
    "an optional service that is gone": (
        "  #   depends_on:\n  #     gone: {condition: service_started, required: false}\n",
        "depends on gone, which no compose file has",
    ),
    "an env file that is gone": ("  #   env_file: market.env\n", "the env_file market.env does not exist"),
    "a key twice": ("  #   restart: always\n  #   build: .\n", "build stands twice in it"),
    "a key twice below": ("  #   environment:\n  #     A: b\n  #     A: c\n", "A stands twice in it"),
    "tabs": ("  # \trestart: always\n", "a tab stands before its keys"),
    "living lines": ("  #   ports: ['127.0.0.1:8005:8005']\n    restart: always\n", "something else in the file"),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("rest", "says"), REVIVED.values(), ids=REVIVED)
def test_what_is_revived_is_what_compose_takes_or_is_refused(
    rest: str, says: str, newline: str, tmp_path: Path, context_in: ReadContext
) -> None:
    anchor = "x-base: &base\n  restart: always\n" if "db:" in rest else ""
    text = (anchor + HEAD + rest).replace("\n", newline)
    ctx = context_in(tmp_path, "market", {**CODE, "docker-compose.yml": text})
    changes = plan(replace(ctx, choice=Choice(fixes=("3.1",))))
    edits = [edit.after for edit in changes.edits if edit.path == "docker-compose.yml"]
    if says:
        assert not edits
        assert any(says in refusal.reason for refusal in changes.refusals)
        return
    (after,) = edits
    assert after is not None
    assert after.count("market:") == 1
    assert after.count("\n") == after.count(newline)
    (tmp_path / "docker-compose.yml").write_bytes(after.encode())
    compose = shutil.which("docker-compose", path=f"{Path(sys.executable).parent}:/usr/bin")
    if compose is not None:
        words = [compose, "--project-directory", str(tmp_path), "-f", str(tmp_path / "docker-compose.yml")]
        said = subprocess.run([*words, "config", "--format", "json"], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stderr
        assert "market" in json.loads(said.stdout)["services"]


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
