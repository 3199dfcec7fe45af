"""What a person takes of a phase's plan: an edit left out with its reason, one taken again, a recipe taken."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content

from screens import intents
from screens.keymap import key
from screens.phases.layout import PhaseLayout
from screens.phases.state import OPEN, PhaseScreenState
from screens.phases.state import Step as At
from screens.present.diff import EDIT, LEFT, OFFER, REFUSAL, TAKEN, key_of, read_key
from screens.present.hints import in_app
from screens.present.values import literal, prose
from screens.steps import Step
from wizard.session.waivers import check_reason
from wizard.values.choice import EVERYTHING, Choice
from wizard.values.spec import manifest_path

if TYPE_CHECKING:
    from wizard.values.phase import Phase
    from wizard.values.spec import ServiceSpec


class PhaseChoice(PhaseLayout):
    """Plans again with every choice, so that what is shown is what would be written."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("mark", "take_or_leave", show=True, priority=True),
        key("mend", show=True),
    ]

    def on_mount(self) -> None:
        """Takes what was chosen earlier."""
        super().on_mount()
        self.state = self.fresh(self.state.spec, self.state.phase)

    @property
    def service(self) -> str:
        """The service whose phase this is."""
        return self.state.spec.name

    def fresh(self, spec: ServiceSpec, phase: Phase) -> PhaseScreenState:
        """Returns a phase before it is planned, with what was chosen of it earlier."""
        choice = self.app.choices.get((spec.name, phase), EVERYTHING)
        return PhaseScreenState(spec, phase, choice=choice, checklist=self.app.checklist)

    def plan(self) -> None:
        """Plans what is taken of the phase on the stack as it is now."""
        self.become(self.state.current.with_step(At.PLANNING))
        self.post_message(intents.PlanRequested(self.state.spec, self.state.phase, self.state.choice))

    def choose(self, choice: Choice, says: str) -> None:
        """Takes this of the plan from now on; that can be undone."""
        app, name, phase, before = self.app, self.state.spec.name, self.state.phase, self.state.choice

        def put(chosen: Choice) -> None:
            app.keep_choice(name, phase, chosen)
            for screen in app.screen_stack:
                if isinstance(screen, PhaseChoice):
                    screen.choice_changed()

        app.steps.add(Step(says, name, back=lambda: put(before), again=lambda: put(choice)))
        put(choice)

    def choice_changed(self) -> None:
        """Plans again when something else is taken of what is shown."""
        choice = self.app.choices.get((self.state.spec.name, self.state.phase), EVERYTHING)
        if choice != self.state.choice and self.state.step not in OPEN:
            self.state = self.state.with_choice(choice)
            self.plan()

    def action_take_or_leave(self) -> None:
        """Takes or leaves the edit under the diff's cursor; leaving needs a reason."""
        if not self.diff_is_shown:
            self.action_show_pane("changes")
            return
        self.diff.focus_lines()
        kind, what = read_key(self.diff.key)
        choice = self.state.choice
        if self.state.step is not At.PLANNED:
            self.say("what is written or being planned cannot be chosen now")
        elif kind == EDIT and what == manifest_path(self.state.spec.name):
            self.say("this file goes with the phase: it keeps the answers, and what you leave out")
        elif kind == EDIT:
            self._ask_why(what)
        elif kind == LEFT:
            self.choose(choice.with_left(what), f"take {what} again")
        elif kind in (OFFER, TAKEN):
            self._fix(what)
        else:
            self.say("the cursor is on no edit: ] goes to the next one")

    def action_mend(self) -> None:
        """Shows what mends the item: its edit, a recipe, what to paste, else how it is done by hand."""
        item = self.items.current
        keys = self._mending(item)
        if keys and self.state.step is At.PLANNED:
            self.action_show_pane("changes")
            self.diff.go_to(keys[0])
        else:
            self._tell_by_hand(item)

    def _mending(self, item: str) -> list[str]:
        """Returns the heads of the diff that are about an item, the edits first."""
        changes = self.state.planned.changeset if self.state.planned is not None else None
        if changes is None:
            return []
        found = [key_of(EDIT, edit.path) for edit in changes.edits if item in edit.items]
        found += [key_of(OFFER, offer.recipe) for offer in changes.offers if offer.item == item]
        found += [key_of(LEFT, one.what) for one in changes.left if item in (one.what, *one.items)]
        return [*found, *(key_of(REFUSAL, one.item) for one in changes.refusals if one.item == item)]

    def _tell_by_hand(self, item: str) -> None:
        from screens.modals.tell import TellModal

        view, finding = self.app.view, self.state.finding(item)
        if view is None or finding is None:
            self.say("there is no item yet")
            return
        by_hand = self.state.checklist.item(item).by_hand
        parts = [literal(finding.summary, 500)]
        if finding.hint and not finding.done:
            parts.append(literal(in_app(finding.hint), 500))
        if by_hand:
            parts.append(Content.assemble("By hand: ", prose(by_hand)))
        self.app.show(TellModal(f"{item} is {finding.status.value}", Content("\n\n").join(parts)))

    def _fix(self, recipe: str) -> None:
        shown = any(offer.recipe == recipe and offer.safety == "shown" for offer in self.state.offers)
        if shown:
            self.say("this is only shown: it is done by hand")
        else:
            self.choose(self.state.choice.with_fix(recipe), f"the recipe {recipe}")

    def _ask_why(self, path: str) -> None:
        from screens.modals.ask import AskModal

        text = Content.assemble(
            "Leave out ", literal(path, 200, "bold"), "?\nThe reason is committed with the phase, and `check` says it."
        )
        ask = AskModal("Leave an edit out", text, partial(check_reason, "leaving it out"), "why it stays as it is")
        self.app.show(ask, lambda reason: self._leave_out(path, reason))

    def _leave_out(self, path: str, reason: str | None) -> None:
        if reason:
            self.choose(self.state.choice.without(path, " ".join(reason.split())), f"leave {path} out")
