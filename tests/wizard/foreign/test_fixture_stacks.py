"""Three stacks nobody of the wizard's wrote a template for: what a person sees of them, and what a run leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

MakeStack = Callable[[str], Path]
LIVE = {"4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5"}


class Expected(NamedTuple):
    """What is known of a fixture: parts of its profile, what stays open of the half-finished service after a run, the
    lines of people's files that a run may replace, what must be in which file, and the lines of people's files that a
    new service changes, each with what comes of it."""

    half: str
    profile: dict[str, Any]
    unsure: set[str]
    left: set[str]
    replaced: set[str]
    holds: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str], ...] = ()


STACKS = {
    "flat": Expected(
        "signal_router",
        {
            "prefix": "cdb_",
            "compose_files": ["infrastructure/compose/base.yml", "infrastructure/compose/dev.yml"],
            "network": "cdb_network",
            "registry": "FUTURE_SERVICES.md",
            "runbook": "DOCKER_STACK_RUNBOOK.md",
            "schema_file": "infrastructure/database/schema.sql",
        },
        set(),
        {"1.2", "1.3", "1.4", "1.5", "2.3"},
        {"    CMD curl -f http://localhost:8005/health || exit 1"},
        (
            ("infrastructure/compose/dev.yml", "            context: ../..\r\n"),
            ("infrastructure/compose/dev.yml", "        container_name: cdb_signal_router\r\n"),
            ("infrastructure/compose/dev.yml", "export REDIS_PASSWORD=$$(cat /run/secrets/redis_password)"),
            ("services/signal_router/requirements.txt", "# redis kommt mit\nredis==5.0.4\n"),
            ("DOCKER_STACK_RUNBOOK.md", "### Signal-Router (`cdb_signal_router`)\n\n**Starten**\n"),
            ("services/signal_router/README.md", "- Logic: `route` in [`service.py`](service.py)\n"),
        ),
        (("- 8007: frei", "- 8007: Order Book"),),  # a port the list calls free is taken, and the list says so
    ),
    "layered": Expected(
        "forecast",
        {
            "services_dir": "apps",
            "prefix": "",
            "compose_files": ["docker-compose.yml", "docker-compose.override.yml"],
            "registry": "docs/PORTS.md",
            "pytest_config": "pyproject.toml",
        },
        {"schema_file"},
        {"1.2", "1.3", "1.4", "1.5", "2.3"},  # nothing says which events it has: none are made up
        {'    web.run(host="0.0.0.0", port=PORT)'},  # a server for development: `serve(web)` ends with the process
        (
            ("docker-compose.yml", '      - "127.0.0.1:9003:9003"\n'),
            (
                "apps/forecast/Dockerfile",
                "COPY requirements.txt ./\nRUN pip install --no-cache-dir -r requirements.txt\n",
            ),
            ("apps/forecast/app.py", "connections = attach(web)\n"),
            ("docs/RUNBOOK.md", "## Forecast\n\n* start: `docker compose up -d forecast`\n"),
            ("pyproject.toml", '    "e2e: needs the running stack, skips without",\n]'),
        ),
        (  # a list in one line cannot have an entry more without this line being another one
            (
                'pythonpath = ["apps/gateway", "apps/collector", "apps/alerts"]',
                'pythonpath = ["apps/gateway", "apps/collector", "apps/alerts", "apps"]',
            ),
        ),
    ),
    "rootcompose": Expected(
        "notifier",
        {
            "services_dir": "src",
            "compose_files": ["compose.yaml"],
            "base_image": "python:3.11-slim",
            "runbook": "README.md",
            "registry": "",
            "tests_unit": "test/unit",
        },
        {"runbook"},
        {"1.1", "1.2", "1.3", "1.4", "1.5", "2.2", "2.3", "3.4", "3.5", "5.2", "5.3"},
        {"redis"},
        (
            ("compose.yaml", "      context: src\n      dockerfile: notifier/Dockerfile\n"),
            ("compose.yaml", '      REDIS_HOST: "redis"\n'),
            ("src/notifier/requirements.txt", "redis==5.0.8\n"),
            ("README.md", "### notifier\n"),
            ("src/notifier/README.md", "None: it answers no requests.\n"),
        ),
    ),
}


@pytest.fixture(params=STACKS)
def case(request: pytest.FixtureRequest, fixture_stack: MakeStack) -> tuple[Path, Expected]:
    return fixture_stack(request.param), STACKS[request.param]


def test_init_shows_where_it_found_what(case: tuple[Path, Expected], wizard: Any) -> None:
    """Every field with a line or a reason; what may be otherwise is said to be unsure."""
    stack, expected = case
    said = wizard("init", stack=stack)
    assert said.code == 0, said.err
    fields = re.findall(r"^(\w+) +(.*)\n +(\S.*)$", said.out, re.MULTILINE)
    assert len(fields) >= 19
    assert {name for name, value, _ in fields if "(unsure)" in value} == expected.unsure
    written = (stack / ".stack-wizard/stack.yaml").read_text()
    from ruamel.yaml import YAML

    profile = YAML(typ="safe").load(written)
    assert {key: profile[key] for key in expected.profile} == expected.profile


def test_reading_commands_answer_for_the_whole_stack(case: tuple[Path, Expected], wizard: Any, git: Any) -> None:
    """`status`, `ports` and `check` write nothing, and every finding shows a line of a file that is there."""
    stack, expected = case
    status = json.loads(wizard("status", "--format", "json", stack=stack).out)
    names = {report["service"] for report in status["services"]}
    assert expected.half in names
    ports = json.loads(wizard("ports", "--format", "json", stack=stack).out)
    assert ports
    check = json.loads(wizard("check", "--format", "json", stack=stack).out)
    for service in check["services"]:
        assert len(service["findings"]) == 30
        for finding in service["findings"]:
            assert finding["evidence"], (service["service"], finding["item"])
            for source in finding["evidence"]:
                assert_line(stack, source, finding)
    assert git("status", "--porcelain", stack=stack) == ""


def assert_line(stack: Path, source: dict[str, Any], finding: dict[str, Any]) -> None:
    file = stack / source["path"]
    if source.get("line"):
        assert file.is_file(), finding
        assert source["line"] <= file.read_text(errors="surrogateescape").count("\n") + 1, finding
    elif finding["status"] not in ("unmet", "na"):
        assert file.exists(), finding


def test_a_half_finished_service_ends_met_or_named(case: tuple[Path, Expected], wizard: Any, git: Any) -> None:
    """Shows 1 of the issue: phases 1 to 6 are met, or named as the engineer's own in what the run says."""
    stack, expected = case
    said = wizard("run", expected.half, "--yes", "--no-live", stack=stack)
    assert said.code == 1
    report = json.loads(wizard("check", expected.half, "--format", "json", stack=stack).out)["services"][0]
    left = {f["item"] for f in report["findings"] if f["status"] in ("unmet", "broken") and f["item"] not in LIVE}
    left |= {f["item"] for f in report["findings"] if f["status"] == "unmet" and f["item"] in ("5.1", "5.2", "5.3")}
    assert left == expected.left
    named = set(re.findall(r"^  (?:not done \(|yours: )(\d\.\d)", said.out, re.MULTILINE))
    assert left <= named, left - named
    assert git("status", "--porcelain", stack=stack) == ""
    for path, text in expected.holds:
        assert text in (stack / path).read_bytes().decode(), path


def removed_lines(diff: str) -> list[str]:
    return [line[1:] for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]


def test_only_lines_are_added_to_what_people_wrote(case: tuple[Path, Expected], wizard: Any, git: Any) -> None:
    """Except scalars that are replaced on purpose."""
    stack, expected = case
    first = git("rev-parse", "HEAD", stack=stack).strip()
    wizard("run", expected.half, "--yes", "--no-live", stack=stack)
    diff = git("diff", "--no-renames", "--unified=0", first, stack=stack)
    removed = {
        line[1:].rstrip("\r") for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")
    }
    assert removed == expected.replaced
    assert "No newline" not in diff


def test_a_second_run_has_nothing_to_write(case: tuple[Path, Expected], wizard: Any, git: Any) -> None:
    stack, expected = case
    wizard("run", expected.half, "--yes", "--no-live", stack=stack)
    head = git("rev-parse", "HEAD", stack=stack)
    again = wizard("run", expected.half, "--yes", "--no-live", stack=stack)
    assert git("rev-parse", "HEAD", stack=stack) == head
    assert not re.search(r"^  (new|edit) ", again.out, re.MULTILINE)


def test_a_new_service_is_complete_but_for_what_must_run(case: tuple[Path, Expected], wizard: Any, git: Any) -> None:
    stack, expected = case
    first = git("rev-parse", "HEAD", stack=stack).strip()
    wizard("run", "order_book", "--yes", "--no-live", stack=stack)
    report = json.loads(wizard("check", "order_book", "--format", "json", stack=stack).out)["services"][0]
    left = {f["item"] for f in report["findings"] if f["status"] in ("unmet", "broken")}
    assert left == {"2.3"}
    diff = git("diff", "--no-renames", "--unified=0", first, stack=stack)
    assert removed_lines(diff) == [before for before, _ in expected.changed]
    assert {f"+{after}" for _, after in expected.changed} <= set(diff.splitlines())
    assert "container_name: cdb_order_book" in diff or "cdb_" not in diff
