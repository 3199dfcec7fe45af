"""Settings: environment variables EXECUTION_*, passwords from secret files."""

from __future__ import annotations

import os

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything the service can be told from outside."""

    model_config = SettingsConfigDict(env_prefix="EXECUTION_", extra="ignore")

    port: int = 8003
    redis_host: str = "cdb_redis"
    redis_port: int = 6379
    redis_password: SecretStr = Field(validation_alias="redis_password")
    postgres_host: str = "cdb_postgres"
    postgres_port: int = 5432
    postgres_user: str = "cdb"
    postgres_db: str = "cdb"
    postgres_password: SecretStr = Field(validation_alias="postgres_password")
    fee_bps: int = Field(default=10, ge=0)
    log_level: str = "INFO"


def load() -> Settings:
    """Read the settings; names every missing one at once."""
    return Settings(_secrets_dir=os.environ.get("EXECUTION_SECRETS_DIR", "/run/secrets"))
