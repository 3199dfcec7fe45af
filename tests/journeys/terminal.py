"""A person at a real terminal: a tmux server of one's own, keys in, the screen out. Nothing here knows the app.

Every wait looks at the screen until it shows what is waited for, or fails with the screen as it stands.
"""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

POLL = 0.04
PATIENCE = 120.0
SETTINGS = """
set -g status off
set -g escape-time 0
set -g remain-on-exit on
set -g history-limit 200
set -g default-terminal {term}
"""


class ScreenError(AssertionError):
    """The screen never showed what was waited for."""


class Terminal:
    """One window of a tmux server that serves nobody else. `size` is columns and lines."""

    def __init__(
        self, folder: Path, env: Mapping[str, str], *, size: tuple[int, int] = (80, 24), term: str = "tmux-256color"
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._started = 0
        self._config = folder / "tmux.conf"
        self._config.write_text(SETTINGS.format(term=term), encoding="utf-8")
        self._env = dict(env)
        self.size = size

    # The program

    def start(self, words: Sequence[str], *, cwd: Path) -> None:
        """Open the terminal with `words` running in it; an earlier program's terminal is closed first."""
        self.close()
        self._started += 1
        width, height = self.size
        line = "exec " + shlex.join(words)
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), "-c", str(cwd), line)

    @property
    def pid(self) -> int:
        """The program's process."""
        return int(self._ask("pane_pid"))

    def wait_end(self, timeout: float = PATIENCE) -> int:
        """Wait until the program has ended; its exit code, minus the signal when one killed it."""
        pid = self.pid
        self.wait_process_end(pid, timeout)
        return _exit_code(pid) or int(self._ask("pane_dead_status") or 0) or -int(self._ask("pane_dead_signal") or 0)

    def wait_process_end(self, pid: int, timeout: float = PATIENCE) -> None:
        """Wait until a process is gone, whoever its parent is by now."""
        self.wait_for(lambda: not _runs(pid), f"process {pid} to end", timeout)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program itself."""
        subprocess.run(["kill", f"-{number.value}", str(self.pid)], check=True)

    def close(self) -> None:
        """Close the terminal as a window manager does: what runs in it gets SIGHUP and loses its screen."""
        subprocess.run(self._words("kill-server"), env=self._env, capture_output=True, check=False)

    # Hands

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names (`Enter`, `Escape`, `C-q`, `F2`, `j`)."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self._tmux("send-keys", "-l", "--", text)

    def resize(self, width: int, height: int) -> None:
        """Make the window another size."""
        self.size = (width, height)
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    # Eyes

    def screen(self, *, escapes: bool = False) -> str:
        """What stands on the screen now; `escapes`: with the colours."""
        return self._tmux("capture-pane", "-p", "-t", "0", *(["-e"] if escapes else []))

    @property
    def title(self) -> str:
        """The title that programs gave the window."""
        return self._ask("pane_title")

    def wait(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until something on the screen matches `pattern` (a regular expression); the screen that does."""
        return self._until(lambda: self._matching(pattern), f"{pattern!r} to appear", timeout)

    def wait_gone(self, pattern: str, timeout: float = PATIENCE) -> str:
        """Wait until nothing on the screen matches `pattern`; the screen without it."""

        def without() -> str:
            text = self.screen()
            return "" if re.search(pattern, text) else text or " "

        return self._until(without, f"{pattern!r} to vanish", timeout)

    def _matching(self, pattern: str) -> str:
        text = self.screen()
        return text if re.search(pattern, text, re.MULTILINE) else ""

    def wait_for(self, look: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
        """Wait until `look` says yes; `what` names it in the failure."""
        self._until(look, what, timeout)

    def _until(self, look: Callable[[], str | bool], what: str, timeout: float) -> str:
        end = time.monotonic() + timeout
        while not (found := look()):
            if time.monotonic() > end:
                raise ScreenError(f"waited {timeout:.0f} s for {what}; the screen shows:\n{self._last_screen()}")
            time.sleep(POLL)  # the polling interval: a terminal gives no sign when it has painted
        return str(found)

    def _last_screen(self) -> str:
        try:
            return self.screen()
        except ScreenError:
            return "(the terminal is closed)"

    # tmux

    def _words(self, *words: str) -> list[str]:
        return ["tmux", "-u", "-S", str(self._folder / f"tmux-{self._started}"), "-f", str(self._config), *words]

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            self._words(*words), env=self._env, capture_output=True, encoding="utf-8", errors="replace", check=False
        )
        if done.returncode:
            raise ScreenError(f"tmux {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def _ask(self, name: str) -> str:
        return self._tmux("display-message", "-p", "-t", "0", f"#{{{name}}}").strip()


def _exit_code(pid: int) -> int:
    """Of a zombie: tmux may never notice that its child has ended. 0 for one that was noticed."""
    try:
        status = int(Path(f"/proc/{pid}/stat").read_text().split()[-1])
    except OSError:
        return 0
    return -(status & 0x7F) or status >> 8


def _runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")
