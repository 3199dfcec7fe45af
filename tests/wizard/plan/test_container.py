"""Phase 2's planner on stacks that were read from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.container import plan
from wizard.plan.context import PlanContext
from wizard.values.edit import ChangeSet

ReadContext = Callable[..., PlanContext]
DIGEST = "sha256:" + "ab" * 32
PINNED = f"python:3.11-slim@{DIGEST}"
GOOD = f"""\
FROM {PINNED}
COPY requirements.txt /app/market/
RUN pip install --no-cache-dir -r /app/market/requirements.txt
COPY . /app/market
USER 10001:10001
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8005/health')"]
CMD ["python", "-m", "market.service"]
"""
CHECK = next(line for line in GOOD.splitlines() if line.startswith("HEALTHCHECK"))
APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/health")
def health():
    return {"status": "ok"}
"""


def _stack(dockerfile: str | None, requirements: str | None = "flask==3.1.3\n") -> dict[str, str]:
    files = {
        "compose.yml": "services:\n  redis:\n    image: redis:7\n  market:\n    build: services/market\n",
        "services/market/service.py": APP,
    }
    if dockerfile is not None:
        files["services/market/Dockerfile"] = dockerfile
    if requirements is not None:
        files["services/market/requirements.txt"] = requirements
    return files


def _after(changes: ChangeSet, name: str = "Dockerfile") -> str:
    return next(edit.after or "" for edit in changes.edits if edit.path == f"services/market/{name}")


def test_everything_new(tmp_path: Path, context_in: ReadContext) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(None, None), port=8005, base_image=PINNED))
    assert [edit.path.rsplit("/", 1)[-1] for edit in changes.edits] == [
        "Dockerfile",
        ".dockerignore",
        "requirements.txt",
    ]
    assert changes.refusals == ()
    assert f"FROM {PINNED}" in _after(changes)
    assert _after(changes, "requirements.txt") == "flask==3.1.3\n"


def test_a_digest_is_never_made_up(tmp_path: Path, context_in: ReadContext) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(None), port=8005))
    (refused,) = changes.refusals
    assert (refused.item, refused.paste) == ("2.3", "docker buildx imagetools inspect python:3.11-slim\n")
    assert "--base-image python:3.11-slim@sha256:…" in refused.reason
    assert "sha256" not in _after(changes)


def test_a_good_image_is_not_touched(tmp_path: Path, context_in: ReadContext) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(GOOD), port=8005))
    assert changes == ChangeSet("market", changes.phase)


@pytest.mark.parametrize(
    ("old", "wanted"),
    [
        ("USER 10001:10001\n", "USER 10001:10001\n"),
        (":8005/", ":8005/"),
        (f"@{DIGEST}", f"@{DIGEST}"),
    ],
)
def test_each_fault_is_mended_alone(tmp_path: Path, context_in: ReadContext, old: str, wanted: str) -> None:
    broken = GOOD.replace(old, {":8005/": ":8006/"}.get(old, ""))
    changes = plan(context_in(tmp_path, "market", _stack(broken), port=8005, base_image=PINNED))
    after = _after(changes)
    assert wanted in after
    assert sorted(after.split("\n")) == sorted(GOOD.split("\n"))


def test_a_created_user_is_switched_to(tmp_path: Path, context_in: ReadContext) -> None:
    text = GOOD.replace("USER 10001:10001\n", "RUN useradd --uid 10005 app\n")
    assert "USER app\n" in _after(plan(context_in(tmp_path, "market", _stack(text), port=8005)))


def test_a_check_with_a_tool_the_image_lacks_is_replaced(tmp_path: Path, context_in: ReadContext) -> None:
    check = CHECK
    text = GOOD.replace(check, "HEALTHCHECK --interval=5s CMD curl -f http://localhost:8005/health")
    after = _after(plan(context_in(tmp_path, "market", _stack(text), port=8005)))
    assert "curl" not in after
    assert "127.0.0.1:8005/health" in after


def test_the_codes_own_health_path_is_asked(tmp_path: Path, context_in: ReadContext) -> None:
    files = _stack(GOOD.replace(CHECK + "\n", ""))
    files["services/market/service.py"] = APP.replace('"/health"', '"/healthz"')
    assert ":8005/healthz'" in _after(plan(context_in(tmp_path, "market", files, port=8005)))


def test_an_image_by_argument_is_not_pinned_but_said(tmp_path: Path, context_in: ReadContext) -> None:
    text = "ARG V=3.11-slim\n" + GOOD.replace(PINNED, "python:$V")
    changes = plan(context_in(tmp_path, "market", _stack(text), port=8005, base_image=PINNED))
    assert [(r.item, r.line) for r in changes.refusals] == [("2.3", 2)]
    assert "build argument" in changes.refusals[0].reason


def test_an_unreadable_dockerfile_is_refused(tmp_path: Path, context_in: ReadContext) -> None:
    changes = plan(context_in(tmp_path, "market", _stack("FROM a\nNONSENSE b\n"), port=8005))
    assert changes.edits == ()
    assert any("NONSENSE" in refusal.reason or "unknown instruction" in refusal.reason for refusal in changes.refusals)


@pytest.mark.parametrize(
    ("before", "after", "refused"),
    [
        ("flask\n", "flask==3.1.3\n", 0),
        ("# none\n", "# none\nflask==3.1.3\n", 0),
        ("flask>=2\n", None, 1),
        ("flask==3.1.3\nrequests\n", None, 1),
    ],
)
def test_requirements(tmp_path: Path, context_in: ReadContext, before: str, after: str | None, refused: int) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(GOOD, before), port=8005))
    assert [edit.after for edit in changes.edits] == ([after] if after else [])
    assert len(changes.refusals) == refused
