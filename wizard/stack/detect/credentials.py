"""What the stack's servers ask of those who connect, and how the stack hands it over."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from wizard.rules.secrets import EXAMPLES, handed_through, secret_files
from wizard.values.facts.compose import ComposeModel, ComposeService, EnvEntry
from wizard.values.facts.stack import Credential
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import Profile
from wizard.values.source import Source

Load = Callable[[str], str | None]
_REQUIREPASS = lazy_pattern(r"(?:--|\b)requirepass[= ]\s*[\"']?([^\s\"';]+)")
# `$$NAME` in a Compose file is the container's own variable, `$NAME` Compose's.
_INSIDE = lazy_pattern(r"\$\$\{?(\w+)")
_ACL_USER = lazy_pattern(r"(?:^|--)\s*user\s+(\S+)\s+([^\n]*)")
_ACL_PASSWORD = lazy_pattern(r"(?:^|\s)[>#]\S")
_INCLUDED = lazy_pattern(r"^\s*(?:include|aclfile)\s+(\S+)")
_CONF = lazy_pattern(r"(/\S+\.(?:conf|acl))\b")
# Images whose start script sets the password from a variable; the official redis image does not.
_BY_VARIABLE = ("REDIS_PASSWORD", "VALKEY_PASSWORD", "KEYDB_PASSWORD")
_SCRIPTED = lazy_pattern(r"bitnami|bitnamilegacy|vmware")
_ARGUMENTS = ("REDIS_ARGS", "REDIS_EXTRA_FLAGS", "VALKEY_EXTRA_FLAGS", "DFLY_requirepass")
_POSTGRES_BY = ("POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD")
# A configuration file that includes others includes few; a circle ends here.
_MOST_INCLUDES = 10


def credentials(model: ComposeModel, profile: Profile, load: Load) -> tuple[Credential, ...]:
    """Returns what Redis and PostgreSQL ask for; a server that asks for nothing, or cannot be read, has none."""
    found: list[Credential] = []
    for server, known, read in (("redis", profile.redis, _redis), ("postgres", profile.postgres, _postgres)):
        block = model.service(known.service) if known.service else None
        if block is None:
            continue
        if known.secret:
            mounted = next((fact.source for fact in block.secrets if fact.value == known.secret), block.declared[0])
            found.append(Credential(server, block.key, mounted, "secret", known.secret))
            continue
        found += [made for made in (read(block, load),) if made is not None]
    return tuple(found)


def _redis(block: ComposeService, load: Load) -> Credential | None:
    entries = {entry.name: entry for entry in block.environment}
    at = next((fact.source for fact in (block.command, block.entrypoint) if fact), block.declared[0])
    for text, source in _commands(block, entries, at):
        if match := _REQUIREPASS.search(text):
            return _from_word(block, match[1], text, source)
        if asked := _asks_by_acl(text):
            return Credential("redis", block.key, source, "literal", user=asked)
    image = block.image.value if block.image else ""
    for name in _BY_VARIABLE if _SCRIPTED.search(image) else ():
        if name in entries and entries[name].raw:
            return _from_entry("redis", block, entries[name])
    for path in _CONF.findall(" ".join(block.written)):
        if made := _from_file(block, path, load, 0):
            return made
    return None


def _commands(block: ComposeService, entries: dict[str, EnvEntry], at: Source) -> Iterator[tuple[str, Source]]:
    """The texts that Redis takes its options from: the words that start it, and variables that hold arguments."""
    yield " ".join(block.written), at
    for name in _ARGUMENTS:
        if name in entries:
            prefix = "--requirepass " if name == "DFLY_requirepass" else ""
            yield prefix + entries[name].raw, entries[name].source


def _from_word(block: ComposeService, word: str, text: str, source: Source) -> Credential:
    """A password as it is written behind `--requirepass`."""
    files = secret_files(text)
    if files and "(" in word:
        return Credential("redis", block.key, source, "secret", files[0])
    if inside := _INSIDE.match(word):
        entry = next((entry for entry in block.environment if entry.name == inside[1]), None)
        if entry is None:
            return Credential("redis", block.key, source, "unknown", inside=inside[1])
        made = _from_entry("redis", block, entry)
        return Credential("redis", block.key, source, made.kind, made.name, inside=inside[1], file=made.file)
    names = handed_through(word)
    return Credential("redis", block.key, source, "variable" if names else "literal", names[0] if names else "")


def _from_entry(server: str, block: ComposeService, entry: EnvEntry) -> Credential:
    """A password that a variable of the server's container holds."""
    if entry.file:
        path = entry.source.path
        own = next((path.removesuffix(end) for end in EXAMPLES if path.endswith(end)), path)
        alone = own not in (".env", posixpath.join(posixpath.dirname(block.declared[0].path), ".env"))
        file = own if alone else ""
        return Credential(server, block.key, entry.source, "env_file", entry.name, inside=entry.name, file=file)
    names = (entry.name,) if entry.value is None else handed_through(entry.raw)
    kind = "variable" if names else "literal"
    return Credential(server, block.key, entry.source, kind, names[0] if names else "", inside=entry.name)


def _from_file(block: ComposeService, path: str, load: Load, depth: int) -> Credential | None:
    """A password in a configuration or ACL file that is mounted into the container."""
    host = _on_host(block, path)
    text = load(host) if host and depth < _MOST_INCLUDES else None
    for number, line in enumerate((text or "").split("\n"), 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            continue
        at = Source(host, number)
        if _REQUIREPASS.match(stripped):
            return Credential("redis", block.key, at, "literal")
        if user := _asks_by_acl(stripped):
            return Credential("redis", block.key, at, "literal", user=user)
        if (included := _INCLUDED.match(stripped)) and (made := _from_file(block, included[1], load, depth + 1)):
            return made
    return None


def _asks_by_acl(text: str) -> str:
    """The user whom a connection must name, '' when the default user needs no password."""
    for name, rules in _ACL_USER.findall(text):
        if name == "default" and "nopass" not in rules and (_ACL_PASSWORD.search(rules) or " off" in f" {rules}"):
            return str(name)
    return ""


def _on_host(block: ComposeService, path: str) -> str:
    """The file of the stack that is mounted at a path of the container, '' when none is."""
    for volume in block.volumes:
        source, _, rest = volume.value.partition(":")
        target = rest.partition(":")[0]
        if not source.startswith("./") or not target:
            continue
        if path == target:
            return posixpath.normpath(source)
        if path.startswith(target.rstrip("/") + "/"):
            return posixpath.normpath(posixpath.join(source, path[len(target.rstrip("/")) + 1 :]))
    return ""


def _postgres(block: ComposeService, _load: Load) -> Credential | None:
    entries = {entry.name: entry for entry in block.environment}
    if (trust := entries.get("POSTGRES_HOST_AUTH_METHOD")) and trust.value == "trust":
        return None
    for name in _POSTGRES_BY:
        if name in entries and (entries[name].raw or entries[name].value is None):
            return _from_entry("postgres", block, entries[name])
    return None
