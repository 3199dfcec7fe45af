"""One phase of one service: its items, what will be written, the checks, the commit. One class for all seven."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets._static import Static

from screens import intents
from screens.phase_layout import PhaseLayout
from screens.phase_state import PhaseView, Step
from screens.present import prose
from screens.present_phase import checks
from screens.widgets.bars import NextBar
from screens.widgets.rows import Rows
from wizard.values.phase import Phase

if TYPE_CHECKING:
    from wizard.values.spec import ServiceSpec


class PhaseScreen(PhaseLayout):
    """Shows a `PhaseView` and posts intents; it can be rebuilt from the view at any moment."""

    CSS_PATH = "phase.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "next_step", "Next step", show=False, tooltip="what the line above the keys says"),
        Binding("a", "apply", "Apply", tooltip="write the files, run the checks; nothing is committed yet"),
        Binding("c,ctrl+s", "commit", "Commit", key_display="c", tooltip="commit what was written"),
        Binding("t", "take_back", "Take back", tooltip="put the files back as they were"),
        Binding("v", "verify", "Verify", tooltip="the live view: start the service and check it"),
        Binding("w", "waive", "Waive", tooltip="say why this item need not be met"),
        Binding("e", "edit", "Edit", tooltip="open the file of this item in your editor"),
        Binding("i", "show_pane('item')", "Item", show=False, tooltip="what was found, why the item exists"),
        Binding("d", "show_pane('changes')", "Changes", show=False, tooltip="the diff of what will be written"),
        Binding("l", "show_pane('checks')", "Checks", show=False, tooltip="the live checks of this phase"),
        Binding("m", "show_pane('message')", "Message", show=False, tooltip="the commit message, to be edited"),
        Binding(
            "greater_than_sign", "go(1)", "Next phase", key_display=">", show=False, tooltip="look at the next phase"
        ),
        Binding("less_than_sign", "go(-1)", "Previous phase", key_display="<", show=False, tooltip="the phase before"),
        *(Binding(str(p.number), f"jump({p.number})", f"Phase {p.number} {p.value}", show=False) for p in Phase),
        Binding("s", "answers", "Answers", show=False, tooltip="change the answers about this service"),
        Binding("u", "summary", "Summary", show=False, tooltip="thirty items, seven commits, what is left"),
        Binding("r", "read", "Re-read", show=False, tooltip="read and plan again"),
    ]

    def on_mount(self) -> None:
        """Show what is known, plan the rest."""
        super().on_mount()
        self.items.focus()
        self._plan()

    # Facts

    @on(intents.PhasePlanned)
    def _planned(self, fact: intents.PhasePlanned) -> None:
        if self.state.planned_for(fact.planned):
            self.become(self.state.with_plan(fact.planned))
            self.show_changes()

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
            self._plan()

    @on(intents.Failed)
    def _failed(self) -> None:
        if self.state.step in (Step.WRITING, Step.CHECKING, Step.JUDGED) and not self.app.uncommitted:
            self._plan()

    @on(intents.ProofFinished)
    @on(intents.Edited)
    @on(intents.Done)
    def _world_changed(self) -> None:
        if self.state.step not in (Step.WRITING, Step.CHECKING, Step.JUDGED):
            self._plan()

    @on(intents.StackRead)
    def _stack_read(self) -> None:
        self.show_all()

    # What can be done

    def why_not(self, action: str) -> str:
        """The reasons stand with the state, which knows them all."""
        return self.state.why_not(action, self.items.current if self.is_attached else "")

    @on(NextBar.Chosen)
    @on(Rows.OptionSelected)
    def _next_chosen(self) -> None:
        self.action_next_step()

    def action_next_step(self) -> None:
        """What the line above the keys says."""
        step = self.state.next_action
        if step == "wait" or (step and self.why_not(step)):
            self.say(self.why_not(step) or "wait until this has ended, or stop it with ctrl+x")
        elif step == "see" and self.panes.current != "changes":
            self.action_show_pane("changes")
        elif step == "see":
            self.action_apply()
        elif step:
            getattr(self, f"action_{step}")()

    def action_apply(self) -> None:
        """Write the phase."""
        planned = self.state.planned
        if planned is not None:
            self.become(self.state.with_step(Step.WRITING))
            self.post_message(intents.ApplyRequested(planned))

    def action_commit(self) -> None:
        """Commit what was written, with the message as it stands."""
        self.post_message(intents.CommitRequested(self.message.text))

    def action_take_back(self) -> None:
        """Put the files back."""
        self.post_message(intents.TakeBackRequested())

    def action_verify(self) -> None:
        """The live view."""
        from screens.deploy import DeployScreen

        self.app.show(DeployScreen(self.state.spec))

    def action_waive(self) -> None:
        """Ask for the reason."""
        from screens.modals.ask import AskModal
        from wizard.session.waivers import check_waiver

        item = self.items.current
        title = self.app.view.checklist.item(item).title if self.app.view is not None else ""
        text = Content.assemble(
            (f"{item} ", "bold"), prose(title), "\nWhy need it not be met? It is committed, by your name."
        )
        ask = AskModal(
            "Waive an item", text, lambda reason: check_waiver(item, reason), "who reads it next year should understand"
        )
        self.app.show(ask, lambda reason: self._waive(item, reason))

    def _waive(self, item: str, reason: str | None) -> None:
        if reason:
            self.post_message(intents.WaiveRequested(self.state.spec.name, item, reason))

    def action_edit(self) -> None:
        """Open the file that the item is about."""
        place = self.state.place(self.items.current)
        if place is None:
            self.say("there is no file for this item yet")
        else:
            self.post_message(intents.EditRequested(place.path, place.line))

    def action_go(self, direction: int) -> None:
        """The phase beside this one."""
        phases = list(Phase)
        number = min(max(self.state.phase.number + direction, 1), len(phases))
        self.action_jump(number)

    def action_jump(self, number: int) -> None:
        """A phase by its number."""
        phase = list(Phase)[number - 1]
        if phase is not self.state.phase and not self.why_not("jump"):
            self.state = PhaseView(self.state.spec, phase)
            self._plan()

    def action_following(self) -> None:
        """The phase that is next for the wizard: the first open one behind this, else before it, else the summary."""
        following = self.state.following
        if following is None:
            self.action_summary()
        else:
            self.action_jump(following.number)

    def action_answers(self) -> None:
        """The form."""
        self.post_message(intents.SpecRequested(self.state.spec.name))

    def action_summary(self) -> None:
        """The service as a whole."""
        from screens.summary import SummaryScreen

        self.app.show(SummaryScreen(self.state.spec.name))

    def action_read(self) -> None:
        """Read and plan again."""
        self.post_message(intents.ReadRequested())
        self._plan()

    def action_back(self) -> None:
        """Out of the message first; then back, asking only when a phase is written and not committed."""
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
            ("s", "Stay", "look again"),
            ("c", "Commit", "commit it and go back"),
            ("t", "Take back", "put the files back and go back"),
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

    def take_spec(self, spec: ServiceSpec) -> None:
        """The answers changed: plan with the new ones."""
        self.state = PhaseView(spec, self.state.phase)
        self._plan()

    def help_topic(self) -> Content:
        """The phase's purpose and the item's whole text."""
        from screens.present_phase import item_help

        view = self.app.view
        if view is None or not self.items.current:
            return Content("One phase of the checklist.")
        return item_help(view.checklist, self.state.phase, self.items.current)

    def _plan(self) -> None:
        self.become(self.state.with_step(Step.PLANNING))
        self.post_message(intents.PlanRequested(self.state.spec, self.state.phase))
