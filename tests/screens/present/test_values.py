"""Values to text: every status has a glyph and a word, counts are right, nothing is lost when a line is cut."""

from __future__ import annotations

import re

import pytest
from textual.content import Content

from screens.present.live import LiveRun, live, place_in
from screens.present.values import (
    GLYPHS,
    MEANINGS,
    STYLES,
    bar,
    draft_row,
    failure,
    item_row,
    mark,
    observation_line,
    phase_strip,
    prose,
    row_heads,
    service_row,
    thirty,
)
from screens.widgets.labelled import hang, hung
from screens.widgets.plot import plot
from tests.phases import COMPOSE, PHASES, phase_of
from wizard.checklist.load import load
from wizard.rules.text import plural
from wizard.session.flow import states
from wizard.values.finding import Count, Finding, Report, Status
from wizard.values.lean import replace
from wizard.values.observation import Observation, Progress
from wizard.values.source import Source


def report(status: Status = Status.MET, **others: Status) -> Report:
    changed = {name.replace("_", "."): value for name, value in others.items()}
    items = [item.id for item in load().items]
    found = (Finding(i, phase_of(i), changed.get(i, status), f"about {i}", (Source("a.py", 1),)) for i in items)
    return Report("market", tuple(found))


@pytest.mark.parametrize("status", Status)
def test_every_status_reads_without_colour(status: Status) -> None:
    assert status in STYLES and MEANINGS[status]
    assert mark(status).plain == f"{GLYPHS[status]} {status.value:<7}"


def test_glyphs_differ() -> None:
    assert len(set(GLYPHS.values())) == len(Status)


def test_thirty_glyphs_in_seven_groups() -> None:
    groups = thirty(report()).plain.split(" ")
    assert [len(group) for group in groups] == [5, 4, 5, 3, 4, 4, 5]


@pytest.mark.parametrize("width", [20, 78, 118])
def test_a_service_row_is_cut_to_the_width(width: int) -> None:
    row = service_row(report(), "Running " * 20, draft=True, wide=width)
    assert row.cell_length <= width


@pytest.mark.parametrize("width", [57, 70, 77, 117])
def test_no_word_of_a_service_row_is_cut(width: int) -> None:
    row = service_row(report(), "Disabled (config missing)", draft=True, wide=width).plain
    assert re.search(r" \d+/\d+", row)
    words = row.split()
    assert {word.rstrip("…") for word in words[9:]} <= {"", "·", "✎", "draft", "Disabled", "(config", "missing)"}, row
    assert row_heads(load(), width).index("1 ") == row.index(thirty(report()).plain)


def test_a_long_name_is_whole_where_there_is_room() -> None:
    name = "calculations-service"
    long = replace(report(), service=name)
    assert service_row(long, "Running", draft=False, wide=97, longest=len(name)).plain.startswith(f"{name} ")
    assert service_row(long, "Running", draft=False, wide=57, longest=len(name)).plain.startswith("calculations…")


def test_the_strip_names_all_phases_where_there_is_room_and_the_current_one_always() -> None:
    found = report(Status.UNMET)
    wide = phase_strip(states(found, ()), found, COMPOSE, 118, load().sequence).plain
    assert [phase for phase in PHASES if f"{phase.number} {phase.name}" in wide] == list(PHASES)
    narrow = phase_strip(states(found, ()), found, COMPOSE, 78, load().sequence).plain
    assert "[3 compose" in narrow and "container" not in narrow
    assert len(narrow) <= 78


def test_a_phase_that_does_not_apply_has_the_sign_of_its_items() -> None:
    found = report(Status.NA)
    strip = phase_strip(states(found, ()), found, COMPOSE, 118, load().sequence).plain
    assert "[3 compose –]" in strip and "✓" not in strip


def test_a_draft_without_a_name_says_what_it_is_to_be() -> None:
    row = draft_row("", "Scores headlines [red]\x1b[2J").plain
    assert row.startswith("new service") and "no name yet · Scores headlines [red]" in row and "\x1b" not in row
    assert "nothing written yet" in draft_row("market").plain


def test_a_long_title_hangs_under_its_beginning() -> None:
    item = load().item("1.1")
    lines = item_row(Finding("1.1", phase_of("1.1"), Status.UNMET, ""), item, 40).plain.split("\n")
    assert len(lines) > 1
    assert all(line.startswith(" " * 15) for line in lines[1:])
    assert "".join(lines).replace(" ", "").endswith(item.title.replace("`", "").replace(" ", ""))


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("u            undo what was done by hand", 37, ["u            undo what was done by", " " * 13 + "hand"]),
        (" " * 19 + "a.yml: four services of it", 43, [" " * 19 + "a.yml: four services of", " " * 19 + "it"]),
        ("plain words go on at the edge", 14, ["plain words go", "on at the edge"]),
        ("F1, ?  help for all", 14, ["F1, ?  help", "for all"]),
        ("one\n\ntwo", 14, ["one", "", "two"]),
    ],
)
def test_a_line_goes_on_under_its_second_column(text: str, width: int, lines: list[str]) -> None:
    assert [line.plain for line in hung(Content(text), width)] == lines


def test_labels_hang_and_nothing_is_lost() -> None:
    text = "word " * 40
    lines = hang([("Why", Content(text)), ("Next", Content("one\ntwo"))], 50)
    assert lines[0].plain.startswith("Why")
    assert all(line.cell_length <= 50 for line in lines)
    assert " ".join(" ".join(line.plain for line in lines).split()) == f"Why {text.strip()} Next one two"


def test_code_in_prose_is_set_apart_and_read() -> None:
    assert prose("see `GET /health` here").plain == "see GET /health here"


def test_an_observation_says_verdict_place_and_next_step() -> None:
    seen = Observation("7.2", "GET /health", "503", False, "docker", "now", 1.25, next_step="look at Redis")
    text = observation_line(seen).plain
    for part in ("✗ failed 7.2 503", "docker, 1.2 s", "$ GET /health", "next look at Redis"):
        assert part in text


def test_a_failure_says_what_where_and_what_next() -> None:
    assert failure("it broke", "a.py:3", "mend it").plain == "it broke\nwhere  a.py:3\nnext   mend it"


def test_the_plot_scales_to_its_longest_and_shows_the_newest() -> None:
    lines = plot([1.0, 2.0, 4.0], 40, 4).plain.split("\n")
    assert len(lines) == 5
    assert lines[0].startswith(" 4.0 ms")
    assert lines[0].count("█") == 1
    assert lines[3].count("█") == 3
    assert "3 round trips · median 2.0 ms · max 4.0 ms" in lines[4]
    assert plot([], 40, 4).plain == "no round trip yet"
    assert all(len(line) <= 40 for line in plot([1.0] * 500, 40, 2).plain.split("\n")[:-1])


@pytest.mark.parametrize("width", [58, 78, 118])
def test_a_live_run_has_every_word_of_its_results_and_failures_say_what_to_do(width: int) -> None:
    run = LiveRun("market").begun(("7.2", "7.1"), "embedded").stepped(Progress("7.2", "step", "asking"))
    words = " ".join(f"word{number}" for number in range(30))
    run = run.observed(Observation("7.1", "start", words, True, "embedded", "now"))
    text = live(run, load(), width).plain.split("\n")
    assert text[0] == "market in embedded  1 of 2 observed"
    assert text[1].startswith("✓ 7.1") and max(map(len, text)) <= width
    assert words in " ".join(" ".join(text).split()) and "…" not in text[1]
    assert text[place_in(run, load(), width)].startswith("… 7.2") and "asking" in text[-1]
    failed = run.observed(Observation("7.2", "GET", "503", False, "embedded", "now", next_step="mend")).finished("")
    assert "      next mend" in live(failed, load(), width).plain
    assert "1 failed" in live(failed, load(), width).plain


def test_bar_and_plural() -> None:
    assert bar(Count(5, 10, 0, 0), 10).plain == "━━━━━─────"
    assert bar(Count(0, 0, 0, 0), 4).plain == "━━━━"
    assert (plural(1, "file"), plural(2, "file")) == ("1 file", "2 files")
