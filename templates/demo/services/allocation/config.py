"""Settings: environment variables ALLOCATION_*, the password from a secret file."""

from __future__ import annotations

import os

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything the service can be told from outside."""

    model_config = SettingsConfigDict(env_prefix="ALLOCATION_", extra="ignore")

    port: int = 8006
    redis_host: str = "cdb_redis"
    redis_port: int = 6379
    redis_password: SecretStr = Field(validation_alias="redis_password")
    log_level: str = "INFO"


def load() -> Settings:
    """Read the settings; names every missing one at once."""
    return Settings(_secrets_dir=os.environ.get("ALLOCATION_SECRETS_DIR", "/run/secrets"))
