"""The app: which screen answers which intent, the global keys, and how it ends."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from screens import intents, steps
from screens.keymap import DEEDS, key
from screens.stack import StackScreen
from screens.terminal.driver import lasting
from screens.terminal.follow import Following
from wizard.rules.text import one_line

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.driver import Driver
    from textual.screen import Screen

    from wizard.cli_types import Opening
    from wizard.values.phase import Phase
    from wizard.values.proposal import Proposal
    from wizard.values.spec import ServiceSpec


def _actions() -> type[Provider]:
    from screens.palette import ActionsProvider

    return ActionsProvider


class StackWizardApp(Following):
    """One stack, one person, one core."""

    TITLE = "stack-wizard"
    CSS_PATH = ["app.tcss", "stack.tcss"]  # noqa: RUF012  (the first screen loads none of its own)
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny-width"), (60, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny-height"), (15, "-short"), (30, "-tall")]  # noqa: RUF012
    COMMANDS = {_actions}  # noqa: RUF012  (the system's stand behind them there)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", key_display="F1", tooltip=DEEDS["help"].does),
        Binding("question_mark", "help", "Help", key_display="?", show=False, tooltip=DEEDS["help"].does),
        Binding("colon", "command_palette", "Every action", key_display=":", show=False, tooltip=DEEDS["palette"].does),
        Binding(
            "ctrl+p",
            "command_palette",
            "Every action",
            key_display=":",
            priority=True,
            show=False,
            tooltip=DEEDS["palette"].does,
        ),
        key("stop"),
        key("shell", "shell"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, tooltip="leave; nothing is lost"),
    ]

    def __init__(self, root: Path, *, tour: bool = False, log_window: float = 5.0, follow: bool = False) -> None:
        super().__init__(root, log_window=log_window, follow=follow)
        self._tour = tour
        self._asking = False

    def get_driver_class(self) -> type[Driver]:
        """Textual's, made to survive a terminal that is closed."""
        return lasting(super().get_driver_class())

    def get_default_screen(self) -> StackScreen:
        """The stack."""
        return StackScreen()

    def on_mount(self) -> None:
        """Paint first; read then."""
        self.listen_for_hangup()
        self.use_first_theme()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        gc.collect()  # before the reading, which takes the place of what starting has left
        gc.freeze()
        gc.enable()
        self.read_settings()
        self.read_stack(first=True)
        if self._tour:
            from screens.modals.tour import offer_tour

            offer_tour(self)

    # Intents

    @on(intents.ReadRequested)
    def _read(self) -> None:
        self.read_stack()

    @on(intents.OpenRequested)
    def _open(self, intent: intents.OpenRequested) -> None:
        view = self.view
        service = view.facts.service(intent.name) if view is not None else None
        known = service is not None and service.manifest is not None
        self.describe(intent.name, as_form=not known or (view is not None and intent.name in view.drafts))

    @on(intents.SpecRequested)
    def _spec(self, intent: intents.SpecRequested) -> None:
        self.describe(intent.name, as_form=True)

    @on(intents.DraftChanged)
    def _draft(self, intent: intents.DraftChanged) -> None:
        self.keep_draft(intent.name, intent.form)

    @on(intents.DraftDiscarded)
    def _discard(self, intent: intents.DraftDiscarded) -> None:
        self.drop_draft(intent.name)

    @on(intents.PreviewRequested)
    def _preview(self, intent: intents.PreviewRequested) -> None:
        self.preview(intent.spec)

    @on(intents.SpecSettled)
    def _settled(self, intent: intents.SpecSettled) -> None:
        if intent.draft != intent.spec.name:
            self.rename_draft(intent.draft, intent.spec.name, intent.form)
        self.leave()
        self.show_phase(intent.spec)

    @on(intents.PlanRequested)
    def _plan(self, intent: intents.PlanRequested) -> None:
        self.plan_phase(intent.spec, intent.phase, intent.choice)

    @on(intents.ApplyRequested)
    def _apply(self, intent: intents.ApplyRequested) -> None:
        if not self.writing:
            self.apply_phase(intent.planned)

    @on(intents.CommitRequested)
    def _commit(self, intent: intents.CommitRequested) -> None:
        if not self.writing:
            self.commit_phase(intent.message)

    @on(intents.TakeBackRequested)
    def _take_back(self) -> None:
        if not self.writing:
            self.take_back()

    @on(intents.ProofRequested)
    def _prove_now(self, intent: intents.ProofRequested) -> None:
        if not self.writing:
            self.prove(intent.spec, intent.items)

    @on(intents.StopRequested)
    def _stop(self) -> None:
        self.stop()

    @on(intents.WaiveRequested)
    def _waive(self, intent: intents.WaiveRequested) -> None:
        spec, item, reason = intent.spec, intent.item, intent.reason
        self.propose(lambda session: session.propose_waiver(spec.name, item, reason, spec), f"waiving {item}")

    @on(intents.UndoRequested)
    def _undo(self, intent: intents.UndoRequested) -> None:
        self.propose(lambda session: session.propose_undo(intent.service, intent.made), "looking what to take back")

    @on(intents.RedoRequested)
    def _redo(self, intent: intents.RedoRequested) -> None:
        self.propose(lambda session: session.propose_redo(intent.service), "looking what to bring back")

    @on(intents.SeeRequested)
    def _see(self, intent: intents.SeeRequested) -> None:
        self.see_commit(intent.made)

    @on(intents.SidesRequested)
    def _find_sides(self, intent: intents.SidesRequested) -> None:
        if intent.spec is not None:
            self._show_sides(intent.service, intent.spec)
        else:
            self.find_sides(intent.service)

    @on(intents.ConsequencesRequested)
    def _follow(self, intent: intents.ConsequencesRequested) -> None:
        self.follow(intent.side)

    @on(intents.SideTaken)
    def _side_taken(self, intent: intents.SideTaken) -> None:
        from screens.sides import take

        take(self, intent.consequences)

    @on(intents.EditRequested)
    def _edit(self, intent: intents.EditRequested) -> None:
        from screens.terminal.editor import edit

        edit(self, intent.path, intent.line)

    # Facts

    def received(self, fact: Message) -> None:
        """Open the screen a fact is for, show trouble, read anew after every write."""
        super().received(fact)
        if isinstance(fact, intents.SpecInferred):
            self._inferred(fact)
        elif isinstance(fact, intents.Failed):
            self._failed(fact)
        elif isinstance(fact, intents.SidesFound):
            self._show_sides(fact.service, fact.spec)
        elif isinstance(fact, intents.Proposed):
            self._review(fact.proposal)
        elif isinstance(fact, intents.PhaseCommitted | intents.Done):
            done = fact.receipt if isinstance(fact, intents.Done) else fact.committed.receipt
            for warning in done.warnings:  # until it is read: what came otherwise than meant is said nowhere else
                self.notify(one_line(warning, 400), title="Warning", severity="warning", timeout=600, markup=False)
            if isinstance(fact, intents.Done):
                steps.say_commit(self, fact)
            self.read_stack()

    def _show_sides(self, service: str, spec: ServiceSpec) -> None:
        from screens.sides import SidesScreen

        report = self.view.report(service) if self.view is not None else None
        if report is not None:
            self.show(SidesScreen(spec, report.contradictions))

    def _review(self, proposal: Proposal) -> None:
        from screens.modals.review import ReviewModal

        def answered(agreed: bool | None) -> None:
            if agreed and not self.writing:
                self.make(proposal)

        self.show(ReviewModal(proposal), answered)

    def _inferred(self, fact: intents.SpecInferred) -> None:
        if not fact.as_form:
            self.show_phase(fact.inferred.spec)
            return
        from screens.spec import SpecScreen

        if self.view is not None:
            self.show(SpecScreen(fact.name, fact.inferred, fact.form, drafted=fact.drafted))

    def show_phase(self, spec: ServiceSpec, phase: Phase | None = None) -> None:
        """Shows a phase of a service, None for the first open one; an open screen of phases takes these answers."""
        from screens.phase import PhaseScreen

        open_one = next((s for s in self.screen_stack if isinstance(s, PhaseScreen)), None)
        if open_one is not None:
            open_one.take_spec(spec, phase)
            return
        phases = self.checklist.sequence
        following = phase or (self.view.next_phase(spec.name) if self.view is not None else phases[0])
        self.show(PhaseScreen(spec, following or phases[-1], self.checklist))

    def _failed(self, fact: intents.Failed) -> None:
        from screens.modals.tell import TellModal
        from screens.present.values import failure

        self.show(TellModal("This did not work", failure(fact.message, fact.where, fact.next_step), danger=True))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Returns Textual's own without those that the app has itself, and the tour."""
        yield SystemCommand("Tour", "the five pages of the beginning, again", self._show_tour)
        ours = ("Quit", "Keys", "Maximize", "Minimize")
        yield from (c for c in super().get_system_commands(screen) if c.title not in ours)

    def _show_tour(self) -> None:
        from screens.modals.tour import TourModal

        self.show(TourModal())

    # Global keys

    def action_help(self) -> None:
        """What this screen is for, the item under the cursor, every key."""
        from screens.base import WizardScreen
        from screens.modals.tell import TellModal
        from screens.palette import keys_of

        screen = self.screen
        if isinstance(screen, WizardScreen):
            self.show(TellModal("Help", Content("\n\n").join([keys_of(screen), screen.help_topic()])))

    def action_stop(self) -> None:
        """Stop what runs."""
        if self.writing:
            self.stop()
            self.notify("stopping …", markup=False)

    def action_shell(self) -> None:
        """Opens a shell in the stack's folder, in place of the app until it ends."""
        from screens.terminal.editor import shell

        if self.writing:
            self.notify("something runs: wait, or stop it with ctrl+x", markup=False)
        else:
            shell(self)

    @on(intents.QuitRequested)
    def _ask_to_quit(self) -> None:
        """Asks, because `q` on the first screen may be meant for the screen before."""
        from screens.modals.choose import ChooseModal

        answers = (("Stay", "go on"), ("Quit", "leave; nothing is lost"))
        self.show(ChooseModal("Quit?", Content("Leave stack-wizard?"), answers), self._quit_asked)

    def _quit_asked(self, answer: str | None) -> None:
        if answer == "Quit":
            self.when_written(self._leave_or_ask)

    async def action_quit(self) -> None:
        """Leave, once the keys pressed before have arrived where they belong and a write that ends by itself has."""
        self.after_typing(lambda: self.when_written(self._leave_or_ask))

    def _leave_or_ask(self) -> None:
        """Ask only when something runs or is not committed, and once."""
        if self._asking:
            return
        if not (self.writing or self.uncommitted):
            self.exit(0)
            return
        from screens.modals.choose import ChooseModal

        what = self.doing or "a phase is written and not committed"
        text = Content.assemble("Under way: ", (what, "bold"), ".\nQuitting stops it and puts its files back.")
        answers = (("Stay", "go on"), ("Quit", "stop it, put the files back, leave"))
        self._asking = True
        self.show(ChooseModal("Quit?", text, answers), self._quit)

    def _quit(self, answer: str | None) -> None:
        self._asking = False
        if answer == "Quit":
            self.stopping.set()
            self.exit(0)


def run(stack: Path, opening: Opening) -> int:
    """Open the app on a stack; returns the exit code. Whatever is open when it ends is put back."""
    sys.setswitchinterval(0.001)  # a key waits that long, not 5 ms, for a worker that reads or judges
    app = StackWizardApp(stack, tour=opening.tour, follow=True)
    app.remote = opening.remote
    try:
        app.run()
    finally:
        app.close_desk()
    return app.return_code or 0
