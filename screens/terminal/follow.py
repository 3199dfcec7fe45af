"""The app follows the files: what somebody else changed is read again by itself, and what it made better or worse is
said."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from screens.intents import Done, Fact, PhaseApplied, PhaseCommitted, StackRead, TakenBack
from screens.personal import Personal

if TYPE_CHECKING:
    from wizard.errors import WizardError

OWN = 1.5
"""Seconds after a write of the app's own in which a change of files is that write."""


class FilesChanged(Fact):
    """Somebody else changed files of the stack, and that is over; no paths: the history only."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__()
        self.paths = paths


class NotFollowed(Message):
    """The files cannot be followed."""

    def __init__(self, trouble: WizardError) -> None:
        super().__init__()
        self.trouble = trouble


class Following(Personal):
    """The base app with an eye on the files, once the stack is read. `follow` False: only `R` reads again."""

    def __init__(self, root: Path, *, log_window: float = 5.0, follow: bool = False) -> None:
        super().__init__(root, log_window=log_window)
        self._follows = follow
        self._unfollow = threading.Event()
        self._eye: threading.Thread | None = None
        self._changed: set[str] = set()
        self._wrote = -OWN

    def received(self, fact: Message) -> None:
        """Begins to follow after the first reading; says what a later one found otherwise because of others."""
        before = self.view
        super().received(fact)
        if isinstance(fact, StackRead):
            if before is not None and self._changed:
                from screens.present.following import said_of
                from wizard.pipeline.guided import changed

                said = said_of(changed(before, fact.view, sorted(self._changed)))
                if said:
                    self.notify(said, title="The files changed", markup=False, timeout=8)
            self._changed.clear()
            if self._follows and self._eye is None:
                self._eye = threading.Thread(target=self._watch, name="watcher", daemon=True)
                self._eye.start()
        elif isinstance(fact, PhaseApplied | PhaseCommitted | TakenBack | Done):
            self._wrote = monotonic()

    @property
    def followed(self) -> bool:
        """True while changes of the files are seen."""
        return self._eye is not None and self._eye.is_alive()

    def _watch(self) -> None:
        from wizard.adapters.watch import HISTORY, Watcher
        from wizard.errors import WizardError

        try:
            for paths in Watcher(self.root.resolve(), self._unfollow, history=True).changes():
                self.post_message(FilesChanged(tuple(path for path in paths if path != HISTORY)))
        except WizardError as trouble:
            self.post_message(NotFollowed(trouble))

    @on(NotFollowed)
    def _not_followed(self, fact: NotFollowed) -> None:
        text = f"{fact.trouble.message}; R reads again. {fact.trouble.next_step}"
        self.notify(text, title="The files are not followed", severity="warning", markup=False, timeout=20)

    @on(FilesChanged)
    def _files_changed(self, fact: FilesChanged) -> None:
        """Reads again; what the app itself is writing is read when it is written."""
        own = monotonic() - self._wrote <= OWN
        if self.writing or (own and not fact.paths):
            return
        if fact.paths and not self.uncommitted and not own:
            self._changed.update(fact.paths)
            self.deliver(fact)
        self.read_stack()

    def close_desk(self) -> None:
        """See `Bridge.close_desk`; nothing is followed any more."""
        self._unfollow.set()
        super().close_desk()
        if self._eye is not None:
            self._eye.join()
