"""The console script: `--version` at once, a command headless, otherwise the app."""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False  # `typing` costs a millisecond, a tenth of what `--version` takes
if TYPE_CHECKING:
    from pathlib import Path

    from wizard.cli_types import Opening


def main() -> int:
    """Runs `stack-wizard` and returns its exit code."""
    if sys.argv[1:] == ["--version"]:
        from wizard import __version__

        try:
            os.write(1, f"stack-wizard {__version__}\n".encode())
        except OSError:  # closed, full, or nobody reads it
            return 1
        return 0
    gc.disable()  # nothing that starting makes is garbage; `wizard.cli` collects again in commands that live on
    try:
        from wizard.cli import main as headless

        code = headless(sys.argv[1:], open_app)
    except KeyboardInterrupt:  # so early that nothing was done yet
        return 130
    gc.freeze()  # the end of the process frees it all at once
    return code


def open_app(stack: Path, opening: Opening) -> int:
    """Opens the interactive session on a stack: the app, or numbered questions."""
    if opening.plain:
        from wizard.plain import run as run_plain
        from wizard.session.settings import apply_editor, load_settings

        settings = load_settings(os.environ).settings
        apply_editor(settings)
        return run_plain(stack, opening.tour, settings, remote=opening.remote)
    gc.disable()  # until the first screen is painted; the app switches it on then
    from screens.app import run as run_app

    return run_app(stack, opening)


if __name__ == "__main__":
    sys.exit(main())
