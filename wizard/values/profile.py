"""Where things are in one stack: `.stack-wizard/stack.yaml`, or what detection found."""

from __future__ import annotations

from wizard.values.lean import dataclass

SCHEMA = 1


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
    embedded.
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


@dataclass(frozen=True, slots=True)
class Detected:
    """A profile with why each field has its value: field name -> (`path:line` or reason). `unsure`: fields to ask
    about."""

    profile: Profile
    why: dict[str, str]
    unsure: tuple[str, ...] = ()
    committed: bool = False
