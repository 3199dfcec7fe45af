"""Drives the real app over a real stack; waits on its one signal, never on time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from screens.app import StackWizardApp

BUDGET = 120.0


class Person:
    """Somebody at the keyboard: presses keys and waits until the app has nothing left to do."""

    def __init__(self, app: StackWizardApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until nothing runs and every message is handled."""
        async with asyncio.timeout(BUDGET):
            while True:
                await self.pilot.pause()
                running = [worker for worker in self.app.workers if not worker.is_finished]
                if running:
                    await asyncio.wait([asyncio.ensure_future(_over(worker)) for worker in running])
                elif self._still():
                    await self.pilot.pause()
                    if self._still():
                        return
                else:
                    await asyncio.sleep(0.01)

    def _still(self) -> bool:
        """Nothing runs, and no screen has a message left to handle."""
        return self.app.settled and not any(pump.message_queue_size for pump in (self.app, *self.app.screen_stack))

    async def press(self, *keys: str) -> None:
        """Keys, one after the other, each carried out before the next."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Letters into the field that has the focus."""
        await self.pilot.press(*("space" if char == " " else char for char in text))
        await self.settle()

    @property
    def screen(self) -> Any:
        """The screen on top."""
        return self.app.screen

    @property
    def focus(self) -> str:
        """The id of the widget with the focus."""
        focused = self.app.screen.focused
        return (focused.id or "") if focused is not None else ""

    def on(self, kind: Any) -> bool:
        """Whether this kind of screen is on top."""
        return isinstance(self.app.screen, kind)

    @property
    def shown(self) -> str:
        """What the person reads, line by line."""
        width = self.app.size.width
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip)[:width].rstrip() for strip in strips)

    @property
    def words(self) -> str:
        """The same with every line break and gap as one space."""
        return " ".join(self.shown.split())

    @property
    def notices(self) -> list[str]:
        """The short notices that are on the screen."""
        return [notice.message for notice in self.app._notifications]


async def _over(worker: object) -> None:
    from textual.worker import Worker, WorkerCancelled, WorkerFailed

    assert isinstance(worker, Worker)
    try:
        await worker.wait()
    except (WorkerFailed, WorkerCancelled):
        return


Opened = Callable[..., AbstractAsyncContextManager[Person]]


@pytest.fixture
def opened(demo: Path, quiet_machine: None) -> Opened:
    """Opens the app on the sample stack, or on another one; ready when the stack is read, the cursor on the
    half-finished market where there is one.
    """

    @asynccontextmanager
    async def open_it(
        stack: Path = demo, *, size: tuple[int, int] = (80, 24), tour: bool = False
    ) -> AsyncIterator[Person]:
        app = StackWizardApp(stack, tour=tour, log_window=0.2)
        try:
            async with app.run_test(size=size, notifications=True) as pilot:
                person = Person(app, pilot)
                await person.settle()
                first = app.screen_stack[0]  # a word on the settings may lie over it
                first.services.show_at("market")  # type: ignore[attr-defined]
                await person.settle()
                yield person
        finally:
            app.close_desk()

    return open_it
