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
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from wizard.rules import homes
from wizard.runtime.process import Scratch, base_environment, remove, run
from wizard.values.facts.stack import ServiceFacts
from wizard.values.live import Limits, LiveTrouble, LogLine
from wizard.values.pattern import lazy_pattern

_FORMAT = "3"
_ERROR = lazy_pattern(r"error|×", re.IGNORECASE)
_PYTHON_TAG = lazy_pattern(r"(?:^|/)python:(\d+\.\d+)")
_FIND_LIMIT = 10.0
_INCLUDE = lazy_pattern(r"^\s*(?:-r|--requirement|-c|--constraint)[\s=]+(\S+)", re.MULTILINE)


def cache_folder() -> Path:
    """Returns where environments are kept between runs; for a user without a home, until the machine starts again."""
    kept = homes.cache_folder(os.environ)
    return Path(kept or Path(tempfile.gettempdir()) / f"stack-wizard-{os.getuid()}") / "venvs"


def environment_python(
    scratch: Scratch,
    requirements: Sequence[Path],
    packages: Sequence[str],
    *,
    python: str = "",
    constraints: Sequence[str] = (),
    limits: Limits,
    cancelled: Callable[[], bool],
    say: Callable[[str], None],
) -> Path:
    """Returns the Python of an environment with these requirements files and packages installed. `constraints`: which
    versions come in question where something needs such a package.

    Raises `LiveTrouble` (`requirements`, `timeout`) when an install fails.
    """
    base = python or sys.executable
    place = cache_folder() / _key(requirements, (*packages, *constraints), base)
    made = place / "bin" / "python"
    if made.exists():
        return made
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.draft-{os.getpid()}-{scratch.path.name}")
    say(f"building the environment from {', '.join(p.name for p in requirements) or 'no requirements file'}")
    try:
        _build(scratch, draft, base, requirements, packages, constraints, limits, cancelled, say)
        with contextlib.suppress(OSError):  # another run was first: its environment is the same
            draft.rename(place)
    finally:
        remove(draft)
    return made


def _key(requirements: Sequence[Path], packages: Sequence[str], base: str) -> str:
    digest = hashlib.sha256()
    for word in (_FORMAT, sys.version, base, platform.platform(), *packages):
        digest.update(word.encode() + b"\0")
    for path in with_includes(requirements):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


def with_includes(paths: Sequence[Path]) -> list[Path]:
    """Returns requirements files and those that they include."""
    found: list[Path] = []
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        if path in found or not path.is_file():
            continue
        found.append(path)
        waiting += [path.parent / name for name in _INCLUDE.findall(path.read_text("utf-8", "replace"))]
    return found


def image_version(service: ServiceFacts) -> str:
    """Returns the Python version (`3.12`) that the tag of the service's base image names, '' when it names none."""
    base = service.dockerfile.base if service.dockerfile is not None else None
    match = _PYTHON_TAG.search(f"{base.image}:{base.tag}") if base is not None else None
    return match[1] if match else ""


def image_python(service: ServiceFacts) -> str:
    """Returns a Python of this machine with the image's version, '' when there is none or it is the wizard's own."""
    wanted = image_version(service)
    if not wanted or wanted == _own_version():
        return ""
    uv = find_uv()
    if uv:
        words = [uv, "python", "find", "--no-project", "--no-python-downloads", "--system", wanted]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            done = subprocess.run(words, capture_output=True, text=True, timeout=_FIND_LIMIT, check=False)
            if done.returncode == 0 and done.stdout.strip():
                return done.stdout.strip()
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    kept = sorted(str(path) for path in pyenv.glob(f"{wanted}*/bin/python"))
    return kept[-1] if kept else shutil.which(f"python{wanted}") or ""


def image_constraints(service: ServiceFacts) -> tuple[str, ...]:
    """Returns what an image of Python before 3.12 has itself: a setuptools with `pkg_resources`, which old packages
    import and which one that is installed today has no longer. What the service says itself stands.
    """
    version = image_version(service)
    named = (
        any(line.name == "setuptools" for line in service.requirements.requirements) if service.requirements else False
    )
    old = bool(version) and tuple(map(int, version.split("."))) < (3, 12)
    return ("setuptools<81",) if old and not named else ()


def python_note(service: ServiceFacts) -> str:
    """Says that the service runs with another Python than its image has; '' when it does not."""
    wanted = image_version(service)
    if not wanted or wanted == _own_version() or image_python(service):
        return ""
    return f"with Python {_own_version()}, since this machine has no {wanted} as the image has"


def _own_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def find_uv() -> str:
    """Returns the `uv` on PATH or beside this Python; '' when there is none."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent)) or ""


def _build(
    scratch: Scratch,
    place: Path,
    base: str,
    requirements: Sequence[Path],
    packages: Sequence[str],
    constraints: Sequence[str],
    limits: Limits,
    cancelled: Callable[[], bool],
    say: Callable[[str], None],
) -> None:
    uv = find_uv()
    python = str(place / "bin" / "python")
    files = [["-r", str(path)] for path in requirements]
    # where one file pins by hash, pip wants a hash of all that is installed with it; uv asks none of the others
    parts = [[*chain(*files), *packages]] if uv else [*files, [*packages]]
    make = [uv, "venv", "-q", "--python", base, str(place)] if uv else [base, "-m", "venv", str(place)]
    install = (
        [uv, "pip", "install", "--compile-bytecode", "--python", python]
        if uv
        else [python, "-m", "pip", "install", "--no-input"]
    )
    if constraints:
        (scratch.path / "constraints.txt").write_text("\n".join(constraints) + "\n", encoding="utf-8")
        install += ["-c", str(scratch.path / "constraints.txt")]
    for words in (make, *([*install, *wanted] for wanted in parts if wanted)):
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
