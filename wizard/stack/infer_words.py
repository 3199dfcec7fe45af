"""A service's purpose in its own words, and the function that is its logic."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.stack.python_bindings import READS
from wizard.values import names
from wizard.values.code_facts import Function
from wizard.values.doc_facts import DocumentFacts
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

LONGEST = 240
FEWEST_WORDS = 3
_UNDECODED = lazy_pattern("[\ud800-\udfff]")
_HANDLERS = (
    *(
        "handle",
        "handle_event",
        "handle_message",
        "process",
        "process_event",
        "process_message",
        "on_message",
        "on_event",
    ),
    *(
        "evaluate",
        "decide",
        "compute",
        "classify",
        "transform",
        "predict",
        "run_once",
        "handle_data",
        "analyze",
        "analyse",
    ),
)
_PREFIXES = ("process_", "handle_", "evaluate_", "generate_", "compute_")
_LOGIC = lazy_pattern(
    r"process|handle|check|store|evaluat|classif|decid|update|apply|transform|predict|comput|on_|route"
)
_PLUMBING = lazy_pattern(
    r"_?(?:from_|to_|is_|has_|connect|stop|shut|close|publish|send|emit|log|init|sleep|ack|ensure|setup|signal|read|parse)"
)
_BLOCK = lazy_pattern(r"^\s*(?:[#>|`~<!\[]|[-*+]\s|\d+[.)]\s|={3,}|-{3,})")


def purpose(facts: StackFacts, service: ServiceFacts | None) -> tuple[str | None, tuple[Source, ...]]:
    """The README's first paragraph, else the serving module's docstring; None without either."""
    if service is None:
        return None, ()
    if service.readme is not None:
        text, line = _first_paragraph(service.readme)
        if text:
            return text, (Source(service.readme.path, line),)
    entry = sorted(service.python, key=lambda file: (file.path != service.entry, not file.has_main))
    for file in entry[:1]:
        text = _short(_without_title(file.docstring.strip().split("\n\n")[0]))
        if text:
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
            if len(text.split()) >= FEWEST_WORDS:
                return text, number
    return "", 0


def _underlined(lines: list[str], number: int) -> bool:
    return number < len(lines) and bool(re.match(r"\s*(=+|-{3,})\s*$", lines[number]))


def _short(text: str) -> str:
    """One plain sentence or two: markup taken off, cut at a sentence's end."""
    if _UNDECODED.search(text):
        text = text.encode("utf-8", "surrogateescape").decode("latin-1")
    plain = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", plain)
    plain = " ".join(re.sub(r"[`*]{1,3}", "", plain).split())
    if len(plain) <= LONGEST:
        return plain
    end = max(plain.rfind(mark, 0, LONGEST) for mark in (". ", "! ", "; "))
    return plain[: end + 1] if end > 40 else plain[:LONGEST].rsplit(" ", 1)[0]


def handler(service: ServiceFacts | None) -> tuple[str | None, tuple[Source, ...]]:
    """The function with the service's logic: the usual names first, then the only public function of `logic.py`."""
    if service is None:
        return None, ()
    functions = [f for file in service.python for f in file.functions]
    logic = [f for f in functions if f.source.path.endswith("/logic.py")]
    for pool in (logic, functions):
        first = {f.name: f for f in reversed(pool) if f.params}
        for wanted in _HANDLERS:
            if wanted in first:
                return wanted, (first[wanted].source,)
    functions = [f for f in functions if not names.identifier(f.name)]
    logic = [f for f in logic if not names.identifier(f.name)]
    only = [f for f in logic if not f.name.startswith("_") and not f.owner]
    if len(only) == 1:
        return only[0].name, (only[0].source,)
    return _called_in_loop(service, functions) or _by_prefix(functions)


def _called_in_loop(service: ServiceFacts, functions: list[Function]) -> tuple[str, tuple[Source, ...]] | None:
    """The function that the message loop gives its messages to."""
    called: set[str] = set()
    for file in service.python:
        for _, names_called in file.pending.call_graph if file.pending is not None else ():
            if names_called & READS:
                called |= names_called
    found = [f for f in functions if f.name in called and f.params and not _PLUMBING.match(f.name)]
    best = min(found, key=lambda f: (not _LOGIC.search(f.name), f.source), default=None)
    return (best.name, (best.source,)) if best is not None else None


def _by_prefix(functions: Iterable[Function]) -> tuple[str | None, tuple[Source, ...]]:
    found = [f for f in functions if f.name.startswith(_PREFIXES) and f.params]
    return (found[0].name, (found[0].source,)) if found else (None, ())
