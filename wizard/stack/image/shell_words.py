"""Takes the shell commands of Dockerfile `RUN` lines apart, far enough to see users made and packages installed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from wizard.values.pattern import lazy_pattern

_OPERATORS = "();<>|&\n"
_EMPTY = "\ue000"
_MASK = {ord(char): 0xE001 + number for number, char in enumerate(_OPERATORS + "#\"'\\ \t")}
_UNMASK: dict[int, int | None] = {new: old for old, new in _MASK.items()} | {ord(_EMPTY): None}
"""Stand-ins from the private use area: `shlex` tells a quoted `;` from one that ends a command only so."""
_OPAQUE = lazy_pattern(
    r"('[^']*'|\"(?:\\.|[^\"\\])*\"|\\[^\n])"  # quoted or escaped: stays one word
    r"|(\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|`[^`]*`)"  # what another command answers: stays one word
    r"|(?:(?<=[\s;|&()])|\A)#[^\n]*"  # a comment
    r"|(?:(?<=[\s;|&()])|\A)\d+(?=[<>])"  # the number of a redirected file: no word
    r"|\\\n",
    re.DOTALL,
)
_PREFIXES = frozenset({"sudo", "exec", "then", "do", "else", "if", "!", "{", "time", "set", "command", "env", "eval"})
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_DEEPEST = 3
"""`sh -c` inside `sh -c`: people write one."""
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
_GROUPS = frozenset({"-t", "--virtual"})
"""apk: `add --virtual NAME PACKAGES`, which `del NAME` takes away together; apt's `-t RELEASE` also has one value."""
_VALUED_OPTIONS = frozenset({"-o", "--option", "-c", "--target-release", "-X", "--repository", "--enablerepo"})


def commands(text: str, depth: int = 0) -> Iterator[list[str]]:
    """Yields each simple command's words, quotes taken off, in order; redirections and comments are no words.

    `shlex` splits at the operators that stand outside quotes. What `sh -c '…'` is handed is read like the rest.
    """
    words: list[str] = []
    redirected = False
    for token in (*_tokens(text), "\n"):
        if token.strip(_OPERATORS):
            if not redirected:
                words.append(token.translate(_UNMASK))
            redirected = False
            continue
        redirected = "<" in token or ">" in token
        if token.strip("<>&") or not redirected:
            if command := _bare(words):
                yield command
                yield from _handed_on(command, depth)
            words = []


def _tokens(text: str) -> list[str]:
    lexer = shlex.shlex(_OPAQUE.sub(_masked, text), posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    lexer.quotes = lexer.escape = lexer.escapedquotes = ""
    return list(lexer)


def _masked(match: re.Match[str]) -> str:
    """A quoted piece without its quotes, its special characters masked; '' for what is no part of a word."""
    if match[2]:
        return match[2].translate(_MASK)
    piece = match[1] or ""
    if piece[:1] == "\\":
        return piece[1:].translate(_MASK)
    inner = piece[1:-1]
    plain = re.sub(r"\\([\"\\$`])", r"\1", inner) if piece[:1] == '"' else inner
    return _EMPTY + plain.translate(_MASK) if piece else ""


def _bare(words: list[str]) -> list[str]:
    """The command without keywords, wrappers and assignments before it."""
    at = 0
    while at < len(words) and (words[at] in _PREFIXES or re.match(r"[A-Za-z_]\w*=", words[at])):
        at += 1
    return words[at:]


def _handed_on(command: list[str], depth: int) -> Iterator[list[str]]:
    if command[0].rsplit("/", 1)[-1] in _SHELLS and depth < _DEEPEST:
        at = next((i for i, word in enumerate(command) if re.fullmatch(r"-[a-z]*c", word)), 0)
        if at and at + 1 < len(command):
            yield from commands(command[at + 1], depth + 1)


def users(text: str) -> Iterator[tuple[str, int | None]]:
    """Yields the users that the commands make: `useradd`, `adduser` (Debian's and BusyBox's), lines of /etc/passwd."""
    for words in commands(text) if "useradd" in text or "adduser" in text else ():
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
    """Yields (package, True for installed and False for removed), in order, by apt, apk, dnf, yum and kin."""
    groups: dict[str, list[str]] = {}
    for words in commands(text) if any(name in text for name in _INSTALLERS) else ():
        verbs = _INSTALLERS.get(words[0].rsplit("/", 1)[-1])
        if verbs is None:
            continue
        group, plain = _plain(words[1:])
        verb = next((word for word in plain if word in verbs or word in _REMOVERS), None)
        if verb is None:
            continue
        names = [re.split(r"[=<>~@]", name, maxsplit=1)[0] for name in plain[plain.index(verb) + 1 :]]
        if group:
            groups[group] = names
        for name in names:
            for member in [name] if verb in verbs else groups.get(name, [name]):
                yield member, verb in verbs


def _plain(words: list[str]) -> tuple[str, list[str]]:
    """(apk's name for the group, '' without; the words that are neither options nor values of one)."""
    group, plain = "", []
    rest = iter(words)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in _GROUPS:
            group = value if equals else next(rest, "")
        elif option in _VALUED_OPTIONS and not equals:
            next(rest, "")
        elif not word.startswith("-"):
            plain.append(word)
    return group, plain


def runs_scripts(text: str) -> bool:
    """Tells whether a command runs a script, which may install anything."""
    return any(
        words[0].startswith(("./", ".\\")) or words[0].endswith((".sh", ".bash")) or _is_script(words)
        for words in commands(text)
        if words
    )


def _is_script(words: list[str]) -> bool:
    return words[0].rsplit("/", 1)[-1] in _SHELLS and any(word.endswith((".sh", ".bash")) for word in words[1:2])


def tools_of(package: str) -> tuple[str, ...]:
    """Returns the programs a package brings; one named like the package when nothing else is known."""
    known = _PACKAGE_TOOLS.get(package)
    if known is not None:
        return known
    if re.fullmatch(r"postgresql(-client)?-?\d*(-client)?", package):
        return ("psql", "pg_isready")
    return (package,)
