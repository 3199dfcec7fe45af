"""Settings: environment variables WS_*, the password from a secret file."""

from __future__ import annotations

import os

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything the service can be told from outside."""

    model_config = SettingsConfigDict(env_prefix="WS_", extra="ignore")

    port: int = 8000
    redis_host: str = "cdb_redis"
    redis_port: int = 6379
    redis_password: SecretStr = Field(validation_alias="redis_password")
    history: int = Field(default=200, ge=1, le=10_000)
    log_level: str = "INFO"


def load() -> Settings:
    """Read the settings; names every missing one at once."""
    return Settings(_secrets_dir=os.environ.get("WS_SECRETS_DIR", "/run/secrets"))
