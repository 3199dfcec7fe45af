"""A service's move to another port: every place that says it, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.errors import UsageError
from wizard.pipeline.answering import Wanted, settle
from wizard.pipeline.moving import move_of, plan_move
from wizard.pipeline.opening import judge, spec_of
from wizard.stack.read import read_stack
from wizard.values.edit import ChangeSet
from wizard.values.lean import replace

PROBE = "import urllib.request as u; u.urlopen('http://127.0.0.1:8031/health')"
FILES = {
    "compose.yaml": f"""\
services:
  shop:
    build: ./services/shop
    environment:
      SHOP_PORT: "8031"
      STOCK_LIMIT: "8031"
    healthcheck:
      test: ["CMD", "python", "-c", "{PROBE}"]
    ports:
      - "127.0.0.1:8031:8031"
  other:
    image: example/other:1
    environment:
      LIMIT: "8031"
""",
    "services/shop/Dockerfile": f"""\
FROM python:3.12-slim
COPY . .
EXPOSE 8031
HEALTHCHECK --interval=5s \\
  CMD python -c "{PROBE}"
CMD ["python", "service.py"]
""",
    "services/shop/service.py": """\
import os

from flask import Flask

app = Flask(__name__)
PRICE = 8031


@app.get("/health")
def health():
    return "ok"


app.run(port=int(os.environ.get("SHOP_PORT", "8031")))
""",
    "services/shop/README.md": "# shop\n\nPort 8031; ask `curl http://localhost:8031/health`.\n",
    "RUNBOOK.md": "# Runbook\n\n## shop\n\ncurl localhost:8031/health\n\n## other\n\nsends 8031 rows\n",
    "PORTS.md": "# Ports\n\n## Port Allocation\n- 8030: Other Service\n- 8031: Shop Service\n- 8032: reserved\n",
    ".stack-wizard/stack.yaml": "schema: 1\nregistry: PORTS.md\nrunbook: RUNBOOK.md\ncompose_files: [compose.yaml]\n",
}


def written(root: Path, changed: dict[str, str]) -> None:
    for path, text in (FILES | changed).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def moved(root: Path, changed: dict[str, str], port: int = 8041) -> ChangeSet | None:
    """The move of `shop`, None when there is nothing to move."""
    written(root, changed)
    facts = read_stack(DiskFiles(root))
    spec = replace(spec_of(facts, "shop").spec, port=port)
    move = move_of(facts, spec)
    return plan_move(move, facts, spec, judge(facts, "shop", spec=spec)) if move else None


def test_every_place_is_moved_and_nothing_else(tmp_path: Path) -> None:
    plan = moved(tmp_path, {})
    assert plan is not None
    assert plan.refusals == ()
    after = {edit.path: edit.after or "" for edit in plan.edits}
    assert set(after) >= {*FILES} - {".stack-wizard/stack.yaml"}
    assert after["compose.yaml"].count("8041") == 5
    assert 'LIMIT: "8031"\n' in after["compose.yaml"].partition("other:")[2], "another service's number"
    assert "8031" not in after["services/shop/Dockerfile"]
    assert after["services/shop/service.py"] == FILES["services/shop/service.py"].replace('"8031"', '"8041"')
    assert after["services/shop/README.md"] == FILES["services/shop/README.md"].replace("8031", "8041")
    assert "localhost:8041" in after["RUNBOOK.md"]
    assert "sends 8031 rows" in after["RUNBOOK.md"]
    assert "- 8041: Shop Service" in after["PORTS.md"]


@pytest.mark.parametrize(
    ("path", "old", "new", "reason"),
    [
        ("compose.yaml", '"127.0.0.1:8031:8031"', '"127.0.0.1:${P:-8031}:8031"', ""),
        ("compose.yaml", '"127.0.0.1:8031:8031"', '"127.0.0.1:${P}:${P}"', "compose publishes 8031 in a way"),
        ("compose.yaml", 'LIMIT: "8031"\n', 'SHOP: "http://shop:8031/"\n', "this line calls it on port 8031"),
        ("services/shop/service.py", 'int(os.environ.get("SHOP_PORT", "8031"))', "8000 + 31", "no line of its code"),
        ("services/shop/service.py", 'int(os.environ.get("SHOP_PORT", "8031"))', "PRICE", "the code serves 8031"),
    ],
    ids=["default of a variable", "variable", "caller", "computed", "constant"],
)
def test_a_place_that_cannot_be_moved_keeps_all(tmp_path: Path, path: str, old: str, new: str, reason: str) -> None:
    assert old in FILES[path]
    text = FILES[path].replace(old, new) if "LIMIT" not in old else new.join(FILES[path].rsplit(old, 1))
    plan = moved(tmp_path, {path: text, ".env": "P=8031\n"} if "${P}" in new else {path: text})
    assert plan is not None
    assert bool(plan.edits) is not bool(reason)
    assert [reason in refusal.reason for refusal in plan.refusals] == ([True] if reason else []), plan.refusals


def test_files_that_contradict_each_other_are_no_move(tmp_path: Path) -> None:
    """Each place is put right by its own item then."""
    assert moved(tmp_path, {}, 8031) is None
    text = FILES["services/shop/Dockerfile"].replace("EXPOSE 8031", "EXPOSE 8041")
    assert moved(tmp_path, {"services/shop/Dockerfile": text}) is None


def test_a_move_is_asked_for(tmp_path: Path) -> None:
    rival = FILES["compose.yaml"].replace("    image: example/other:1\n", "    image: o:1\n    ports: ['8031:80']\n")
    written(tmp_path, {"compose.yaml": rival})
    facts = read_stack(DiskFiles(tmp_path))
    assert settle(facts, Wanted("shop")).port == 8031
    assert settle(facts, Wanted("shop", port="8041")).port == 8041
    written(tmp_path, {"services/shop/service.py": FILES["services/shop/service.py"].replace('"8031"', "'80' + '31'")})
    with pytest.raises(UsageError, match="port 8041"):
        settle(read_stack(DiskFiles(tmp_path)), Wanted("shop", port="8041"))


def test_a_service_keeps_a_port_of_the_system(tmp_path: Path) -> None:
    written(tmp_path, {path: text.replace("8031", "81") for path, text in FILES.items()})
    assert settle(read_stack(DiskFiles(tmp_path)), Wanted("shop")).port == 81


def test_a_list_that_reserves_another_port_moves_nothing(tmp_path: Path) -> None:
    """The files agree on a port; the list is what is out of date, and a contradiction says so."""
    written(tmp_path, {"PORTS.md": FILES["PORTS.md"].replace("8031: Shop", "8033: Shop")})
    facts = read_stack(DiskFiles(tmp_path))
    assert settle(facts, Wanted("shop")).port == 8031
    assert "port" in [found.topic for found in judge(facts, "shop").contradictions]
