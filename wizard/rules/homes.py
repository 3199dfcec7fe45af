"""Names the folders that a user's programs keep their files in; one answer for every room that keeps something.

https://specifications.freedesktop.org/basedir-spec/latest/: a variable that is unset, empty or relative does not count.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

OWN = "stack-wizard"


def home(environ: Mapping[str, str]) -> str | None:
    """Returns the home folder: `$HOME`, else what the system knows of the user; None in a container that knows none."""
    found = environ.get("HOME", "") or os.path.expanduser("~")  # noqa: PTH111 (Path.home raises where there is none)
    return found if found.startswith("/") else None


def cache_folder(environ: Mapping[str, str]) -> str | None:
    """Returns where this program may keep what can be made again; None: nowhere."""
    return _folder(environ, "XDG_CACHE_HOME", ".cache")


def state_folder(environ: Mapping[str, str]) -> str | None:
    """Returns where this program may keep what is worth keeping: its log of bugs, the tour that was seen."""
    return _folder(environ, "XDG_STATE_HOME", ".local/state")


def config_folder(environ: Mapping[str, str]) -> str | None:
    """Returns where a person keeps what this program is told to prefer."""
    return _folder(environ, "XDG_CONFIG_HOME", ".config")


def _folder(environ: Mapping[str, str], variable: str, usual: str) -> str | None:
    base = environ.get(variable, "")
    if not base.startswith("/"):
        own = home(environ)
        base = f"{own}/{usual}" if own else ""
    return f"{base}/{OWN}" if base else None
