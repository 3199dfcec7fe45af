"""Opens a file of the stack in the person's editor, the app put aside meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from textual.app import SuspendNotSupported

from screens.bridge import Bridge

_PLUS = frozenset({"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "joe", "mg", "kak", "ne"})
_COLON = frozenset({"hx", "helix", "subl", "zed"})
_GOTO = frozenset({"code", "codium", "cursor"})


def command(env: Mapping[str, str], path: Path, line: int) -> list[str]:
    """Returns the editor's words: `$VISUAL`, `$EDITOR`, else one that is installed; [] when there is none."""
    chosen = env.get("VISUAL") or env.get("EDITOR") or next(filter(shutil.which, ("sensible-editor", "nano", "vi")), "")
    words = shlex.split(chosen)
    if not words:
        return []
    name = Path(words[0]).name
    if line and name in _PLUS:
        return [*words, f"+{line}", str(path)]
    if line and name in _COLON:
        return [*words, f"{path}:{line}"]
    if name in _GOTO:
        return [*words, "--wait", "--goto", f"{path}:{max(line, 1)}"]
    return [*words, str(path)]


def edit(app: Bridge, path: str, line: int) -> None:
    """Opens the file; where that is not possible, says which file it is."""
    target = app.root / path
    try:
        words = command(os.environ, target, line)
    except ValueError as trouble:
        app.notify(f"$EDITOR cannot be understood: {trouble}", severity="error", markup=False)
        return
    place = f"{path}:{line}" if line else path
    if not words or shutil.which(words[0]) is None:
        app.notify(f"no editor: set $EDITOR. The file is {place}", severity="warning", markup=False)
        return
    try:
        with app.suspend():
            done = subprocess.run(words, cwd=app.root, check=False)
    except SuspendNotSupported:
        app.notify(f"the app cannot step aside here. The file is {place}", severity="warning", markup=False)
        return
    except OSError as trouble:
        app.notify(f"{words[0]}: {trouble.strerror}. The file is {place}", severity="error", markup=False)
        return
    if done.returncode:
        app.notify(f"{words[0]} ended with {done.returncode}", severity="warning", markup=False)
    app.edited(path)


def shell(app: Bridge) -> None:
    """Opens the person's shell in the stack's folder, and reads the stack again when it has ended."""
    word = os.environ.get("SHELL") or shutil.which("sh") or ""
    try:
        with app.suspend():
            subprocess.run([word], cwd=app.root, check=False)
    except SuspendNotSupported:
        app.notify("the app cannot step aside here: open a shell beside it", severity="warning", markup=False)
        return
    except OSError as trouble:
        app.notify(f"{word or 'no shell'}: {trouble.strerror}", severity="error", markup=False)
        return
    app.read_stack()
