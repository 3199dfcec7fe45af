"""The runbook and the document with the port list, found by what they say, whatever their names and language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from wizard.rules.names import PUT_AWAY
from wizard.stack.documents.markdown import commands_of
from wizard.stack.documents.port_list import port_entries
from wizard.stack.survey import Findings, Survey
from wizard.syntax.markdown import parse
from wizard.syntax.markdown_values import MarkdownDocument
from wizard.values.facts.compose import ComposeModel
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Problem, Source

_ASIDE = lazy_pattern(
    r"(?:^|/)(?:changelog|history|license|contributing|code_of_conduct|security|news|\.github|\.stack-wizard|node_modules"
    rf"|site-packages|archived?|adr|decisions|logs?)(?:[./]|$)|{PUT_AWAY}",
    re.IGNORECASE,
)
_COMMAND = lazy_pattern(
    r"docker(?:-compose)?\s|\bcompose\s+(?:-f|up|down|logs|ps|exec)|\bdc\s|\bmake\s|\bcurl\s|\bpodman\s|\bsystemctl\s"
    r"|\bpsql\b|\bpg_dump\b|\bredis-cli\b",
)
_OF_TESTS = lazy_pattern(r"(?:^|/)tests?/|(?:^|/)[^/]*test(?:s|ing)?(?:[._-][^/]*)?\.\w+$", re.IGNORECASE)
"""Documents about tests run the stack too, and are no runbook."""
_RUNBOOK_NAME = lazy_pattern(r"runbook|operation|betrieb|playbook|ops(?:[._-]|$)|oncall|manual|guide", re.IGNORECASE)
_REGISTRY_NAME = lazy_pattern(r"port|future_services|registry|services", re.IGNORECASE)
_PORTS = lazy_pattern(r"\bports?\b", re.IGNORECASE)
MOST_READ, DEEPEST, FEWEST_ENTRIES, FEWEST_COMMANDS = 200, 3, 3, 4


def detect_documents(survey: Survey, model: ComposeModel, services_dir: str, findings: Findings) -> None:
    """Fills `registry` and `runbook`."""
    names = {service.key for service in model.services} | set(survey.tree.children(services_dir))
    documents, unread = [], []
    for path in _paths(survey, services_dir):
        text = survey.texts.document(path)
        if isinstance(text, str) and text:
            documents.append((path, survey.memo.made(("markdown", text), partial(parse, text))))
        elif isinstance(text, Problem):
            unread.append(path)
    _registry(documents, unread, findings)
    _runbook(documents, unread, {name.lower() for name in names}, findings)


def _paths(survey: Survey, services_dir: str) -> Iterable[str]:
    """The stack's own documents; those of one service say nothing of the stack."""
    inside = f"{services_dir}/" if services_dir else "\0"
    count = 0
    for path in survey.tree.visible:
        if not path.lower().endswith((".md", ".markdown")) or path.count("/") > DEEPEST or _ASIDE.search(path):
            continue
        if path.startswith(inside) and path.count("/") > services_dir.count("/") + 1:
            continue
        count += 1
        if count <= MOST_READ:
            yield path


def _unread(paths: list[str], name: re.Pattern[str]) -> str:
    """A document that cannot be read and is the one by its name: taken for absent, a second one would be begun."""
    return next((path for path in paths if name.search(path.rpartition("/")[2])), "")


def _registry(documents: list[tuple[str, MarkdownDocument]], unread: list[str], findings: Findings) -> None:
    ranked: list[tuple[int, bool, str, int]] = []
    for path, document in documents:
        entries = port_entries(document, path)
        ports = {entry.port for entry in entries}
        named = bool(_REGISTRY_NAME.search(path.rpartition("/")[2]))
        above = [h.title for h in document.headings if entries and h.line < entries[0].source.line][-1:]
        if len(ports) >= (2 if named or any(map(_PORTS.search, above)) else FEWEST_ENTRIES):
            ranked.append((-len(ports) - (3 if named else 0), _is_readme(path), path, entries[0].source.line))
    ranked.sort()
    if not ranked:
        path = _unread(unread, _REGISTRY_NAME)
        findings.say(
            "registry", path, Source(path) if path else "no document lists ports with owners", unsure=bool(path)
        )
        return
    score, _, path, line = ranked[0]
    findings.say("registry", path, Source(path, line), unsure=len(ranked) > 1 and ranked[1][0] - score < 2)


def _runbook(
    documents: list[tuple[str, MarkdownDocument]], unread: list[str], names: set[str], findings: Findings
) -> None:
    ranked: list[tuple[int, str, int, bool]] = []
    for path, document in documents:
        if _OF_TESTS.search(path):
            continue
        commands = _commands(document, path)
        headings = [
            h for h in document.headings if any(word in names for word in re.split(r"[\s`*(),:/]+", h.title.lower()))
        ]
        named = bool(_RUNBOOK_NAME.search(path.rpartition("/")[2]))
        score = min(commands, 30) + 4 * min(len(headings), 10) + (15 if named else 0)
        score -= 10 if _is_readme(path) and len(headings) < 2 else 0
        sure = named or (len(headings) >= 2 and not _is_readme(path))
        if commands >= FEWEST_COMMANDS and (len(headings) >= 2 or named or not _is_readme(path)) and score >= 12:
            first = headings[0].line if headings else document.headings[0].line if document.headings else 1
            ranked.append((-score, path, first, sure))
    ranked.sort()
    if not ranked:
        path = _unread(unread, _RUNBOOK_NAME)
        why = Source(path) if path else "no document tells how to operate the services"
        findings.say("runbook", path, why, unsure=bool(path))
        return
    score, path, line, sure = ranked[0]
    close = len(ranked) > 1 and ranked[1][0] - score < 4
    findings.say("runbook", path, Source(path, line), unsure=close or not sure)


def _commands(document: MarkdownDocument, path: str) -> int:
    return sum(1 for fact in commands_of(document, path) if _COMMAND.search(fact.value))


def _is_readme(path: str) -> bool:
    return path.rpartition("/")[2].lower().startswith("readme")
