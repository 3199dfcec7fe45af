"""As whom the stack's own servers are asked: what the files say, completed by Compose's own merged model."""

from __future__ import annotations

import re

from wizard.runtime.engine.compose_cli import MergedModel
from wizard.runtime.secrets import own_password
from wizard.values.facts.stack import StackFacts

REDIS_PORT, POSTGRES_PORT = 6379, 5432
_REQUIREPASS = re.compile(r"--requirepass[ =]+[\"']?([^\s\"'$]+)")


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
