"""Stacks that people really have: broken files are named with their line and nothing is written; odd ones are taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]
DEV = "infrastructure/compose/dev.yml"
RUN = ("run", "sentiment", "--yes", "--no-live")
KEY = "    restart: unless-stopped\n"


def change(stack: Path, path: str, old: str, new: str) -> None:
    file = stack / path
    text = file.read_bytes().decode()
    assert old in text
    file.write_bytes(text.replace(old, new, 1).encode())


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("    cdb_core:\n", "    cdb_core: [\n", 22, "not valid YAML"),
        (KEY, KEY.replace("    ", "\t"), 5, "tab"),
        (KEY, f"{KEY}    restart: always\n", 6, "the key 'restart' is there twice"),
    ],
    ids=["syntax error", "tab", "duplicate key"],
)
def test_a_compose_file_that_is_no_yaml(
    old: str, new: str, line: int, says: str, demo: Path, wizard: Wizard, git: Git, photograph: Photograph
) -> None:
    change(demo, DEV, old, new)
    git("commit", "-qam", "spoil")
    before = photograph(demo)
    for words in (RUN, ("run", "sentiment", "--dry-run"), ("status", "--write")):
        said = wizard(*words)
        assert said.code == 1
        assert says in said.err
        assert f"{DEV}:{line}: " in said.err
        assert photograph(demo) == before
    looked = wizard("check", "core", "--format", "json")
    assert looked.code == 1
    assert {"path": DEV, "line": line} == {key: json.loads(looked.out)["problems"][0][key] for key in ("path", "line")}
    assert f"not read: {DEV}:{line}: " in wizard("check", "core").out


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: "\ufeff" + text, id="BOM"),
        pytest.param(lambda text: text.rstrip("\n"), id="no newline at the end"),
    ],
)
def test_a_compose_file_in_another_dress_is_kept_so(
    odd: Callable[[str], str], demo: Path, wizard: Wizard, git: Git
) -> None:
    git("config", "core.autocrlf", "false")
    text = (demo / DEV).read_bytes().decode()
    (demo / DEV).write_bytes(odd(text).encode())
    git("commit", "-qam", "another dress")
    wizard(*RUN, "--phase", "..compose")
    after = (demo / DEV).read_bytes().decode()
    assert after.startswith("\ufeff") == odd(text).startswith("\ufeff")
    assert ("\r\n" in after) == ("\r\n" in odd(text))
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in after
    assert after.startswith(odd(text).rstrip("\n"))
    assert wizard("check", "sentiment", "--phase", "compose").code == 0


def test_anchors_merge_keys_and_include_are_understood(demo: Path, wizard: Wizard, git: Git) -> None:
    extra = "infrastructure/compose/extra.yml"
    (demo / extra).write_text(
        "x-common: &common\n  restart: unless-stopped\n  read_only: true\n"
        "services:\n  cdb_extra:\n    <<: *common\n    image: redis:7\n    ports: ['127.0.0.1:8009:6379']\n"
    )
    change(demo, DEV, "services:\n", "include:\n    - extra.yml\n\nservices:\n")
    git("add", extra)
    git("commit", "-qam", "include")
    said = wizard("ports", "--format", "json")
    row = next(row for row in json.loads(said.out)["ports"] if row["port"] == 8009)
    assert any(c["state"] == "published" and c["evidence"]["path"] == extra for c in row["claims"])
    refused = wizard(*RUN, "--port", "8009")
    assert refused.code == 2
    assert f"published by extra ({extra}:8)" in refused.err or f"published by cdb_extra ({extra}:8)" in refused.err
    wizard(*RUN, "--phase", "..compose")
    assert wizard("check", "sentiment", "--phase", "compose").code == 0


def test_a_compose_file_with_empty_services(demo: Path, wizard: Wizard, git: Git) -> None:
    (demo / DEV).write_text("# nothing runs yet\nservices:\n")
    git("commit", "-qam", "empty")
    wizard(*RUN, "--phase", "..compose")
    assert wizard("check", "sentiment", "--phase", "compose").code == 0
    assert (demo / DEV).read_text().startswith("# nothing runs yet\nservices:\n")
    assert "cdb_sentiment:" in (demo / DEV).read_text() or "sentiment:" in (demo / DEV).read_text()


def test_a_schema_that_is_no_sql(demo: Path, answers: Path, wizard: Wizard, git: Git, photograph: Photograph) -> None:
    schema = demo / "infrastructure" / "database" / "schema.sql"
    text = schema.read_text()
    schema.write_text(text + "\nCREATE TABLE broken (id bigint,\n    note text;\n")
    git("commit", "-qam", "spoil")
    before = photograph(demo)
    said = wizard(*RUN, "--answers", str(answers))
    assert said.code == 1
    assert "infrastructure/database/schema.sql:" in said.err
    assert "not closed" in said.err
    assert photograph(demo) == before


def test_a_stack_without_a_registry_document(demo: Path, wizard: Wizard, git: Git) -> None:
    git("rm", "-q", "FUTURE_SERVICES.md")
    git("commit", "-qm", "no registry")
    said = wizard("ports")
    assert said.code == 0
    assert "no registry document found" in said.out
    assert wizard("status").code == 0
    written = wizard("status", "--write")
    assert "written: " not in written.out
    ran = wizard(*RUN, "--phase", "compose")
    assert "registry" in ran.out + ran.err
    assert not (demo / "FUTURE_SERVICES.md").exists()
