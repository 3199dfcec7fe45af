"""A stack's own checklist: what it adds, and every way in which it is wrong, said with its line and never ignored."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.own_checklist import CHECKLIST, give
from wizard.adapters.files.files import DiskFiles
from wizard.checklist.load import load
from wizard.errors import WizardError
from wizard.session.own.load import load_checklist
from wizard.session.own.schema import checklist_schema
from wizard.values.checklist import Checklist
from wizard.values.declared import CommandCheck, FileCheck, HttpCheck, KeyCheck, LogCheck, TextCheck

ROOT = Path(__file__).parents[4]

SECOND = """\
schema: 1
phases:
  - phase: cost
    title: "Cost"
    purpose: "Somebody pays."
    items:
      - {id: "9.1", title: "Set a budget", why: "Bills come late.", checks: [{file: "{folder}/budget.toml"}]}
items:
  - {id: "8.4", phase: observability, title: "Page somebody", why: "At night.", checks: [{file: pager.yaml}]}
"""


def read(stack: Path) -> Checklist:
    return load_checklist(DiskFiles(stack))


def test_a_stack_without_one_has_the_shipped_one(tmp_path: Path) -> None:
    assert read(tmp_path) is load()


def test_it_adds_changes_and_switches_off(tmp_path: Path) -> None:
    give(tmp_path)
    found = read(tmp_path)
    assert [str(phase) for phase in found.sequence][-2:] == ["deployment", "observability"]
    assert [item.id for item in found.of_phase(found.sequence[7])] == ["8.1", "8.2", "8.3"]
    assert [item.id for item in found.items if item.live and item.checks] == ["8.2", "8.3"]
    assert found.of_phase(found.sequence[2])[-1].id == "x.1"
    assert found.item("3.5").hint == "Ask the platform team for a port."
    assert found.item("3.5").why == load().item("3.5").why
    off = found.item("2.3").off
    assert off is not None and (off.reason, str(off.source)) == (
        "our mirror pins the digests",
        ".stack-wizard/checklist.yaml:35",
    )
    assert [item.id for item in found.commands] == ["8.2"]


def test_what_an_item_does_not_say_is_said_for_it(tmp_path: Path) -> None:
    give(tmp_path)
    item = read(tmp_path).item("8.1")
    assert item.evidence.startswith("`FOLDER/dashboard.json` is there; ") and "`panels[0].title`" in item.evidence
    assert item.hint.startswith("Make it so that `{folder}/dashboard.json` is there")
    assert item.needs == () and read(tmp_path).item("8.3").needs == ("service",)
    assert isinstance(item.checks[1].kind, KeyCheck) and item.checks[1].source.line == 12


def test_patterns_come_first_and_the_stack_has_the_last_word(tmp_path: Path) -> None:
    pattern = tmp_path / ".stack-wizard" / "patterns" / "ours"
    pattern.mkdir(parents=True)
    (pattern / "checklist.yaml").write_text(CHECKLIST, encoding="utf-8")
    give(tmp_path, SECOND + "change:\n  - {item: '8.1', title: 'Draw two'}\n")
    found = read(tmp_path)
    assert [phase.name for phase in found.sequence][-2:] == ["observability", "cost"]
    assert [item.id for item in found.of_phase(found.sequence[7])] == ["8.1", "8.2", "8.3", "8.4"]
    assert found.item("8.1").title == "Draw two"
    assert found.files == (".stack-wizard/patterns/ours/checklist.yaml", ".stack-wizard/checklist.yaml")
    (tmp_path / ".stack-wizard" / "checklist.yaml").write_text(CHECKLIST, encoding="utf-8")
    with pytest.raises(WizardError) as caught:
        read(tmp_path)
    assert caught.value.where == ".stack-wizard/checklist.yaml:3"


def test_every_byte_makes_another_content(tmp_path: Path) -> None:
    give(tmp_path)
    first = read(tmp_path).content
    give(tmp_path, CHECKLIST + " ")
    second = read(tmp_path).content
    give(tmp_path)
    assert first and first != second and read(tmp_path).content == first


HTTP = 'http: {path: /metrics, contains: "{name}_*_total"}'
RUN = '[sh, -c, "echo {name} is fine; touch canary"]'
TEXT = 'text: {path: "{folder}/README.md", contains: "Owner: *"}'
WRONG = {
    "a kind with a typo": ("- command:", "- comand:", 17, "unknown key 'comand' (did you mean 'command'?)"),
    "a key with a typo": (HTTP, "http: {paht: /metrics}", 22, "unknown key 'paht' (did you mean 'path'?)"),
    "an id twice": ('id: "8.2"', 'id: "8.1"', 13, "the id 8.1 is taken, by .stack-wizard/checklist.yaml:7"),
    "a shipped id": ('id: "x.1"', 'id: "3.5"', 25, "the id 3.5 is taken, by the shipped checklist"),
    "a later id": ('id: "x.1"', 'id: "3.6"', 25, "could be an item of a later stack-wizard"),
    "an id of another phase": ('id: "8.3"', 'id: "9.3"', 18, "write '8.3'"),
    "no id at all": ('id: "8.3"', 'id: "metrics"', 18, "is no id"),
    "an id that is a number": ('id: "8.3"', "id: 8.3", 18, "put it in quotes"),
    "an unknown phase": ("phase: compose", "phase: compos", 26, "(did you mean 'compose'?)"),
    "no phase": ("    phase: compose\n", "", 25, "needs `phase:`"),
    "a shipped phase": ("phase: observability", "phase: testing", 3, "phase 5 is called testing already"),
    "a phase with a space": ("phase: observability", "phase: Our phase", 3, "a phase's name is a small word"),
    "no reason": ('reason: "our mirror pins the digests"', 'reason: " "', 36, "needs a reason"),
    "a missing reason": ('\n    reason: "our mirror pins the digests"', "", 35, "the key 'reason' is missing"),
    "an unknown item": ('item: "2.3"', 'item: "2.33"', 35, "there is no item '2.33' (did you mean '2.3'?)"),
    "a command for a shell": (RUN, '["echo hello"]', 17, "no shell reads it"),
    "a command that is text": (RUN, "echo", 17, "must be a list"),
    "a placeholder with a typo": ("{folder}/dash", "{foldr}/dash", 11, "{foldr} stands for nothing"),
    "a path that leaves": (TEXT, "text: {path: ../x, contains: a}", 30, "leaves the stack's files"),
    "git's own files": (TEXT, "file: .git/config", 30, "leaves the stack's files"),
    "an absolute path": (TEXT, "file: /etc/passwd", 30, "is no path in the stack"),
    "nothing to look for": (TEXT, "text: {path: a}", 30, "say what it `contains`"),
    "two kinds in one": (TEXT, "{file: a, text: {path: a, contains: b}}", 30, "a check is one of"),
    "no checks": ("    checks:\n      - " + TEXT, "    checks: []", 29, "it could never be met"),
    "a bad key": ("panels[0].title", "panels[0", 12, "is no path to a key"),
    "a key of a text file": ('"{folder}/dashboard.json", key', '"a.md", key', 12, "a file that ends in"),
    "nothing changed": ('\n    hint: "Ask the platform team for a port."', "", 32, "nothing of 3.5 is changed"),
    "a control character": ("Draw a dashboard", "Draw \\x1b[31m", 8, "control characters"),
    "a newer schema": ("schema: 1", "schema: 2", 1, "this stack-wizard reads schema 1"),
    "no schema": ("schema: 1\n", "", 1, "the key 'schema' is missing"),
    "a merge": ("change:", "<<<<<<< HEAD\n=======\n>>>>>>> theirs\nchange:", 31, "a merge was not finished"),
    "a key twice": ("switch_off:", "switch_off: []\nswitch_off:", 35, "is there twice"),
    "no YAML": ("schema: 1", "schema: [1", 1, ""),
    "an old request": (HTTP, "http: {path: metrics}", 22, "is no path of the service"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_line(case: str, tmp_path: Path) -> None:
    before, after, line, words = WRONG[case]
    assert before in CHECKLIST
    give(tmp_path, CHECKLIST.replace(before, after, 1))
    with pytest.raises(WizardError) as caught:
        read(tmp_path)
    where = caught.value.where.rpartition(":")[2]
    assert words in caught.value.message
    assert where == str(line) or case == "no YAML"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "git lfs pull"),
        ("", "is a group of keys"),
        ("- a\n", "is a group of keys"),
        ("schema: 1\n# " + "x" * 300_000, "at most"),
    ],
)
def test_what_is_no_checklist_is_an_error(text: str, words: str, tmp_path: Path) -> None:
    give(tmp_path, text)
    with pytest.raises(WizardError, match=words):
        read(tmp_path)


def test_one_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / ".stack-wizard").mkdir()
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    outside.write_text(CHECKLIST, encoding="utf-8")
    link = tmp_path / ".stack-wizard" / "checklist.yaml"
    link.symlink_to(outside)
    with pytest.raises(WizardError):
        read(tmp_path)
    link.unlink()
    link.mkdir()
    with pytest.raises(WizardError):
        read(tmp_path)


def test_every_error_is_said_at_once(tmp_path: Path) -> None:
    give(tmp_path, CHECKLIST.replace('id: "x.1"', 'id: "3.6"').replace('item: "2.3"', 'item: "2.33"'))
    with pytest.raises(WizardError) as caught:
        read(tmp_path)
    assert "3.6" in caught.value.message and "line 35: there is no item '2.33'" in caught.value.message


def test_short_and_long_forms_are_the_same(tmp_path: Path) -> None:
    long = CHECKLIST.replace('file: "{folder}/dashboard.json"', 'file: {path: "{folder}/dashboard.json"}')
    long = long.replace('contains: "Owner: *"', 'contains: ["Owner: *"]')
    give(tmp_path)
    short = [item.checks for item in read(tmp_path).items]
    give(tmp_path, long)
    assert [item.checks for item in read(tmp_path).items] == short
    assert isinstance(read(tmp_path).item("8.3").checks[0].kind, HttpCheck)


def test_the_schema_in_docs_is_of_the_shape_that_is_read() -> None:
    written = json.loads((ROOT / "docs" / "checklist.schema.json").read_text(encoding="utf-8"))
    assert written == checklist_schema(), "write it anew with `make checklist-schema`"


def test_the_schema_takes_what_is_read_and_refuses_typos() -> None:
    schema = checklist_schema()
    jsonschema.validate(yaml.safe_load(CHECKLIST), schema)
    jsonschema.validate(yaml.safe_load(SECOND), schema)
    for case in ("a kind with a typo", "a key with a typo", "two kinds in one", "a command that is text"):
        before, after, _, _ = WRONG[case]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(CHECKLIST.replace(before, after, 1)), schema)


def test_every_example_of_the_page_is_right(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "CHECKLIST.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    whole = [text for text in examples if text.startswith("schema:")]
    assert len(whole) >= 2
    for text in whole:
        give(tmp_path, text)
        assert read(tmp_path).content
    checks = "".join(text for text in examples if text.startswith("- ")).replace("\n", "\n      ")
    item = f'schema: 1\nitems:\n  - id: "x.1"\n    phase: docs\n    title: t\n    why: w\n    checks:\n      {checks}\n'
    give(tmp_path, item)
    kinds = {type(one.kind) for one in read(tmp_path).item("x.1").checks}
    assert kinds == {FileCheck, TextCheck, KeyCheck, CommandCheck, HttpCheck, LogCheck}
