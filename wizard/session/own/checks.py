"""The checks of an own item: what may be declared, as values, and the words for it where the item has none."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from wizard.rules.text import is_safe
from wizard.session.own.shape import OwnCheck, OwnItem, kinds_of
from wizard.session.validate import Parsed, Steps, Wrong
from wizard.syntax.key_path import path_steps
from wizard.values.declared import (
    CommandCheck,
    Declared,
    FileCheck,
    HttpCheck,
    KeyCheck,
    Kind,
    LogCheck,
    Text,
    TextCheck,
)
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

LONGEST_RUN = 600
"""Seconds: a command that takes longer belongs into CI, not into a checklist."""
LONGEST_TEXT = 500
DATA = (".yaml", ".yml", ".toml", ".json")
_PLACEHOLDER = lazy_pattern(r"\{(\w*)\}")
PLACEHOLDERS = ("name", "folder", "port")


def checks_of(path: str, item: OwnItem, parsed: Parsed, steps: Steps, wrong: list[Wrong]) -> Iterator[Declared]:
    """Yields the checks that are right; what is wrong with the others goes into `wrong`, with its line."""
    for at, one in enumerate(item.checks):
        (kind,) = kinds_of(one)
        place: Steps = (*steps, "checks", at, kind)
        problems = list(_problems(kind, getattr(one, kind)))
        wrong += [Wrong("", parsed.line((*place, key)), f"{kind}: {text}") for key, text in problems]
        if not problems:
            yield Declared(_kind(one), Source(path, parsed.line(place)))


def _kind(one: OwnCheck) -> Kind:
    if one.file is not None:
        return FileCheck(one.file.path, one.file.absent)
    if one.text is not None:
        return TextCheck(one.text.path, Text(one.text.contains, one.text.lacks))
    if one.key is not None:
        return KeyCheck(one.key.path, one.key.key, one.key.equals, one.key.absent)
    if one.command is not None:
        return CommandCheck(one.command.run, one.command.exit, one.command.seconds, one.command.reads)
    if one.http is not None:
        return HttpCheck(one.http.path, one.http.status, Text(one.http.contains, one.http.lacks))
    said = one.log
    return LogCheck(Text(said.contains, said.lacks) if said is not None else Text())


def _problems(kind: str, said: Any) -> Iterator[tuple[str, str]]:
    """Yields (key, what is wrong with it)."""
    for key, texts in _all_texts(said):
        for text in texts:
            yield from ((key, problem) for problem in (_text_problem(text), _unknown_word(kind, text)) if problem)
    if kind in ("file", "text", "key"):
        yield from (("path", problem) for problem in (path_problem(said.path),) if problem)
    if kind in ("text", "log") and not (said.contains or said.lacks):
        yield "", "say what it `contains` or what it `lacks`"
    if kind == "key":
        yield from _key_problems(said)
    if kind == "command":
        yield from _command_problems(said)
    if kind == "http":
        if not said.path.startswith("/") or any(char in said.path for char in "\r\n #"):
            yield "path", f"{said.path!r} is no path of the service: it begins with / and has no space"
        if not 100 <= said.status <= 599:
            yield "status", f"{said.status} is no HTTP status"


def _key_problems(said: Any) -> Iterator[tuple[str, str]]:
    if not said.path.lower().endswith(DATA):
        yield "path", f"{said.path}: a key is looked up in a file that ends in {', '.join(DATA)}"
    if path_steps(said.key) is None:
        like = "write it like services.web.ports[0], or a.'b.c' with a dot in a key"
        yield "key", f"{said.key!r} is no path to a key: {like}"
    if said.absent and said.equals:
        yield "absent", "a key that must be absent equals nothing"
    if any(isinstance(one, list | dict) for one in said.equals):
        yield "equals", "must be a text, a number, true, false or null, or a list of such"


def _command_problems(said: Any) -> Iterator[tuple[str, str]]:
    if not said.run or not said.run[0].strip():
        yield "run", "a command is a list of words, the program first"
    elif len(said.run) == 1 and " " in said.run[0].strip():
        yield "run", "no shell reads it: write a list of words, such as [promtool, check, rules, alerts.yml]"
    if not 0 <= said.exit <= 255:
        yield "exit", f"{said.exit} is no exit code"
    if not 1 <= said.seconds <= LONGEST_RUN:
        yield "seconds", f"must be 1 to {LONGEST_RUN}"
    yield from (("reads", problem) for path in said.reads if (problem := path_problem(path)))


def path_problem(path: str) -> str:
    """Returns why a text is no path in the stack, or ''."""
    if not path.strip() or path.startswith(("/", "~", "-")) or "\\" in path:
        return f"{path!r} is no path in the stack: it is relative to the stack's folder"
    if ".." in path.split("/") or posixpath.normpath(path) == ".git" or posixpath.normpath(path).startswith(".git/"):
        return f"{path!r} leaves the stack's files"
    return ""


def _all_texts(said: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key in ("path", "key", "run", "reads", "contains", "lacks"):
        value = getattr(said, key, ())
        yield key, (value,) if isinstance(value, str) else value


def _text_problem(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        return f"it has {len(text)} characters; {LONGEST_TEXT} are enough"
    return "" if is_safe(text) and "\n" not in text else "it holds control characters or line breaks"


def _unknown_word(kind: str, text: str) -> str:
    """A placeholder with a typo would be looked for as it stands, and never found."""
    known = PLACEHOLDERS if kind in ("command", "http") else PLACEHOLDERS[:2]
    bad = next((word for word in _PLACEHOLDER.findall(text) if word not in known), None)
    if bad is None or (kind in ("text", "log", "key") and bad == ""):
        return ""
    return f"{{{bad}}} stands for nothing (known: {', '.join(f'{{{word}}}' for word in known)})"


def said_of(checks: tuple[Declared, ...]) -> str:
    """Returns what the checks ask, in a sentence: the evidence of an item that does not say it itself. It is about
    every service, so its name and folder stand there as `NAME` and `FOLDER`."""
    words = "; ".join(asked(one.kind) for one in checks).replace("{name}", "NAME").replace("{folder}", "FOLDER")
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def asked(kind: Kind) -> str:
    """Returns what one check asks, in words."""
    if isinstance(kind, FileCheck):
        return f"`{kind.path}` is {'not ' if kind.absent else ''}there"
    if isinstance(kind, TextCheck):
        return f"`{kind.path}` {_text_words(kind.text)}"
    if isinstance(kind, KeyCheck):
        wanted = f" {' or '.join(map(str, kind.equals))}" if kind.equals else ""
        return f"`{kind.path}` has {'no key' if kind.absent else 'the key'} `{kind.key}`{wanted}"
    if isinstance(kind, CommandCheck):
        return f"`{' '.join(kind.words)}` ends with {kind.exit}"
    if isinstance(kind, HttpCheck):
        more = f", and the answer {_text_words(kind.text)}" if kind.text != Text() else ""
        return f"the running service answers `GET {kind.path}` with {kind.status}{more}"
    return f"the running service's log {_text_words(kind.text)}"


def _text_words(text: Text) -> str:
    has = [f"has `{one}`" for one in text.contains] + [f"has no `{one}`" for one in text.lacks]
    return " and ".join(has)


def hint_of(checks: tuple[Declared, ...]) -> str:
    """Returns the next step of an item that names none."""
    words = "; ".join(asked(one.kind) for one in checks)
    return f"Make it so that {words}." if words else ""
