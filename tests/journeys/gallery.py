"""Draws every screen at every size, with colour and without: `python -m tests.journeys.gallery FOLDER`.

A stack of one's own may be named behind the folder. Nothing is written to it but what the keys below leave in git's
folder. For each picture there is its text, which `grep` and a diff can read.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from screens.app import StackWizardApp
from screens.widgets.rows import Rows
from tests.journeys.pictures import AUTHOR, Camera
from wizard.session.sample import create_demo

SIZES = ((60, 15), (80, 24), (120, 40), (160, 50), (200, 60))
WALK: tuple[tuple[str, str], ...] = (
    ("f", "detected"),
    ("escape question_mark", "help"),
    ("escape slash m a r", "filtered"),
    ("escape asterisk ampersand", "many"),
    ("3", "many-planned"),
    ("escape asterisk p", "ports"),
    ("escape t", "flow"),
    ("escape h", "history"),
    ("escape s", "summary"),
    ("escape q", "quit"),
    ("escape colon", "palette"),
    ("escape c", "sides"),
    ("escape enter", "answers-resumed"),
    ("f3", "answers-preview"),
    ("f3 ctrl+s", "phase"),
    ("l", "checks"),
    ("m", "message"),
    ("d", "changes"),
    ("space", "leave-out"),
    ("escape z", "full-screen"),
    ("z slash r e d i s enter", "searched"),
    ("4", "phase-4"),
    ("7", "phase-7"),
    ("1 @1.4 W", "waive"),
    ("n o space o n e enter", "review"),
    ("escape v", "live"),
    ("escape escape plus", "answers-new"),
    ("tab", "answers-unnamed"),
)
"""Keys, and the name of what stands there after them; `@` puts the cursor on a row, first on the unfinished market."""


async def draw_all(stack: Path, size: tuple[int, int], target: Path) -> None:
    """Walks through every screen at one size."""
    target.mkdir(parents=True, exist_ok=True)
    app = StackWizardApp(stack)
    async with app.run_test(size=size) as pilot:
        camera = Camera(app, pilot, target)
        await camera.settle()
        for keys, name in (("@market", "stack"), *WALK):
            for key in keys.split():
                if key.startswith("@"):
                    app.screen.query_one("#items, #services", Rows).show_at(key[1:])
                else:
                    await camera.press(key)
            app.clear_notifications()
            await camera.settle()
            camera.draw(name, words=True)
    app.close_desk()


def main(words: Sequence[str]) -> int:
    """Draws everything, once with colour and once without."""
    if not 1 <= len(words) <= 2:
        sys.stderr.write("usage: python -m tests.journeys.gallery FOLDER [STACK]\n")
        return 2
    target = Path(words[0])
    with tempfile.TemporaryDirectory() as folder:
        stack = Path(words[1]) if len(words) > 1 else create_demo(Path(folder) / "stack", author=AUTHOR)
        for plain in (False, True):
            os.environ.pop("NO_COLOR", None)
            os.environ.update({"NO_COLOR": "1"} if plain else {})
            for width, height in SIZES:
                where = target / f"{width}x{height}{'-no-color' if plain else ''}"
                asyncio.run(draw_all(stack, (width, height), where))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
