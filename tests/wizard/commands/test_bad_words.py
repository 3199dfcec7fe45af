"""Names, ports, items, phases and folders that cannot be taken: exit 2, the reason, the next step, nothing written."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Wizard = Callable[..., Any]
Photograph = Callable[[Path], dict[str, bytes]]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "NAME is empty"),
        ("Sentiment", "lower-case"),
        ("two words", "lower-case"),
        ("..", "lower-case"),
        ("../market", "lower-case"),
        ("a/b", "lower-case"),
        ("class", "keyword"),
        ("match", "keyword"),
        ("queue", "standard library"),
        ("flask", "would be hidden"),
        ("a" * 64, "64 characters"),
        ("naïve", "lower-case"),
        ("1st", "starting with a letter"),
    ],
)
@pytest.mark.parametrize("more", [("--yes", "--no-live"), ("--dry-run",)], ids=["run", "dry"])
def test_a_name_that_no_service_can_have(
    name: str, says: str, more: tuple[str, ...], demo: Path, wizard: Wizard, photograph: Photograph
) -> None:
    before = photograph(demo)
    said = wizard("run", name, *more)
    assert said.code == 2
    assert says in said.err
    assert "next: " in said.err
    assert photograph(demo) == before


def test_a_name_with_a_leading_dash_is_no_option(demo: Path, wizard: Wizard, photograph: Photograph) -> None:
    before = photograph(demo)
    said = wizard("run", "--yes", "--", "-x")
    assert (said.code, photograph(demo)) == (2, before)
    assert "lower-case" in said.err
    assert wizard("run", "-x", "--yes").code == 2


@pytest.mark.parametrize(
    ("port", "says"),
    [
        ("0", "outside 1024 to 65535"),
        ("80", "outside 1024 to 65535"),
        ("65536", "outside 1024 to 65535"),
        ("-1", "outside 1024 to 65535"),
        ("http", "not a number"),
        ("8_008", "not a number"),
        ("8005", "reserved for Market Service (FUTURE_SERVICES.md:58)"),
        ("8001", "reserved for Core Service"),
        ("6379", ""),
    ],
)
def test_a_port_that_cannot_be_taken(port: str, says: str, demo: Path, wizard: Wizard, photograph: Photograph) -> None:
    if port == "6379":
        compose = demo / "infrastructure" / "compose" / "dev.yml"
        text = compose.read_text().replace("127.0.0.1:8000:8000", "127.0.0.1:${WS_PORT:-8009}:8009")
        assert "WS_PORT" in text
        compose.write_text(text)
        port, says = "8009", "published by ws (infrastructure/compose/dev.yml:138)"
    before = photograph(demo)
    said = wizard("run", "sentiment", "--yes", "--no-live", f"--port={port}")
    assert said.code == 2
    assert says in said.err
    assert "take 80" in said.err
    assert photograph(demo) == before


def test_a_port_on_which_somebody_listens(demo: Path, command: Wizard, photograph: Photograph) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        before = photograph(demo)
        said = command("run", "sentiment", "--yes", "--no-live", "--port", str(port), stack=demo)
    assert said.code == 2
    assert f"{port} is in use on this machine now by" in said.err
    assert photograph(demo) == before


@pytest.mark.parametrize(
    ("words", "says", "nearest"),
    [
        (("check", "markt"), "no service 'markt'", "did you mean market?"),
        (("verify", "regimee"), "no service 'regimee'", "did you mean regime?"),
        (("undo", "allocaton"), "no service 'allocaton'", "did you mean allocation?"),
        (("waive", "corr", "2.3", "--reason", "x"), "no service 'corr'", "did you mean core?"),
        (("waive", "core", "33", "--reason", "x"), "no item '33'", "did you mean 3.3?"),
        (("waive", "core", "2.3", "--reason", " "), "needs a reason", "--reason TEXT"),
        (("explain", "compse"), "no item 'compse'", "did you mean compose?"),
        (("explain", "8.1"), "no item '8.1'", "did you mean"),
        (("run", "core", "--yes", "--phase", "composed"), "no phase 'composed'", "phases are 1 to 7"),
        (("run", "core", "--yes", "--phase", "5..3"), "runs backwards", "--phase compose..testing"),
        (("run", "core", "--yes", "--branch", "a..b"), "'a..b' is not a name", "letters"),
        (("run", "core"), "nobody is there to answer", "--answers FILE"),
        (("run", "core", "--answers", "none.yaml"), "cannot read the answers", "YAML or JSON"),
        (("chekc",), "no command and no folder 'chekc'", "did you mean check?"),
        (("check", "--format", "xml"), "--format cannot be 'xml'", "sarif"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_words_name_what_was_meant(
    words: tuple[str, ...], says: str, nearest: str, demo: Path, wizard: Wizard, photograph: Photograph
) -> None:
    before = photograph(demo)
    said = wizard(*words)
    assert said.code == 2
    assert says in said.err
    assert nearest in said.err
    assert said.out == ""
    assert photograph(demo) == before


def test_a_folder_that_is_not_there(tmp_path: Path, wizard: Wizard) -> None:
    said = wizard("status", stack=tmp_path / "none")
    assert said.code == 2
    assert "there is no folder" in said.err
    assert "-C DIR" in said.err


def test_a_folder_that_is_no_stack(tmp_path: Path, wizard: Wizard) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for words in (("status",), ("check",), ("status", "--format", "json")):
        said = wizard(*words, stack=empty)
        assert said.code == 2
        assert "no service was found" in said.err
        assert said.out == ""
    assert list(empty.iterdir()) == []
