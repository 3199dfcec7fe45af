"""The scratch stack's own Redis and PostgreSQL: where they run, and the way to them from this machine."""

from __future__ import annotations

from wizard.runtime.engine.compose_cli import MergedModel
from wizard.runtime.engine.logins import POSTGRES_PORT, REDIS_PORT, Logins
from wizard.runtime.engine.relay import Relay
from wizard.runtime.swarm.deployment import Deployment
from wizard.runtime.swarm.helper import Helpers
from wizard.values.facts.stack import StackFacts
from wizard.values.live import Endpoint, LiveTrouble


class SwarmServers:
    """Redis and PostgreSQL of one stack, as the profile names them, each asked at its task's address."""

    def __init__(
        self, facts: StackFacts, model: MergedModel, swarm: Deployment, relay: Relay, helpers: Helpers
    ) -> None:
        self._profile = facts.profile
        self._logins = Logins(facts, model)
        self._swarm = swarm
        self._relay = relay
        self._helpers = helpers

    def _at(self, key: str) -> str:
        live = [task for task in self._swarm.live(key) if task.state == "running" and task.addresses]
        if not live:
            step = f"see why: docker service ps {self._swarm.service(key)}"
            raise LiveTrouble("dependency-unhealthy", f"{key} has no running task", step)
        return live[0].addresses[0]

    def redis(self) -> Endpoint | None:
        """Returns the way to Redis, None when the stack has none. Raises `LiveTrouble`."""
        profile = self._profile.redis
        if not profile.service:
            return None
        way = self._relay.door(self._helpers.asker, self._at(profile.service), profile.port or REDIS_PORT)
        return Endpoint(*way, password=self._logins.redis_password())

    def postgres(self, database: str) -> Endpoint | None:
        """Returns the way to PostgreSQL, None when the stack has none. Raises `LiveTrouble`."""
        profile, names = self._profile.postgres, self._logins
        if not profile.service:
            return None
        way = self._relay.door(self._helpers.asker, self._at(profile.service), profile.port or POSTGRES_PORT)
        return Endpoint(*way, names.user(), database or names.database(), names.postgres_password())

    def psql_words(self, database: str) -> dict[str, str]:
        """Returns the environment that leads psql there from inside the overlay."""
        profile = self._profile.postgres
        return {
            "PGHOST": self._at(profile.service),
            "PGPORT": str(profile.port or POSTGRES_PORT),
            "PGUSER": self._logins.user(),
            "PGDATABASE": database or self._logins.database(),
            "PGPASSWORD": self._logins.postgres_password(),
            "PGCONNECT_TIMEOUT": "5",
        }
