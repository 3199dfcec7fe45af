"""The commit message of a phase: Conventional Commits subject, body from the items, trailers a machine reads back."""

from __future__ import annotations

import textwrap

from wizard.checklist import Checklist
from wizard.plan.words import clean
from wizard.values.edit import ChangeSet
from wizard.values.finding import Finding, Report
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

SUBJECT_WIDTH = 72
BODY_WIDTH = 72
_KIND = {Phase.TESTING: "test", Phase.DOCS: "docs", Phase.DEPLOYMENT: "docs"}
_WORDS = {
    Phase.SERVICE: "service",
    Phase.CONTAINER: "container image",
    Phase.COMPOSE: "compose integration",
    Phase.DATABASE: "database tables",
    Phase.TESTING: "tests",
    Phase.DOCS: "documentation",
    Phase.DEPLOYMENT: "deployment",
}
_OWN = ".stack-wizard/"


def commit_message(changeset: ChangeSet, spec: ServiceSpec, report: Report, checklist: Checklist) -> str:
    """Subject, body and trailers (DESIGN.md section 6). `report` is the one after the files were written."""
    findings = report.of_phase(changeset.phase)
    body = [line for finding in findings for line in _item_lines(finding, checklist)]
    return "\n".join([subject(spec, changeset), "", *body, "", *trailers(spec, changeset.phase, findings), ""])


def subject(spec: ServiceSpec, changeset: ChangeSet) -> str:
    """`feat(market): add compose integration (phase 3 of 7)`; a name too long for 72 columns is left to the trailer."""
    phase = changeset.phase
    only_own = all(path.startswith(_OWN) for path in changeset.paths)
    kind = "chore" if only_own and phase is not Phase.DEPLOYMENT else _KIND.get(phase, "feat")
    rest = f"{_verb(spec, changeset, only_own)} {_WORDS[phase]} (phase {phase.number} of {len(Phase)})"
    full = f"{kind}({spec.name}): {rest}"
    return full if len(full) <= SUBJECT_WIDTH else f"{kind}: {rest}"


def _verb(spec: ServiceSpec, changeset: ChangeSet, only_own: bool) -> str:
    """`add`, or `complete` when the phase only touches files the service had; `record` for the wizard's own files."""
    if only_own or changeset.phase is Phase.DEPLOYMENT:
        return "record"
    if changeset.phase in (Phase.COMPOSE, Phase.DATABASE):
        return "add"
    edits = [edit for edit in changeset.edits if f"/{spec.name}/" in f"/{edit.path}"]
    return "complete" if edits and all(edit.before is not None for edit in edits) else "add"


def trailers(spec: ServiceSpec, phase: Phase, findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """The three trailers; `git interpret-trailers` reads them."""
    items = ", ".join(f"{finding.item} {finding.status}" for finding in findings)
    return (
        f"Stack-Wizard-Service: {spec.name}",
        f"Stack-Wizard-Phase: {phase.number}/{len(Phase)} {phase}",
        f"Stack-Wizard-Items: {items}",
    )


def _item_lines(finding: Finding, checklist: Checklist) -> list[str]:
    title = checklist.item(finding.item).title.replace("`", "")
    said = f"{finding.item} {finding.status}: {clean(title)}"
    if not finding.done:
        said += f" ({clean(finding.summary)})"
    return textwrap.wrap(said, BODY_WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
