"""The commit message of a phase: Conventional Commits subject, body from the items, trailers a machine reads back."""

from __future__ import annotations

import textwrap
from collections.abc import Collection

from wizard.checklist import Checklist
from wizard.plan.words import clean
from wizard.values.edit import ChangeSet
from wizard.values.finding import Finding, Report
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

SUBJECT_WIDTH = 72
BODY_WIDTH = 72
_OWN = ".stack-wizard/"


def commit_message(
    changeset: ChangeSet, spec: ServiceSpec, report: Report, checklist: Checklist, observed: Collection[str] = ()
) -> str:
    """Returns subject, body and trailers. `report` is the one after the files were written; `observed`: the items that
    the phase's live run looked at, those of other phases too: what it proved of them is said, without words of the
    run, which two equal ones do not share.
    """
    findings = report.of_phase(changeset.phase)
    body = [line for finding in findings for line in _item_lines(finding, checklist)]
    others = [f for f in report.findings if f.done and f.item in observed and f not in findings]
    if others:
        body += ["", "Proven in the same run:"]
        body += [line for finding in others for line in _item_lines(finding, checklist)]
    head, tail = subject(spec, changeset, checklist), trailers(spec, changeset.phase, findings, checklist)
    return "\n".join([head, "", *body, "", *tail, ""])


def subject(spec: ServiceSpec, changeset: ChangeSet, checklist: Checklist) -> str:
    """Returns `feat(market): add compose integration (phase 3 of 7)`; a name too long for 72 columns is left to the
    trailer.
    """
    info = checklist.phase(changeset.phase)
    only_own = all(path.startswith(_OWN) for path in changeset.paths)
    kind = "chore" if only_own and (info.own or not info.records) else info.kind
    verb = "record" if only_own else info.verb or _verb(spec, changeset)
    rest = f"{verb} {info.noun} (phase {info.phase.number} of {len(checklist.phases)})"
    full = f"{kind}({spec.name}): {rest}"
    return full if len(full) <= SUBJECT_WIDTH else f"{kind}: {rest}"


def _verb(spec: ServiceSpec, changeset: ChangeSet) -> str:
    """`add`, or `complete` when the phase only touches files the service had."""
    edits = [edit for edit in changeset.edits if f"/{spec.name}/" in f"/{edit.path}"]
    return "complete" if edits and all(edit.before is not None for edit in edits) else "add"


def trailers(spec: ServiceSpec, phase: Phase, findings: tuple[Finding, ...], checklist: Checklist) -> tuple[str, ...]:
    """Returns the three trailers; `git interpret-trailers` reads them."""
    items = ", ".join(f"{finding.item} {finding.status}" for finding in findings)
    return (
        f"Stack-Wizard-Service: {spec.name}",
        f"Stack-Wizard-Phase: {phase.number}/{len(checklist.phases)} {phase}",
        f"Stack-Wizard-Items: {items}",
    )


def _item_lines(finding: Finding, checklist: Checklist) -> list[str]:
    title = checklist.item(finding.item).title.replace("`", "")
    said = f"{finding.item} {finding.status}: {clean(title)}"
    if not finding.done:
        said += f" ({clean(finding.summary)})"
    return textwrap.wrap(said, BODY_WIDTH, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False)
