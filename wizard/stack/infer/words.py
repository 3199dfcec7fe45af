"""A service's purpose in its own words, and the function that is its logic."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.rules import names
from wizard.rules.secrets import mask_credentials
from wizard.rules.text import undecoded
from wizard.stack.python.bindings import READS
from wizard.values.facts.code import Function
from wizard.values.facts.documents import DocumentFacts
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

LONGEST = 240
FEWEST_WORDS = 3
_HANDLERS = (
    *("handle", "handle_event", "handle_message", "process", "process_event", "process_message"),
    *("on_message", "on_event", "evaluate", "decide", "compute", "classify", "transform", "predict"),
    *("run_once", "handle_data", "analyze", "analyse"),
)
"""What people call the function with a service's logic, the likeliest first."""
_PREFIXES = ("process_", "handle_", "evaluate_", "generate_", "compute_")
_LOGIC = lazy_pattern(
    r"process|handle|check|store|evaluat|classif|decid|update|apply|transform|predict|comput|on_|route"
)
_PLUMBING = lazy_pattern(
    r"_?(?:from_|to_|is_|has_|connect|stop|shut|close|publish|send|emit|log|init|sleep|ack|ensure|setup|signal|read|parse)"
)
_CALLBACK = lazy_pattern(
    r"process_(?:revision_directives|request|response|view|exception|template_response|item|bind_param|result_value"
    r"|literal_param)$|handle_(?:\d{3}|\w*(?:error|exception|signal|sig\w+|exit|shutdown|interrupt|timeout|tag)\w*)$"
    r"|compute_(?:hash|digest|checksum|etag)|generate_(?:\w*(?:token|password|secret|key|hash|uuid|id|metrics)|latest)$"
)
"""Functions that alembic, web frameworks, SQLAlchemy, parsers and signal handlers call, and helpers named alike."""
_BESIDE = (
    *("notif", "alert", "mail", "slack", "telegram", "discord", "middleware", "logging", "exception", "error"),
    *("migrat", "alembic", "seed", "admin", "auth", "metric", "monitor", "cli.py", "command", "env.py"),
)
"""What the files are called that do something beside a service's logic."""
_TO_DO = lazy_pattern(
    r"\b(?i:not\s+(?:yet\s+)?implemented)\b|\b(?:TODO|FIXME|TBD)\b|\b(?i:work in progress|coming soon)\b"
)
"""Says what is missing, which is no purpose. Capitals count: a service may well manage todo lists."""
_BLOCK = lazy_pattern(r"^\s*(?:[#>|`~<!\[]|[-*+]\s|\d+[.)]\s|={3,}|-{3,})")


def purpose(facts: StackFacts, service: ServiceFacts | None) -> tuple[str | None, tuple[Source, ...]]:
    """Returns the README's first paragraph, else the serving module's docstring; None without either. One that only
    says that the work is not done says no purpose."""
    if service is None:
        return None, ()
    if service.readme is not None:
        text, line = _first_paragraph(service.readme)
        if text:
            return text, (Source(service.readme.path, line),)
    entry = sorted(service.python, key=lambda file: (file.path != service.entry, not file.has_main))
    for file in entry[:1]:
        text = _short(_without_title(file.docstring.strip().split("\n\n")[0]))
        if text and not _TO_DO.search(text):
            return text, (Source(file.path, 1),)
    return None, ()


def _without_title(paragraph: str) -> str:
    """A docstring's first line alone in front of a sentence is its title."""
    title, _, rest = paragraph.partition("\n")
    return (
        rest
        if rest.strip() and len(title.split()) <= 6 and not title.rstrip().endswith((".", ":", ",", "!"))
        else paragraph
    )


def _first_paragraph(document: DocumentFacts) -> tuple[str, int]:
    lines = document.text.split("\n")
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        elif not fenced and line.strip() and not _BLOCK.match(line) and not _underlined(lines, number):
            rest = lines[number - 1 :]
            end = next((i for i, text in enumerate(rest) if not text.strip() or _BLOCK.match(text)), len(rest))
            text = _short(" ".join(part.strip() for part in rest[:end]))
            if len(text.split()) >= FEWEST_WORDS and not _TO_DO.search(text):
                return text, number
    return "", 0


def _underlined(lines: list[str], number: int) -> bool:
    return number < len(lines) and bool(re.match(r"\s*(=+|-{3,})\s*$", lines[number]))


def _short(text: str) -> str:
    """One plain sentence or two: markup taken off, cut at a sentence's end."""
    if undecoded(text) is not None:
        text = text.encode("utf-8", "surrogateescape").decode("latin-1")
    plain = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", plain)
    plain = mask_credentials(" ".join(re.sub(r"[`*]{1,3}", "", plain).split()))
    if len(plain) <= LONGEST:
        return plain
    end = max(plain.rfind(mark, 0, LONGEST) for mark in (". ", "! ", "; "))
    return plain[: end + 1] if end > 40 else plain[:LONGEST].rsplit(" ", 1)[0]


def handler(service: ServiceFacts | None) -> tuple[str | None, tuple[Source, ...]]:
    """Returns the function with the service's logic: in `logic.py` by a usual name or as its only public function, else
    what the message loop calls, else what is called like logic and used. Several that are equally likely are none.
    """
    if service is None:
        return None, ()
    everything = [f for file in service.python for f in file.functions if not names.identifier(f.name)]
    functions = [f for f in everything if f.params and not _CALLBACK.match(f.name)]
    logic = [f for f in functions if f.source.path.endswith("/logic.py")]
    only = [f for f in everything if f.source.path.endswith("/logic.py") and not f.name.startswith("_") and not f.owner]
    looped = _called_in_loops(service)
    used = _used(service)
    known = [f for f in functions if f.name in looped or (f.name in used and not _is_aside(service, f))]
    usual = _usual(logic) or (only[0] if len(only) == 1 else None) or _usual(known)
    best = usual or _of_loop(functions, looped) or _by_prefix(known)
    return (best.name, (best.source,)) if best is not None else (None, ())


def _usual(functions: Iterable[Function]) -> Function | None:
    first = {f.name: f for f in reversed(tuple(functions))}
    return next((first[name] for name in _HANDLERS if name in first), None)


def _called_in_loops(service: ServiceFacts) -> set[str]:
    """The names of everything that is called where messages are read."""
    graphs = (pair for file in service.python if file.pending is not None for pair in file.pending.call_graph)
    return {name for _, called in graphs if called & READS for name in called}


def _of_loop(functions: Iterable[Function], looped: set[str]) -> Function | None:
    """The function that the message loop gives its messages to."""
    found = [f for f in functions if f.name in looped and not _PLUMBING.match(f.name)]
    return min(found, key=lambda f: (not _LOGIC.search(f.name), f.source), default=None)


def _used(service: ServiceFacts) -> set[str]:
    """What the service's own code calls or hands on: what only a framework or nobody calls is no logic."""
    used: set[str] = set()
    for file in service.python:
        calls = file.pending.calls_of if file.pending is not None else ()
        used.update(file.names_used, *(called for _, called in calls))
    return used


def _is_aside(service: ServiceFacts, function: Function) -> bool:
    """True in a file or class for something beside the logic, unless the service itself is about that."""
    place = f"{function.source.path.rpartition('/')[2]} {function.owner}".lower()
    return any(word in place and word not in service.name.lower() for word in _BESIDE)


def _by_prefix(functions: Iterable[Function]) -> Function | None:
    found = {f.name: f for f in functions if f.name.startswith(_PREFIXES)}
    return next(iter(found.values())) if len(found) == 1 else None
