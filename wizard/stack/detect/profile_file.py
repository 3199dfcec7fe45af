"""`.stack-wizard/stack.yaml`: read, validated without pydantic (a check must start fast), and written."""

from __future__ import annotations

import json
from collections.abc import Iterator

from wizard.errors import UnreadableError
from wizard.rules.merge_markers import UNFINISHED, conflict_line
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, parse
from wizard.syntax.yaml_data import data, entries, resolve, scalar_data
from wizard.values.profile import PROFILE, SCHEMA, TARGETS, Detected, Profile, ServerProfile

_CHOICES = {"runtime": ("auto", "docker", "swarm", "embedded"), "deploy_target": TARGETS}
_SERVERS = ("redis", "postgres")
_LISTS = ("compose_files", "seed_files")
_PATHS = frozenset(
    {"services_dir", "edit_file", "schema_file", "tests_unit", "tests_integration", "tests_e2e", "pytest_config"}
    | {"runbook", "registry"}
)
_ADVICE = "correct the file, or delete it and run: stack-wizard init"


def read_profile(text: str, path: str = PROFILE) -> Detected:
    """Returns the committed profile with the line of each field. Raises `UnreadableError` naming everything wrong at
    once.
    """
    if line := conflict_line(text):
        raise _error([(line, UNFINISHED)], path)
    try:
        root = resolve(parse(text).root)
        data(root)
    except SyntaxTrouble as trouble:
        raise _error([(trouble.line, f"not valid YAML: {trouble.message}")], path) from trouble
    if root is None or root.kind != "mapping":
        raise _error([(1, "the profile is a mapping of fields")], path)
    found = {name: (key, resolve(value) or value) for name, key, value in entries(root)}
    _check_schema(found.get("schema"), path)
    wrong: list[tuple[int, str]] = list(_unknown(found, _names(Profile), ""))
    values = {name: _field(name, key, node, wrong) for name, (key, node) in found.items() if name in _names(Profile)}
    if wrong:
        raise _error(sorted(wrong), path)
    why = {name: f"{path}:{key.line}" for name, (key, _) in found.items()}
    missing = {name: f"{path} (default)" for name in _names(Profile) if name not in why}
    return Detected(Profile(**values), why | missing, committed=True)  # type: ignore[arg-type]


def profile_text(profile: Profile) -> str:
    """Returns the file for a profile: the same text for the same profile, every field with a line saying what it is."""
    lines = ["# Where things are in this stack, for stack-wizard. Paths start at the repository's root."]
    for name in _names(Profile):
        if name in _COMMENTS:
            lines += ["", f"# {_COMMENTS[name]}"]
        lines += _lines(name, getattr(profile, name))
    return "\n".join(lines) + "\n"


def _lines(name: str, value: object) -> Iterator[str]:
    if isinstance(value, ServerProfile):
        yield f"{name}:"
        for part in _names(ServerProfile):
            yield f"  {part}: {_scalar(getattr(value, part))}"
    elif isinstance(value, tuple):
        yield f"{name}: []" if not value else f"{name}:"
        for item in value:
            yield f"  - {_scalar(item)}"
    else:
        yield f"{name}: {_scalar(value)}"


def _scalar(value: object) -> str:
    """A number as it is, text in JSON's quotes, which are YAML's too."""
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)


def _names(kind: type[Profile] | type[ServerProfile]) -> tuple[str, ...]:
    return kind.__match_args__


def _check_schema(entry: tuple[Node, Node] | None, path: str) -> None:
    if entry is None:
        raise _error([(1, f"the field schema is missing; this stack-wizard writes {SCHEMA}")], path)
    version = scalar_data(entry[1]) if entry[1].kind == "scalar" else None
    if version != SCHEMA or isinstance(version, bool):
        line = entry[0].line
        raise UnreadableError(
            f"the profile has schema {entry[1].value or '?'}, and this stack-wizard reads schema {SCHEMA}",
            where=f"{path}:{line}",
            next_step="update stack-wizard to the version that wrote it, or delete the file and run: stack-wizard init",
        )


def _unknown(found: dict[str, tuple[Node, Node]], known: tuple[str, ...], inside: str) -> Iterator[tuple[int, str]]:
    for name, (key, _) in found.items():
        if name not in known:
            from difflib import get_close_matches

            nearest = get_close_matches(name, known, 1, 0.5)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else f"; known are {', '.join(known)}"
            yield key.line, f"{inside}{name!r} is no field of the profile{hint}"


def _field(name: str, key: Node, node: Node, wrong: list[tuple[int, str]]) -> object:
    if name in _SERVERS:
        return _server(name, node, wrong)
    if name in _LISTS:
        if node.kind != "sequence":
            wrong.append((key.line, f"{name} is a list of paths"))
            return ()
        return tuple(_path(name, item, wrong) for item in (resolve(n) or n for n in node.items))
    if name == "schema":
        return SCHEMA
    if name in _PATHS:
        return _path(name, node, wrong)
    text = _text(name, node, wrong)
    known = _CHOICES.get(name)
    if known and text not in known:
        wrong.append((node.line, f"{name} is one of {', '.join(known)}, not {text!r}"))
    return text


def _server(name: str, node: Node, wrong: list[tuple[int, str]]) -> ServerProfile:
    if node.kind != "mapping":
        wrong.append((node.line, f"{name} is a mapping with {', '.join(_names(ServerProfile))}"))
        return ServerProfile()
    found = {word: (key, resolve(value) or value) for word, key, value in entries(node)}
    wrong.extend(_unknown(found, _names(ServerProfile), f"{name}: "))
    texts = {
        word: _text(f"{name}.{word}", value, wrong)
        for word, (_, value) in found.items()
        if word in _names(ServerProfile) and word != "port"
    }
    port = scalar_data(found["port"][1]) if "port" in found and found["port"][1].kind == "scalar" else 0
    if not isinstance(port, int) or isinstance(port, bool) or not 0 <= port <= 65535:
        wrong.append((found["port"][0].line, f"{name}.port is a number from 0 to 65535"))
        port = 0
    return ServerProfile(port=port, **texts)


def _path(name: str, node: Node, wrong: list[tuple[int, str]]) -> str:
    text = _text(name, node, wrong)
    if text.startswith(("/", "~")) or ".." in text.split("/") or "\\" in text:
        wrong.append((node.line, f"{name}: {text!r} is no path below the stack's root (forward slashes, no '..')"))
    clean = text.strip("/")
    return "" if clean == "." else clean


def _text(name: str, node: Node, wrong: list[tuple[int, str]]) -> str:
    value = scalar_data(node) if node.kind == "scalar" else ()
    if value is None:
        return ""
    if not isinstance(value, str):
        wrong.append((node.line, f"{name} is text"))
        return ""
    return value


def _error(wrong: list[tuple[int, str]], path: str) -> UnreadableError:
    message = "; ".join(f"line {line}: {what}" for line, what in wrong) if len(wrong) > 1 else wrong[0][1]
    return UnreadableError(message, where=f"{path}:{wrong[0][0]}" if wrong[0][0] else path, next_step=_ADVICE)


_COMMENTS = {
    "schema": "version of this file's format",
    "services_dir": "one folder a service lies in here; compose keys are prefix + folder name",
    "compose_files": "in merge order; edit_file is the one that gets new services",
    "project": "compose project name and the network of the services",
    "redis": "the stack's Redis: compose service, port in the network, secret with the password",
    "postgres": "the stack's PostgreSQL: the same, with user and database",
    "schema_file": "SQL that creates the tables, and the rows they start with",
    "tests_unit": "folders that hold one folder of tests a service",
    "runbook": "operating instructions, and the document with the port list and the status matrix",
    "bind": "address that published ports are bound to",
    "base_image": "image of the services' Dockerfiles",
    "runtime": "of the live checks: auto, docker or embedded",
    "deploy_target": "what starts the stack: compose (docker compose up) or swarm (docker stack deploy)",
}
