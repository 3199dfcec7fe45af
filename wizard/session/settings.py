"""Reads and keeps what a person prefers, the same for every stack: `config.yaml` under `$XDG_CONFIG_HOME`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from wizard.adapters.files.durable import write_durably
from wizard.errors import UsageError
from wizard.rules.homes import config_folder
from wizard.session.validate import Parsed, Step, Wrong, check, parse_text
from wizard.syntax.roundtrip import keep_comments
from wizard.values.lean import dataclass, field

NEXT = "correct it or take the line away; docs/GUIDE.md has every setting"
LONGEST_WINDOW = 3600.0
"""Seconds that a log may be watched: longer than any service takes to show an error, shorter than a forgotten run."""
_HEAD = "# What you prefer in stack-wizard, for every stack; docs/GUIDE.md has every setting.\n"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person prefers. `theme`: of the app. `editor`: before `$VISUAL`. `runtime`, `log_window`: of live checks.

    `keys`: the name of a deed in the app to its keys. Empty: nothing was said.
    """

    theme: str = ""
    editor: str = ""
    runtime: Literal["", "auto", "docker", "swarm", "embedded"] = ""
    log_window: float = 5.0
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The settings with the places where they stand. `parsed` None: there is no file."""

    settings: Settings
    path: Path | None = None
    parsed: Parsed | None = None

    def wrong(self, message: str, *steps: Step) -> Wrong:
        """Returns what is wrong at a place, with its line."""
        return Wrong("", self.parsed.line(steps) if self.parsed is not None else 0, message)

    def check(self, *wrong: Wrong) -> None:
        """Raises `UsageError` with everything that is wrong, each with its line."""
        if wrong:
            raise _trouble(self.path, *wrong)


def settings_path(environ: Mapping[str, str]) -> Path | None:
    """Returns where the settings are looked for; None for a user without a home."""
    folder = config_folder(environ)
    return Path(folder) / "config.yaml" if folder else None


def load_settings(environ: Mapping[str, str]) -> SettingsFile:
    """Reads the settings; the defaults when there is no file. Raises `UsageError` with every line that is wrong."""
    path = settings_path(environ)
    text = _read(path)
    if path is None or text is None:
        return SettingsFile(Settings())
    parsed = parse_text(text)
    if isinstance(parsed, Wrong):
        raise _trouble(path, parsed)
    if parsed.value is None:
        return SettingsFile(Settings(), path, parsed)
    checked = check(Settings, parsed)
    if checked.wrong or checked.value is None:
        raise _trouble(path, *(checked.wrong or [Wrong("", 1, "must be a group of keys")]))
    read = SettingsFile(checked.value, path, parsed)
    if not 0 <= checked.value.log_window <= LONGEST_WINDOW:
        read.check(read.wrong(f"log_window: must be 0 to {LONGEST_WINDOW:.0f} seconds", "log_window"))
    return read


def first_theme(environ: Mapping[str, str]) -> str:
    """Returns the theme that the settings name, '' when they cannot be read: for the first paint, before anything is
    validated.
    """
    text = _read_quietly(settings_path(environ))
    parsed = parse_text(text) if text else None
    value = parsed.value if isinstance(parsed, Parsed) else None
    theme = value.get("theme") if isinstance(value, dict) else None
    return theme if isinstance(theme, str) else ""


def save_theme(environ: Mapping[str, str], theme: str) -> None:
    """Keeps the theme, and every other line and comment of the file. A file that cannot be read is left alone.

    Raises `OSError`.
    """
    path = settings_path(environ)
    if path is None:
        return
    before = _read_quietly(path)
    parsed = parse_text(before) if before is not None else None
    if isinstance(parsed, Wrong) or (before is None and path.exists()):
        return
    value = parsed.value if parsed is not None else None
    if value is not None and not isinstance(value, dict):
        return
    said = {**(value or {}), "theme": theme}
    after = "".join(f"{key}: {json.dumps(one, ensure_ascii=False)}\n" for key, one in said.items())
    # Many keep their settings elsewhere and link them here: the file is replaced, not the link.
    write_durably(path.resolve(), keep_comments(before, after if before else _HEAD + after).encode())


def _read(path: Path | None) -> str | None:
    """Returns the text of the file, None when there is none. Raises `UsageError`."""
    try:
        return path.read_text(encoding="utf-8") if path is not None and path.exists() else None
    except OSError as trouble:
        raise _trouble(path, Wrong("", 0, f"cannot be read: {trouble.strerror}")) from trouble
    except UnicodeDecodeError as trouble:
        raise _trouble(path, Wrong("", 0, "is no UTF-8 text")) from trouble


def _read_quietly(path: Path | None) -> str | None:
    try:
        return _read(path)
    except UsageError:
        return None


def _trouble(path: Path | None, *wrong: Wrong) -> UsageError:
    """Returns one error for all that is wrong; where that is more than one thing, each names its line."""
    first, *more = sorted(wrong, key=lambda one: one.line)
    where = f"{path}:{first.line}" if first.line else str(path)
    said = [f"{one.place}: {one.message}" if one.place else one.message for one in (first, *more)]
    if more:
        said = [f"line {one.line}, {text}" for one, text in zip((first, *more), said, strict=True)]
    return UsageError("; ".join(said), where=where, next_step=NEXT)


def apply_editor(settings: Settings) -> None:
    """Hands the preferred editor to everything that this process starts, git included."""
    if settings.editor:
        os.environ["VISUAL"] = os.environ["GIT_EDITOR"] = settings.editor
