"""The app: which screen answers which intent, the global keys, and how it ends."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from screens import intents
from screens.bridge import Bridge
from screens.driver import lasting
from screens.stack import StackScreen

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.driver import Driver
    from textual.screen import Screen

    from screens.phase import PhaseScreen
    from wizard.values.spec import ServiceSpec


def _actions() -> type[Provider]:
    from screens.palette import ActionsProvider

    return ActionsProvider


class StackWizardApp(Bridge):
    """One stack, one person, one core."""

    TITLE = "stack-wizard"
    CSS_PATH = ["app.tcss", "stack.tcss"]  # noqa: RUF012  (the first screen loads none of its own)
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny-width"), (60, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny-height"), (15, "-short"), (30, "-tall")]  # noqa: RUF012
    COMMANDS = App.COMMANDS | {_actions}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", key_display="?", tooltip="what this is for, and every key"),
        Binding("ctrl+x", "stop", "Stop", show=False, tooltip="stop what runs; what it wrote is put back"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, tooltip="leave; nothing is lost"),
    ]

    def __init__(self, root: Path, *, tour: bool = False, log_window: float = 5.0) -> None:
        super().__init__(root, log_window=log_window)
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
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        gc.freeze()
        gc.enable()
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
        self.describe(intent.name, form=not known or (view is not None and intent.name in view.drafts))

    @on(intents.SpecRequested)
    def _spec(self, intent: intents.SpecRequested) -> None:
        self.describe(intent.name, form=True)

    @on(intents.DraftChanged)
    def _draft(self, intent: intents.DraftChanged) -> None:
        self.keep_draft(intent.name, intent.sheet)

    @on(intents.DraftDiscarded)
    def _discard(self, intent: intents.DraftDiscarded) -> None:
        self.drop_draft(intent.name)

    @on(intents.PreviewRequested)
    def _preview(self, intent: intents.PreviewRequested) -> None:
        self.preview(intent.spec)

    @on(intents.SpecSettled)
    def _settled(self, intent: intents.SpecSettled) -> None:
        if intent.draft != intent.spec.name:
            self.rename_draft(intent.draft, intent.spec.name, intent.sheet)
        self.leave()
        self.show_phase(intent.spec)

    @on(intents.PlanRequested)
    def _plan(self, intent: intents.PlanRequested) -> None:
        self.plan_phase(intent.spec, intent.phase)

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
        if not self.writing:
            self.waive(intent.service, intent.item, intent.reason)

    @on(intents.UndoRequested)
    def _undo(self, intent: intents.UndoRequested) -> None:
        if not self.writing:
            self.undo(intent.service, intent.phase)

    @on(intents.EditRequested)
    def _edit(self, intent: intents.EditRequested) -> None:
        from screens.editor import edit

        edit(self, intent.path, intent.line)

    # Facts

    def received(self, fact: Message) -> None:
        """Open the screen a fact is for, show trouble, read anew after every write."""
        super().received(fact)
        if isinstance(fact, intents.SpecInferred):
            self._inferred(fact)
        elif isinstance(fact, intents.Failed):
            self._failed(fact)
        elif isinstance(fact, intents.PhaseCommitted | intents.Done):
            self.read_stack()

    def _inferred(self, fact: intents.SpecInferred) -> None:
        if not fact.form:
            self.show_phase(fact.inferred.spec)
            return
        from screens.spec import SpecScreen

        if self.view is not None:
            self.show(SpecScreen(fact.name, fact.inferred, fact.sheet, drafted=fact.drafted))

    def show_phase(self, spec: ServiceSpec) -> None:
        """The phases of a service: the open screen of it with these answers, or a new one at the first open phase."""
        from screens.phase import PhaseScreen
        from wizard.values.phase import Phase

        open_one = next((s for s in self.screen_stack if isinstance(s, PhaseScreen)), None)
        if open_one is not None:
            open_one.take_spec(spec)
            return
        following = self.view.next_phase(spec.name) if self.view is not None else Phase.SERVICE
        screen: PhaseScreen = PhaseScreen(spec, following or Phase.DEPLOYMENT)
        self.show(screen)

    def _failed(self, fact: intents.Failed) -> None:
        from screens.modals.tell import TellModal
        from screens.present import failure

        self.show(TellModal("This did not work", failure(fact.message, fact.where, fact.next_step), danger=True))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Textual's own, without those that the app has itself."""
        return (command for command in super().get_system_commands(screen) if command.title not in ("Quit", "Keys"))

    # Global keys

    def action_help(self) -> None:
        """What this screen is for, the item under the cursor, every key."""
        from screens.base import WizardScreen
        from screens.modals.tell import TellModal
        from screens.palette import keys_of

        screen = self.screen
        if isinstance(screen, WizardScreen):
            text = Content("\n\n").join([screen.help_topic(), keys_of(screen)])
            self.show(TellModal("Help", text))

    def action_stop(self) -> None:
        """Stop what runs."""
        if self.writing:
            self.stop()
            self.notify("stopping …", markup=False)

    async def action_quit(self) -> None:
        """Leave, once the keys pressed before this one have arrived where they belong."""
        self.after_typing(self._leave_or_ask)

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
        answers = (("s", "Stay", "go on"), ("q", "Quit", "stop it, put the files back, leave"))
        self._asking = True
        self.show(ChooseModal("Quit?", text, answers), self._quit)

    def _quit(self, answer: str | None) -> None:
        self._asking = False
        if answer == "Quit":
            self.stopping.set()
            self.exit(0)


def run(stack: Path, tour: bool) -> int:
    """Open the app on a stack; returns the exit code. Whatever is open when it ends is put back."""
    sys.setswitchinterval(0.001)  # a key waits that long, not 5 ms, for a worker that reads or judges
    app = StackWizardApp(stack, tour=tour)
    try:
        app.run()
    finally:
        app.close_desk()
    return app.return_code or 0
