"""The wizard's own files are written again with the comments that people put there."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from wizard.plan.manifest import manifest_text
from wizard.session.manifest_file import read_manifest
from wizard.syntax.roundtrip import keep_comments
from wizard.values.lean import replace
from wizard.values.spec import Channel, Manifest, ServiceSpec, Waiver

SPEC = ServiceSpec("market", "quotes", 8005, inputs=(Channel("ticks"), Channel("news")))
OLD = Manifest(1, SPEC, (Waiver("2.3", "pinned elsewhere", "Ada <a@b.c>", "2026-11-24"),))
COMMENTED = (
    manifest_text(OLD)
    .replace("schema: 1", "schema: 1  # as agreed")
    .replace("  port: 8005", "  # asked for by operations\n  port: 8005")
    .replace("waivers:", "# see the ticket\nwaivers:")
    .replace("- name: news", "- name: news  # from the desk")
) + "# the end\n"
CHANGES = {
    "nothing": OLD,
    "a value": replace(OLD, spec=replace(SPEC, purpose="trades")),
    "a port": replace(OLD, spec=replace(SPEC, port=8006)),
    "one entry more": replace(OLD, spec=replace(SPEC, inputs=(*SPEC.inputs, Channel("orders")))),
    "one entry less": replace(OLD, spec=replace(SPEC, inputs=SPEC.inputs[1:])),
    "another order": replace(OLD, spec=replace(SPEC, inputs=SPEC.inputs[::-1])),
    "another waiver": replace(OLD, waivers=(*OLD.waivers, Waiver("5.3", "no: such # place", "Ada", "2026-11-25"))),
}


@pytest.mark.parametrize("wanted", CHANGES.values(), ids=CHANGES)
def test_what_is_meant_is_written_and_comments_stay(wanted: Manifest) -> None:
    made = keep_comments(COMMENTED, manifest_text(wanted))
    assert read_manifest(made, "m.yaml") == wanted
    for comment in ("# as agreed", "# asked for by operations"):
        assert comment in made
    assert keep_comments(made, manifest_text(wanted)) == made


def test_equal_is_left_as_it_is() -> None:
    assert keep_comments(COMMENTED, manifest_text(OLD)) == COMMENTED


def test_without_a_comment_the_text_is_the_wizard_s_own() -> None:
    after = manifest_text(CHANGES["a value"])
    assert keep_comments(None, after) == after
    assert keep_comments(manifest_text(OLD), after) == after


@pytest.mark.parametrize("before", ["# only a comment\n", "- a  # list\n", "a: [  # broken\n", "a: 1\na: 2  # twice\n"])
def test_what_cannot_be_brought_together_is_written_afresh(before: str) -> None:
    after = manifest_text(OLD)
    assert keep_comments(before, after) == after


def test_the_library_is_not_loaded_where_there_is_nothing_to_keep() -> None:
    script = (
        "import sys; from wizard.syntax.roundtrip import keep_comments; keep_comments('a: 1\\n', 'a: 2\\n');"
        "print([name for name in sys.modules if name.startswith('ruamel')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("deep", ["[" * 5_000, "{a: " * 5_000, "- " * 5_000])
def test_a_file_nested_without_end_costs_nothing(deep: str) -> None:
    started = time.process_time()
    assert keep_comments(f"# mine\na: 1\n# mine too\nb: {deep}\n", "a: 1\n") == "a: 1\n"
    assert time.process_time() - started < 1


def test_a_text_over_which_ruamel_fails_is_written_anew() -> None:
    assert keep_comments("\n\n>  # c:\n", "schema: 1\n") == "schema: 1\n"
