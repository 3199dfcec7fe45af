"""Stacks written to a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from wizard.adapters.files.files import DiskFiles

Stack = Callable[[dict[str, str]], DiskFiles]


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """Write files (path -> indented text) and open them."""

    def write(files: dict[str, str]) -> DiskFiles:
        for path, text in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(dedent(text).encode("utf-8", "surrogateescape"))
        return DiskFiles(tmp_path)

    return write
