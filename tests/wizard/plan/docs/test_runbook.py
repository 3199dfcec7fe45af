"""The runbook's section on stacks that were read from disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.plan.context import PlanContext
from wizard.plan.docs.planner import plan
from wizard.plan.docs.runbook import runbook_edit
from wizard.stack.detect.profile_file import profile_text
from wizard.syntax.markdown import parse
from wizard.values.edit import FileEdit, Refusal
from wizard.values.finding import Status
from wizard.values.profile import PROFILE
from wizard.values.spec import Table

ReadContext = Callable[..., PlanContext]
COMPOSE = "services:\n" + "".join(
    f'  x_{name}:\n    build: services/{name}\n    ports: ["127.0.0.1:{port}:{port}"]\n'
    for name, port in (("core", 8001), ("risk", 8002), ("market", 8005))
)
COMMANDS = "`docker compose ps` `docker compose down` `docker compose up -d` `docker compose logs` `docker ps`"
APP = "from flask import Flask\napp = Flask('x')\n\n\n@app.get('/health')\ndef health():\n    return 'ok'\n"
FILES = {"compose.yml": COMPOSE} | {
    f"services/{name}/{file}": text
    for name in ("core", "risk", "market")
    for file, text in (("service.py", APP), ("Dockerfile", "FROM a\n"))
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


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("**Starten**\n\n    docker compose start x_core\n", True),
        ("__Start__\n```bash\ndocker compose start x_core\n```\n", True),
        ("**Keeps open orders**\n\n- Start: `docker compose start x_core`\n", False),
        ("**Warm after 20 minutes**\n\n    docker compose start x_core\n", False),
    ],
    ids=["bold above code", "bold above a fence", "bold above anything else", "a figure"],
)
def test_a_label_in_bold_is_a_label_only_above_its_commands(
    tmp_path: Path, context_in: ReadContext, label: str, kept: bool
) -> None:
    edit = _edit(tmp_path, context_in, SIBLING.replace("**Starten**: `docker compose start x_core`\n", label))
    assert isinstance(edit, FileEdit) and edit.after is not None
    own = edit.after[edit.after.index("### Market") : edit.after.index("## Sicherung")]
    assert "docker compose start x_market" in own
    assert (label.split("\n")[0] in own) == kept


@pytest.mark.parametrize("address", ["localhost:8001", "127.0.0.1:8001", "http://localhost:8001", "'localhost:8001"])
def test_a_probe_is_taken_over_with_or_without_a_scheme(tmp_path: Path, context_in: ReadContext, address: str) -> None:
    quote = "'" if address.startswith("'") else ""
    edit = _edit(tmp_path, context_in, SIBLING.replace("http://127.0.0.1:8001/health", f"{address}/live{quote}"))
    assert isinstance(edit, FileEdit) and edit.after is not None
    own = edit.after[edit.after.index("### Market") : edit.after.index("## Sicherung")]
    assert f"curl -fsS {address.replace('8001', '8005')}/health{quote}" in own


STORY = """\
# Runbook

## Services

### x_core

Caches the newest prices for the dashboard, on port 8001. It is warm again within 20 minutes.

| Task | Command |
|------|---------|
| Start | `docker compose up -d x_core` |
| Stop | `docker compose stop x_core` |
| Health | `curl -s http://127.0.0.1:8001/prices/health` (green in the dashboard) |

- Logs: `docker compose logs --tail=50 x_core`, look for `CacheMiss`
- Empty the cache: `docker compose exec redis redis-cli FLUSHDB`
- Restore: ask Ann, she has the snapshots.

## Backup
"""


def test_no_sentence_of_a_sibling_is_taken_over(tmp_path: Path, context_in: ReadContext) -> None:
    edit = _edit(tmp_path, context_in, STORY)
    assert isinstance(edit, FileEdit) and edit.after is not None
    own = edit.after[edit.after.index("### x_market") : edit.after.index("## Backup")]
    assert edit.after.replace(own, "", 1) == STORY
    for fact in ("prices", "dashboard", "8001", "20 minutes", "CacheMiss", "FLUSHDB", "Ann", "snapshots", "core"):
        assert fact not in own
    for line in ("port 8005", "| Start | `docker compose up -d x_market` |", "logs --tail=50 x_market`"):
        assert line in own
    assert "- Restore: `docker compose up -d --build --force-recreate x_market`" in own


@pytest.mark.parametrize(
    "command", ["docker volume rm x_core_data", "docker compose stop x_core; rm -rf /srv", "./stop x_core"]
)
def test_commands_about_more_than_a_container_are_not_taken_over(
    tmp_path: Path, context_in: ReadContext, command: str
) -> None:
    edit = _edit(tmp_path, context_in, SIBLING.replace("docker compose stop x_core", command))
    assert isinstance(edit, FileEdit) and edit.after is not None
    own = edit.after[edit.after.index("### Market") : edit.after.index("## Sicherung")]
    assert command.replace("core", "market") not in own
    assert "stop x_market" in own


def test_a_service_without_a_health_route_gets_no_probe(tmp_path: Path, context_in: ReadContext) -> None:
    files = {**FILES, "services/market/service.py": APP.split("@")[0], "DOCKER_STACK_RUNBOOK.md": SIBLING}
    edit = runbook_edit(context_in(tmp_path, "market", files, port=8005))
    assert isinstance(edit, FileEdit) and edit.after is not None
    own = edit.after[edit.after.index("### Market") : edit.after.index("## Sicherung")]
    assert "curl" not in own


def test_a_stack_without_a_runbook_gets_one_that_is_found_again(tmp_path: Path, context_in: ReadContext) -> None:
    edit = runbook_edit(context_in(tmp_path, "market", FILES, port=8005))
    assert isinstance(edit, FileEdit) and edit.after is not None
    assert edit.path == "DOCKER_STACK_RUNBOOK.md"
    assert "up -d --build x_market" in edit.after
    again = context_in(tmp_path, "market", {**FILES, edit.path: edit.after}, port=8005)
    assert again.profile.runbook == edit.path
    assert again.report.finding("6.4").status is Status.MET


def test_a_written_profile_gets_the_new_runbook_named(tmp_path: Path, context_in: ReadContext) -> None:
    profile = context_in(tmp_path / "read", "market", FILES, port=8005).profile
    files = {**FILES, PROFILE: profile_text(profile)}
    ctx = context_in(tmp_path / "written", "market", files, port=8005)
    new, named = plan(ctx).edits[-2:]
    assert (new.path, named.path) == ("DOCKER_STACK_RUNBOOK.md", PROFILE)
    assert named.after == (named.before or "").replace('runbook: ""', 'runbook: "DOCKER_STACK_RUNBOOK.md"')


@pytest.mark.parametrize("text", ["schema: 1\nservices_dir: services\n", 'schema: 1\nrunbook: "gone.md"\n'])
def test_a_profile_that_cannot_name_it_leaves_the_section_to_be_pasted(
    tmp_path: Path, context_in: ReadContext, text: str
) -> None:
    found = runbook_edit(context_in(tmp_path, "market", {**FILES, PROFILE: text}, port=8005))
    assert found is None or (isinstance(found, Refusal) and "no runbook" in found.reason)


def _with_alias(alias: str) -> str:
    body = "".join(
        f"### x_{name}\n\nSays things.\n\n- **Start**: `{alias} up -d x_{name}`\n- **Stop**: `{alias} stop x_{name}`\n"
        f"- **Health**: `curl -fsS http://127.0.0.1:{port}/health`\n- **Logs**: `{alias} logs x_{name}`\n"
        f"- **Restore**: nothing to restore: `{alias} restart x_{name}`\n\n"
        for name, port in (("core", 8001), ("risk", 8002))
    )
    head = f"# Docker stack runbook\n\n{COMMANDS}\n\n```sh\nalias {alias}='docker compose -f compose.yml'\n```\n\n"
    return f"{head}## Services\n\n{body}"


@pytest.mark.parametrize("alias", ["dc", "stack", "d-c"])
def test_a_section_says_compose_as_its_siblings_do(tmp_path: Path, context_in: ReadContext, alias: str) -> None:
    edit = _edit(tmp_path, context_in, _with_alias(alias))
    assert isinstance(edit, FileEdit) and edit.after is not None
    own = edit.after.partition("### x_market")[2]
    assert f"- **Start**: `{alias} up -d x_market`" in own
    assert f"- **Logs**: `{alias} logs x_market`" in own
    assert "8005/health" in own
    assert "x_risk" not in own
    assert "Says things" not in own


def test_rows_are_restored_before_the_container(tmp_path: Path, context_in: ReadContext) -> None:
    files = {**FILES, "DOCKER_STACK_RUNBOOK.md": _with_alias("dc")}
    context = context_in(tmp_path, "market", files, port=8005, tables=(Table("fills"), Table("rejects")))
    edit = runbook_edit(context)
    assert isinstance(edit, FileEdit) and edit.after is not None
    (line,) = [line for line in edit.after.splitlines() if "Restore" in line and "x_market" in line]
    assert line.startswith("- **Restore**: bring `fills`, `rejects` back from a dump, then `")
