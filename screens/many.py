"""Many services at once: checked, or one phase planned for each, with a bar a service. Nothing is written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker, get_current_worker

from screens.base import WizardScreen
from screens.intents import OpenRequested
from screens.keymap import key
from screens.present.stack import many_head, many_row
from screens.widgets.rows import Rows
from wizard.rules.text import plural

if TYPE_CHECKING:
    from wizard.pipeline.many import ServiceStep
    from wizard.values.phase import Phase


class ManyScreen(WizardScreen):
    """The marked services, each with what came out."""

    CSS_PATH = "many.tcss"
    HINT = (
        "The services that were marked. They are checked at once; 1 to 7 plans that phase for each of them and says "
        "how many files it would write, & checks again. Enter goes on with the service under the cursor. Nothing is "
        "written."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        key("next", "open", name="Open", does="go on with this service where it stands", show=True),
        key("many", "check", name="Check", does="judge all of them again", show=True),
        key("services", "back", show=True),
        *(
            Binding(
                str(number),
                f"plan({number})",
                f"Plan phase {number}",
                show=False,
                tooltip=f"plan phase {number} for each of them",
            )
            for number in range(1, 10)
        ),
    ]
    services = getters.query_one("#many", Rows)

    @dataclass(eq=False, repr=False)
    class Stepped(Message):
        """One service came one step further."""

        step: ServiceStep

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = tuple(names)
        self._steps: dict[str, ServiceStep] = {}
        self._phase: Phase | None = None

    def body(self) -> Iterable[Widget]:
        """Yields what is done, and a row a service."""
        yield Static(id="head", markup=False)
        yield Rows(id="many")

    def on_mount(self) -> None:
        """Checks at once."""
        super().on_mount()
        self.crumbs(plural(len(self._names), "service"))
        self.services.focus()
        self._begin(None)

    def place_to_copy(self) -> str:
        """Returns the command that checks the same services."""
        return " ".join(["stack-wizard check", *self._names])

    def action_open(self) -> None:
        """Goes on with the service under the cursor."""
        if self.services.current:
            self.app.leave()
            self.app.post_message(OpenRequested(self.services.current))

    def action_check(self) -> None:
        """Judges all of them again."""
        self._begin(None)

    def action_plan(self, number: int) -> None:
        """Plans a phase for each of them."""
        phases = self.app.checklist.sequence
        if number > len(phases):
            self.say(f"the checklist has {len(phases)} phases")
        else:
            self._begin(phases[number - 1])

    @on(Rows.OptionSelected)
    def _selected(self) -> None:
        self.action_open()

    def _begin(self, phase: Phase | None) -> None:
        """Starts over; what runs still is dropped."""
        self._phase, self._steps = phase, {}
        self.run_worker(self._work, thread=True, group="many", exclusive=True, exit_on_error=False)

    def _work(self) -> None:
        from wizard.pipeline.many import over_many

        worker, phase = get_current_worker(), self._phase
        for step in over_many(self.app.session().stack, self._names, phase):
            if worker.is_cancelled:
                return
            self.post_message(self.Stepped(step))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Lets the app say what went wrong."""
        self.app.on_worker_state_changed(event)

    @on(Stepped)
    def _stepped(self, fact: Stepped) -> None:
        self._steps[fact.step.service] = fact.step
        if fact.step.done or fact.step.service == self._names[-1]:
            self._show()

    def on_resize(self) -> None:
        """Cuts the rows to the width."""
        self._show()

    def _show(self) -> None:
        width = self.size.width - 3
        steps = [self._steps[name] for name in self._names if name in self._steps]
        self.query_one("#head", Static).update(many_head(steps, len(self._names), self._phase))
        self.services.show([(step.service, many_row(step, width)) for step in steps])
