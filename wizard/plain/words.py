"""Findings, services and summaries as lines for a screen reader: words instead of signs, one fact a line."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.output.text_report import counts_line, observation_line
from wizard.pipeline.guided import Overview
from wizard.rules.text import one_line
from wizard.values.checklist import Checklist, Item
from wizard.values.finding import Contradiction, Count, Finding, Report
from wizard.values.source import Source


def finding_line(finding: Finding, checklist: Checklist) -> str:
    """Returns `3.1 unmet: Add service to dev.yml: its block is missing`"""
    title = checklist.item(finding.item).title.replace("`", "")
    return f"  {finding.item} {finding.status}: {title}: {one_line(finding.summary, 300)}"


def finding_details(finding: Finding, item: Item, example: Source | None) -> Iterator[str]:
    """Yields why the item exists, what was found where, what to do, and where the stack does it well."""
    yield f"{item.id} {item.title.replace('`', '')}"
    yield f"  Status: {finding.status}. {one_line(finding.summary, 400)}"
    for source in finding.sources[:8]:
        yield f"  Evidence: {source}"
    for observation in finding.observations:
        yield f"  Observed: {observation_line(observation)}"
    yield f"  Why it exists: {' '.join(item.why.split())}"
    yield f"  What counts: {' '.join(item.evidence.split())}"
    if item.by_hand:
        yield f"  By hand: {' '.join(item.by_hand.split())}"
    if finding.hint and not finding.done:
        yield f"  Next: {one_line(finding.hint, 400)}"
    if example is not None:
        yield f"  A good example: {example}"


def items_done(count: Count) -> str:
    """Returns `3 of 4 items are done, 1 na`."""
    return ", ".join([f"{count} items are done" if count.applies else "no item applies", *count.beside])


def contradiction_lines(found: Contradiction) -> Iterator[str]:
    """Yields what disagrees, and each place with what it says."""
    yield f"  Contradiction about the {found.topic}: {one_line(found.message, 400)}"
    for value, source in found.says:
        yield f"    {source} says {one_line(value)}"


def service_words(view: Overview, report: Report) -> str:
    """Returns where a service stands, in half a line."""
    following = view.next_phase(report.service)
    words = [items_done(report.count)]
    if following is not None:
        words.append(f"next is phase {following.number} {following}")
    if report.contradictions:
        count = len(report.contradictions)
        words.append("one contradiction" if count == 1 else f"{count} contradictions")
    if report.service in view.drafts:
        words.append("answers kept from before")
    return ", ".join(words)


def standing(view: Overview, report: Report) -> Iterator[str]:
    """Yields a service phase by phase, what contradicts first."""
    for found in report.contradictions:
        yield from contradiction_lines(found)
    for state in view.phases(report.service):
        said = [f"  Phase {state.phase.number} {state.phase}: {items_done(report.count_in(state.phase))}"]
        if state.left:
            said.append(f"left: {' '.join(finding.item for finding in state.left)}")
        if state.commit is not None:
            said.append(f"committed as {state.commit.commit[:10]}")
        yield ", ".join(said)
        for lost in state.undone:
            now = lost.finding
            yield f"    {now.item} was {lost.was} in commit {lost.commit.commit[:10]} and is {now.status} now"


def summary(view: Overview, report: Report) -> Iterator[str]:
    """Yields the items, the commits, what is left and what to do next."""
    yield f"Summary of {report.service}: {counts_line(report)}."
    for phase in report.phases:
        yield f" Phase {phase.number} {phase}"
        yield from (finding_line(finding, view.checklist) for finding in report.of_phase(phase))
    commits = [commit for commit in reversed(view.commits) if commit.service == report.service]
    yield f"Commits: {len(commits)}"
    yield from (f"  {commit.commit[:10]} {one_line(commit.subject)}" for commit in commits)
    left = [finding for finding in report.findings if not finding.done]
    if not left:
        yield "Nothing is left: every item is decided."
    for finding in left:
        yield f"Left: {finding.item}. {one_line(finding.hint or finding.summary, 400)}"
    yield "Next: look at the commits with git log, then push them for review; the wizard never pushes."
