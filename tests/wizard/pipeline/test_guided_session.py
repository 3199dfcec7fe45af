"""The session of an interactive door: a phase that is written stays open until it is committed or taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.phases import CONTAINER, SERVICE, TESTING
from wizard.errors import CancelledError, RefusedError, RuntimeUnavailableError
from wizard.pipeline import guided
from wizard.pipeline.answer_form import AnswerForm
from wizard.pipeline.conductor import locked
from wizard.pipeline.guided_session import GuidedSession
from wizard.pipeline.opening import open_stack, read, spec_of
from wizard.pipeline.work import Applied, Judged, recover
from wizard.values.spec import ServiceSpec

Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]


def never() -> bool:
    return False


@pytest.fixture
def session(demo: Path, quiet_machine: None) -> Iterator[GuidedSession]:
    with closing(GuidedSession(demo)) as session:
        yield session


@pytest.fixture
def spec(session: GuidedSession) -> ServiceSpec:
    facts = read(session.stack)
    form = AnswerForm(name="orders", purpose="Routes orders.", port="8008")
    return guided.answered(facts, spec_of(facts, "orders"), form, new=True).spec


def apply(session: GuidedSession, spec: ServiceSpec) -> Judged:
    events = list(session.carry_out(session.plan(spec, SERVICE), never))
    assert isinstance(events[0], Applied)
    assert isinstance(events[-1], Judged)
    return events[-1]


def test_a_phase_is_written_then_committed(session: GuidedSession, spec: ServiceSpec, git: Git) -> None:
    guided.keep_draft(session.stack, "orders", AnswerForm(name="orders"))
    judged = apply(session, spec)
    assert session.applied is not None
    assert git("log", "--format=%s", "-1").startswith("Begin")
    done = session.commit(judged.message)
    assert git("log", "--format=%B", "-1").strip() == judged.message.strip()
    assert done.receipt.commit == git("rev-parse", "HEAD").strip()
    assert session.applied is None
    assert session.look().drafts == ()


def test_closing_puts_an_open_phase_back(
    session: GuidedSession, spec: ServiceSpec, demo: Path, photograph: Photograph
) -> None:
    before = photograph(demo)
    apply(session, spec)
    assert photograph(demo) != before
    session.close()
    session.close()
    assert photograph(demo) == before


def test_one_phase_at_a_time(session: GuidedSession, spec: ServiceSpec) -> None:
    apply(session, spec)
    with pytest.raises(RefusedError, match="written but not committed"):
        list(session.carry_out(session.plan(spec, CONTAINER), never))
    assert session.applied is not None


def test_nobody_else_writes_while_a_phase_is_open(session: GuidedSession, spec: ServiceSpec, demo: Path) -> None:
    apply(session, spec)
    other = open_stack(demo)
    with pytest.raises(RefusedError, match="another wizard works in this repository"), locked(other, "orders"):
        pass
    assert "another wizard works" in recover(other)[0]  # and nothing is touched
    assert (demo / "services" / "orders" / "service.py").is_file()
    session.close()
    with locked(other, "orders"):
        pass


def test_giving_up_in_the_middle_takes_back(
    session: GuidedSession, spec: ServiceSpec, demo: Path, photograph: Photograph
) -> None:
    before = photograph(demo)
    events = session.carry_out(session.plan(spec, SERVICE), never)
    next(events)
    assert photograph(demo) != before
    events.close()  # type: ignore[attr-defined]
    assert photograph(demo) == before
    assert session.applied is None


@pytest.mark.embedded
def test_cancelled_checks_take_back(
    session: GuidedSession, spec: ServiceSpec, demo: Path, photograph: Photograph
) -> None:
    for phase in (SERVICE, CONTAINER):
        done = list(session.carry_out(session.plan(spec, phase), never))[-1]
        assert isinstance(done, Judged)
        session.commit(done.message)
    before = photograph(demo)
    with pytest.raises(CancelledError):
        list(session.carry_out(session.plan(spec, TESTING), lambda: True))
    assert photograph(demo) == before


def test_checks_can_be_left_out(session: GuidedSession, spec: ServiceSpec) -> None:
    events = list(session.carry_out(session.plan(spec, TESTING), never, live=False))
    assert [type(event) for event in events] == [Applied, Judged]
    assert session.seen("orders") == ()


def test_a_waiver_goes_with_the_answers_of_the_session(session: GuidedSession, spec: ServiceSpec, git: Git) -> None:
    session.waive("orders", "2.3", "pinned by the platform team", spec)
    manifest = git("show", "HEAD:.stack-wizard/services/orders.yaml")
    assert "Routes orders." in manifest
    assert "platform team" in manifest
    inferred, _, drafted = session.describe("orders")
    assert (inferred.spec, drafted) == (spec, False)


@pytest.mark.parametrize(("remote", "said"), [(True, "it was asked"), (False, "--remote allows it")])
def test_only_who_says_so_uses_an_engine_on_another_machine(
    demo: Path, remote: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    monkeypatch.setattr("wizard.runtime.engine.runtime.engine_trouble", lambda address: "it was asked")
    with (
        closing(GuidedSession(demo, runtime="docker", remote=remote)) as session,
        pytest.raises(RuntimeUnavailableError, match=said),
    ):
        session.runtime()
