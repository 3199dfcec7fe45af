"""What a person typed and chose is kept for the next time, in a thread, at the latest when the app has ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from screens.layers.workers import Workers

if TYPE_CHECKING:
    from wizard.pipeline.answer_form import AnswerForm
    from wizard.pipeline.guided_session import GuidedSession
    from wizard.values.choice import Choice
    from wizard.values.phase import Phase


class Keeping(Workers):
    """Keeps drafts and choices under git's folder."""

    def __init__(self) -> None:
        super().__init__()
        self._due: dict[str, Callable[[], None]] = {}  # the newest job of each draft that was not kept yet
        self._due_lock = threading.Lock()
        self.choices: dict[tuple[str, Phase], Choice] = {}
        """What is taken of the plans, by service and phase."""

    def session(self) -> GuidedSession:
        """Returns the session on the stack."""
        raise NotImplementedError

    def keep_choice(self, service: str, phase: Phase, choice: Choice) -> None:
        """Takes this of a phase's plan from now on, and the next time."""
        self.choices[service, phase] = choice

        def job() -> None:
            from wizard.pipeline.guided import keep_choice

            keep_choice(self.session().stack, service, phase, choice)

        self._keep(f"{service}\n{phase}", job)  # a line break can be typed into no draft's name

    def keep_draft(self, name: str, form: AnswerForm) -> None:
        """Keeps what was typed."""

        def job() -> None:
            from wizard.pipeline.guided import keep_draft

            keep_draft(self.session().stack, name, form)

        self._keep(name, job)

    def rename_draft(self, old: str, new: str, form: AnswerForm) -> None:
        """Keeps what was typed under the service's name from now on."""

        def job() -> None:
            from wizard.pipeline.guided import drop_draft, keep_draft

            keep_draft(self.session().stack, new, form)
            drop_draft(self.session().stack, old)

        with self._due_lock:
            self._due.pop(old, None)  # it would bring the old name back
        self._keep(new, job)

    def _keep(self, name: str, job: Callable[[], None]) -> None:
        """Runs the newest job of this draft, at the latest when the app has ended: ending cancels workers that wait.

        A job that waits is replaced by one for the same draft only: what was typed of another service is kept, too.
        """
        with self._due_lock:
            self._due.pop(name, None)
            self._due[name] = job
        self.latest("draft", self.keep_due, "")

    def keep_due(self) -> None:
        """Keeps everything that was not kept yet."""
        while True:
            with self._due_lock:
                name, job = next(iter(self._due.items()), ("", None))
            if job is None:
                return
            job()
            with self._due_lock:
                if self._due.get(name) is job:
                    del self._due[name]

    def drop_draft(self, name: str) -> None:
        """Forgets what was typed."""

        def job() -> None:
            from wizard.pipeline.guided import drop_draft

            drop_draft(self.session().stack, name)

        self._keep(name, job)
