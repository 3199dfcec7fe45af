"""Stacks that are broken, odd or huge, through the command line: a clear result, in bounded time and memory."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Repository = Callable[..., Path]
CODE = """\
from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return "ok"


if __name__ == "__main__":
    app.run(port=8001)
"""
COMPOSE = (
    "services:\n  redis:\n    image: redis:7\n  one:\n    build: services/one\n    ports: ['127.0.0.1:8001:8001']\n"
)
DOCKERFILE = "FROM python:3.11-slim\nCOPY . .\nCMD python service.py\n"
FILES: dict[str, str | bytes] = {
    "services/one/service.py": CODE,
    "services/one/Dockerfile": DOCKERFILE,
    "compose.yaml": COMPOSE,
}
MEGABYTE = 1024 * 1024


def findings(wizard: Any, stack: Path, name: str = "one") -> dict[str, dict[str, Any]]:
    report = json.loads(wizard("check", name, "--format", "json", stack=stack).out)["services"][0]
    return {finding["item"]: finding for finding in report["findings"]}


def refused(wizard: Any, stack: Path, photograph: Any, *words: str) -> str:
    """A run is refused with the reason and the next step, and nothing is written."""
    before = photograph(stack)
    said = wizard("run", "one", "--yes", "--no-live", stack=stack)
    assert said.code in (1, 2)
    assert photograph(stack) == before
    assert "next:" in said.err
    assert all(word in said.err for word in words), said.err
    return str(said.err)


@pytest.fixture
def peak() -> Callable[[Callable[[], Any]], int]:
    """The most memory that Python objects took during a call."""

    def measure(call: Callable[[], Any]) -> int:
        tracemalloc.start()
        try:
            call()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return measure


def test_twenty_thousand_lines_of_compose(repository: Repository, wizard: Any, peak: Any) -> None:
    more = "".join(
        f"  s{n}:\n    image: nginx\n    environment:\n      A: b\n    ports:\n      - '{20000 + n}:80'\n"
        f"    depends_on:\n      - redis\n    restart: always\n    labels:\n      - n={n}\n"
        for n in range(2000)
    )
    stack = repository(FILES | {"compose.yaml": COMPOSE + more})
    assert (COMPOSE + more).count("\n") > 20_000
    assert peak(lambda: wizard("ports", stack=stack)) < 150 * MEGABYTE
    assert findings(wizard, stack)["3.1"]["status"] == "met"
    said = wizard("run", "two", "--phase", "compose", "--yes", "--no-live", stack=stack)
    assert "add the service" in said.out
    assert (stack / "compose.yaml").read_text().startswith(COMPOSE + more)


def _bomb(line: str) -> str:
    return line + COMPOSE


ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)
MERGES = "x0: &x0 {A: b}\n" + "".join(f"x{n + 1}: &x{n + 1}\n  <<: [{', '.join([f'*x{n}'] * 9)}]\n" for n in range(12))


@pytest.mark.parametrize(
    "text",
    [
        ALIASES + COMPOSE.replace("image: redis:7", "image: redis:7\n    x-boom: *m"),
        MERGES + COMPOSE.replace("build: services/one", "build: services/one\n    environment:\n      <<: *x12"),
    ],
    ids=["aliases", "merge keys"],
)
def test_an_alias_bomb_is_bounded_and_refused(
    repository: Repository, wizard: Any, photograph: Any, peak: Any, text: str
) -> None:
    stack = repository(FILES | {"compose.yaml": text})
    assert peak(lambda: wizard("status", stack=stack)) < 60 * MEGABYTE
    finding = findings(wizard, stack)["3.1"]
    assert (finding["status"], finding["evidence"][0]["path"]) == ("unknown", "compose.yaml")
    assert "unfold" in finding["summary"]
    assert "compose.yaml" in wizard("status", stack=stack).out
    refused(wizard, stack, photograph, "compose.yaml:", "unfold")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"compose.yaml": "include: [b.yaml]\n" + COMPOSE, "b.yaml": "include: [compose.yaml]\n"}, "b.yaml:1: "),
        ({"compose.yaml": COMPOSE + "  a:\n    extends: b\n  b:\n    extends: a\n"}, "compose.yaml:8: "),
    ],
    ids=["include", "extends"],
)
def test_what_includes_itself(
    repository: Repository, wizard: Any, photograph: Any, files: dict[str, str], said: str
) -> None:
    stack = repository(FILES | files)
    assert f"not read: {said}" in wizard("status", stack=stack).out
    refused(wizard, stack, photograph, said, "in a circle")


def test_linked_services(repository: Repository, wizard: Any) -> None:
    """One that leads out of the stack is named and not read; one inside is a service like any other; no loop."""
    stack = repository(FILES | {"real/two/service.py": CODE.replace("8001", "8002")})
    (stack / "services/two").symlink_to("../real/two")
    (stack / "services/evil").symlink_to("/etc")
    (stack / "services/loop").symlink_to(".")
    status = wizard("status", stack=stack).out
    assert "services/evil is a link that leads out of the stack: not read" in status
    names = [
        service["service"] for service in json.loads(wizard("check", "--format", "json", stack=stack).out)["services"]
    ]
    assert names == ["one", "two"]


def test_a_service_folder_with_five_thousand_files(repository: Repository, wizard: Any, peak: Any) -> None:
    stack = repository(FILES)
    folder = stack / "services/one/data"
    folder.mkdir()
    for number in range(5000):
        (folder / f"f{number}.json").write_text("{}")
    assert peak(lambda: wizard("status", stack=stack)) < 60 * MEGABYTE
    found = findings(wizard, stack)
    assert (found["1.1"]["status"], found["3.1"]["status"]) == ("met", "met")


def test_files_in_latin_1(repository: Repository, wizard: Any) -> None:
    """Documents are read; Python without a coding comment is what Python says of it; the bytes stay what they are."""
    readme = "# Größe\n\nDer Dienst für größere Mengen.\n".encode("latin-1")
    files = FILES | {
        "services/one/README.md": readme,
        "services/one/models.py": "X = 'größe'\n".encode("latin-1"),
        "services/one/config.py": "# -*- coding: latin-1 -*-\nX = 'größe'\n".encode("latin-1"),
    }
    stack = repository(files)
    found = findings(wizard, stack)
    assert found["1.4"]["evidence"] == [{"path": "services/one/models.py", "line": 1}]
    assert "not UTF-8" in found["1.4"]["summary"]
    said = wizard("run", "one", "--phase", "docs", "--yes", "--no-live", stack=stack)
    assert "services/one/README.md" in said.out
    assert (stack / "services/one/README.md").read_bytes().startswith(readme)
    assert "für größere" in (stack / ".stack-wizard/services/one.yaml").read_text()


def test_a_dockerfile_with_another_escape_and_heredocs(repository: Repository, wizard: Any) -> None:
    text = (
        "# escape=`\nFROM python:3.11-slim\nWORKDIR /app\nRUN <<EOF\nUSER root\nEXPOSE 1\nEOF\nCOPY . .\n"
        'RUN echo a `\n    b\nCMD ["python", "service.py"]\n'
    )
    stack = repository(FILES | {"services/one/Dockerfile": text})
    assert findings(wizard, stack)["2.1"]["summary"] == "no USER: it runs as root"
    wizard("run", "one", "--phase", "container", "--yes", "--no-live", stack=stack)
    after = (stack / "services/one/Dockerfile").read_text()
    added = [line for line in after.splitlines() if line not in text.splitlines()]
    assert added[:2] == ["COPY requirements.txt ./", "RUN pip install --no-cache-dir -r requirements.txt"]
    assert added[2].startswith("HEALTHCHECK ") and added[2].endswith(" `")
    assert added[4:] == ["USER 10001:10001"]
    assert "".join(line + "\n" for line in after.splitlines() if line not in added) == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("def f(:", "does not parse: not valid Python"),
        pytest.param(
            "type X = int",
            "does not parse: needs a newer Python than",
            marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python knows it"),
        ),
    ],
)
def test_python_that_does_not_parse(repository: Repository, wizard: Any, line: str, said: str) -> None:
    """Which line, and that nothing of the file is known; a run leaves it alone."""
    code = f"import os\n\n\n{line}\n"
    stack = repository(FILES | {"services/one/service.py": code})
    finding = findings(wizard, stack)["1.1"]
    assert finding["summary"].startswith(said)
    assert finding["evidence"] == [{"path": "services/one/service.py", "line": 4}]
    wizard("run", "one", "--yes", "--no-live", stack=stack)
    assert (stack / "services/one/service.py").read_text() == code


def test_two_services_that_build_one_dockerfile(repository: Repository, wizard: Any) -> None:
    files = FILES | {
        "compose.yaml": COMPOSE + "  worker:\n    build: services/one\n    command: python worker.py\n",
        "services/one/worker.py": "print()\n",
    }
    stack = repository(files)
    assert findings(wizard, stack, "one")["1.1"]["status"] == "met"
    worker = findings(wizard, stack, "worker")
    assert worker["3.1"]["status"] == "met"
    assert worker["1.1"]["status"] == "unmet", "service.py is the other one's code"
    assert "services/one/service.py" not in {line["path"] for line in worker["1.1"]["evidence"]}


def test_a_range_of_ports(repository: Repository, wizard: Any) -> None:
    stack = repository(FILES | {"compose.yaml": COMPOSE.replace("127.0.0.1:8001:8001", "8000-8010:8000-8010")})
    rows = json.loads(wizard("ports", "--format", "json", stack=stack).out)["ports"]
    assert [row["port"] for row in rows] == list(range(8000, 8011))
    finding = findings(wizard, stack)["3.5"]
    assert finding["summary"] == "8000-8010:8000-8010 publishes on all addresses, not on 127.0.0.1"
    wizard("run", "one", "--phase", "compose", "--yes", "--no-live", stack=stack)
    assert "'127.0.0.1:8000-8010:8000-8010'" in (stack / "compose.yaml").read_text()


def test_the_hosts_network(repository: Repository, wizard: Any) -> None:
    ports = "    ports: ['127.0.0.1:8001:8001']\n"
    stack = repository(FILES | {"compose.yaml": COMPOSE.replace(ports, "    network_mode: host\n")})
    row = json.loads(wizard("ports", "--format", "json", stack=stack).out)["ports"][0]
    assert (row["port"], row["state"]) == (8001, "published"), "what the code listens on is as good as published"
    finding = findings(wizard, stack)["3.5"]
    assert (finding["status"], finding["evidence"]) == ("unknown", [{"path": "compose.yaml", "line": 6}])
    said = wizard("run", "one", "--phase", "compose", "--yes", "--no-live", stack=stack)
    assert "network_mode: host publishes nothing" in said.out
    assert "ports:" not in (stack / "compose.yaml").read_text()
