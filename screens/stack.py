"""The stack: every service at a glance, the half-finished ones on top, and where the one under the cursor stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets._footer import Footer
from textual.widgets._static import Static

from screens.base import WizardScreen
from screens.intents import OpenRequested, ReadRequested, SpecRequested, StackRead
from screens.widgets.bars import TitleBar, TooSmall
from screens.widgets.rows import Rows

if TYPE_CHECKING:
    from wizard.pipeline.guided import Overview
    from wizard.values.finding import Report

DRAFT = "draft:"
COLUMNS = f"{'service':<16} {'1':<5} {'2':<4} {'3':<5} {'4':<3} {'5':<4} {'6':<4} {'7':<5}  done"


class StackScreen(WizardScreen):
    """The first screen."""

    HINT = (
        "Every service of the stack with its thirty checklist items, phase by phase (1 to 7). Half-finished services "
        "come first. Enter goes on with the service under the cursor, n begins a new one. Everything shown is read "
        "from the repository; nothing is remembered."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="go on with this service where it stands"),
        Binding("n", "new", "New service", tooltip="answer a few questions, then seven phases"),
        Binding(
            "a", "answers", "Answers", tooltip="the answers about this service, with the lines they were read from"
        ),
        Binding("p", "ports", "Ports", tooltip="who holds which port, and where that is written"),
        Binding("h", "history", "History", tooltip="commits and commands of the wizard, undo"),
        Binding("s", "summary", "Summary", tooltip="thirty items, seven commits, what is left"),
        Binding("i", "detected", "Detected", show=False, tooltip="what was detected about this stack, and why"),
        Binding("r", "read", "Re-read", show=False, tooltip="read the whole stack again"),
    ]
    services = getters.query_one("#services", Rows)
    detail = getters.query_one("#detail", Static)
    summary = getters.query_one("#summary", Static)
    notice = getters.query_one("#notice", Static)
    furnished = False

    def compose(self) -> ComposeResult:
        """What is painted first: where one is, and that it is being read."""
        yield TitleBar()
        yield Static("Reading the stack …", id="summary", markup=False)

    async def furnish(self) -> None:
        """Everything else, as soon as the first frame is on the screen; there is nothing to show in it before."""
        detail = VerticalScroll(Static(id="detail", markup=False), id="detail-box", can_focus=False)
        await self.mount(Static(id="notice", classes="notice", markup=False), after=self.title_bar)
        await self.mount(
            Static(COLUMNS, id="columns", classes="heading", markup=False),
            Rows(id="services"),
            Static(id="empty", markup=False),
            detail,
            Footer(),
            TooSmall(),
        )
        self.furnished = True
        self.services.focus()
        if self.app.view is not None:
            self._show(self.app.view)

    def on_mount(self) -> None:
        """Paint first, read then."""
        super().on_mount()
        self.crumbs(str(self.app.root.absolute()))
        self.call_after_refresh(self.furnish)

    @on(StackRead)
    def _read(self, fact: StackRead) -> None:
        if self.furnished:
            self._show(fact.view)

    @on(Rows.OptionHighlighted)
    def _highlighted(self) -> None:
        self._show_detail()
        self.refresh_bindings()

    @on(Rows.OptionSelected)
    def _selected(self) -> None:
        self.action_open()

    @property
    def chosen(self) -> str:
        """The service under the cursor, '' when there is none."""
        return self.services.current.removeprefix(DRAFT) if self.furnished else ""

    def why_not(self, action: str) -> str:
        """Most things need the stack to be read, and a service to be there."""
        if self.app.view is None and action in ("open", "new", "answers", "ports", "history", "summary", "detected"):
            return "the stack is still being read"
        if action in ("open", "answers", "summary") and not self.services.current:
            return "there is no service yet: n begins one"
        if action == "summary" and self.services.current.startswith(DRAFT):
            return "nothing of this service is written yet"
        return ""

    def action_back(self) -> None:
        """This is the first screen."""
        self.say("This is the first screen. ctrl+q quits; nothing is lost.")

    def action_open(self) -> None:
        """Go on with the service under the cursor."""
        if not self.why_not("open"):
            self.post_message(OpenRequested(self.chosen))

    def action_new(self) -> None:
        """Begin a service."""
        self.post_message(SpecRequested(""))

    def action_answers(self) -> None:
        """The answers about the service under the cursor."""
        self.post_message(SpecRequested(self.chosen))

    def action_ports(self) -> None:
        """The port table."""
        from screens.ports import PortsScreen

        self.app.show(PortsScreen())

    def action_history(self) -> None:
        """What the wizard did."""
        from screens.history import HistoryScreen

        self.app.show(HistoryScreen())

    def action_summary(self) -> None:
        """The service's summary."""
        from screens.summary import SummaryScreen

        self.app.show(SummaryScreen(self.chosen))

    def action_detected(self) -> None:
        """What was detected, and why."""
        from screens.modals.tell import TellModal
        from screens.present_stack import detected

        if self.app.view is not None:
            self.app.show(TellModal("What was detected, and why", detected(self.app.view)))

    def action_read(self) -> None:
        """Read everything again."""
        self.post_message(ReadRequested())

    def _show(self, view: Overview) -> None:
        from screens.present_stack import nothing_yet, notice, summary

        self.title_bar.place = view.branch or "detached HEAD"
        self.summary.update(summary(view))
        said = notice(view)
        self.notice.update(said)
        self.notice.set_class(bool(said.plain), "-shown")
        self.services.show(list(self._rows(view)))
        self.set_class(not self.services.option_count, "-no-service")
        self.query_one("#empty", Static).update(nothing_yet())
        self._show_detail()
        self.refresh_bindings()

    def _rows(self, view: Overview) -> Iterator[tuple[str, Content]]:
        from screens.present import draft_row, service_row

        known = {report.service for report in view.reports}
        words = {line.service: line.status for line in view.matrix}
        width = self.size.width - 3
        for name in view.drafts:
            if name not in known:
                yield DRAFT + name, draft_row(name)
        for report in view.reports:
            drafted = report.service in view.drafts
            yield report.service, service_row(report, words.get(report.service, ""), draft=drafted, wide=width)

    def on_resize(self) -> None:
        """Rows are cut to the width."""
        if self.app.view is not None and self.furnished:
            self.services.show(list(self._rows(self.app.view)))

    def _show_detail(self) -> None:
        from screens.present_stack import draft_standing, standing

        view = self.app.view
        if view is None:
            return
        report: Report | None = view.report(self.chosen) if self.services.current else None
        if report is not None:
            self.detail.update(standing(view, report))
        else:
            self.detail.update(draft_standing(self.chosen) if self.services.current else "")
