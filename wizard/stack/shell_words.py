"""Shell commands of Dockerfile `RUN` lines, taken apart far enough to see users made and packages installed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from wizard.values.pattern import lazy_pattern

_SEPARATORS = lazy_pattern(r"&&|\|\||;|\n|(?<!\|)\|(?!\|)|(?<![&>])&(?!&)")
_PREFIXES = frozenset({"sudo", "exec", "then", "do", "else", "if", "!", "{", "(", "time", "set"})
_PASSWD_LINE = lazy_pattern(r"([a-z_][a-z0-9_-]*):[^:\s'\"]*:(\d+):\d*:")
_VALUED = {
    "useradd": frozenset("ugGdscbefkKpRPZ"),
    "adduser": frozenset("uGhsgk"),
}
_VALUED_LONG = frozenset(
    {
        *("uid", "gid", "groups", "home-dir", "home", "shell", "comment", "gecos", "ingroup", "base-dir", "expiredate"),
        *("inactive", "skel", "key", "password", "root", "prefix", "selinux-user", "conf", "firstuid", "lastuid"),
    }
)
_PACKAGE_TOOLS: dict[str, tuple[str, ...]] = {
    "netcat": ("nc",),
    "netcat-openbsd": ("nc", "netcat"),
    "netcat-traditional": ("nc", "netcat"),
    "nmap-ncat": ("nc", "ncat"),
    "procps": ("ps", "pgrep", "pidof"),
    "procps-ng": ("ps", "pgrep"),
    "redis-tools": ("redis-cli",),
    "redis": ("redis-cli",),
    "redis-server": ("redis-cli", "redis-server"),
    "postgresql-client": ("psql", "pg_isready"),
    "postgresql16-client": ("psql", "pg_isready"),
    "httpie": ("http",),
    "python3": ("python3", "python"),
    "python3-minimal": ("python3", "python"),
    "python3.11": ("python3.11", "python3", "python"),
    "python-is-python3": ("python",),
    "busybox": ("busybox", "wget", "nc"),
    "iproute2": ("ss", "ip"),
    "net-tools": ("netstat",),
}
_INSTALLERS = {
    "apt-get": ("install",),
    "apt": ("install",),
    "aptitude": ("install",),
    "apk": ("add",),
    "dnf": ("install",),
    "microdnf": ("install",),
    "yum": ("install",),
    "zypper": ("install", "in"),
}
_REMOVERS = frozenset({"remove", "purge", "del", "erase", "autoremove"})


def commands(text: str) -> Iterator[list[str]]:
    """Each simple command's words, quotes taken off, in order."""
    for piece in _SEPARATORS.split(text):
        try:
            words = shlex.split(piece, comments=True)
        except ValueError:
            words = piece.split()
        while words and (words[0] in _PREFIXES or re.match(r"[A-Za-z_]\w*=", words[0])):
            words = words[1:]
        if words:
            yield words


def users(text: str) -> Iterator[tuple[str, int | None]]:
    """Users that the commands make: `useradd`, `adduser` (Debian's and BusyBox's) and lines put into /etc/passwd."""
    for words in commands(text):
        program = words[0].rsplit("/", 1)[-1]
        if program in _VALUED:
            name, uid = _user(program, words[1:])
            if name:
                yield name, uid
    if "/etc/passwd" in text:
        for match in _PASSWD_LINE.finditer(text):
            yield match[1], int(match[2])


def _user(program: str, words: list[str]) -> tuple[str, int | None]:
    names: list[str] = []
    uid: int | None = None
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        option, given = _option(program, word)
        if option is None:
            names.append(word)
            continue
        if given is None and _takes_value(program, option):
            given = words[index] if index < len(words) else ""
            index += 1
        if option in ("u", "uid") and given is not None and given.isdecimal():
            uid = int(given)
    if not names:
        return "", None
    return (names[-1] if program == "useradd" else names[0]), uid


def _option(program: str, word: str) -> tuple[str | None, str | None]:
    """(name of the option that may take a value, its attached value); (None, None) for a plain word."""
    if word.startswith("--"):
        name, equals, given = word[2:].partition("=")
        return name, given if equals else None
    if not word.startswith("-") or len(word) < 2:
        return None, None
    for position, letter in enumerate(word[1:], 1):
        if letter in _VALUED[program]:
            return letter, word[position + 1 :] or None
    return word[-1], None


def _takes_value(program: str, option: str) -> bool:
    return option in _VALUED_LONG or (len(option) == 1 and option in _VALUED[program])


def packages(text: str) -> Iterator[tuple[str, bool]]:
    """(package, True for installed and False for removed), in order, by apt, apk, dnf, yum and kin."""
    for words in commands(text):
        verbs = _INSTALLERS.get(words[0].rsplit("/", 1)[-1])
        if verbs is None:
            continue
        plain = [word for word in words[1:] if not word.startswith("-")]
        verb = next((word for word in plain if word in verbs or word in _REMOVERS), "")
        if verb:
            for name in plain[plain.index(verb) + 1 :]:
                yield re.split(r"[=<>~@]", name, maxsplit=1)[0], verb in verbs


def tools_of(package: str) -> tuple[str, ...]:
    """The programs a package brings; one named like the package when nothing else is known."""
    known = _PACKAGE_TOOLS.get(package)
    if known is not None:
        return known
    if re.fullmatch(r"postgresql(-client)?-?\d*(-client)?", package):
        return ("psql", "pg_isready")
    return (package,)
