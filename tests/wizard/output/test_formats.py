from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

import pytest

from tests.phases import phase_of
from wizard.checklist.load import load
from wizard.output.data import reports as as_json
from wizard.output.junit import junit
from wizard.output.markdown import markdown
from wizard.output.sarif import sarif
from wizard.output.style import Style
from wizard.output.text_report import report_lines
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.observation import Observation
from wizard.values.source import Source

CHECKLIST = load()


@pytest.fixture
def report() -> Report:
    seen = Observation("7.2", "GET http://127.0.0.1:8008/health", "200", True, "embedded", "2026-11-24T10:00:00Z", 0.2)
    kinds = {
        "2.1": Finding(
            "2.1",
            phase_of("2.1"),
            Status.BROKEN,
            "runs as <root> & \x1b[31mred",
            (Source("services/a/Dockerfile", 3),),
            (),
            "add USER",
        ),
        "3.1": Finding("3.1", phase_of("3.1"), Status.UNMET, "not in compose", (Source("dev.yml"),), (), "run it"),
        "7.2": Finding("7.2", phase_of("7.2"), Status.MET, "answered", (), (seen,)),
        "7.3": Finding("7.3", phase_of("7.3"), Status.UNKNOWN, "needs an engine", (Source("dev.yml"),)),
    }
    there = (Source("f.py", 1),)
    findings = tuple(
        kinds.get(item.id, Finding(item.id, item.phase, Status.MET, "there", there)) for item in CHECKLIST.items
    )
    says = (("8005", Source("Dockerfile", 9)), ("8006", Source("dev.yml", 4)))
    return Report("a", findings, (Contradiction("a", "port", "two ports", says),))


def test_json_carries_status_evidence_and_observations(report: Report) -> None:
    document = json.loads(as_json("check", [report], CHECKLIST))
    service = document["services"][0]
    by_item = {finding["item"]: finding for finding in service["findings"]}
    assert (document["schema"], document["kind"]) == (1, "check")
    assert by_item["2.1"]["evidence"] == [{"path": "services/a/Dockerfile", "line": 3}]
    assert by_item["3.1"]["evidence"][0]["line"] is None
    assert by_item["7.2"]["observations"][0]["runtime"] == "embedded"
    assert [said["line"] for said in service["contradictions"][0]["says"]] == [9, 4]
    assert service["counts"]["met"] == 27


def test_no_format_lets_an_escape_sequence_through(report: Report) -> None:
    texts = [as_json("check", [report], CHECKLIST), junit([report], CHECKLIST), sarif([report], CHECKLIST)]
    texts += [markdown([report], CHECKLIST), "\n".join(report_lines(report, CHECKLIST, Style()))]
    assert not any("\x1b" in text or "\\u001b" in text for text in texts)


def test_junit_counts_failures_and_skips_apart(report: Report) -> None:
    suite = ElementTree.fromstring(junit([report], CHECKLIST))[0]  # noqa: S314  (our own text)
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped")} == {
        "tests": "30",
        "failures": "2",
        "skipped": "1",
    }
    failed = [case for case in suite if case.find("failure") is not None]
    assert len(failed) == 2
    assert "services/a/Dockerfile:3" in (failed[0][0].text or "")


def test_sarif_points_at_the_line_and_knows_every_rule(report: Report) -> None:
    run = json.loads(sarif([report], CHECKLIST))["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= rules
    root = next(result for result in run["results"] if result["ruleId"] == "2.1")
    place = root["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("services/a/Dockerfile", 3)
    assert len(run["results"]) == 4


def test_markdown_cells_hold_no_markup(report: Report) -> None:
    text = markdown([report], CHECKLIST)
    assert "<root>" not in text.replace("\\<", "")
    assert all(line.count(" | ") == 3 for line in text.splitlines() if line.startswith("| "))


def test_text_groups_by_phase_and_names_evidence_and_hint(report: Report) -> None:
    text = "\n".join(report_lines(report, CHECKLIST, Style()))
    assert "a: 27 of 30 met, 1 unmet, 1 broken, 1 unknown" in text
    assert text.index(" 2 container (3/4)") < text.index("services/a/Dockerfile:3") < text.index(" 3 compose (4/5)")
    assert "next: add USER" in text
    assert "contradiction (port)" in text


def test_ascii_glyphs_on_a_stream_without_unicode(report: Report) -> None:
    next(line for line in report_lines(report, CHECKLIST, Style(unicode=False)) if line.startswith("  2.1")).encode(
        "ascii"
    )
