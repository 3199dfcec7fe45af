"""One phase of one service: its items, what will be written, the checks, the commit. One class for all seven."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens import intents
from screens.keymap import key
from screens.phases.choice import PhaseChoice
from screens.phases.state import Step
from screens.present.phase import checks
from screens.present.values import prose
from screens.terminal.follow import FilesChanged
from screens.widgets.bars import NextBar
from screens.widgets.rows import Rows
from wizard.values.lean import replace

if TYPE_CHECKING:
    from wizard.values.phase import Phase
    from wizard.values.spec import ServiceSpec


class PhaseScreen(PhaseChoice):
    """Shows a `PhaseScreenState` and posts intents; it can be rebuilt from the view at any moment."""

    CSS_PATH = "phase.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "next_step"),
        key("apply", show=True),
        key("commit", show=True),
        key("take_back", show=True),
        key("verify", show=True),
        key("waive", show=True, priority=True),
        key("edit", show=True),
        key("item", "show_pane('item')"),
        key("changes", "show_pane('changes')"),
        key("checks", "show_pane('checks')"),
        key("message", "show_pane('message')"),
        key("next_phase", "go(1)"),
        key("previous_phase", "go(-1)"),
        *(Binding(str(number), f"jump({number})", f"Phase {number}", show=False) for number in range(1, 10)),
        key("answers"),
        key("sides"),
        key("summary"),
        key("ports"),
        key("reread", "read"),
    ]

    def on_mount(self) -> None:
        """Shows what is known, plans the rest."""
        super().on_mount()
        self.items.focus()
        self.plan()

    # Facts

    @on(intents.PhasePlanned)
    def _planned(self, fact: intents.PhasePlanned) -> None:
        if self.state.planned_for(fact.planned, fact.choice):
            again = self.state.planned is not None
            new = self.state.with_newer(fact.planned) if self.state.overtaken else self.state.with_plan(fact.planned)
            self.become(new)
            if new.newer is None:
                self.show_changes(keep=again)
            else:
                self.diff.add_class("-stale")

    @on(intents.PhaseApplied)
    def _applied(self) -> None:
        self.become(self.state.with_step(Step.CHECKING))
        if self.state.has_checks:
            self.action_show_pane("checks")

    @on(intents.LiveProgress)
    def _progress(self, fact: intents.LiveProgress) -> None:
        if self.state.step is Step.CHECKING:
            self.state = self.state.with_progress(fact.events)
            self.query_one("#checks", Static).update(checks(self.state))

    @on(intents.Observed)
    def _observed(self, fact: intents.Observed) -> None:
        self.become(self.state.with_observation(fact.observation))

    @on(intents.PhaseJudged)
    def _judged(self, fact: intents.PhaseJudged) -> None:
        self.become(self.state.with_judgement(fact.judged))
        self.message.load_text(fact.judged.message)
        self.action_show_pane("message")
        self.items.focus()

    @on(intents.PhaseCommitted)
    def _committed(self, fact: intents.PhaseCommitted) -> None:
        self.become(self.state.with_commit(fact.committed.receipt))
        self.action_show_pane("item")
        self.items.focus()

    @on(intents.TakenBack)
    def _taken_back(self, fact: intents.TakenBack) -> None:
        if fact.reason:
            self.say(f"{fact.reason}: the files are as they were")
        if self.state.step in (Step.WRITING, Step.CHECKING, Step.JUDGED):
            self.plan()

    @on(intents.Failed)
    def _failed(self) -> None:
        if self.state.step in (Step.WRITING, Step.CHECKING, Step.JUDGED) and not self.app.uncommitted:
            self.plan()

    @on(FilesChanged)
    def _overtaken(self) -> None:
        """Plans again beside what is shown: the person may be reading it."""
        if self.state.step in (Step.PLANNING, Step.PLANNED, Step.COMMITTED):
            self.become(replace(self.state, overtaken=self.state.step is Step.PLANNED))
            self.post_message(intents.PlanRequested(self.state.spec, self.state.phase, self.state.choice))

    @on(intents.ProofFinished)
    @on(intents.Edited)
    @on(intents.Done)
    def _world_changed(self) -> None:
        if self.state.step not in (Step.WRITING, Step.CHECKING, Step.JUDGED):
            self.plan()

    @on(intents.StackRead)
    def _stack_read(self) -> None:
        self.show_all()

    # What can be done

    def why_not(self, action: str) -> str:
        """Returns the reasons, which stand with the state that knows them all."""
        if action == "sides" and not (self.state.report is not None and self.state.report.has_sides):
            return "its own files contradict each other in nothing"
        own = self.state.why_not(action, self.items.current)
        return own or super().why_not(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hides what writes until it can be done: the line of keys has room for what can."""
        possible = super().check_action(action, parameters)
        return possible or (False if action in ("apply", "commit", "take_back") else None)

    @on(NextBar.Chosen)
    @on(Rows.OptionSelected)
    def _next_chosen(self) -> None:
        self.action_next_step()

    def action_next_step(self) -> None:
        """Does what the line above the keys says."""
        step = self.state.next_action
        if step == "wait" or (step and self.why_not(step)):
            self.say(self.why_not(step) or "wait until this has ended, or stop it with ctrl+x")
        elif step == "see":
            self.action_see()
        elif step:
            getattr(self, f"action_{step}")()

    def action_renew(self) -> None:
        """Shows what would be written now that files have changed."""
        if self.state.newer is not None:
            self.become(self.state.with_plan(self.state.newer))
            self.action_show_pane("changes")
            self.show_changes(keep=True)

    def action_see(self) -> None:
        """Shows the changes; when they are on the screen already, writes them."""
        if self.panes.current != "changes":
            self.action_show_pane("changes")
        else:
            self.action_apply()

    def place_to_copy(self) -> str:
        """Returns the place under the cursor: of the diff, else of the item."""
        place = self.diff_place() or self.state.place(self.items.current)
        return str(place) if place is not None else ""

    def action_apply(self) -> None:
        """Writes the phase; only what is on the screen is written, so the first press shows it."""
        planned = self.state.planned
        if not self.changes_were_seen:
            self.action_show_pane("changes")
            self.say("these are the changes: Enter or A writes them")
        elif planned is not None:
            self.become(self.state.with_step(Step.WRITING))
            self.post_message(intents.ApplyRequested(planned))

    def action_commit(self) -> None:
        """Commits what was written, with the message as it stands."""
        self.post_message(intents.CommitRequested(self.message.text))

    def action_take_back(self) -> None:
        """Puts the files back."""
        self.post_message(intents.TakeBackRequested())

    def action_verify(self) -> None:
        """Opens the live view."""
        from screens.deploy import DeployScreen

        self.app.show(DeployScreen(self.state.spec))

    def action_waive(self) -> None:
        """Asks for the reason."""
        from screens.modals.ask import AskModal
        from wizard.session.waivers import check_waiver

        item = self.items.current
        title = self.state.checklist.item(item).title if item else ""
        text = Content.assemble(
            (f"{item} ", "bold"), prose(title), "\nWhy need it not be met? The commit that says so is shown first."
        )
        ask = AskModal(
            "Waive an item",
            text,
            lambda reason: check_waiver(item, reason, self.state.checklist),
            "who reads it next year should understand",
        )
        self.app.show(ask, lambda reason: self._waive(item, reason))

    def _waive(self, item: str, reason: str | None) -> None:
        if reason:
            self.post_message(intents.WaiveRequested(self.state.spec, item, reason))

    def action_edit(self) -> None:
        """Opens the file under the cursor of the diff, at the line; else the one that the item is about."""
        place = self.diff_place() or self.state.place(self.items.current)
        if place is None:
            self.say("there is no file for this item yet")
        else:
            self.open_file(place)

    def action_go(self, direction: int) -> None:
        """Shows the phase beside this one."""
        number = min(max(self.state.phase.number + direction, 1), len(self.state.checklist.phases))
        self.action_jump(number)

    def action_jump(self, number: int) -> None:
        """Shows a phase by its number."""
        phases = self.state.checklist.sequence
        if number > len(phases):
            self.say(f"the checklist has {len(phases)} phases")
            return
        phase = phases[number - 1]
        if phase != self.state.phase and not self.why_not("jump"):
            self.state = self.fresh(self.state.spec, phase)
            self.plan()

    def action_following(self) -> None:
        """Shows the phase that is next for the wizard: the first open one behind this, else before it, else the
        summary.
        """
        following = self.state.following
        if following is None:
            self.action_summary()
        else:
            self.action_jump(following.number)

    def action_sides(self) -> None:
        """Asks which side of a contradiction is right."""
        self.post_message(intents.SidesRequested(self.state.spec.name, self.state.spec))

    def action_answers(self) -> None:
        """Opens the form."""
        self.post_message(intents.SpecRequested(self.state.spec.name))

    def action_summary(self) -> None:
        """Shows the service as a whole."""
        from screens.summary import SummaryScreen

        self.app.show(SummaryScreen(self.state.spec.name))

    def action_ports(self) -> None:
        """Shows who holds which port."""
        from screens.ports import PortsScreen

        self.app.show(PortsScreen())

    def action_read(self) -> None:
        """Reads and plans again."""
        self.post_message(intents.ReadRequested())
        self.plan()

    def action_back(self) -> None:
        """Leaves the message first; then goes back, asking only when a phase is written and not committed."""
        if self.leave_full_screen():
            return
        if self.focused is self.message:
            self.items.focus()
        elif self.app.writing:
            self.say("something runs: ctrl+x stops it and puts the files back")
        elif self.state.step is Step.JUDGED:
            self._ask_before_leaving()
        else:
            self.app.leave()

    def _ask_before_leaving(self) -> None:
        from screens.modals.choose import ChooseModal

        answers = (
            ("Stay", "look again"),
            ("Commit", "commit it and go back"),
            ("Take back", "put the files back and go back"),
        )
        text = Content("The files of this phase are written and not committed.")
        self.app.show(ChooseModal("Leave this phase?", text, answers), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer == "Commit":
            self.action_commit()
        elif answer == "Take back":
            self.action_take_back()
        if answer in ("Commit", "Take back"):
            self.app.leave()

    def take_spec(self, spec: ServiceSpec, phase: Phase | None = None) -> None:
        """Plans with the new answers."""
        self.state = self.fresh(spec, phase or self.state.phase)
        self.plan()

    def help_topic(self) -> Content:
        """Returns the phase's purpose and the item's whole text."""
        from screens.present.phase import item_help

        if not self.items.current:
            return Content("One phase of the checklist.")
        return item_help(self.state.checklist, self.state.phase, self.items.current)
