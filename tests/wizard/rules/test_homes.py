"""Where a user's programs keep things: as the specification has it, also for a user without a home."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wizard.rules.homes import cache_folder, home, state_folder


@pytest.mark.parametrize(
    ("environ", "cache", "state"),
    [
        ({"HOME": "/h"}, "/h/.cache/stack-wizard", "/h/.local/state/stack-wizard"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "/s"}, "/c/stack-wizard", "/s/stack-wizard"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "rel/c", "XDG_STATE_HOME": "./s"}, "/h/.cache/stack-wizard", None),
        ({"HOME": "/h", "XDG_CACHE_HOME": "~nobody/c", "XDG_STATE_HOME": "~/s"}, "/h/.cache/stack-wizard", None),
        ({"HOME": "/h", "XDG_CACHE_HOME": "", "XDG_STATE_HOME": ""}, "/h/.cache/stack-wizard", None),
    ],
)
def test_folders(environ: dict[str, str], cache: str, state: str | None) -> None:
    assert cache_folder(environ) == cache
    assert state_folder(environ) == (state or "/h/.local/state/stack-wizard")


def test_a_home_that_is_relative_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "rel")
    assert home({"HOME": "rel"}) is None
    assert cache_folder({"HOME": "rel"}) is None
    assert cache_folder({"HOME": "rel", "XDG_CACHE_HOME": "/c"}) == "/c/stack-wizard"


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become a user that the system does not know")
def test_a_user_that_the_system_does_not_know() -> None:
    """A container started with `--user 54321`: nothing raises, not even the report of a bug."""
    script = (
        "from wizard.adapters.bugs import record; from wizard.pipeline.tour import remember, seen\n"
        "from wizard.plan.render import default_cache; from wizard.runtime.engine.engine import engine_address\n"
        "import os; os.setgid(54321); os.setuid(54321); os.environ.clear(); os.environ['TMPDIR'] = '/none'\n"
        "remember(); print(seen(), default_cache(), bool(record(ValueError('x'))), bool(engine_address()))"
    )
    words = [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{script}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/")
    assert done.stdout.split() == ["False", "None", "True", "True"], done.stderr
