"""The guide says what is so: its pictures, links, settings, options and keys are there."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from screens.keymap import DEEDS
from wizard.arguments import build_parser
from wizard.session.settings import Settings, load_settings

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "GUIDE.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["docs/GUIDE.md", "README.md", "CONTRIBUTING.md"])
def test_every_link_and_picture_is_there(page: str) -> None:
    file = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8")):
        assert target.startswith("http") or (file.parent / target).exists(), target


def test_its_settings_are_those_that_are_read(tmp_path: Path) -> None:
    block = next(block for block in re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
    (tmp_path / "stack-wizard").mkdir()
    (tmp_path / "stack-wizard" / "config.yaml").write_text(block)
    read = load_settings({"XDG_CONFIG_HOME": str(tmp_path)}).settings
    assert all(getattr(read, field.name) != getattr(Settings(), field.name) for field in fields(Settings))
    assert read.keys.keys() <= DEEDS.keys()


def every_option(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yields the options of a parser and of all commands below it."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from every_option(command)


@pytest.mark.parametrize("page", [GUIDE, README], ids=["guide", "readme"])
def test_every_option_that_is_named_exists(page: str) -> None:
    known = {"--help", *every_option(build_parser())}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) <= known


def test_every_letter_it_names_does_that() -> None:
    known = {deed.label for deed in DEEDS.values()}
    named = set(re.findall(r"`([A-Za-z*/?+&,]|\^[a-z])`", GUIDE)) - {"?"}
    assert named <= known
