"""A reading that may use what the one before parsed says the same as one that may not, whatever changed between."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.python import source as python_source
from wizard.stack.read import read_stack
from wizard.values.memo import Memo

STACKS = Path(__file__).parents[2] / "stacks"
Change = Callable[[Path, random.Random], None]


def _edit(path: Path, chance: random.Random) -> None:
    lines = path.read_text("utf-8", "surrogateescape").split("\n")
    at = chance.randrange(len(lines) + 1)
    lines[at : at + chance.randrange(3)] = chance.choice(([], ["# a word"], lines[:2], ["X = 1"]))
    path.write_text("\n".join(lines), "utf-8", "surrogateescape")


def _remove(path: Path, _chance: random.Random) -> None:
    path.unlink()


def _move(path: Path, chance: random.Random) -> None:
    path.rename(path.with_name(chance.choice(("moved_", "other_")) + path.name))


def _copy(path: Path, chance: random.Random) -> None:
    shutil.copy(path, path.with_name(f"copy{chance.randrange(3)}_{path.name}"))


def _swap(path: Path, chance: random.Random) -> None:
    other = chance.choice([p for p in path.parent.iterdir() if p.is_file()])
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)


@pytest.mark.parametrize("name", ["flat", "layered", "rootcompose"])
@pytest.mark.parametrize("seed", range(3))
def test_again_is_as_afresh(name: str, seed: int, tmp_path: Path) -> None:
    root = tmp_path / "stack"
    shutil.copytree(STACKS / name, root)
    files, memo, chance = DiskFiles(root), Memo(), random.Random(seed)  # noqa: S311
    for _ in range(25):
        memo.turn()
        assert read_stack(files, memo=memo) == read_stack(files)
        paths = sorted(p for p in root.rglob("*") if p.is_file())
        for path in chance.sample(paths, 2):
            if path.exists():
                chance.choice((_edit, _edit, _remove, _move, _copy, _swap))(path, chance)


def test_only_what_changed_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "stack"
    shutil.copytree(STACKS / "flat", root)
    parsed: list[str] = []
    real = python_source._parse

    def counted(text: str) -> object:
        parsed.append(text)
        return real(text)

    monkeypatch.setattr(python_source, "_parse", counted)
    files, memo = DiskFiles(root), Memo()
    read_stack(files, memo=memo)
    parsed.clear()
    changed = next(root.rglob("service.py"))
    changed.write_text(changed.read_text() + "\n# more\n")
    memo.turn()
    read_stack(files, memo=memo)
    assert parsed == [changed.read_text()]
