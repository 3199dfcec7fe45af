"""The session of an interactive door: a phase that is written stays open until it is committed or taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from wizard.errors import CancelledError, RefusedError
from wizard.pipeline import guided
from wizard.pipeline.desk import Desk
from wizard.pipeline.opening import open_stack, read, spec_of
from wizard.pipeline.sheet import Sheet
from wizard.pipeline.walk import locked
from wizard.pipeline.work import Applied, Judged, recover
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec

Git = Callable[..., str]
Photograph = Callable[[Path], dict[str, bytes]]


def never() -> bool:
    return False


@pytest.fixture
def desk(demo: Path, quiet_machine: None) -> Iterator[Desk]:
    with closing(Desk(demo)) as desk:
        yield desk


@pytest.fixture
def spec(desk: Desk) -> ServiceSpec:
    facts = read(desk.stack)
    sheet = Sheet(name="orders", purpose="Routes orders.", port="8008")
    return guided.answered(facts, spec_of(facts, "orders"), sheet, new=True).spec


def apply(desk: Desk, spec: ServiceSpec) -> Judged:
    events = list(desk.carry_out(desk.plan(spec, Phase.SERVICE), never))
    assert isinstance(events[0], Applied)
    assert isinstance(events[-1], Judged)
    return events[-1]


def test_a_phase_is_written_then_committed(desk: Desk, spec: ServiceSpec, git: Git) -> None:
    guided.keep_draft(desk.stack, "orders", Sheet(name="orders"))
    judged = apply(desk, spec)
    assert desk.applied is not None
    assert git("log", "--format=%s", "-1").startswith("Begin")
    done = desk.commit(judged.message)
    assert git("log", "--format=%B", "-1").strip() == judged.message.strip()
    assert done.receipt.commit == git("rev-parse", "HEAD").strip()
    assert desk.applied is None
    assert desk.look().drafts == ()


def test_closing_puts_an_open_phase_back(desk: Desk, spec: ServiceSpec, demo: Path, photograph: Photograph) -> None:
    before = photograph(demo)
    apply(desk, spec)
    assert photograph(demo) != before
    desk.close()
    desk.close()
    assert photograph(demo) == before


def test_one_phase_at_a_time(desk: Desk, spec: ServiceSpec) -> None:
    apply(desk, spec)
    with pytest.raises(RefusedError, match="written but not committed"):
        list(desk.carry_out(desk.plan(spec, Phase.CONTAINER), never))
    assert desk.applied is not None


def test_nobody_else_writes_while_a_phase_is_open(desk: Desk, spec: ServiceSpec, demo: Path) -> None:
    apply(desk, spec)
    other = open_stack(demo)
    with pytest.raises(RefusedError, match="another wizard works in this repository"), locked(other, "orders"):
        pass
    assert "another wizard works" in recover(other)[0]  # and nothing is touched
    assert (demo / "services" / "orders" / "service.py").is_file()
    desk.close()
    with locked(other, "orders"):
        pass


def test_giving_up_in_the_middle_takes_back(desk: Desk, spec: ServiceSpec, demo: Path, photograph: Photograph) -> None:
    before = photograph(demo)
    events = desk.carry_out(desk.plan(spec, Phase.SERVICE), never)
    next(events)
    assert photograph(demo) != before
    events.close()  # type: ignore[attr-defined]
    assert photograph(demo) == before
    assert desk.applied is None


@pytest.mark.embedded
def test_cancelled_checks_take_back(desk: Desk, spec: ServiceSpec, demo: Path, photograph: Photograph) -> None:
    for phase in (Phase.SERVICE, Phase.CONTAINER):
        done = list(desk.carry_out(desk.plan(spec, phase), never))[-1]
        assert isinstance(done, Judged)
        desk.commit(done.message)
    before = photograph(demo)
    with pytest.raises(CancelledError):
        list(desk.carry_out(desk.plan(spec, Phase.TESTING), lambda: True))
    assert photograph(demo) == before


def test_checks_can_be_left_out(desk: Desk, spec: ServiceSpec) -> None:
    events = list(desk.carry_out(desk.plan(spec, Phase.TESTING), never, live=False))
    assert [type(event) for event in events] == [Applied, Judged]
    assert desk.seen("orders") == ()


def test_a_waiver_goes_with_the_answers_of_the_session(desk: Desk, spec: ServiceSpec, git: Git) -> None:
    desk.waive("orders", "2.3", "pinned by the platform team", spec)
    manifest = git("show", "HEAD:.stack-wizard/services/orders.yaml")
    assert "Routes orders." in manifest
    assert "platform team" in manifest
    inferred, _, drafted = desk.describe("orders")
    assert (inferred.spec, drafted) == (spec, False)
