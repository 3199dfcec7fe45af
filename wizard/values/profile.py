"""Where things are in one stack: `.stack-wizard/stack.yaml`, or what detection found."""

from __future__ import annotations

from wizard.values.lean import dataclass
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

PROFILE = ".stack-wizard/stack.yaml"
"""Where a stack's written profile is, relative to its root."""
SCHEMA = 1
_LINE = lazy_pattern(r"(\S+):(\d+)")
COMPOSE, SWARM = "compose", "swarm"
TARGETS = (COMPOSE, SWARM)
"""What a stack is started by: `docker compose up`, or `docker stack deploy` on a Swarm."""


@dataclass(frozen=True, slots=True)
class ServerProfile:
    """The stack's Redis or PostgreSQL as compose names it. `service` empty: the stack has none.

    `secret`: the compose secret that holds the password (empty: none). `user` and `database`: PostgreSQL only.
    """

    service: str = ""
    port: int = 0
    user: str = ""
    database: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """The layout of a stack. Paths are relative to its root with forward slashes; the defaults are the reference
    document's.

    `prefix`: of compose service keys (`cdb_` or empty). `compose_files`: in merge order; `edit_file`: the one that gets
    services.
    `tests_*`: the folders that hold one folder a service. `registry` / `runbook`: the documents with the port list and
    the operating instructions (empty: the stack has none). `project`: compose project name. `runtime`: auto, docker,
    swarm, embedded. `deploy_target`: one of `TARGETS`; by it alone the audit, the plan and the documents tell Swarm
    from Compose.
    """

    schema: int = SCHEMA
    services_dir: str = "services"
    prefix: str = ""
    compose_files: tuple[str, ...] = ()
    edit_file: str = ""
    project: str = ""
    network: str = ""
    redis: ServerProfile = ServerProfile()
    postgres: ServerProfile = ServerProfile()
    schema_file: str = ""
    seed_files: tuple[str, ...] = ()
    tests_unit: str = "tests/unit"
    tests_integration: str = "tests/integration"
    tests_e2e: str = "tests/e2e"
    pytest_config: str = ""
    runbook: str = ""
    registry: str = ""
    bind: str = "127.0.0.1"
    base_image: str = "python:3.11-slim"
    runtime: str = "auto"
    deploy_target: str = COMPOSE

    @property
    def on_swarm(self) -> bool:
        """Returns whether the stack is deployed with `docker stack deploy`."""
        return self.deploy_target == SWARM


@dataclass(frozen=True, slots=True)
class Detected:
    """A profile with why each field has its value: field name -> (`path:line` or reason). `unsure`: fields to ask
    about."""

    profile: Profile
    why: dict[str, str]
    unsure: tuple[str, ...] = ()
    committed: bool = False

    @property
    def given(self) -> dict[str, str]:
        """Returns the fields that the committed profile itself has, each with its line there."""
        return {name: why for name, why in self.why.items() if self.committed and why.startswith(f"{PROFILE}:")}

    def source(self, field: str) -> Source:
        """Returns the line that a field's value rests on; the profile's file where only words say it."""
        found = _LINE.match(self.why.get(field, ""))
        return Source(found[1], int(found[2])) if found else Source(PROFILE)
