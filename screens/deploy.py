"""The live view: the service is started and checked while one watches; steps, round trips, log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from screens import intents
from screens.base import WizardScreen
from screens.keymap import key
from screens.present.live import LiveRun, live, place_in
from screens.widgets.bars import NextBar
from screens.widgets.plot import RoundTrips
from screens.widgets.tail import LogTail

if TYPE_CHECKING:
    from wizard.values.observation import Progress
    from wizard.values.spec import ServiceSpec


class DeployScreen(WizardScreen):
    """Begins at once; leaving it while it runs asks the run to stop."""

    CSS_PATH = "deploy.tcss"
    HINT = (
        "The service is started with its dependencies only, and checked: health, its named Redis connection, events "
        "that go in and come out, its log. What was started here is stopped again. Nothing is written by this."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "done", name="Done", does="back to the phase, with what was observed"),
        key("verify", name="Run again", does="start and check once more", show=True),
        key("stop", does="stop the run and what it started", show=True),
        key("search", "filter", name="Filter", does="show the log's lines that hold a word", show=True, priority=True),
        key("errors", show=True),
        key("bottom", "follow", name="Follow", does="show the newest log lines as they come", show=True),
    ]
    log_tail = getters.query_one("#log", LogTail)
    trips = getters.query_one("#trips", RoundTrips)
    words = getters.query_one("#words", Input)

    def __init__(self, spec: ServiceSpec) -> None:
        super().__init__()
        self._spec = spec
        self.run_state = LiveRun(spec.name)

    def body(self) -> Iterable[Widget]:
        """Yields steps, plot, log, next step."""
        with Vertical(id="body"):
            with Vertical(id="upper"):
                with VerticalScroll(id="live-box"):
                    yield Static(id="live", markup=False)
                with Vertical(id="trips-box"):
                    yield RoundTrips(id="trips")
            with Vertical(id="log-box"):
                yield Input(id="words", placeholder="lines that hold …", compact=True)
                yield LogTail(id="log")
        yield NextBar()

    def on_mount(self) -> None:
        """Begins."""
        super().on_mount()
        self.crumbs(self._spec.name, "live checks")
        self.log_tail.focus()
        self._show()
        if not self.app.writing:
            self.action_verify()

    @on(intents.ProofStarted)
    def _started(self, fact: intents.ProofStarted) -> None:
        self.run_state = self.run_state.begun(fact.items, fact.runtime)
        self._show()

    @on(intents.LiveProgress)
    def _progress(self, fact: intents.LiveProgress) -> None:
        self.trips.add([event.value for event in fact.events if event.kind == "sample"])
        self.set_class(bool(self.trips.samples), "-measured")
        lines = _lines(fact.events)
        if lines:
            self.log_tail.feed(lines)
        steps = [event for event in fact.events if event.kind == "step"]
        if steps:
            self.run_state = self.run_state.stepped(steps[-1])
            self._show()

    @on(intents.Observed)
    def _observed(self, fact: intents.Observed) -> None:
        self.run_state = self.run_state.observed(fact.observation)
        self._show()

    @on(intents.ProofFinished)
    def _finished(self, fact: intents.ProofFinished) -> None:
        self.run_state = self.run_state.finished(fact.reason)
        self._show()
        self.refresh_bindings()

    @on(intents.Failed)
    def _failed(self, fact: intents.Failed) -> None:
        if not self.run_state.ended and not self.app.writing:
            self._finished(intents.ProofFinished((), fact.message))

    @on(intents.StackRead)
    def _stack_read(self) -> None:
        self._show()

    @on(Input.Changed, "#words")
    def _words_changed(self, event: Input.Changed) -> None:
        self.log_tail.words = event.value

    @on(Input.Submitted, "#words")
    def _words_given(self) -> None:
        self.log_tail.focus()

    def why_not(self, action: str) -> str:
        """Says why a run cannot be started or stopped now: there is one at a time."""
        if action in ("verify", "done") and self.app.writing:
            return "the checks run: wait, or stop them with ctrl+x"
        return "nothing runs" if action == "stop" and not self.app.writing else ""

    @on(NextBar.Chosen)
    def _next_chosen(self) -> None:
        reason = self.why_not("done")
        if reason:
            self.say(reason)
        else:
            self.action_done()

    def action_done(self) -> None:
        """Goes back with the observations."""
        self.app.leave()

    def action_verify(self) -> None:
        """Starts and checks."""
        self.trips.clear()
        self.remove_class("-measured")
        self.log_tail.clear()
        items = tuple(item.id for item in self.app.checklist.probed)
        self.run_state = LiveRun(self._spec.name).begun(items, "")
        self._show()
        self.post_message(intents.ProofRequested(self._spec, items))

    def action_stop(self) -> None:
        """Stops the run."""
        self.post_message(intents.StopRequested())
        self.run_state = self.run_state.stopping()
        self._show()

    def action_filter(self) -> None:
        """Types a word."""
        self.words.add_class("-shown")
        self.set_focus(self.words)

    def action_errors(self) -> None:
        """Errors only, or everything."""
        self.log_tail.errors_only = not self.log_tail.errors_only

    def action_follow(self) -> None:
        """Shows the newest lines."""
        self.log_tail.action_follow()

    def action_back(self) -> None:
        """Leaves the filter first; a run is stopped before one leaves."""
        if self.focused is self.words:
            self.words.value = ""
            self.words.remove_class("-shown")
            self.log_tail.focus()
        elif self.app.writing:
            self.action_stop()
            self.say("stopping what was started …; Esc again leaves when it has ended")
        else:
            self.app.leave()

    def on_resize(self) -> None:
        """Cuts the lines to the width."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        checklist = self.app.view.checklist if self.app.view is not None else None
        shown = self.query_one("#live", Static)
        width = shown.content_size.width or self.size.width - 4
        shown.update(live(self.run_state, checklist, width))
        line = 0 if self.run_state.ended else place_in(self.run_state, checklist, width)
        self.call_after_refresh(self._follow_item, line)
        if self.run_state.ended:
            self.next_bar("Enter", "back to the phase with what was observed. v runs it again")
        else:
            self.next_bar(
                "", Content.styled("checking … ctrl+x stops it and everything it started", "$foreground-muted")
            )
        self.refresh_bindings()

    def _follow_item(self, line: int) -> None:
        """Keeps in sight what is being looked at, in the end how it ended, unless the person reads these lines."""
        box = self.query_one("#live-box", VerticalScroll)
        if not box.has_focus:
            box.scroll_to(y=max(0, line + 2 - box.size.height), animate=False)


def _lines(events: Iterable[Progress]) -> list[tuple[bool, str]]:
    from wizard.verify.log_level import is_error

    return [(is_error(event.text), event.text) for event in events if event.kind == "log"]
