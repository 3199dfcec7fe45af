"""As whom the stack's own servers are asked: what the files say, completed by Compose's own merged model; and what of
all that is never shown."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from wizard.rules.secrets import is_secret, stands_open
from wizard.runtime.engine.compose_cli import MergedModel
from wizard.runtime.secrets import own_password
from wizard.values.facts.stack import StackFacts
from wizard.values.pattern import lazy_pattern

REDIS_PORT, POSTGRES_PORT = 6379, 5432
_REQUIREPASS = lazy_pattern(r"--requirepass[ =]+[\"']?([^\s\"'$]+)")
_SHORTEST = 4
"""What is shorter is in every second word: to hide it would say no more than to show it."""
_LARGEST = 100_000


class Logins:
    """User, database and passwords of one stack's servers; never shown."""

    def __init__(self, facts: StackFacts, model: MergedModel) -> None:
        self._facts = facts
        self._model = model

    def user(self) -> str:
        """Returns PostgreSQL's user."""
        profile = self._facts.profile.postgres
        named = self._model.text("services", profile.service, "environment", "POSTGRES_USER")
        return profile.user or named or "postgres"

    def database(self) -> str:
        """Returns the stack's database."""
        profile = self._facts.profile.postgres
        named = self._model.text("services", profile.service, "environment", "POSTGRES_DB")
        return profile.database or named or self.user()

    def postgres_password(self) -> str:
        """Returns PostgreSQL's password, '' when none is known."""
        profile = self._facts.profile.postgres
        plain = self._model.text("services", profile.service, "environment", "POSTGRES_PASSWORD")
        return own_password(self._facts, profile) or plain

    def redis_password(self) -> str:
        """Returns Redis' password, '' when none is known."""
        profile = self._facts.profile.redis
        return own_password(self._facts, profile) or self._from_command(profile.service)

    def _from_command(self, key: str) -> str:
        match = _REQUIREPASS.search(" ".join(self._model.below("services", key, "command")))
        asked = self._facts.credential("redis")
        if asked is not None and asked.inside:
            return self._model.text("services", key, "environment", asked.inside)
        return match[1] if match else ""


def hiding(model: MergedModel) -> Callable[[str], str]:
    """Returns what replaces each secret of the stack in a text by its name, the longest first."""
    found: dict[str, str] = {}
    names = _names(model)
    for name, value in ((name, value) for name, value in _values(model) if value.lower() not in names):
        for text in (value, quote(value, safe="")):
            if len(text) >= _SHORTEST:
                found.setdefault(text, name)
    ordered = sorted(found.items(), key=lambda pair: -len(pair[0]))

    def hide(text: str) -> str:
        for value, name in ordered:
            if value in text:
                text = text.replace(value, f"<{name}>")
        return text

    return hide


def _names(model: MergedModel) -> frozenset[str]:
    """What the stack's things are called: hidden, a password that is such a name would stand out in every line."""
    services = model.tree.get("services") or {}
    told = {str(key) for key in (*services, model.tree.get("name") or "")}
    for service in services.values():
        told |= {str(value) for name, value in (service.get("environment") or {}).items() if not is_secret(name)}
    return frozenset({"redis", "postgres", "postgresql", "password", *(word.lower() for word in told)})


def _values(model: MergedModel) -> Iterator[tuple[str, str]]:
    """(name, value) of every secret of the files and every variable that is called like one."""
    for name, secret in (model.tree.get("secrets") or {}).items():
        with contextlib.suppress(OSError):
            if secret.get("file"):
                yield name, Path(secret["file"]).read_text("utf-8", "replace")[:_LARGEST].strip()
        if secret.get("environment"):
            yield name, os.environ.get(secret["environment"], "")
    for key, service in (model.tree.get("services") or {}).items():
        match = _REQUIREPASS.search(" ".join(model.below("services", key, "command")))
        yield f"password of {key}", match[1] if match else ""
        for name, value in (service.get("environment") or {}).items():
            if isinstance(value, str) and is_secret(name) and stands_open(name, value):
                yield name, value
