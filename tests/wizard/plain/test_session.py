"""Whole sessions on the sample stack: the same tree and messages as `run --answers`, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.pipeline.answer_form import AnswerForm
from wizard.pipeline.opening import open_stack
from wizard.session.draft import Drafts

Talk = Callable[..., tuple[int, str]]
Wizard = Callable[..., Any]
Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]
PURPOSE = "Scores how the market feels about a symbol from its latest prices."
OUTPUT = "symbol str, price float (the price the score was made at), score float (-1 fear to 1 greed)"
INPUTS = ("-", "market_data", "symbol str, price float, volume float", "")
OUTPUTS = ("-", "sentiment_scores", OUTPUT, "")
TABLES = ("sentiment_scores", "symbol text, price double precision, score double precision?", "", "yes")
ANSWERS = ("new", "sentiment", "", PURPOSE, "", *INPUTS, *OUTPUTS, *TABLES, "", "", "", "", "", "")
APPLY, WRITE = ("apply", "yes", "commit"), ("write", "yes", "commit")
PHASES = (*APPLY, *APPLY, *APPLY, *WRITE, *WRITE, *APPLY, "skip")


def draft(stack: Path, name: str) -> AnswerForm | None:
    opened = open_stack(stack)
    assert opened.repo is not None
    kept = Drafts(opened.repo, opened.clock).load(name)
    return AnswerForm.from_draft(kept.answers) if kept is not None else None


def test_the_same_answers_give_the_same_tree_and_the_same_messages(
    demo: Path, answers: Path, copied: Callable[[Path, str], Path], talk: Talk, wizard: Wizard, git: Git
) -> None:
    other = copied(demo, "other")
    wizard("run", "sentiment", "--answers", str(answers), "--no-live", stack=other)
    code, said = talk(*ANSWERS, *PHASES)
    assert code == 0, said[-2000:]
    assert git("rev-parse", "HEAD^{tree}") == git("rev-parse", "HEAD^{tree}", stack=other)
    assert git("log", "--format=%B", "-6") == git("log", "--format=%B", "-6", stack=other)
    assert git("status", "--porcelain") == ""
    assert "Summary of sentiment: 19 of 30 met, 1 unmet, 10 unknown." in said
    assert said.count("\n  1.1 met: ") >= 1
    assert "Commits: 6" in said
    assert draft(demo, "sentiment") is None


def test_every_bad_answer_is_asked_again_with_the_reason(talk: Talk) -> None:
    code, said = talk(
        "new",
        "class",
        "market",
        "sentiment",
        "daemon",  # no kind
        "",
        "",  # no purpose
        PURPOSE,
        "80",
        "8005",
        "99",
        "2",  # the second of the list
        "two words",
        "",
        "symbol word",  # no type of an event
        "id str",
        "symbol str, symbol int",
        "symbol",
        "",
        "sentiment.in",  # an input too
        "quit",
    )
    assert code == 0
    for reason in (
        "'class' is a Python keyword",
        "a service 'market' exists already",
        "say in one sentence what the service is for",
        "80 is outside 1024 to 65535",
        "type one of http, consumes, produces, both",
        "8005 is reserved for Market Service (FUTURE_SERVICES.md:58)",
        "99 is outside 1024 to 65535",
        "'two words': use letters",
        "there is no type 'word'; types are str, int, float, bool",
        "'id' is in every event already",
        "'symbol' is there twice",
        "'sentiment.in' is an input too",
    ):
        assert reason in said, reason


def test_ctrl_c_end_of_input_and_quit_keep_the_answers(demo: Path, talk: Talk, photograph: Photograph) -> None:
    before = photograph(demo)
    for last, expected in (("Ctrl-C", 130), (None, 1), ("quit", 0)):
        lines = ("new", "sentiment", "", PURPOSE, "8009", *((last,) if last else ()))
        code, said = talk(*lines)
        assert code == expected
        assert f"Go on with: stack-wizard --plain {demo}" in said
        kept = draft(demo, "sentiment")
        assert kept is not None
        assert (kept.purpose, kept.port) == (PURPOSE, "8009")
        code, said = talk("sentiment", "", "quit")
        assert "sentiment: a new service, answers kept from before" in said
        assert f"Now: {PURPOSE}\n  Your answer from before." in said
    assert photograph(demo) == before


def test_going_back_loses_no_later_answer(talk: Talk) -> None:
    _, said = talk("new", "sentiment", "", PURPOSE, "8009", "back", "back", "Another purpose.", "", "back", "quit")
    assert said.count("Now: 8009\n  Your answer.") == 3
    assert "Now: Another purpose.\n" not in said.split("Answer, Enter keeps it: Another purpose.")[0]


def test_back_before_the_first_question_chooses_another_service(talk: Talk) -> None:
    _, said = talk("new", "back", "new", "sentiment", "back", "quit")
    assert said.count("Which service?") == 3


def test_taking_back_puts_every_file_as_it_was(demo: Path, talk: Talk, photograph: Photograph) -> None:
    before = photograph(demo)
    code, said = talk(*ANSWERS, "apply", "yes", "take back", "quit")
    assert code == 0
    assert "The files are as they were before." in said
    assert photograph(demo) == before


@pytest.mark.parametrize("last", ["quit", "Ctrl-C"])
def test_leaving_with_a_phase_written_puts_it_back(last: str, demo: Path, talk: Talk, photograph: Photograph) -> None:
    before = photograph(demo)
    talk(*ANSWERS, "apply", "yes", last)
    assert photograph(demo) == before
    kept = draft(demo, "sentiment")
    assert kept is not None
    assert kept.purpose == PURPOSE


def test_answers_can_be_changed_between_phases(demo: Path, talk: Talk) -> None:
    change = ("answers", "", "Scores fear and greed.", *["" for _ in range(17)])
    code, said = talk(*ANSWERS, *change, *APPLY, "quit")
    assert code == 0, said[-3000:]
    assert "Scores fear and greed." in (demo / ".stack-wizard" / "services" / "sentiment.yaml").read_text()


def test_a_half_finished_service_says_where_it_stands_and_what_was_read(demo: Path, talk: Talk, git: Git) -> None:
    code, said = talk("market", "answers", *[""] * 12, *APPLY, "quit")
    assert code == 0
    assert "Contradiction about the port" in said
    assert "services/market/Dockerfile:10 says 8006" in said
    assert "Phase 3 compose: 0 of 5 items are done, left: 3.1 3.2 3.3 3.4 3.5" in said
    assert "Read from services/market/service.py:1." in said
    assert "The default: nothing in the stack says it." in said
    assert git("log", "-1", "--format=%s").strip() == "feat(market): add service (phase 1 of 7)"


def test_diff_items_and_waiver_are_at_hand(talk: Talk, git: Git) -> None:
    _, said = talk(*ANSWERS, "diff", "items", *APPLY, "waive", "2.3", "pinned by the platform team", "yes", "quit")
    assert "+++ b/services/sentiment/config.py\n@@ -0,0 +1," in said
    assert "  Why it exists: Docker, compose and the people on call" in said
    assert "  A good example: services/" in said
    assert "pinned by the platform team" in said.partition("Commit this?")[0].rpartition("+++ b/.stack-wizard/")[2]
    assert "Waived: 2.3. Commit " in said
    assert git("log", "-1", "--format=%s").strip() == "docs(sentiment): waive item 2.3"
    assert "pinned by the platform team" in git("show", "HEAD:.stack-wizard/services/sentiment.yaml")


def test_a_waiver_is_shown_before_it_is_committed_and_may_be_declined(talk: Talk, git: Git) -> None:
    before = git("rev-parse", "HEAD")
    _, said = talk(*ANSWERS, "waive", "1.2", "logic comes next week", "no", "quit")
    assert "logic comes next week" in said.partition("Commit this?")[0].rpartition("+++ b/.stack-wizard/")[2]
    assert "Nothing is waived." in said
    assert git("rev-parse", "HEAD") == before


def test_what_was_left_out_is_left_out_the_next_time_too(talk: Talk, git: Git) -> None:
    _, said = talk("market", "1", "leave", "1", "ours is another", "quit")
    path = said.partition("Which file stays as it is?")[2].partition("1. 1: ")[2].partition(":")[0].strip()
    assert path.startswith("services/market/"), said[-1500:]
    _, said = talk("market", "1", *APPLY, "quit")
    assert "ours is another" in git("show", "HEAD:.stack-wizard/services/market.yaml"), said[-1500:]
    assert path not in git("show", "--name-only", "--format=", "HEAD").split()


def test_a_waiver_before_the_first_phase_is_kept_with_the_answers(talk: Talk, git: Git) -> None:
    _, said = talk(*ANSWERS, "waive", "1.2", "logic comes next week", "yes", *APPLY, "quit")
    manifest = git("show", "HEAD:.stack-wizard/services/sentiment.yaml")
    assert "logic comes next week" in manifest, said[-1500:]
    assert PURPOSE in manifest
    assert "1.2 waived" in git("log", "-1", "--format=%(trailers:key=Stack-Wizard-Items,valueonly)")


def test_a_refusing_hook_is_said_and_the_phase_offered_again(demo: Path, talk: Talk, photograph: Photograph) -> None:
    hook = demo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'no tabs, please'\nexit 1\n")
    hook.chmod(0o755)
    before = photograph(demo)
    _, said = talk(*ANSWERS, *APPLY, "quit")
    assert "no tabs, please" in said
    assert said.count("Phase 1 of 7, service: 0 of 5 items are done.") == 2
    assert photograph(demo) == before


def test_the_tour_comes_once(talk: Talk) -> None:
    _, first = talk("", "skip", "quit", tour=True)
    assert "Tour, page 1 of 4." in first
    assert "Tour, page 3 of 4." not in first
    _, second = talk("quit", tour=True)
    assert "Tour" not in second


def test_a_stack_that_cannot_be_written_says_so_at_once(demo: Path, talk: Talk, git: Git) -> None:
    git("switch", "-q", "--detach", "HEAD")
    _, said = talk(*ANSWERS, "apply", "yes", "quit")
    assert "Nothing can be written now: HEAD is detached" in said
    assert "This did not work: " in said
    assert "git switch -c NAME" in said


def test_nothing_said_moves_the_cursor_or_has_a_colour(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    _, said = talk(*ANSWERS, "diff", *APPLY, "quit")
    assert "\x1b" not in said
    assert "\r" not in said


def test_a_broken_compose_file_is_said_and_nothing_is_written(demo: Path, talk: Talk, photograph: Photograph) -> None:
    compose = demo / "infrastructure" / "compose" / "dev.yml"
    compose.write_text(compose.read_text().replace("    cdb_core:\n", "    cdb_core: [\n"))
    before = photograph(demo)
    _, said = talk(*ANSWERS, "apply", "yes", "quit")
    assert "Not read: infrastructure/compose/dev.yml:22: not valid YAML" in said
    assert "This did not work: infrastructure/compose/dev.yml:22: not valid YAML" in said
    assert photograph(demo) == before


def test_without_a_repository_it_does_not_promise_to_keep_anything(tmp_path: Path, talk: Talk) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    _, said = talk("new", "orders", "", "Routes orders.", "quit", stack=empty)
    assert "Nothing can be written now: " in said
    assert "Your answers are not kept: that needs a git repository." in said
    assert list(empty.iterdir()) == []


def test_after_an_error_only_the_question_is_said_again(talk: Talk) -> None:
    _, said = talk("new", "sentiment", "", PURPOSE, "9", "abc", "?", "quit")
    assert said.count("Question 3 of") == 1
    assert said.count("These can be taken:") == 2  # once asked, once explained
    assert said.count("Port. Answer, Enter keeps it: ") == 3


def test_the_diff_is_read_file_by_file_by_number(talk: Talk) -> None:
    numbers = [str(number) for number in range(1, 11)]
    _, said = talk("market", "1", "file", *numbers, "back", "apply", "no", "quit")
    assert "Change services/market/service.py, lines: 7 added, 1 removed" in said
    assert said.count("+++ b/services/market/service.py") == 1, "what was read whole is not read again"
    _, said = talk("market", "1", "file", "9", "back", "apply", "no", "quit")
    assert said.count("+++ b/services/market/service.py") == 2


def test_what_was_explained_is_not_explained_again(talk: Talk) -> None:
    _, said = talk("new", "sentiment", "", PURPOSE, *[""] * 5, "quit")
    assert said.count("Types are str, int, float, bool.") == 1
    assert said.count("? explains, as before.") == 1
    assert said.count('An event: {"id": ') == 2


def test_a_correction_is_taken_with_one_key(demo: Path, talk: Talk) -> None:
    _, said = talk("new", "Price-Feed 2", "", "daemons", "", PURPOSE, "8000", "y", "", "Symbol string", "YES", "quit")
    assert "Name, Enter for price_feed_2: " in said
    assert "Type yes to take this instead: 8008" in said
    assert "Type yes to take this instead: symbol str" in said
    kept = draft(demo, "price_feed_2")
    assert kept is not None
    assert (kept.port, kept.inputs[0].members) == ("8008", "symbol str")


def test_a_yes_without_an_offer_is_an_answer_like_any_other(talk: Talk) -> None:
    _, said = talk("new", "sentiment", "", PURPOSE, "yes", "quit")
    assert "'yes' is not a number" in said


def test_enters_alone_write_nothing(demo: Path, talk: Talk, photograph: Photograph, git: Git) -> None:
    before, head = photograph(demo), git("rev-parse", "HEAD")
    talk("market", *[""] * 60)
    talk(*ANSWERS, *[""] * 60)
    assert photograph(demo) == before
    assert git("rev-parse", "HEAD") == head


def test_one_fact_a_line(talk: Talk) -> None:
    _, said = talk(*ANSWERS, "quit")
    for kind in ("http", "consumes", "produces", "both"):
        assert f"\n  {kind}: it " in said
