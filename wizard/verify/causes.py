"""Failures by cause, not by symptom: the first log line that explains why a service does not work, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.values.lean import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause with a name, the line that shows it, and what to do."""

    name: str
    line: str
    next_step: str


_KNOWN: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "import-error",
        re.compile(r"ModuleNotFoundError|ImportError|No module named"),
        "add the missing package to requirements.txt, or correct the import",
    ),
    (
        "missing-variable",
        re.compile(
            r"KeyError: '[A-Z][A-Z0-9_]+'|Field required|missing required (environment )?variable"
            r"|environment variable \S+ (is )?(not set|missing|required)"
            r"|[A-Z][A-Z0-9_]{3,} (is|must be) (not set|set|required)"
        ),
        "set the variable in the service's environment in compose, or give it a default in config.py",
    ),
    (
        "wrong-password",
        re.compile(
            r"WRONGPASS|NOAUTH|invalid username-password|invalid password|Authentication required"
            r"|password authentication failed|no password supplied"
        ),
        "compare the secret the service reads with the server's; an old volume keeps the password it was made with",
    ),
    (
        "port-taken",
        re.compile(r"Address already in use|port is already allocated|address in use|EADDRINUSE"),
        "choose another port or stop what holds this one: stack-wizard ports",
    ),
    (
        "missing-table",
        re.compile(r'relation "[^"]+" does not exist|UndefinedTable'),
        "apply the schema: phase 4, or restart PostgreSQL with an empty volume",
    ),
    (
        "no-such-program",
        re.compile(r"executable file not found|exec \S+ failed: No such file"),
        "correct CMD or ENTRYPOINT in the Dockerfile",
    ),
    ("disk-full", re.compile(r"No space left on device"), "free disk space"),
    (
        "out-of-memory",
        re.compile(r"MemoryError|Out of memory|oom-kill", re.IGNORECASE),
        "raise the memory limit in compose",
    ),
    ("exec-format", re.compile(r"exec format error", re.IGNORECASE), "build the image for this machine's processor"),
    (
        "dependency-unhealthy",
        re.compile(
            r"Name or service not known|Temporary failure in name resolution|could not translate host name"
            r"|Connection refused|ConnectionRefusedError|Error \d+ connecting to|connection to server .* failed"
        ),
        "check the host and port of the dependency in compose, and that it is up",
    ),
)
_EXCEPTION = re.compile(r"^(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning)\b.*")
_FIELD = re.compile(r"^([A-Za-z_][A-Za-z0-9_]*)\Z")


def explain(lines: Iterable[str]) -> Cause | None:
    """The first line that names a known cause, else the first exception; None when the lines hold neither."""
    known = [line.strip() for line in lines]
    for index, line in enumerate(known):
        for name, pattern, next_step in _KNOWN:
            if pattern.search(line):
                return Cause(name, _with_field(name, known, index), next_step)
    for line in known:
        if _EXCEPTION.match(line):
            return Cause("crash", line[:400], "run the service by hand to see the whole traceback")
    return None


def _with_field(name: str, lines: list[str], index: int) -> str:
    """Pydantic names the missing field on the line above `Field required`."""
    line = lines[index][:400]
    above = lines[index - 1] if index else ""
    return (
        f"{above}: {line}"
        if name == "missing-variable" and line.startswith("Field required") and _FIELD.match(above)
        else line
    )
