"""`run`: half-finished services, other people's changes, single phases, branches, undo; all without live checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.adapters.git.log import in_force
from wizard.adapters.git.repo import GitRepo

Wizard = Callable[..., Any]
Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]
YES = ("--yes", "--no-live")


def findings(wizard: Wizard, name: str) -> dict[str, str]:
    service = json.loads(wizard("check", name, "--format", "json").out)["services"][0]
    return {finding["item"]: finding["status"] for finding in service["findings"]}


def removed_lines(git: Git, since: str, *paths: str) -> list[str]:
    diff = git("diff", "--unified=0", since, "HEAD", "--", *paths)
    return [line[1:] for line in diff.splitlines() if line.startswith("-") and not line.startswith("---")]


def test_market_is_finished_without_touching_what_was_right(demo: Path, wizard: Wizard, git: Git) -> None:
    began = git("rev-parse", "HEAD").strip()
    said = wizard("run", "market", *YES)
    status = findings(wizard, "market")
    assert {item for item, word in status.items() if word in ("unmet", "broken")} == {"2.3"}
    assert "stack-wizard: left: 1.2, 2.3" in said.err
    assert said.code == 1
    service = git("diff", began, "HEAD", "--", "services/market/service.py")
    server = '    app.run(host="0.0.0.0", port=8005)  # noqa: S104'
    assert removed_lines(git, began, "services/market/service.py") == [server], "no second server, the port a variable"
    assert "wiring" in service
    gone = removed_lines(git, began, "services/market/Dockerfile", "services/market/requirements.txt")
    assert len(gone) <= 3, gone  # the wrong probe, the unpinned flask
    assert removed_lines(git, began, "infrastructure", "DOCKER_STACK_RUNBOOK.md") == []
    assert "127.0.0.1:8005:8005" in (demo / "infrastructure" / "compose" / "dev.yml").read_text()
    assert git("status", "--porcelain") == ""
    others = git("diff", "--name-only", began, "HEAD").split()
    assert not [path for path in others if path.startswith("services/") and not path.startswith("services/market/")]


@pytest.mark.parametrize("name", ["allocation", "regime"])
def test_the_other_half_finished_ones_name_what_stays(name: str, demo: Path, wizard: Wizard, git: Git) -> None:
    before = findings(wizard, name)
    said = wizard("run", name, *YES)
    after = findings(wizard, name)
    left = {item for item, word in after.items() if word in ("unmet", "broken")}
    assert left <= {item for item, word in before.items() if word != "met"}
    assert {item for item, word in before.items() if word == "met"} <= {i for i, w in after.items() if w != "unmet"}
    for item in left:
        assert item in said.err
        assert f"not done ({item})" in said.out or f"{item}: " in said.out or f"  {item}  " in said.out
    assert {after[item] for item in ("3.1", "3.3", "3.4", "3.5", "6.1", "6.2", "6.3", "6.4")} == {"met"}
    assert git("status", "--porcelain") == ""


def test_changes_of_the_engineer_stay_staged_or_unstaged_byte_for_byte(demo: Path, wizard: Wizard, git: Git) -> None:
    (demo / "README.md").write_bytes(b"staged\r\nline\n")
    git("add", "README.md")
    (demo / "README.md").write_bytes(b"staged\r\nline\nand unstaged \xff\n")
    (demo / "services" / "core" / "logic.py").write_text("# mine, unstaged\n")
    (demo / "notes.txt").write_text("untracked\n")
    (demo / "new.txt").write_text("staged and new\n")
    git("add", "new.txt")
    git("rm", "-q", "--cached", "services/risk/README.md")
    staged, unstaged = git("diff", "--cached", "--binary"), git("diff", "--binary")
    state = git("status", "--porcelain")
    wizard("run", "sentiment", *YES)
    assert git("log", "--format=%(trailers:key=Stack-Wizard-Phase,valueonly)", "-1").strip() == "6/7 docs"
    assert (git("diff", "--cached", "--binary"), git("diff", "--binary")) == (staged, unstaged)
    assert git("status", "--porcelain") == state
    assert (demo / "README.md").read_bytes() == b"staged\r\nline\nand unstaged \xff\n"
    touched = git("log", "--format=", "--name-only", "-6").split()
    assert not {"README.md", "notes.txt", "new.txt", "services/core/logic.py", "services/risk/README.md"} & set(touched)


def test_a_file_it_needs_with_changes_of_the_engineer_is_refused(
    demo: Path, wizard: Wizard, git: Git, photograph: Photograph
) -> None:
    dev = demo / "infrastructure" / "compose" / "dev.yml"
    dev.write_text(dev.read_text() + "# mine\n")
    before = photograph(demo)
    said = wizard("run", "sentiment", *YES, "--phase", "compose")
    assert said.code == 1
    assert "dev.yml has changes of yours" in said.err
    assert "git commit -- infrastructure/compose/dev.yml`" in said.err
    assert photograph(demo) == before


def test_dry_run_shows_everything_and_writes_nothing(
    demo: Path, wizard: Wizard, git: Git, photograph: Photograph
) -> None:
    before = photograph(demo)
    said = wizard("run", "sentiment", "--dry-run")
    assert said.code == 0
    assert photograph(demo) == before
    assert not (demo / ".git" / "stack-wizard").exists()
    for phase in ("1 service", "2 container", "3 compose", "4 database", "5 testing", "6 docs", "7 deployment"):
        assert f"phase {phase}: " in said.out
    patch = said.out.split("--- a/infrastructure/compose/dev.yml\n")[1]
    assert patch.startswith("+++ b/infrastructure/compose/dev.yml\n@@ ")


def test_a_range_of_phases_stops_where_it_is_told(wizard: Wizard, git: Git) -> None:
    wizard("run", "sentiment", *YES, "--phase", "1")
    wizard("run", "sentiment", *YES, "--phase", "container..3")
    found = git("log", "--format=%(trailers:key=Stack-Wizard-Phase,valueonly)", "-3").split("\n")
    assert [phase for phase in found if phase] == ["3/7 compose", "2/7 container", "1/7 service"]


def test_no_commit_leaves_the_files_and_says_the_message(demo: Path, wizard: Wizard, git: Git) -> None:
    head = git("rev-parse", "HEAD")
    said = wizard("run", "sentiment", *YES, "--no-commit", "--phase", "service..container")
    assert git("rev-parse", "HEAD") == head
    assert "feat(sentiment): add service (phase 1 of 7)" in said.out
    assert "Stack-Wizard-Phase: 2/7 container" in said.out
    assert (demo / "services" / "sentiment" / "Dockerfile").is_file()
    assert git("diff", "--cached") == ""
    assert "?? services/sentiment/" in git("status", "--porcelain")


def test_uncommitted_phases_can_be_committed_by_hand_and_gone_on_with(demo: Path, wizard: Wizard, git: Git) -> None:
    wizard("run", "sentiment", *YES, "--no-commit", "--phase", "service..container")
    git("add", "-A")
    git("commit", "-qm", "by hand")
    said = wizard("run", "sentiment", *YES)
    assert "phase 1 service: nothing to write; left: 1.2" in said.out
    assert "phase 3 compose: 3 files" in said.out


def test_a_branch_is_started_first(answers: Path, wizard: Wizard, git: Git) -> None:
    main = git("rev-parse", "main")
    wizard("run", "sentiment", *YES, "--answers", str(answers), "--branch", "add/sentiment")
    assert git("branch", "--show-current").strip() == "add/sentiment"
    assert git("rev-parse", "main") == main
    assert git("rev-list", "--count", "main..add/sentiment").strip() == "6"


def test_undo_then_run_again_gives_the_same_tree(answers: Path, wizard: Wizard, git: Git) -> None:
    began = git("rev-parse", "HEAD^{tree}")
    wizard("run", "sentiment", *YES, "--answers", str(answers))
    whole = git("rev-parse", "HEAD^{tree}")
    for _ in range(6):
        said = wizard("undo", "sentiment")
        assert said.code == 0
        assert "undone: phase" in said.out
    assert git("rev-parse", "HEAD^{tree}") == began
    over = wizard("undo", "sentiment")
    assert over.code == 2
    assert "no commit of the wizard for sentiment is in force" in over.err
    wizard("run", "sentiment", *YES, "--answers", str(answers))
    assert git("rev-parse", "HEAD^{tree}") == whole


def test_undo_refuses_what_later_phases_stand_on(wizard: Wizard, demo: Path, photograph: Photograph) -> None:
    wizard("run", "sentiment", *YES)
    before = photograph(demo)
    said = wizard("undo", "sentiment", "--phase", "container")
    assert said.code == 1
    assert "cannot be taken back" in said.err
    assert "stack-wizard undo sentiment --phase docs" in said.err
    assert photograph(demo) == before


def test_running_twice_finds_nothing_to_do(wizard: Wizard, git: Git) -> None:
    wizard("run", "sentiment", *YES)
    head = git("rev-parse", "HEAD")
    said = wizard("run", "sentiment", *YES)
    assert git("rev-parse", "HEAD") == head
    assert "phase 2 container: nothing to write; left: 2.3" in said.out
    assert "not done (2.3)" in said.out
    assert "phase 7 deployment: nothing to write without the live checks" in said.out
    assert "stack-wizard run sentiment --phase deployment" in said.out


def test_a_waiver_is_a_commit_and_counts(wizard: Wizard, git: Git) -> None:
    wizard("run", "sentiment", *YES)
    said = wizard("waive", "sentiment", "2.3", "--reason", "pinned  by the\nplatform team")
    assert said.code == 0
    assert "waived: 2.3 of sentiment: pinned by the platform team" in said.out
    assert findings(wizard, "sentiment")["2.3"] == "waived"
    assert git("log", "-1", "--format=%s").strip() == "docs(sentiment): waive item 2.3"
    assert "waived already" in wizard("waive", "sentiment", "2.3", "--reason", "pinned by the platform team").out


def test_a_waiver_given_in_error_is_taken_back(wizard: Wizard, demo: Path, git: Git) -> None:
    """Twice, and of a service whose manifest the waiver made; then the item is judged again."""
    began = findings(wizard, "core")["5.3"]
    for reason in ("none before March", "none before May"):
        assert wizard("waive", "core", "5.3", "--reason", reason).code == 0
        assert wizard("waive", "core", "2.3", "--reason", "pinned elsewhere").code == 0
        assert findings(wizard, "core")["5.3"] == "waived"
        said = wizard("waive", "core", "5.3", "--take-back")
        assert said.code == 0
        assert "waiver taken back: 5.3 of core" in said.out
        assert findings(wizard, "core")["5.3"] == began
        assert findings(wizard, "core")["2.3"] == "waived"
    assert git("log", "-1", "--format=%s").strip() == "docs(core): take back the waiver of item 5.3"
    assert git("status", "--porcelain") == ""
    again = wizard("waive", "core", "5.3", "--take-back")
    assert again.code == 2
    assert "5.3 of core is not waived" in again.err and "waived are: 2.3" in again.err


@pytest.mark.parametrize("words", [(), ("--reason", "x", "--take-back")])
def test_a_waiver_is_given_or_taken_back(wizard: Wizard, words: tuple[str, ...]) -> None:
    assert wizard("waive", "core", "5.3", *words).code == 2


def test_waivers_are_in_the_history_and_undone_like_phases(wizard: Wizard, demo: Path, git: Git) -> None:
    tree = git("rev-parse", "HEAD^{tree}")
    wizard("run", "sentiment", *YES, "--phase", "1..2")
    phases = git("rev-parse", "HEAD^{tree}")
    wizard("waive", "sentiment", "2.3", "--reason", "pinned elsewhere")
    wizard("waive", "sentiment", "5.3", "--reason", "no such environment")
    log = GitRepo(demo).log("sentiment")
    assert [(c.waived, str(c.phase)) for c in log] == [
        ("5.3", "testing"),
        ("2.3", "container"),
        ("", "container"),
        ("", "service"),
    ]
    first = wizard("undo", "sentiment", "--phase", "service")
    assert first.code == 1 and "container stands on it" in first.err
    said = wizard("undo", "sentiment")
    assert "undone: the waiver of 5.3 of sentiment" in said.out
    assert findings(wizard, "sentiment")["5.3"] != "waived"
    assert findings(wizard, "sentiment")["2.3"] == "waived"
    assert "undone: phase 2 container" in wizard("undo", "sentiment", "--phase", "container").out
    refused = wizard("undo", "sentiment", "--phase", "service")
    assert refused.code == 1
    assert "2.3 was waived since" in refused.err and "waive sentiment 2.3 --take-back" in refused.err
    assert wizard("waive", "sentiment", "2.3", "--take-back").code == 0
    assert wizard("undo", "sentiment").code == 0
    assert git("rev-parse", "HEAD^{tree}") == tree != phases
    assert in_force(GitRepo(demo).log("sentiment")) == ()


def test_a_waiver_does_not_count_as_its_phase(wizard: Wizard, demo: Path) -> None:
    """A phase that was never committed is still open after one of its items is waived."""
    wizard("run", "sentiment", *YES, "--phase", "1")
    wizard("waive", "sentiment", "2.1", "--reason", "built elsewhere")
    said = wizard("run", "sentiment", *YES, "--phase", "2")
    assert "commit " in said.out
    assert [c.waived for c in GitRepo(demo).log("sentiment")] == ["", "2.1", ""]


def test_answers_from_standard_input_need_no_terminal(answers: Path, demo: Path, command: Wizard, git: Git) -> None:
    said = command(
        "run", "sentiment", "--answers", "-", "--no-live", "--phase", "1", stack=demo, given=answers.read_text()
    )
    assert "commit " in said.out
    assert "sentiment_scores" in (demo / "services" / "sentiment" / "models.py").read_text()


def test_a_base_image_with_its_digest_meets_the_last_item(wizard: Wizard) -> None:
    digest = f"python:3.11-slim@sha256:{'ab' * 32}"
    said = wizard("run", "sentiment", *YES, "--base-image", digest, "--phase", "..container")
    assert findings(wizard, "sentiment")["2.3"] == "met"
    assert "left: 1.2" in said.err


def test_what_no_commit_wrote_is_spoken_of_until_it_is_committed(wizard: Wizard, git: Git) -> None:
    """It is there, so no later plan has it."""
    assert "in no commit yet" not in wizard("run", "market", *YES, "--phase", "docs", "--no-commit").err
    said = wizard("run", "market", *YES, "--phase", "docs").err
    (line,) = [line for line in said.splitlines() if "in no commit yet" in line]
    assert ".stack-wizard/services/market.yaml" in line
    assert "README.md" in line
    git("add", "-A")
    git("commit", "-q", "-m", "by hand")
    assert "in no commit yet" not in wizard("run", "market", *YES, "--phase", "docs").err
