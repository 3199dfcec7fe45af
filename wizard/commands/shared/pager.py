"""Shows long text in the person's pager, as git does."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from shutil import get_terminal_size

from wizard.commands.terminal import emit, made_safe, text_width

DEFAULT = "less"
LESS = "FRX"
"""As git sets it: quit when it fits, keep the program's own colours, leave the text on the screen."""


def page(lines: Iterable[str]) -> None:
    """Prints lines through `$PAGER` where a terminal is too small for them; elsewhere as they are.

    An empty `PAGER` or `cat` asks for none. The pager is kept from starting programs and writing files.
    """
    words = _pager()
    if not words:
        emit(lines)
        return
    text = [made_safe(line, sys.stdout) for line in lines]
    if len(text) < get_terminal_size().lines or not _paged(words, text):
        emit(text)


def _pager() -> list[str]:
    if not text_width() or os.environ.get("TERM", "dumb") == "dumb":
        return []
    try:
        words = shlex.split(os.environ.get("PAGER", DEFAULT))
    except ValueError:
        return []
    return [] if words[:1] == ["cat"] else words


def _paged(words: list[str], text: list[str]) -> bool:
    """Hands the text over and waits; says whether the pager could be started."""
    env = {"LESS": LESS, "LESSSECURE": "1", **os.environ}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl+c is for the pager while it is there
    try:
        pager = subprocess.Popen(words, stdin=subprocess.PIPE, env=env, encoding=sys.stdout.encoding)
        with suppress(BrokenPipeError):
            pager.communicate("".join(f"{line}\n" for line in text))
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
