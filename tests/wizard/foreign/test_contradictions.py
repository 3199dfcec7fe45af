"""Sources that disagree: said once, with every line."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Repository = Callable[..., Path]
FILES = {
    "compose.yaml": """\
        services:
          redis: {image: redis:7}
          one:
            build: services/one
            ports:
              - "127.0.0.1:8002:8002"
        """,
    "PORTS.md": "# Ports\n\n- 8003: one\n- 8004: two (planned)\n- 8005: free\n",
    "services/one/Dockerfile": """\
        FROM python:3.11-slim
        COPY . .
        HEALTHCHECK CMD curl -f http://localhost:8001/health
        CMD ["python", "service.py"]
        """,
    "services/one/service.py": """\
        import os
        from flask import Flask

        app = Flask(__name__)


        @app.get("/health")
        def health():
            return "ok"


        app.run(port=int(os.environ["PORT"]))
        """,
}


def test_three_ports_are_one_finding_with_three_lines(repository: Repository, wizard: Any) -> None:
    """The Dockerfile probes one port, compose publishes another, the registry reserves a third."""
    stack = repository(FILES)
    said = wizard("check", "one", "--format", "json", stack=stack)
    assert said.code == 1
    (found,) = json.loads(said.out)["services"][0]["contradictions"]
    assert found["topic"] == "port"
    assert [(entry["value"], entry["path"], entry["line"]) for entry in found["says"]] == [
        ("8001", "services/one/Dockerfile", 3),
        ("8002", "compose.yaml", 6),
        ("8003", "PORTS.md", 3),
    ]
    text = wizard("check", "one", stack=stack).out
    line = next(line for line in text.splitlines() if "contradiction" in line)
    assert all(place in line for place in ("services/one/Dockerfile:3", "compose.yaml:6", "PORTS.md:3"))
    status = wizard("status", stack=stack).out
    assert "contradiction (port)" in status


def test_the_whole_stack_by_how_much_is_done(fixture_stack: Callable[[str], Path], wizard: Any) -> None:
    """Contradictions first, then what is closest to done; every service by thirty items."""
    stack = fixture_stack("flat")
    status = json.loads(wizard("status", "--format", "json", stack=stack).out)
    clashing = [service in status["contradictions"] for service in status["items"]]
    assert clashing == sorted(clashing, reverse=True)
    assert set(clashing) == {True, False}
    for together in (True, False):
        left = [
            sum(state in ("unmet", "broken", "unknown") for state in items.values())
            for items, clash in zip(status["items"].values(), clashing, strict=True)
            if clash is together
        ]
        assert left == sorted(left), "closest to done first"
    assert all(len(items) == 30 for items in status["items"].values())


@pytest.mark.parametrize("name", ["flat", "layered", "rootcompose"])
def test_the_formats_for_pull_requests_and_for_ci(name: str, fixture_stack: Callable[[str], Path], wizard: Any) -> None:
    """Markdown with tables that have their columns, SARIF 2.1.0 with places that are there, JUnit that counts right."""
    stack = fixture_stack(name)
    services = list(json.loads(wizard("status", "--format", "json", stack=stack).out)["items"])
    text = wizard("status", "--format", "markdown", stack=stack).out
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6, 33}
    run = json.loads(wizard("status", "--format", "sarif", stack=stack).out)["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert run["results"]
    for result in run["results"]:
        assert result["ruleId"] in rules
        for location in result["locations"]:
            place = location["physicalLocation"]
            assert place.get("region", {"startLine": 1})["startLine"] >= 1
            assert not place["artifactLocation"]["uri"].startswith("/")
    suites = ElementTree.fromstring(wizard("status", "--format", "junit", stack=stack).out)  # noqa: S314  (our own text)
    assert sorted(str(suite.get("name")) for suite in suites) == sorted(services)
    for suite in suites:
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(sum(case.find("failure") is not None for case in cases))
        assert suite.get("skipped") == str(sum(case.find("skipped") is not None for case in cases))
