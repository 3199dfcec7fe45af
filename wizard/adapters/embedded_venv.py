"""The service's own virtual environment, built from its requirements and kept between runs.

A finished environment is found by a hash of everything that went into it; it is built beside its final place and
renamed, so a run that was stopped halfway leaves no half environment. Programs in it are run as `python -m …`:
scripts would name the folder it was built in.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from wizard.adapters.embedded_process import Scratch, base_environment, remove, run
from wizard.values.live import Limits, LiveTrouble, LogLine

_FORMAT = "2"
_ERROR = re.compile(r"error|×", re.IGNORECASE)
_INCLUDE = re.compile(r"^\s*(?:-r|--requirement|-c|--constraint)[\s=]+(\S+)", re.MULTILINE)


def cache_folder() -> Path:
    """Where environments are kept: `$XDG_CACHE_HOME/stack-wizard/venvs`."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "stack-wizard" / "venvs"


def environment_python(
    scratch: Scratch,
    requirements: Sequence[Path],
    packages: Sequence[str],
    *,
    limits: Limits,
    cancelled: Callable[[], bool],
    say: Callable[[str], None],
) -> Path:
    """The Python of an environment with these requirements files and packages installed.

    Raises `LiveTrouble` (`requirements`, `timeout`) when an install fails.
    """
    place = cache_folder() / _key(requirements, packages)
    python = place / "bin" / "python"
    if python.exists():
        return python
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.draft-{os.getpid()}-{scratch.path.name}")
    say(f"building the environment from {', '.join(p.name for p in requirements) or 'nothing but pytest'}")
    try:
        _build(scratch, draft, requirements, packages, limits, cancelled, say)
        with contextlib.suppress(OSError):  # another run was first: its environment is the same
            draft.rename(place)
    finally:
        remove(draft)
    return python


def _key(requirements: Sequence[Path], packages: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for word in (_FORMAT, sys.version, sys.executable, platform.platform(), *packages):
        digest.update(word.encode() + b"\0")
    for path in _with_includes(requirements):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


def _with_includes(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        if path in found or not path.is_file():
            continue
        found.append(path)
        waiting += [path.parent / name for name in _INCLUDE.findall(path.read_text("utf-8", "replace"))]
    return found


def find_uv() -> str:
    """The `uv` on PATH or beside this Python; '' when there is none."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent)) or ""


def _build(
    scratch: Scratch,
    place: Path,
    requirements: Sequence[Path],
    packages: Sequence[str],
    limits: Limits,
    cancelled: Callable[[], bool],
    say: Callable[[str], None],
) -> None:
    uv = find_uv()
    python = str(place / "bin" / "python")
    wanted = [*(word for path in requirements for word in ("-r", str(path))), *packages]
    make = (
        [uv, "venv", "-q", "--python", sys.executable, str(place)] if uv else [sys.executable, "-m", "venv", str(place)]
    )
    install = (
        [uv, "pip", "install", "--compile-bytecode", "--python", python]
        if uv
        else [python, "-m", "pip", "install", "--no-input"]
    )
    for words in (make, [*install, *wanted] if wanted else []):
        if not words:
            continue
        child = run(
            scratch,
            words,
            limit=limits.install,
            cancelled=cancelled,
            what="installing the requirements",
            environment=base_environment(),
            sink=lambda line: _report(line, say),
        )
        if child.exit_code != 0:
            raise LiveTrouble(
                "requirements", _reason(list(child.lines)), "correct requirements.txt, or check the network"
            )


def _report(line: LogLine, say: Callable[[str], None]) -> None:
    if line.text.strip():
        say(line.text.strip())


def _reason(lines: Sequence[str]) -> str:
    """The installer's own words for why it gave up, on one line: from its first word of an error on."""
    begin = next((index for index, line in enumerate(lines) if _ERROR.search(line)), max(0, len(lines) - 3))
    words = re.sub(r"\s+", " ", " ".join(line.strip() for line in lines[begin : begin + 6]))
    return f"the requirements cannot be installed: {words[:400]}"
