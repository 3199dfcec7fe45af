"""The wizard's commits come back from their trailers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.phases import COMPOSE, CONTAINER, SERVICE
from wizard.adapters.git.repo import GitRepo

Git = Callable[..., str]


def _commit(git: Git, message: str) -> str:
    git("commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-", given=message)
    return git("rev-parse", "HEAD").strip()


def _message(service: str, phase: str, subject: str = "s", more: str = "") -> str:
    return f"{subject}\n\nbody\n\nStack-Wizard-Service: {service}\nStack-Wizard-Phase: {phase}\n{more}"


def test_newest_first_with_items(grown: Path, git: Git) -> None:
    first = _commit(git, _message("market", "1/7 service", "one", "Stack-Wizard-Items: 1.1 met, 1.2 unmet\n"))
    _commit(git, "an ordinary commit about Stack-Wizard-Service: market\n")
    second = _commit(git, _message("market", "3/7 compose", "two"))
    _commit(git, _message("market_two", "3/7 compose"))
    found = GitRepo(grown).log("market")
    assert [(c.commit, c.phase, c.subject) for c in found] == [
        (second, COMPOSE, "two"),
        (first, SERVICE, "one"),
    ]
    assert found[1].items == (("1.1", "met"), ("1.2", "unmet"))
    assert found[1].author == "Ada Example <ada@example.org>"
    assert found[1].at.startswith("20")
    assert len(GitRepo(grown).log()) == 3


def test_reverts(grown: Path, git: Git) -> None:
    first = _commit(git, _message("m", "1/7 service"))
    _commit(git, _message("m", "1/7 service", "revert", f"Stack-Wizard-Reverts: {first}\n"))
    assert [c.reverts for c in GitRepo(grown).log("m")] == [first, ""]


def test_hostile_subjects_and_names(grown: Path, git: Git) -> None:
    git("config", "user.name", 'Zoë \x01 "Q" O\'N\x1b[31m')
    odd = "sub\x01ject \x1b[31m %H \u2028 日本"
    _commit(git, _message("m", "2/7 container", odd))
    (found,) = GitRepo(grown).log("m")
    assert found.subject == odd
    assert found.phase == CONTAINER


def test_unknown_phase_is_left_out_and_squashed_phases_are_told_apart(grown: Path, git: Git) -> None:
    _commit(git, _message("m", "9/7 nonsense"))
    _commit(git, _message("m", ""))
    _commit(git, _message("m", "1/7 service", "squash", "Stack-Wizard-Service: m\nStack-Wizard-Phase: 2/7 container\n"))
    assert [c.phase for c in GitRepo(grown).log("m")] == [SERVICE, CONTAINER]


def test_user_configuration_of_log_does_not_matter(grown: Path, git: Git) -> None:
    for key, value in (
        ("log.showSignature", "true"),
        ("log.decorate", "full"),
        ("color.ui", "always"),
        ("log.date", "relative"),
        ("format.pretty", "oneline"),
        ("log.follow", "true"),
    ):
        git("config", key, value)
    _commit(git, _message("m", "1/7 service"))
    assert len(GitRepo(grown).log("m")) == 1


def test_a_service_named_like_a_pattern(grown: Path, git: Git) -> None:
    _commit(git, _message("mxt", "1/7 service"))
    assert GitRepo(grown).log("m.t") == ()
