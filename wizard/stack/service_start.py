"""How a service is started: the command of Compose or of the image, the scripts of the stack that it runs, and the port
that a server started so listens on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from wizard.values.facts.container import DockerfileFacts
from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

if TYPE_CHECKING:
    from wizard.stack.services import Candidate

_PORT = r"[= ]+[\"']?([\w${}:-]+)"
_BIND = r"(?:\s-b|--bind)[= ]*[\"']?[^\s\"']*:([\w${}-]+(?::-\d+\})?)"
_SERVERS = tuple(
    (lazy_pattern(rf"(?<![\w./-]){name}"), default, lazy_pattern(given))
    for name, default, given in (
        (r"(?:[\w./]*/)?uvicorn\s", 8000, r"--port" + _PORT),
        (r"(?:[\w./]*/)?fastapi\s+(?:run|dev)\b", 8000, r"--port" + _PORT),
        (r"(?:[\w./]*/)?gunicorn\s", 8000, _BIND),
        (r"(?:[\w./]*/)?hypercorn\s", 8000, _BIND),
        (r"(?:[\w./]*/)?flask\s+(?:\S+\s+)*run\b", 5000, r"(?:\s-p|--port)" + _PORT),
        (r"(?:[\w./]*/)?waitress-serve\s", 8080, r"(?:--port[= ]+|--listen[= ]+\S*:)([\w${}:-]+)"),
        (r"(?:[\w./]*/)?daphne\s", 8000, r"(?:\s-p|--port)" + _PORT),
        (r"(?:[\w./]*/)?granian\s", 8000, r"--port" + _PORT),
        (r"(?:[\w./]*/)?streamlit\s+run\b", 8501, r"--server\.port" + _PORT),
        (r"python\S*\s+\S*manage\.py\s+runserver\b", 8000, r"runserver\s+(?:\S*:)?(\d+)"),
        (r"(?:celery\s+(?:\S+\s+)*)?flower(?=\s|$)", 5555, r"--port" + _PORT),
        (r"python\S*\s+(?:-\w\s+)*-m\s+http\.server\b", 8000, r"http\.server\s+(\d+)"),
    )
)
"""(the server, the port it takes when none is given, where one is given), as their manuals say."""
_CONFIGURED = lazy_pattern(r"\s(?:-c|--config)[= ]")
_VARIABLE = lazy_pattern(r"\$\$?\{?(\w+)(?::?-(\d+))?\}?\Z")


@dataclass(frozen=True, slots=True)
class Start:
    """A text that says how the service starts, and where it stands. `words`: those of a command or entrypoint, each as
    it is handed over."""

    text: str
    source: Source
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listening:
    """The port a start command means. `variable`: what sets it, '' when the command says it itself."""

    port: Fact[int]
    variable: str = ""


def starts(
    candidate: Candidate,
    own: tuple[str, ...],
    dockerfile: DockerfileFacts | None,
    load: Callable[[str], str | None],
) -> tuple[Start, ...]:
    """Returns the command, the entrypoint, and the text of each script of the service that they run. What Compose says
    takes the place of what the image says; a new entrypoint also drops the image's command.
    """
    block = candidate.compose or next(iter(candidate.commented), None)
    command, entrypoint = (block.command, block.entrypoint) if block else (None, None)
    if dockerfile is not None:
        command = command or (dockerfile.command if entrypoint is None else None)
        entrypoint = entrypoint or dockerfile.entrypoint
    said = [Start(" ".join(fact.value), fact.source, fact.value) for fact in (command, entrypoint) if fact is not None]
    return (*said, *(script for start in said for script in _scripts(start.text, own, load)))


def _scripts(text: str, own: tuple[str, ...], load: Callable[[str], str | None]) -> Iterator[Start]:
    for word in text.split():
        name = word.strip("\"'").rsplit("/", 1)[-1]
        if not name or name.endswith(".py"):
            continue
        path = next((p for p in own if p.rsplit("/", 1)[-1] == name), "")
        script = load(path) if path else None
        if script is not None and (name.endswith((".sh", ".bash")) or script.startswith("#!")):
            lines = (line for line in re.sub(r"\\\r?\n", " ", script).split("\n") if not line.lstrip().startswith("#"))
            yield Start("\n".join(lines), Source(path))


def listening(found: tuple[Start, ...], env: Mapping[str, str]) -> Listening | None:
    """Returns the port of the first server that is started; None when none is known to be. `env`: what the container
    has.
    """
    for start in found:
        for line in start.text.split("\n"):
            for server, default, given in _SERVERS:
                match = server.search(line + " ")
                if match is not None:
                    rest = line[match.start() :]
                    port, variable = _port(given.search(rest), default, env)
                    configured = given.search(rest) is None and _CONFIGURED.search(rest)
                    return None if port is None or configured else Listening(Fact(port, start.source), variable)
    return None


def _port(given: re.Match[str] | None, default: int, env: Mapping[str, str]) -> tuple[int | None, str]:
    if given is None:
        return default, ""
    if given[1].isdecimal():
        return int(given[1]), ""
    variable = _VARIABLE.match(given[1])
    value = (env.get(variable[1]) or variable[2] or "") if variable else ""
    return (int(value), variable[1]) if variable and value.isdecimal() else (None, "")


def environment_of(candidate: Candidate, dockerfile: DockerfileFacts | None) -> dict[str, str]:
    """Returns what the container has in its environment, as far as image and Compose say it."""
    block = candidate.compose or next(iter(candidate.commented), None)
    given = {name: value for name, value, _ in dockerfile.env} if dockerfile is not None else {}
    return given | {entry.name: entry.value or "" for entry in (block.environment if block is not None else ())}
