"""The stack: every service at a glance, the half-finished ones on top, and where the one under the cursor stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.base import WizardScreen
from screens.intents import OpenRequested, ReadRequested, SidesRequested, SpecRequested, StackRead
from screens.keymap import key
from screens.widgets.bars import TitleBar, TooSmall
from screens.widgets.rows import NOTHING_FITS, Rows

if TYPE_CHECKING:
    from wizard.pipeline.guided import Overview
    from wizard.values.finding import Report

DRAFT = "draft:"
NO_SIDES = "its own files contradict each other in nothing"


ORDERS = ("urgency", "name", "what is done", "next phase")


class StackScreen(WizardScreen):
    """The first screen."""

    HINT = (
        "Every service of the stack with its checklist items, phase by phase. Half-finished services "
        "come first; the comma sorts, / filters. Enter goes on with the service under the cursor, + begins one. "
        "Space marks several, and & checks them or plans a phase for each. Everything shown is read "
        "from the repository; nothing is remembered."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "open", name="Open", does="go on with this service where it stands", show=True),
        key("new", show=True),
        key("answers", show=True),
        key("ports", show=True),
        key("flow"),
        key("history", show=True),
        key("summary", show=True),
        key("found", "detected"),
        key("sides"),
        key("reread", "read"),
        key("mark", name="Mark", does="mark this service, or take the mark away, and go one down"),
        key("mark_all"),
        key("many"),
        key("order"),
    ]
    services = getters.query_one("#services", Rows)
    detail = getters.query_one("#detail", Static)
    summary = getters.query_one("#summary", Static)
    notice = getters.query_one("#notice", Static)
    furnished = False

    def __init__(self) -> None:
        super().__init__()
        self._marked: set[str] = set()
        self._order = ORDERS[0]

    def compose(self) -> ComposeResult:
        """Yields what is painted first: where one is, and that it is being read."""
        yield TitleBar()
        yield Static("Reading the stack …", id="summary", markup=False)

    async def furnish(self) -> None:
        """Adds everything else, as soon as the first frame is on the screen; there is nothing to show in it before."""
        from screens.widgets.footer import KeyFooter
        from screens.widgets.search import SearchBar

        detail = VerticalScroll(Static(id="detail", markup=False), id="detail-box", can_focus=False)
        await self.mount(Static(id="notice", classes="notice", markup=False), after=self.title_bar)
        await self.mount(
            Static(id="columns", classes="heading", markup=False),
            Rows(id="services"),
            Static(id="empty", markup=False),
            detail,
            SearchBar(),
            KeyFooter(),
            TooSmall(),
        )
        self.furnished = True
        self.services.focus()
        if self.app.view is not None:
            self._show(self.app.view)
        self.call_after_refresh(self._show_detail)

    def on_mount(self) -> None:
        """Paints first, then reads."""
        super().on_mount()
        self.crumbs(str(self.app.root.absolute()))
        self.call_after_refresh(self.furnish)

    @on(StackRead)
    def _read(self, fact: StackRead) -> None:
        if self.furnished:
            self._show(fact.view)

    @on(Rows.OptionHighlighted)
    @on(Rows.Emptied)
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

    @property
    def service(self) -> str:
        """The service under the cursor."""
        return self.chosen

    def place_to_copy(self) -> str:
        """Returns the command that checks the service under the cursor."""
        return f"stack-wizard check {self.chosen}" if self.chosen else ""

    def why_not(self, action: str) -> str:
        """Says why not: most things need the stack to be read, and a service to be there."""
        if self.app.view is None and action in (
            "open",
            "new",
            "answers",
            "ports",
            "flow",
            "history",
            "summary",
            "detected",
        ):
            return "the stack is still being read"
        if action in ("open", "answers", "summary") and not self.services.current:
            return NOTHING_FITS if self.services.nothing_fits else "there is no service yet: + begins one"
        if action == "many" and not self._marked:
            return "no service is marked: Space marks one, * all"
        if action == "summary" and self.services.current.startswith(DRAFT):
            return "nothing of this service is written yet"
        if action == "sides":
            report = self.app.view.report(self.chosen) if self.app.view is not None else None
            return "" if report is not None and report.has_sides else NO_SIDES
        return super().why_not(action)

    def action_back(self) -> None:
        """Says that this is the first screen."""
        self.say("This is the first screen. q or ctrl+q quits; nothing is lost.")

    def action_open(self) -> None:
        """Goes on with the service under the cursor."""
        if not self.why_not("open"):
            self.post_message(OpenRequested(self.chosen))

    def action_new(self) -> None:
        """Begins a service."""
        self.post_message(SpecRequested(""))

    def action_answers(self) -> None:
        """Opens the answers about the service under the cursor."""
        self.post_message(SpecRequested(self.chosen))

    def action_sides(self) -> None:
        """Asks which side of a contradiction is right."""
        self.post_message(SidesRequested(self.chosen))

    def action_ports(self) -> None:
        """Opens the port table."""
        from screens.ports import PortsScreen

        self.app.show(PortsScreen())

    def action_flow(self) -> None:
        """Opens the message flow."""
        from screens.flow import FlowScreen

        self.app.show(FlowScreen())

    def action_history(self) -> None:
        """Shows what the wizard did."""
        from screens.history import HistoryScreen

        self.app.show(HistoryScreen())

    def action_summary(self) -> None:
        """Shows the service's summary."""
        from screens.summary import SummaryScreen

        self.app.show(SummaryScreen(self.chosen))

    def action_detected(self) -> None:
        """Shows what was detected, and why."""
        from screens.modals.tell import TellModal
        from screens.present.stack import detected

        if self.app.view is not None:
            self.app.show(TellModal("What was detected, and why", detected(self.app.view)))

    def action_mark(self) -> None:
        """Marks the service under the cursor, or takes the mark away."""
        if self.services.current and not self.services.current.startswith(DRAFT):
            self._marked ^= {self.services.current}
            self._show_rows()
        self.services.action_cursor_down()

    def action_mark_all(self) -> None:
        """Marks every service that is shown; takes the marks away when all have one."""
        shown = {option.id for option in self.services.options if option.id and not option.id.startswith(DRAFT)}
        self._marked = self._marked - shown if shown <= self._marked else self._marked | shown
        self._show_rows()

    def action_many(self) -> None:
        """Checks the marked services, or plans a phase for each."""
        from screens.many import ManyScreen

        view = self.app.view
        if view is not None:
            self.app.show(ManyScreen([r.service for r in self._sorted(view) if r.service in self._marked]))

    def action_order(self) -> None:
        """Sorts by the next of the orders."""
        self._order = ORDERS[(ORDERS.index(self._order) + 1) % len(ORDERS)]
        self._show_rows()
        self.say(f"sorted by {self._order}")

    def action_read(self) -> None:
        """Reads everything again."""
        self.post_message(ReadRequested())

    def _show(self, view: Overview) -> None:
        from screens.present.stack import columns, nothing_yet, notice
        from screens.present.values import place_name

        self.title_bar.place = place_name(view)
        said = notice(view)
        self.notice.update(said)
        self.notice.set_class(bool(said.plain), "-shown")
        self._marked &= {report.service for report in view.reports}
        self.query_one("#columns", Static).update(columns(view.checklist))
        self._show_rows()
        self.set_class(not self.services.option_count, "-no-service")
        self.query_one("#empty", Static).update(nothing_yet())
        self._show_detail()
        self.refresh_bindings()

    def _show_rows(self) -> None:
        """Shows the services in the order that was chosen, with their marks."""
        from screens.present.stack import summary
        from screens.present.values import longest_name, row_heads

        if self.app.view is not None:
            self.summary.update(summary(self.app.view, len(self._marked)))
            self.query_one("#columns", Static).update(
                row_heads(self.app.view.checklist, self.size.width - 3, longest_name(self.app.view))
            )
            self.services.show(list(self._rows(self.app.view)))
            self.refresh_bindings()

    def _sorted(self, view: Overview) -> list[Report]:
        if self._order == "name":
            return sorted(view.reports, key=lambda report: report.service)
        if self._order == "what is done":
            return sorted(view.reports, key=lambda report: -report.count.met / max(report.count.applies, 1))
        if self._order == "next phase":
            last = len(view.checklist.phases) + 1
            following = {report.service: view.next_phase(report.service) for report in view.reports}
            return sorted(view.reports, key=lambda report: getattr(following[report.service], "number", last))
        return list(view.reports)

    def _rows(self, view: Overview) -> Iterator[tuple[str, Content]]:
        from screens.present.values import draft_row, longest_name, service_row

        known = {report.service for report in view.reports}
        words = {line.service: line.status for line in view.matrix}
        width, longest = self.size.width - 3, longest_name(view)
        for name in view.drafts:
            if name not in known:
                yield DRAFT + name, draft_row(name, view.begun).truncate(width, ellipsis=True)
        for report in self._sorted(view):
            name = report.service
            drafted, marked = name in view.drafts, name in self._marked
            yield (
                name,
                service_row(report, words.get(name, ""), draft=drafted, wide=width, marked=marked, longest=longest),
            )

    def on_resize(self) -> None:
        """Cuts the rows to the width; says as much of what is open as there is room for."""
        if self.furnished:
            self._show_rows()
            self.call_after_refresh(self._show_detail)

    def _show_detail(self) -> None:
        from screens.present.stack import draft_standing, standing

        view = self.app.view
        if view is None:
            return
        report: Report | None = view.report(self.chosen) if self.services.current else None
        if report is not None:
            self.detail.update(standing(view, report, self.query_one("#detail-box").size.height))
        else:
            self.detail.update(draft_standing(self.chosen, view.begun) if self.services.current else "")
