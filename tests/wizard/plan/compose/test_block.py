"""A block that is there: each of its wrong or missing facts is mended where it stands, in the block's own form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.wizard.plan.compose.test_planner import APP, DOCKER, HEAD, REGISTRY
from wizard.plan.compose.planner import plan
from wizard.plan.context import PlanContext
from wizard.values.edit import ChangeSet

ReadContext = Callable[..., PlanContext]
CORE = "  core:\n    image: core:1\n    healthcheck: {disable: true}\n"
REST = """\
    environment: {MARKET_WINDOW: "5", MARKET_REDIS_HOST: redis}
    depends_on: {redis: {condition: service_healthy}}
    healthcheck:
      test: ["CMD", "python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8005/health')"]
    ports: ["127.0.0.1:8005:8005"]
"""
BUILD = "    build: services/market\n"


@pytest.fixture
def planned(tmp_path: Path, context_in: ReadContext) -> Callable[..., ChangeSet]:
    def make(block: str, talks_to: tuple[str, ...] = ()) -> ChangeSet:
        files = {
            "compose.yml": HEAD + CORE + "  market:\n" + block,
            "services/market/service.py": APP,
            "services/market/Dockerfile": DOCKER,
            "FUTURE_SERVICES.md": REGISTRY.replace("(reserved)", "Market Service"),
        }
        return plan(context_in(tmp_path, "market", files, port=8005, talks_to=talks_to))

    return make


def changed(changes: ChangeSet) -> tuple[list[str], list[str]]:
    """The lines of the Compose file that went and that came."""
    edit = next((edit for edit in changes.edits if edit.path == "compose.yml"), None)
    if edit is None:
        return [], []
    before, after = (edit.before or "").splitlines(), (edit.after or "").splitlines()
    return [line.strip() for line in before if line not in after], [
        line.strip() for line in after if line not in before
    ]


@pytest.mark.parametrize(
    ("build", "gone", "came"),
    [
        (BUILD, [], []),
        ("    build: {context: services/market}\n", [], []),
        ("    build: .\n", ["build: ."], ["build: services/market"]),
        ("    build: services/marked\n", ["build: services/marked"], ["build: services/market"]),
        (
            "    build:\n      context: services/marked\n      args: {A: b}\n",
            ["context: services/marked"],
            ["context: services/market"],
        ),
        ("    image: market:1\n", [], ["build:", "context: services/market", "dockerfile: Dockerfile"]),
    ],
    ids=["good", "good and long", "the root", "a slip", "a slip in the long form", "none"],
)
def test_what_is_built(planned: Callable[..., ChangeSet], build: str, gone: list[str], came: list[str]) -> None:
    assert changed(planned(build + REST)) == (gone, came)


@pytest.mark.parametrize(
    ("depends", "talks_to", "gone", "came"),
    [
        ("    depends_on: {redis: {condition: service_healthy}}\n", (), [], []),
        (
            "    depends_on:\n      redis:\n        condition: service_started\n",
            (),
            ["condition: service_started"],
            ["condition: service_healthy"],
        ),
        ("    depends_on:\n      redis:\n        restart: true\n", (), [], ["condition: service_healthy"]),
        (
            "    depends_on:\n      redis:\n        condition: service_completed_successfully\n",
            (),
            [],
            [],
        ),
        (
            "    depends_on:\n      redis:\n        condition: service_healthy\n",
            ("core",),
            [],
            ["core:", "condition: service_started"],
        ),
        (
            "    depends_on:\n      - core\n",
            ("core",),
            ["- core"],
            ["core:", "condition: service_started", "redis:", "condition: service_healthy"],
        ),
        ("", (), [], ["depends_on:", "redis:", "condition: service_healthy"]),
    ],
    ids=["good", "started", "no condition", "its own reason", "one more", "a list", "none"],
)
def test_what_it_waits_for(
    planned: Callable[..., ChangeSet], depends: str, talks_to: tuple[str, ...], gone: list[str], came: list[str]
) -> None:
    block = BUILD + REST.replace("    depends_on: {redis: {condition: service_healthy}}\n", depends)
    assert changed(planned(block, talks_to)) == (gone, came)


def test_a_dependency_that_no_file_has_is_refused(planned: Callable[..., ChangeSet]) -> None:
    changes = planned(
        BUILD + REST.replace("{redis: {condition: service_healthy}}", "{gone: {condition: service_started}}")
    )
    refused = next(refusal for refusal in changes.refusals if "gone" in refusal.reason)
    assert refused.reason == "it depends on gone, which no compose file has"


CHECK = 'test: ["CMD", "python", "-c", "import urllib.request as r; r.urlopen(\'http://127.0.0.1:8005/health\')"]'


@pytest.mark.parametrize(
    ("old", "new", "came"),
    [
        ("127.0.0.1:8005/health", "127.0.0.1:8006/health", CHECK),
        (
            CHECK,
            "test: python -m probe http://127.0.0.1:8006/health",
            'test: "python -m probe http://127.0.0.1:8005/health"',
        ),
    ],
    ids=["words", "one text"],
)
def test_the_port_of_a_check_is_put_right_where_it_stands(
    planned: Callable[..., ChangeSet], old: str, new: str, came: str
) -> None:
    block = (BUILD + REST).replace(old, new)
    assert changed(planned(block))[1] == [came]


def test_a_check_that_is_switched_off_is_refused_with_one_to_paste(planned: Callable[..., ChangeSet]) -> None:
    block = (BUILD + REST).replace(f"      {CHECK}\n", "      disable: true\n")
    changes = planned(block)
    refused = next(refusal for refusal in changes.refusals if "switched off" in refusal.reason)
    assert changed(changes) == ([], [])
    assert refused.paste.startswith("healthcheck:\n  test:")
    assert refused.line == HEAD.count("\n") + CORE.count("\n") + 6
