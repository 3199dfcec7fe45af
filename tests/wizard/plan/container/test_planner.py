"""Phase 2's planner on stacks that were read from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.container.planner import plan
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
        "requirements.in",
    ]
    assert changes.refusals == ()
    assert changes.notes == ()
    assert f"FROM {PINNED}" in _after(changes)
    assert _after(changes, "requirements.in").splitlines()[2:] == ["flask==3.1.3"]
    names = [line.partition("==")[0] for line in _after(changes, "requirements.txt").splitlines() if "==" in line]
    assert names == ["blinker", "click", "flask", "itsdangerous", "jinja2", "markupsafe", "werkzeug"]


NUMPY = "import numpy\n" + APP


def test_what_has_no_known_hashes_is_pinned_without_any_and_that_is_said(
    tmp_path: Path, context_in: ReadContext
) -> None:
    files = _stack(None, None) | {"services/market/service.py": NUMPY}
    files["services/risk/requirements.txt"] = "numpy==2.1.0\n"
    files["services/risk/service.py"] = NUMPY
    files["compose.yml"] += "  risk:\n    build: services/risk\n"
    changes = plan(context_in(tmp_path, "market", files, port=8005, base_image=PINNED))
    assert _after(changes, "requirements.txt") == "flask==3.1.3\nnumpy==2.1.0\n"
    assert "--require-hashes" not in _after(changes)
    (note,) = changes.notes
    assert "uv pip compile --universal --python-version 3.11 --generate-hashes requirements.in" in note


@pytest.mark.parametrize(
    ("text", "hashed"),
    [
        ("flask==3.1.3\n", False),
        ("flask==3.1.3 --hash=sha256:" + "ab" * 32 + "\n", True),
        ("flask==3.1.3 \\\n    --hash=sha256:" + "ab" * 32 + "\n", True),
    ],
)
def test_a_new_image_wants_hashes_where_the_file_that_is_there_has_them(
    tmp_path: Path, context_in: ReadContext, text: str, hashed: bool
) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(None, text), port=8005, base_image=PINNED))
    assert ("--require-hashes" in _after(changes)) is hashed


@pytest.mark.parametrize(
    ("other", "mounted"),
    [
        ("FROM a\nRUN pip install x\n", False),
        ("FROM a\nRUN --mount=type=cache,target=/c pip install x\n", True),
        ("# syntax=docker/dockerfile:1\nFROM a\n", True),
        ("FROM a\nCOPY --link . /x\n", True),
        ("FROM a\n# RUN --mount=type=cache was slower\n", False),
        ("FROM a\nCOPY --chown=1 . /x\n", False),
    ],
)
def test_a_cache_mount_is_written_where_the_stack_needs_buildkit_anyway(
    tmp_path: Path, context_in: ReadContext, other: str, mounted: bool
) -> None:
    """Any other builder refuses `RUN --mount`, and nothing but the stack's own files says which one it has."""
    files = _stack(None) | {"services/risk/Dockerfile": other, "services/risk/service.py": APP}
    files["compose.yml"] += "  risk:\n    build: services/risk\n"
    text = _after(plan(context_in(tmp_path, "market", files, port=8005, base_image=PINNED)))
    assert ("--mount=type=cache" in text, "--no-cache-dir" in text) == (mounted, not mounted)


def test_the_final_image_has_no_pip_and_says_what_it_was_built_from(tmp_path: Path, context_in: ReadContext) -> None:
    text = _after(plan(context_in(tmp_path, "market", _stack(None), port=8005, base_image=PINNED)))
    _, final = text.split("\n\n", 1)
    assert final.index("pip uninstall") < final.index("/opt/venv")  # later, python would be the one without pip
    assert "--without-pip /opt/venv" in text
    assert "ARG REVISION=unknown\nARG SOURCE=unknown\nLABEL" in final
    assert 'org.opencontainers.image.revision="$REVISION"' in final


def test_a_digest_is_never_made_up(tmp_path: Path, context_in: ReadContext) -> None:
    changes = plan(context_in(tmp_path, "market", _stack(None), port=8005))
    (refused,) = changes.refusals
    assert (refused.item, refused.paste) == ("base-image-digest", "docker buildx imagetools inspect python:3.11-slim\n")
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
    assert [(r.item, r.line) for r in changes.refusals] == [("base-image-digest", 2)]
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
