"""The service's settings, read from the environment and from secret files.

A secret is never taken from the environment: it is the content of a file in /run/secrets, or in
the folder that SIGNALS_SECRETS_DIR names.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

SERVICE = "signals"
PREFIX = "SIGNALS_"
SECRETS_DIR = "/run/secrets"

# in any case: the variable is often shared with services that write it small
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]
SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


class ConfigError(Exception):
    """The service cannot start; `problems` has a line for each variable or secret that is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """What the environment says; a variable is the prefix and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")

    host: str = "*"
    port: int = Field(default=8008, ge=1, le=65535)
    log_level: LogLevel = "INFO"
    revision: str = "unknown"
    shutdown_seconds: float = Field(default=20.0, ge=0)
    redis_host: str = "cdb_redis"
    redis_port: int = Field(default=6379, ge=1, le=65535)
    redis_user: str = ""
    redis_db: int = Field(default=0, ge=0)
    redis_tls: bool = False
    postgres_host: str = "cdb_postgres"
    postgres_port: int = Field(default=5432, ge=1, le=65535)
    postgres_user: str = "cdb"
    postgres_db: str = "cdb"
    postgres_role: str = "signals"
    postgres_sslmode: SslMode = "prefer"
    threshold: str = Field(default="0.5", validation_alias="SIGNALS_THRESHOLD")


class Secrets(BaseSettings):
    """What the secret files say; a file has the name of the Compose secret."""

    model_config = SettingsConfigDict(extra="ignore")

    redis_password: SecretStr = Field(validation_alias="redis_password", min_length=1)
    postgres_password: SecretStr = Field(validation_alias="postgres_password", min_length=1)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the files alone, so that no secret comes from the environment."""
        return init_settings, file_secret_settings


def load() -> Settings:
    """Read everything. Raises `ConfigError` naming whatever is missing or wrong, all at once."""
    problems: list[str] = []
    settings = None
    try:
        settings = Settings.model_validate({})
    except ValidationError as error:
        problems += [_setting_problem(e["loc"], e["msg"]) for e in error.errors()]
    try:
        load_secrets()
    except ConfigError as error:
        problems += error.problems
    if settings is None or problems:
        raise ConfigError(problems)
    return settings


def load_secrets() -> Secrets:
    """Read the secret files, each time anew: one can be changed while the service runs.

    Raises `ConfigError`, which says what is missing and never what a file holds.
    """
    folder = Path(os.environ.get(PREFIX + "SECRETS_DIR", SECRETS_DIR))
    try:
        return Secrets(_secrets_dir=folder if folder.is_dir() else None)  # type: ignore[call-arg]
    except ValidationError as error:
        names = [str(e["loc"][0]) for e in error.errors()]
        lines = [f"secret file {folder / name} is missing or empty" for name in names]
        raise ConfigError(lines) from None
    except (OSError, SettingsError) as error:
        cause = error.__cause__ or error  # what opening or decoding the file said
        reason = getattr(cause, "strerror", None) or "not UTF-8 text"
        where = getattr(cause, "filename", None) or f"in {folder}"
        raise ConfigError([f"secret file {where} cannot be read: {reason}"]) from None


def _setting_problem(place: tuple[int | str, ...], message: str) -> str:
    return f"variable {PREFIX}{str(place[0]).upper()} is wrong: {message}"
