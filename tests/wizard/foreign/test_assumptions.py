"""An assumption is never evidence: whatever stands in for what nothing says, the verdicts are the same."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.audit.audit import audit_service
from wizard.checklist.load import load
from wizard.session.store import Manifests
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report, Status
from wizard.values.spec import Channel, Column, EventField, Inferred, ServiceSpec, Table

ROOT = Path(__file__).parents[3]
STACKS = {path.name: path for path in (ROOT / "tests" / "stacks").iterdir() if path.is_dir()}
STACKS["sample"] = ROOT / "templates" / "demo"
# Something quite different for each field that a default answer may fill.
OTHERS: dict[str, Any] = {
    "purpose": "Something that nobody said.",
    "inputs": (Channel("nobody.said.in", (EventField("symbol"),)),),
    "outputs": (Channel("nobody.said.out", (EventField("symbol"),)),),
    "tables": (Table("nobody_said", (Column("a"),)),),
    "handler": "nobody_said",
    "talks_to": ("nobody",),
}


def _read(stack: Path, folder: Path) -> StackFacts:
    shutil.copytree(stack, folder, ignore=shutil.ignore_patterns("__pycache__"))
    files = DiskFiles(folder)
    return read_stack(files, manifests=Manifests(files).load)


@pytest.fixture(params=sorted(STACKS))
def facts(request: pytest.FixtureRequest, tmp_path: Path) -> StackFacts:
    return _read(STACKS[request.param], tmp_path / "stack")


def _audited(facts: StackFacts, spec: ServiceSpec, inferred: Inferred) -> Report:
    return audit_service(facts, facts.service(spec.name), spec, load(), inferred=inferred)


def _verdicts(report: Report) -> object:
    decided = (Status.MET, Status.BROKEN)
    found = [(f.item, f.status, f.summary, f.sources) for f in report.findings if f.status in decided]
    return found, report.contradictions


def test_no_verdict_rests_on_an_assumed_value(tmp_path: Path) -> None:
    tried = 0
    stacks = [_read(path, tmp_path / name) for name, path in STACKS.items()]
    for facts, service in [(stack, service) for stack in stacks for service in stack.services]:
        found = infer(facts, service.name)
        before = _verdicts(_audited(facts, found.spec, found))
        for field in OTHERS.keys() & set(found.assumed):
            other = replace(found, spec=replace(found.spec, **{field: OTHERS[field]}))
            assert _verdicts(_audited(facts, other.spec, other)) == before, (service.name, field)
            tried += 1
    assert tried > 3


def test_evidence_is_a_place_that_exists(facts: StackFacts) -> None:
    root = Path(facts.root)
    for service in facts.services:
        found = infer(facts, service.name)
        for finding in _audited(facts, found.spec, found).findings:
            if finding.status in (Status.MET, Status.BROKEN, Status.NA):
                missing = [source for source in finding.sources if not (root / source.path).exists()]
                assert not missing, (service.name, finding)


def test_what_a_service_is_has_a_line_or_is_not_said(facts: StackFacts) -> None:
    for service in facts.services:
        found = infer(facts, service.name)
        assert ("kind" in found.sources) is bool(found.spec.what), service.name
