"""Manifests are read strictly: schema, unknown keys, types."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.errors import UnreadableError
from wizard.plan.manifest import manifest_text
from wizard.session.manifest_file import read_manifest
from wizard.session.store import Manifests
from wizard.values.spec import (
    Channel,
    Column,
    EventField,
    Manifest,
    ServiceSpec,
    Table,
    Variable,
    VerifiedItem,
    Waiver,
    manifest_path,
)

PATH = ".stack-wizard/services/market.yaml"
MANIFEST = Manifest(
    1,
    ServiceSpec(
        "market",
        'Says "yes": no #comment\u2028',
        8005,
        (Channel("a:b", (EventField("x", "int", "- dash"),)),),
        (),
        (Table("t", (Column("c", "double precision", True),)),),
        False,
        "handle",
        (Variable("MARKET_X", "", "1e3", "no"),),
    ),
    (Waiver("2.3", "offline: later", "Ada <ada@example.org>", "2026-11-24"),),
    (VerifiedItem("7.1", True, "GET /", "200", "embedded", "2026-11-24T00:00:00Z", "00", "0123", 1.5),),
)


def _wrong(text: str) -> UnreadableError:
    with pytest.raises(UnreadableError) as caught:
        read_manifest(text, PATH)
    assert caught.value.next_step
    return caught.value


def test_what_the_plan_writes_is_read_back(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    files.write(PATH, manifest_text(MANIFEST))
    manifests = Manifests(files)
    assert manifests.load("market") == MANIFEST
    assert manifests.names() == ("market",)
    assert manifest_path("market") == PATH


def test_no_manifest(tmp_path: Path) -> None:
    manifests = Manifests(DiskFiles(tmp_path))
    assert manifests.load("market") is None
    assert manifests.names() == ()


def test_another_schema_names_its_version() -> None:
    error = _wrong("spec: {}\nschema: 7\n")
    assert "schema 7" in error.message
    assert error.where == f"{PATH}:2"
    assert "update stack-wizard" in error.next_step
    assert "schema '1'" in _wrong("schema: '1'\n").message
    assert "schema True" in _wrong("schema: true\n").message
    assert "did you mean 'schema'?" in _wrong("schem: 1\n").message
    assert "'schema' is missing" in _wrong("{}").message


def test_everything_wrong_is_named_with_its_line() -> None:
    text = (
        "schema: 1\n"
        "spec:\n"
        "  name: market\n"
        "  purpose: x\n"
        "  port: many\n"
        "  input: []\n"
        "waivers:\n"
        "  - {item: '2.3', reason: r, author: a}\n"
        "verifed: []\n"
    )
    error = _wrong(text)
    for part in (
        "line 5: spec.port: must be a whole number",
        "line 6: spec: unknown key 'input' (did you mean 'inputs'?)",
        "line 8: waivers[0]: the key 'date' is missing",
        "line 9: unknown key 'verifed' (did you mean 'verified'?)",
    ):
        assert part in error.message
    assert error.where == f"{PATH}:5"


@pytest.mark.parametrize("text", ["", "[]", "5", "a: [", "schema: 1\nschema: 1\n", "schema: 1\nspec: 5\n", "schema: 1"])
def test_broken_manifests(text: str) -> None:
    assert _wrong(text).where.startswith(PATH)


def test_a_file_named_after_another_service(tmp_path: Path) -> None:
    files = DiskFiles(tmp_path)
    files.write(".stack-wizard/services/other.yaml", manifest_text(MANIFEST))
    with pytest.raises(UnreadableError, match="about 'market'"):
        Manifests(files).load("other")
