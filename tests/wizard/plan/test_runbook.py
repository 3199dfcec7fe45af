"""The runbook's section on stacks that were read from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.runbook import runbook_edit
from wizard.syntax.markdown import parse
from wizard.values.edit import FileEdit, Refusal

ReadContext = Callable[..., PlanContext]
COMPOSE = "services:\n" + "".join(
    f'  x_{name}:\n    build: services/{name}\n    ports: ["127.0.0.1:{port}:{port}"]\n'
    for name, port in (("core", 8001), ("risk", 8002), ("market", 8005))
)
COMMANDS = "`docker compose ps` `docker compose down` `docker compose up -d` `docker compose logs` `docker ps`"
FILES = {"compose.yml": COMPOSE} | {
    f"services/{name}/{file}": text
    for name in ("core", "risk", "market")
    for file, text in (("service.py", "from flask import Flask\napp = Flask('x')\n"), ("Dockerfile", "FROM a\n"))
}


def _edit(root: Path, context_in: ReadContext, runbook: str) -> FileEdit | Refusal | None:
    return runbook_edit(context_in(root, "market", {**FILES, "DOCKER_STACK_RUNBOOK.md": runbook}, port=8005))


@pytest.mark.parametrize(
    ("core", "risk", "wanted"),
    [
        ("### x_core", "### x_risk", "### x_market"),
        ("## `x_core`", "## `x_risk`", "## `x_market`"),
        ("## 1. Core Service", "## 2. Risk Service", "## 3. Market Service"),
        ("## Core (`x_core`)", "## Risk (`x_risk`)", "## Market (`x_market`)"),
        ("core\n----", "risk\n----", "market\n------"),
    ],
)
def test_a_section_in_the_documents_style(
    tmp_path: Path, context_in: ReadContext, core: str, risk: str, wanted: str
) -> None:
    head = "## Services\n\n" if core.startswith("###") else ""
    body = f"{core}\n\n- start: `docker compose up -d x_core`\n\n{risk}\n\n- stop: `docker compose stop x_risk`\n\n"
    text = f"# Docker stack runbook\n\n{head}{body}## Emergency\n\n{COMMANDS}\n"
    edit = _edit(tmp_path, context_in, text)
    assert isinstance(edit, FileEdit) and edit.after is not None
    assert f"\n\n{wanted}\n\n" in edit.after
    titles = [h.title for h in parse(edit.after).headings]
    assert titles[-1] == "Emergency"
    assert "market" in titles[-2].lower()
    for line in text.split("\n"):
        assert line in edit.after.split("\n")


def test_a_stale_port_is_replaced_in_its_own_section(tmp_path: Path, context_in: ReadContext) -> None:
    text = (
        "# Docker stack runbook\n\n## x_core\n\n`docker compose up -d x_core` `curl http://127.0.0.1:8006/health`\n\n"
        "## x_market\n\n- `docker compose up -d x_market`\n- `curl http://127.0.0.1:8006/health` (not x_risk 8002)\n"
    )
    edit = _edit(tmp_path, context_in, text)
    assert isinstance(edit, FileEdit)
    head, own = text.split("## x_market")
    assert edit.after == head + "## x_market" + own.replace("8006", "8005")


def test_a_thin_section_is_left_to_its_author(tmp_path: Path, context_in: ReadContext) -> None:
    text = f"# Docker stack runbook\n\n## x_core\n\n{COMMANDS}\n\n## x_market\n\nTo be written.\n"
    refusal = _edit(tmp_path, context_in, text)
    assert isinstance(refusal, Refusal)
    assert (refusal.path, refusal.line) == ("DOCKER_STACK_RUNBOOK.md", 7)
    assert "8005" in refusal.paste


SIBLING = """\
# Betrieb

## Dienste

### Core (`x_core`)

**Starten**: `docker compose start x_core`

**Anhalten**: `docker compose stop x_core`

    curl -fsS http://127.0.0.1:8001/health  # core
    docker compose logs x_core

**Wiederherstellen**: `docker compose up -d --force-recreate x_core`

## Sicherung
"""


def test_a_section_is_written_as_its_siblings_are(tmp_path: Path, context_in: ReadContext) -> None:
    edit = _edit(tmp_path, context_in, SIBLING)
    assert isinstance(edit, FileEdit)
    after = edit.after or ""
    own = after[after.index("### Market") : after.index("## Sicherung")]
    model = SIBLING[SIBLING.index("### Core") : SIBLING.index("## Sicherung")]
    assert own == model.replace("Core", "Market").replace("core", "market").replace("8001", "8005")
    assert after.replace(own, "", 1) == SIBLING


@pytest.mark.parametrize(
    "change",
    [
        ("**Anhalten**: `docker compose stop x_core`\n\n", ""),
        ("`docker compose start", "`psql -c 'TRUNCATE book'; docker compose start"),
        (
            "**Starten**",
            "A word on how this came to be, in more letters than a line of a terminal has room for. " * 2 + "\n\n",
        ),
    ],
    ids=["a topic is missing", "something of its own", "prose"],
)
def test_a_sibling_that_is_no_model_is_not_imitated(
    tmp_path: Path, context_in: ReadContext, change: tuple[str, str]
) -> None:
    edit = _edit(tmp_path, context_in, SIBLING.replace(*change))
    assert isinstance(edit, FileEdit)
    assert "Compose service `x_market`, port 8005" in (edit.after or "")


def test_without_a_runbook_the_section_is_to_be_pasted(tmp_path: Path, context_in: ReadContext) -> None:
    found = runbook_edit(context_in(tmp_path, "market", FILES, port=8005))
    assert isinstance(found, Refusal)
    assert "no runbook" in found.reason
    assert "up -d --build x_market" in found.paste
