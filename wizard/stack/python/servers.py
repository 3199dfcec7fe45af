"""What the code says about servers by value: their hosts, and passwords that are handed to a client (never kept)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wizard.rules.packages import MAPPERS, POSTGRES_DRIVERS, REDIS_CLIENTS
from wizard.rules.secrets import has_credentials, is_secret
from wizard.stack.python.names import Names
from wizard.stack.python.prose import in_code
from wizard.stack.python.scan import Scan, Scope
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact, Source

_HOST = lazy_pattern(
    r"[\"'](?:[a-z][a-z0-9+]*://(?:[^\s\"'/@]*@)?(?P<url>[A-Za-z0-9][\w.-]*)(?=[:/\"'?{])"
    r"|(?P<address>[A-Za-z][\w.-]*):\d{2,5}(?=[/\"'?]))"
)
"""A host in a URL or as `host:port`."""
_MAYBE_HOST = lazy_pattern(r":(?://|\d{2,5}[/\"'?])")
"""What every match of `_HOST` has in it: found in no time, while that is tried at every quote."""
_ARGUMENT_WORDS = ("host", "server", "address")
_ARGUMENT = lazy_pattern(r"\b(?:host|hostname|server|address)\s*=\s*[\"'](?P<given>[A-Za-z][\w.-]*)[\"']")
"""An argument that is named for a host. Apart from the other, which begins with a quote: with one first character the
engine skips what cannot match."""
_SERVERS = dict.fromkeys(REDIS_CLIENTS, "redis") | dict.fromkeys((*POSTGRES_DRIVERS, "psycopg_pool"), "postgres")
"""Packages of clients -> the server that they talk to."""
_SCHEMES = {"redis": "redis", "rediss": "redis", "valkey": "redis", "postgres": "postgres", "postgresql": "postgres"}
_OF_ANY_SERVER = MAPPERS | {"sqlmodel"}
"""Packages that learn from the URL which server is meant."""


def read_hosts(scanned: Scan, text: str, path: str) -> tuple[Fact[str], ...]:
    """Returns the hosts that the file's texts name, each where it is first: `http://user-service:5000/users`."""
    hosts = in_code(_HOST, text, scanned) if _MAYBE_HOST.search(text) else ()
    found = [(match.start(), match["url"] or match["address"], line) for match, line in hosts]
    if any(word in text for word in _ARGUMENT_WORDS):
        found += [(match.start(), match["given"], line) for match, line in in_code(_ARGUMENT, text, scanned)]
    result: dict[str, Fact[str]] = {}
    for _, host, line in sorted(found):
        result.setdefault(host, Fact(host, Source(path, line)))
    return tuple(result.values())


def read_passwords(found: Scan, names: Names, path: str) -> tuple[Fact[str], ...]:
    """Returns `redis` or `postgres` for each call of a client that is given a password by value, with its line."""
    if not names.uses(*_SERVERS, *_OF_ANY_SERVER):
        return ()
    facts = []
    for call, scope, _ in found.calls:
        package = names.full(call.func).partition(".")[0]
        if package in _SERVERS or package in _OF_ANY_SERVER:
            given = ((server, line) for server, line in _given(call, scope) if server or package in _SERVERS)
            facts += [Fact(server or _SERVERS[package], Source(path, line)) for server, line in given]
    return tuple(facts)


def _given(call: ast.Call, scope: Scope) -> Iterator[tuple[str, int]]:
    """The passwords among the arguments: what a URL's scheme says about the server, '' without one; the line."""
    for node in call.args:
        text = _literal(node, scope)
        if has_credentials(text):
            yield _SCHEMES.get(text.partition("://")[0].partition("+")[0], ""), node.lineno
    for keyword in call.keywords:
        text = _literal(keyword.value, scope)
        if has_credentials(text):
            yield _SCHEMES.get(text.partition("://")[0].partition("+")[0], ""), keyword.value.lineno
        elif text and "${" not in text and keyword.arg is not None and is_secret(keyword.arg):
            yield "", keyword.value.lineno


def _literal(node: ast.expr, scope: Scope) -> str:
    """The text of a literal or of a name that is bound to one alone; `${}` stands for what an f-string fills in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part, scope) if isinstance(part, ast.Constant) else "${X}" for part in node.values)
    place: Scope | None = scope
    while isinstance(node, ast.Name) and place is not None:
        bound = place.names.get(node.id)
        if bound is not None:
            single = bound[0] if len(bound) == 1 else None
            return _literal(single, place) if isinstance(single, ast.Constant | ast.JoinedStr) else ""
        place = place.parent
    return ""
