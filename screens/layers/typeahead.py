"""Keys one at a time: none is lost, and none reaches a screen that was not there when it was pressed.

Textual hands a key to what has the focus now, and runs what it is bound to later, on whichever screen is on top by
then. So a key waits here until the one before it was dealt with, and until the screen that that one opens stands.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen

ROUNDS = 4  # a key's action posts a message, its handler an intent, a dismissed question its answer: each one way more
PATIENCE = 1.0  # seconds after which a key whose way nothing reports is taken for dealt with


class Passed(Message):
    """Goes the way of a key behind it: where this arrives, the key was dealt with."""


@runtime_checkable
class Careful(Protocol):
    """A screen on which a key may do harm that was pressed before the screen was to be seen."""

    def refuses_early(self, key: str) -> str:
        """Says why such a key is not taken, '' when it is."""


class TypeAhead(App[int]):
    """An app that takes keys in the order in which they were pressed, however fast they come."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed_at = 0.0
        """When the key or click that is being dealt with was made."""
        self._held: deque[events.Key | events.Paste] = deque()
        self._turn = 0
        self._typed = False  # whether the last key taken was text, which may not have arrived in its field
        self._rounds = 0
        self._behind: Passed | None = None
        self._watched: asyncio.Task[None] | None = None  # of what the key was sent to: it ends when that is taken away
        self._opening: Screen[object] | None = None
        self._stands_since = 0.0

    def on_mount(self) -> None:
        """Watches which screen is on top."""
        self.screen_change_signal.subscribe(self, self._screen_changed, immediate=True)

    @property
    def coming(self) -> bool:
        """Whether a screen was asked for that is still being worked out."""
        return False

    def give_up_coming(self) -> None:
        """Wants no longer what is coming."""

    @property
    def holds_keys(self) -> bool:
        """Whether a key waits for its turn."""
        return bool(self._held)

    async def on_event(self, event: events.Event) -> None:
        """Takes a key when its turn has come."""
        if isinstance(event, events.MouseEvent):
            self.pressed_at = event.time
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self.coming and isinstance(event, events.Key) and event.key == "escape":
            self._held.clear()
            self.give_up_coming()
        elif self.coming and isinstance(event, events.Key) and event.key in ("ctrl+q", "ctrl+x"):
            await super().on_event(event)
        else:
            self._held.append(event)
            if self._must_wait:
                self.set_timer(PATIENCE, lambda turn=self._turn: self._overdue(turn))
            await self.take_held()

    async def take_held(self) -> None:
        """Takes the next key, if it may be taken now."""
        while self._held and not self._must_wait and self.screen_stack:
            typed = self._is_typed(self._held[0])
            if self._typed and not typed:
                self._typed = False
                self._wait_behind()  # a key that does something finds everything in the field that was typed before
                self.set_timer(PATIENCE, lambda turn=self._turn: self._overdue(turn))
                return
            event = self._held.popleft()
            reason = self._refused(event)
            if reason:
                self.notify(reason, markup=False)
                continue
            self.pressed_at = event.time
            await super().on_event(event)
            self._typed = typed
            if not typed:  # more text goes the same way behind it; waiting would judge the field letter by letter
                self._wait_behind()

    async def on_passed(self, message: Passed) -> None:
        """Goes the way once more, or takes the next key."""
        message.stop()
        if message is not self._behind or not self._rounds or not self.screen_stack:
            return  # the app may have ended meanwhile, and its screens are gone
        self._rounds -= 1
        if self._rounds:
            self._send_behind()
        else:
            await self.take_held()

    @property
    def _must_wait(self) -> bool:
        return bool(self._rounds) or self._opening is not None or self.coming

    def _is_typed(self, event: events.Key | events.Paste) -> bool:
        """Tells whether it is text for the field that has the focus."""
        field = self.focused
        if field is None or isinstance(event, events.Paste):
            return field is not None
        return field.check_consume_key(event.key, event.character)

    def _refused(self, event: events.Key | events.Paste) -> str:
        screen = self.screen
        if event.time >= self._stands_since or not isinstance(screen, Careful):
            return ""
        return screen.refuses_early(event.key if isinstance(event, events.Key) else "")

    def _wait_behind(self) -> None:
        """Takes the next key when the way of this one was gone."""
        self._turn += 1
        self._rounds = ROUNDS
        self._send_behind()

    def _send_behind(self) -> None:
        """Sends a message the way of the key, and again when what it goes through is taken away with it."""
        target, message = self.focused or self.screen, Passed()
        self._behind = message
        task = target._task
        if task is None or not target.post_message(message):
            self.post_message(message)
        elif task is not self._watched:
            if self._watched is not None:
                self._watched.remove_done_callback(self._taken_away)
            self._watched = task
            task.add_done_callback(self._taken_away)

    def _taken_away(self, ended: asyncio.Task[None]) -> None:
        """Sends the message again: what has left the screen hands nothing on any more, and says so to nobody."""
        if ended is self._watched:
            self._watched = None
            if self._rounds and self.screen_stack:
                self._send_behind()

    async def _overdue(self, turn: int) -> None:
        if turn == self._turn:
            self._rounds = 0
            await self.take_held()

    # What opens

    def _screen_changed(self, screen: Screen[object]) -> None:
        self._opening = screen
        screen.call_after_refresh(self.call_later, self._stands, screen)

    async def _stands(self, screen: Screen[object]) -> None:
        """Takes keys again, once the screen was painted and has its focus."""
        if self._opening is screen:
            self._opening = None
            self._stands_since = time.monotonic()
            await self.take_held()
