"""What a health check probes: the port, the path and the program it needs, read out of its words.

Shared by the compose reader and the Dockerfile reader, so that both say the same about the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wizard.values.pattern import lazy_pattern

_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", "::", "ip6-localhost", "127.1", ""})  # noqa: S104
_URL = lazy_pattern(r"https?://(?:\[[0-9a-fA-F:]*\]|[^\s/:'\"`\\)\]}]*)(?::\d+)?(?:/[^\s'\"`|;)\\]*)?", re.IGNORECASE)
_PARTS = lazy_pattern(r"https?://(?P<host>\[[^\]]*\]|[^:/]*)(?::(?P<port>\d+))?(?P<path>/.*)?", re.IGNORECASE)
_HOST_PORT = lazy_pattern(
    r"(?<![\w.:/@-])(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])(?::(?P<port>\d{1,5}))?(?P<path>/[^\s'\"`|;)\\]*)?",
    re.IGNORECASE,
)
_SOCKETS = (
    lazy_pattern(r"/dev/tcp/[^/\s]+/(\d{1,5})"),
    lazy_pattern(r"\(\s*\(?\s*['\"]?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|::1)?['\"]\s*,\s*(?:port\s*=\s*)?(\d{1,5})"),
    lazy_pattern(r"\bnc(?:at)?\b[^|;&]*?\s(?:localhost|[\w.:\[\]-]+)\s+(\d{1,5})\b"),
    lazy_pattern(r"-addr[= ]\S*?:(\d{1,5})"),
    lazy_pattern(r"\b(?:redis-cli|valkey-cli|pg_isready|psql|mysqladmin)\b[^|;&]*?\s(?:-p|--port)[= ]?(\d{1,5})\b"),
    lazy_pattern(r"\b(?:HTTPS?Connection|create_connection)\(\s*['\"][^'\"]*:(\d{1,5})['\"]"),
)
_DEFAULTS = (("redis-cli", 6379), ("valkey-cli", 6379), ("pg_isready", 5432), ("mysqladmin", 3306))
_REQUEST_PATH = lazy_pattern(r"\.request\(\s*['\"][A-Za-z]+['\"]\s*,\s*['\"](/[^'\"]*)['\"]")
_SHELL_VAR = lazy_pattern(r"\$\{(\w+)(?:(:?[-+?])([^}]*))?\}|\$(\w+)")
_PYTHON_VAR = lazy_pattern(
    r"(?:\{\s*|['\"]\s*\+\s*)?(?:str\(|int\()?\s*(?:os\.|__import__\(['\"]os['\"]\)\.)?"
    r"(?:environ(?:\.get\(|\[)|getenv\()\s*['\"](\w+)['\"]\s*(?:,\s*['\"]?([^'\")\]]*)['\"]?\s*)?[\])]"
    r"\)?(?:\s*\}|\s*\+\s*['\"])?"
)
_WRAPPERS = frozenset({"exec", "sudo", "timeout", "env", "/bin/sh", "sh", "bash", "/usr/bin/env"})
_BUILTINS = frozenset({"[", "[[", "test", "exit", "true", "echo", "kill", ":"})


class Probe(NamedTuple):
    """What a health check asks. `port` None and `path` '' where the words do not say.

    `tool`: the program it needs, '' for a shell builtin.
    """

    port: int | None = None
    path: str = ""
    tool: str = ""


def probe(test: Sequence[str], env: Mapping[str, str] | None = None) -> Probe:
    """What the words of a health check probe.

    `test`: the words with or without `CMD` / `CMD-SHELL` in front; a shell command is one word.
    `env`: the variables known inside the container (compose `environment`, Dockerfile `ENV`), used for `$PORT`,
    `${PORT:-8005}` and `os.environ["PORT"]`.
    """
    words = list(test[1:] if test and test[0] in ("CMD", "CMD-SHELL", "NONE") else test)
    if not words or (test and test[0] == "NONE"):
        return Probe()
    text = _resolve(" ".join(words), env or {})
    port, path = _target(text)
    return Probe(port, path, _tool(words))


def _resolve(text: str, env: Mapping[str, str]) -> str:
    def shell(match: re.Match[str]) -> str:
        name = match[1] or match[4]
        known = env.get(name, "")
        if match[2] and "+" in match[2]:
            return match[3] if known else ""
        fallback = match[3] if match[2] and "-" in match[2] else None
        return known or (fallback if fallback is not None else match[0])

    def python(match: re.Match[str]) -> str:
        value = env.get(match[1]) or (match[2] or "").strip()
        return value or match[0]

    return _PYTHON_VAR.sub(python, _SHELL_VAR.sub(shell, text.replace("$$", "$")))


def _target(text: str) -> tuple[int | None, str]:
    for found in sorted(_complete(_URL, text), key=lambda url: not _is_local(url)):
        port, path = _of_url(found)
        if port is not None:
            return port, path
    for match in _HOST_PORT.finditer(text):
        if match["port"]:
            return _port(match["port"]), _clean_path(match["path"] or "")
    for pattern in _SOCKETS:
        if found_socket := pattern.search(text):
            request = _REQUEST_PATH.search(text)
            return _port(found_socket[1]), request[1] if request else ""
    if re.search(r"\b(?:curl|wget|http)\b", text) and (bare := next(iter(_complete(_HOST_PORT, text)), "")):
        return 80, _clean_path("/" + bare.partition("/")[2])
    return next(((port, "") for tool, port in _DEFAULTS if tool in text), (None, ""))


def _complete(pattern: re.Pattern[str], text: str) -> list[str]:
    """The matches that no colon follows: `localhost:$PORT` with an unknown variable says nothing."""
    return [match[0] for match in pattern.finditer(text) if text[match.end() : match.end() + 1] != ":"]


def _is_local(url: str) -> bool:
    match = _PARTS.match(url)
    return match is not None and match["host"].strip("[]").lower() in _LOCAL


def _of_url(url: str) -> tuple[int | None, str]:
    match = _PARTS.match(url)
    if match is None or "$" in match["host"] or "{" in match["host"]:
        return None, ""
    path = _clean_path(match["path"] or "/")
    if match["port"]:
        return _port(match["port"]), path
    return (443 if url[:5].lower() == "https" else 80), path


def _clean_path(path: str) -> str:
    return path.split("?")[0].split("#")[0].rstrip(",\"'")


def _port(digits: str) -> int | None:
    number = int(digits)
    return number if 0 < number < 65536 else None


def _tool(words: Sequence[str]) -> str:
    if "/dev/tcp/" in " ".join(words):
        return "bash"
    parts = " ".join(words).split()
    for index, part in enumerate(parts):
        word = part.strip("'\"();{}!")
        base = word.rsplit("/", 1)[-1]
        if not word or word.startswith("-") or "=" in word or word in _WRAPPERS or base in _WRAPPERS:
            continue
        if index and parts[index - 1] in ("timeout", "-t", "-k") and word.rstrip("smh").isdigit():
            continue
        if base in _BUILTINS:
            return ""
        if base.startswith("python"):
            return "python"
        return base.split(";")[0].strip("'\"")
    return ""
