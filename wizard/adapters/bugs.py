"""Keeps what a bug leaves behind: a report with versions and traceback, fit to be sent to others."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from wizard import __version__
from wizard.rules.homes import state_folder
from wizard.rules.secrets import is_secret, mask_credentials, mask_spans, secret_spans

_LIBRARIES = ("textual", "pydantic", "PyYAML", "ruamel.yaml", "docker", "gitpython", "psutil", "libcst")
"""What a bug may as well lie in."""
_SHORTEST = 4
"""Letters of a secret's value from which it is struck out wherever it stands; shorter ones are parts of words."""


def log_file() -> Path:
    """Returns the log of bugs; for a user without a home it lies in the folder for temporary files."""
    state = state_folder(os.environ) or Path(tempfile.gettempdir()) / f"stack-wizard-{os.getuid()}"
    return Path(state) / "bugs.log"


def record(bug: BaseException) -> str:
    """Appends the traceback to the log; returns where it is, or why it could not be written, as the next step."""
    target: Path | str = "a log file"
    try:
        target = log_file()
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"{report(bug)}\n")
    except OSError as trouble:
        return f"the traceback could not be written to {target} ({trouble.strerror}); run again with --debug"
    return (
        f"the traceback is in {target}, with versions and without secrets: read it, "
        "and send it with what you did to whoever keeps the wizard"
    )


def report(bug: BaseException) -> str:
    """Returns what helps to find the bug and nothing that is nobody's business: no answers, no files, no secrets."""
    head = f"stack-wizard {__version__}, Python {platform.python_version()}, {platform.platform()}"
    return "\n".join([head, ", ".join(_versions()), without_secrets(traced(bug), os.environ)])


def without_secrets(text: str, environ: Mapping[str, str]) -> str:
    """Strikes out the values of secret variables, passwords of URLs, and what a line calls a secret."""
    for name, value in environ.items():
        if len(value) >= _SHORTEST and is_secret(name):
            text = text.replace(value, "***")
    lines = mask_credentials(text).split("\n")
    return "\n".join(mask_spans(line, secret_spans(line, code=True)) for line in lines)


def _versions() -> Iterator[str]:
    # A user that the system does not know may not be allowed to read the standard library any more.
    with suppress(ImportError):
        from importlib.metadata import PackageNotFoundError, version

        for name in _LIBRARIES:
            with suppress(PackageNotFoundError):
                yield f"{name} {version(name)}"
    with suppress(OSError, subprocess.SubprocessError):
        yield subprocess.run(
            ["git", "--version"], capture_output=True, text=True, timeout=2, check=False
        ).stdout.strip()
    yield f"TERM={os.environ.get('TERM', '')}"


def traced(bug: BaseException) -> str:
    """Returns the traceback as Python prints it."""
    return "".join(traceback.format_exception(bug))
