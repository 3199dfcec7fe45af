"""Failures by cause, not by symptom: the log line that explains why a service does not work, and what to do."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable

from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.verify.log_level import said_level


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
            r"|password authentication failed|no password supplied|HELLO must be called with the client already auth"
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
        "wrong-database",
        re.compile(r'database "[^"]+" does not exist'),
        "name a database that the server has, as POSTGRES_DB of its block in compose says",
    ),
    (
        "wrong-user",
        re.compile(r'role "[^"]+" does not exist'),
        "name a user that the server has, as POSTGRES_USER of its block in compose says",
    ),
    (
        "read-only-server",
        re.compile(r"cannot execute \w+ (in a read-only transaction|during recovery)|READONLY You can't write"),
        "let the service write to a primary: this server is a replica, in recovery, or set to read only",
    ),
    (
        "too-many-connections",
        re.compile(
            r"too many (clients already|connections)|remaining connection slots|max number of clients reached",
            re.IGNORECASE,
        ),
        "close connections after use or share them in a pool, or raise the server's limit",
    ),
    (
        "crlf",
        re.compile(
            r"\\r'?: (command not found|No such file)|\^M|\r: |bad interpreter: .*\\r|env: .*\\r", re.IGNORECASE
        ),
        "save the script with Unix line ends: sed -i 's/\\r$//' FILE, and put `*.sh text eol=lf` into .gitattributes",
    ),
    (
        "missing-secret",
        re.compile(r"No such file or directory: '/(var/)?run/secrets/|/run/secrets/\S+: No such file"),
        "mount the secret in compose (secrets: of the service), and create the file that it is read from",
    ),
    (
        "unreadable-secret",
        re.compile(r"Permission denied: '/(var/)?run/secrets/|/run/secrets/\S+: Permission denied"),
        "let the image's user read the file the secret comes from: Compose mounts it with its own mode and owner",
    ),
    (
        "missing-tool",
        re.compile(
            r"(sh|bash|ash|dash)(: line)?( ?\d+)?: \S+: (command )?not found|^/\S+\.sh: (line )?\d+: \S+: not found"
            r"|No such file or directory: '[a-z][\w.-]*'$",
            re.IGNORECASE,
        ),
        "install the program in the image, or do without it",
    ),
    (
        "no-such-program",
        re.compile(r"executable file not found|exec \S+ failed: No such file|exec:? \S+: no such file or directory"),
        "correct CMD or ENTRYPOINT in the Dockerfile",
    ),
    (
        "read-only-files",
        re.compile(r"Read-only file system"),
        "write to a volume or a tmpfs of its block in compose: the rest of its files is read_only",
    ),
    (
        "not-executable",
        re.compile(r"exec:? \S+( failed)?: Permission denied", re.IGNORECASE),
        "make the start script executable in the image: RUN chmod +x",
    ),
    (
        "no-permission",
        re.compile(r"Permission denied: '/(?!(var/)?run/secrets/)|: Permission denied$"),
        "let the image's user own that place: COPY --chown, or RUN chown before USER; a new named volume takes it over",
    ),
    ("disk-full", re.compile(r"No space left on device"), "free disk space"),
    (
        "out-of-memory",
        re.compile(r"MemoryError|Out of memory|oom-kill|OOM command not allowed", re.IGNORECASE),
        "raise the memory limit in compose",
    ),
    (
        "exec-format",
        re.compile(r"exec format error", re.IGNORECASE),
        "build the image for this machine's processor; a script needs a first line such as #!/bin/sh",
    ),
    (
        "dependency-unhealthy",
        re.compile(
            r"Name or service not known|Temporary failure in name resolution|could not translate host name"
            r"|Connection refused|ConnectionRefusedError|Error \d+ connecting to|connection to server .* failed"
        ),
        "check the host and port of the dependency in compose, and that it is up",
    ),
)
_EXCEPTION = lazy_pattern(r"^(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning|Failure)\b.*")
_FIELD = lazy_pattern(r"^([A-Za-z_][A-Za-z0-9_.]*)\Z")
_BEGIN = "Traceback (most recent call last)"
_CHAIN = ("During handling of the above exception", "The above exception was the direct cause")
_TOLD_IN = (
    "message",
    "msg",
    "event",
    "error",
    "exception",
    "exc_info",
    "exc_text",
    "stack",
    "stack_trace",
    "traceback",
)
_DETAIL = 8
"""Lines after an exception that still belong to it: pydantic's fields, a driver's DETAIL."""


def explain(lines: Iterable[str], *, survived: bool = True) -> Cause | None:
    """Returns the cause that the last exception shows; None when the lines hold none.

    `survived` False: what was logged as a warning or less did not end the service, so it explains nothing.

    What a service survived (a connection refused, tried again) stands before what ended it, so the last one counts. An
    exception without a known cause is asked for the one that it was raised from. Without an exception the last line
    that names a known cause counts.
    """
    told = [text for line in lines if survived or said_level(line) is not False for text in _unfolded(line.strip())]
    raised = [index for index, line in enumerate(told) if _EXCEPTION.match(line)]
    last = raised[-1] if raised else len(told) - 1
    for index in range(len(told) - 1, last, -1):  # a shell or a driver that speaks after the last exception
        found = _known(told, index)
        if found is not None:
            return found
    if not raised:
        return next((found for index in range(last, -1, -1) if (found := _known(told, index))), None)
    for place in _chain(told, raised):
        for index in (place, *range(place + 1, min(place + 1 + _DETAIL, len(told)))):
            found = _known(told, index) if index == place or not _starts_anew(told[index]) else None
            if found is not None:
                return _via(found, told[raised[-1]], place == raised[-1])
            if index != place and _starts_anew(told[index]):
                break
    return Cause("crash", told[raised[-1]][:400], "run the service by hand to see the whole traceback")


def _unfolded(line: str) -> list[str]:
    """The lines inside a JSON record: its message, and the traceback that a logger keeps in another of its fields."""
    if not (line.startswith("{") and line.endswith("}")):
        return [line]
    with contextlib.suppress(ValueError, RecursionError):
        record: object = json.loads(line)
        if isinstance(record, dict):
            texts = [value for key in _TOLD_IN if isinstance(value := record.get(key), str)]
            return [part.strip() for text in texts for part in text.splitlines()] or [line]
    return [line]


def _chain(lines: list[str], raised: list[int]) -> list[int]:
    """The last exception, and those that it was raised from or while handling, backwards."""
    chain = [raised[-1]]
    for earlier in reversed(raised[:-1]):
        between = lines[earlier : chain[-1]]
        if not any(line.startswith(_CHAIN) for line in between):
            break
        chain.append(earlier)
    return chain


def _starts_anew(line: str) -> bool:
    return line.startswith((_BEGIN, *_CHAIN)) or bool(_EXCEPTION.match(line))


def _known(lines: list[str], index: int) -> Cause | None:
    for name, pattern, next_step in _KNOWN:
        if pattern.search(lines[index]):
            return Cause(name, _with_field(name, lines, index), next_step)
    return None


def _via(cause: Cause, last: str, is_last: bool) -> Cause:
    """Says both the exception that ended the service and the one under it."""
    if is_last or cause.line == last:
        return cause
    return Cause(cause.name, f"{last[:200]} (from {cause.line[:200]})", cause.next_step)


def _with_field(name: str, lines: list[str], index: int) -> str:
    """Pydantic names the missing field on the line above `Field required`."""
    line = lines[index][:400]
    above = lines[index - 1] if index else ""
    return (
        f"{above}: {line}"
        if name == "missing-variable" and line.startswith("Field required") and _FIELD.match(above)
        else line
    )
