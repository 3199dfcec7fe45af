"""What a health check probes: the port, the path and the program it needs, read out of its words.

Shared by the compose reader and the Dockerfile reader, so that both say the same about the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from wizard.stack.image.shell_words import commands
from wizard.values.lean import dataclass
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
_SHELL_VAR = lazy_pattern(r"\$\{(\w+)(?:(:?[-+?])([^}]{0,500}))?\}|\$(\w+)")
_PYTHON_VAR = lazy_pattern(
    r"(?:\{\s*|['\"]\s*\+\s*)?(?:str\(|int\()?\s{0,9}(?:os\.|__import__\(['\"]os['\"]\)\.)?"
    r"(?:environ(?:\.get\(|\[)|getenv\()\s*['\"](\w+)['\"]\s*(?:,\s*['\"]?([^'\")\]]*)['\"]?\s*)?[\])]"
    r"\)?(?:\s*\}|\s*\+\s*['\"])?"
)
_WRAPPERS = frozenset({"exec", "sudo", "timeout", "env", "sh", "bash", "nice", "gosu", "su-exec"})
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_BUILTINS = frozenset(
    {"[", "[[", "test", "exit", "true", "false", "echo", "kill", ":", "cd", "export", "set", "printf"}
)
_FORMS = frozenset({"CMD", "CMD-SHELL", "NONE"})
_OPERATORS = frozenset({"||", "&&", "|", ";", ">", ">>", "2>&1", ">/dev/null", "2>/dev/null", "&"})
_UPPER = lazy_pattern(r"\$\{?[A-Z_][A-Z0-9_]*")
_FORGIVEN = lazy_pattern(r"(?:\|\||;)\s*(?:true|:|exit\s+0|echo\b[^|;&]*)\s*\Z")
_SUCCESS = lazy_pattern(r"\s*(?:true|:|exit\s+0|echo\b[^|;&]*)\s*\Z")


@dataclass(frozen=True, slots=True)
class Probe:
    """What a health check asks. `port` None and `path` '' where the words do not say.

    `tool`: the program it needs, '' for a shell builtin. `host`: as asked. `fault`: why it can never say what it is
    there for, as the end of a sentence; '' when nothing of the kind is seen.
    """

    port: int | None = None
    path: str = ""
    tool: str = ""
    host: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """What the engine runs. `script`: the text a shell gets, None for a program started without one."""

    words: tuple[str, ...]
    script: str | None
    fault: str = ""


def probe(test: Sequence[str], env: Mapping[str, str] | None = None) -> Probe:
    """Returns what the words of a health check probe when the engine runs them.

    `test`: the words, `CMD`, `CMD-SHELL` or `NONE` in front (a bare text is a shell's); Compose has filled in its own
    `$NAME` and made `$$` a `$`. `env`: the variables known inside the container (compose `environment`, Dockerfile
    `ENV`), which a shell fills in for `$PORT` and `${PORT:-8005}`, and Python for `os.environ["PORT"]`.
    """
    if not test or test[0] == "NONE":
        return Probe()
    run = _run(tuple(test))
    shell = run.script if run.script is not None else None
    text = _filled(" ".join(run.words) if shell is None else shell, env or {}, shell=shell is not None)
    port, path, host = _target(text)
    return Probe(port, path, _tool_of(run), host, run.fault or _fault(run))


def _run(test: tuple[str, ...]) -> _Run:
    """What is run of the words: the engine hands the shell of CMD-SHELL one word, and starts CMD without a shell."""
    if test[0] not in _FORMS:
        fault = (
            "" if len(test) == 1 else f"begins with {test[0]!r}: the engine runs lists that begin with CMD or CMD-SHELL"
        )
        return _Run(test, " ".join(test), fault)
    words = test[1:]
    if test[0] == "CMD-SHELL":
        more = any(word.strip() for word in words[1:])
        fault = (
            f"runs `{_short(words[0])}` alone: the shell of CMD-SHELL takes one text, the other words are lost"
            if more
            else ""
        )
        return _Run(words[:1], words[0] if words else "", fault)
    program = words[0].rsplit("/", 1)[-1] if words else ""
    at = next((i for i, word in enumerate(words) if re.fullmatch(r"-[a-z]*c", word)), 0) if program in _SHELLS else 0
    return _Run(words, words[at + 1] if at and at + 1 < len(words) else None)


def _fault(run: _Run) -> str:
    if run.script is not None:
        if _SUCCESS.match(run.script):
            return "asks nothing: it always succeeds"
        return "ends in success whatever the answer is" if _FORGIVEN.search(run.script) else ""
    if not run.words:
        return "has no command"
    if " " in run.words[0].strip():
        return f"looks for a program called `{_short(run.words[0])}`: CMD starts no shell that would take it apart"
    operator = next((word for word in run.words[1:] if word in _OPERATORS), None)
    if operator is not None:
        return f"hands `{operator}` to {run.words[0]} as a word: CMD starts no shell"
    variable = next((found for word in run.words[1:] if (found := _UPPER.search(word))), None)
    return f"has `{variable[0]}` in it, which no shell fills in: CMD starts none" if variable else ""


def _short(words: str) -> str:
    return words if len(words) <= 40 else words[:39] + "…"


def _filled(text: str, env: Mapping[str, str], *, shell: bool) -> str:
    """The text with the variables that a shell (or Python in it) fills in, where their values are known."""

    def in_shell(match: re.Match[str]) -> str:
        name = match[1] or match[4]
        known = env.get(name, "")
        if match[2] and "+" in match[2]:
            return match[3] if known else ""
        fallback = match[3] if match[2] and "-" in match[2] else None
        return known or (fallback if fallback is not None else match[0])

    def in_python(match: re.Match[str]) -> str:
        value = env.get(match[1]) or (match[2] or "").strip()
        return value or match[0]

    return _PYTHON_VAR.sub(in_python, _SHELL_VAR.sub(in_shell, text) if shell else text)


def _target(text: str) -> tuple[int | None, str, str]:
    """(port, path, host) that a text asks."""
    for found in sorted(_complete(_URL, text), key=lambda url: not _is_local(url)):
        port, path = _of_url(found)
        if port is not None:
            return port, path, _host(found)
    for match in _HOST_PORT.finditer(text):
        if match["port"]:
            return _port(match["port"]), _clean_path(match["path"] or ""), match[0].partition(":")[0].lower()
    for pattern in _SOCKETS:
        if found_socket := pattern.search(text):
            request = _REQUEST_PATH.search(text)
            host = "localhost" if "localhost" in found_socket[0] else ""
            return _port(found_socket[1]), request[1] if request else "", host
    if re.search(r"\b(?:curl|wget|http)\b", text) and (bare := next(iter(_complete(_HOST_PORT, text)), "")):
        return 80, _clean_path("/" + bare.partition("/")[2]), bare.partition("/")[0].lower()
    return next(((port, "", "") for tool, port in _DEFAULTS if tool in text), (None, "", ""))


def _host(url: str) -> str:
    match = _PARTS.match(url)
    return match["host"].lower() if match else ""


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


def _tool_of(run: _Run) -> str:
    """The first program that is no builtin of the shell."""
    if "/dev/tcp/" in (run.script or ""):
        return "bash"
    if run.script is None:
        return _tool(list(run.words))
    return next((tool for words in commands(run.script) if (tool := _tool(words))), "")


def _tool(words: list[str]) -> str:
    """The program of one command, wrappers such as `timeout 5s` left out; '' for a builtin."""
    for index, word in enumerate(words):
        base = word.rsplit("/", 1)[-1]
        if not word or word.startswith("-") or "=" in word or base in _WRAPPERS:
            continue
        if index and words[index - 1] in ("timeout", "-t", "-k", "-s") and word.rstrip("smh").isdigit():
            continue
        if base in _BUILTINS:
            return ""
        return "python" if base.startswith("python") else base
    return ""
