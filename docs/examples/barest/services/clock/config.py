"""The service's settings, read from the environment.

Every variable has a default or is reported as missing when the service starts.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

SERVICE = "clock"
PREFIX = "CLOCK_"

# in any case: the variable is often shared with services that write it small
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]


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


def load() -> Settings:
    """Read everything. Raises `ConfigError` naming whatever is missing or wrong, all at once."""
    try:
        return Settings.model_validate({})
    except ValidationError as error:
        problems = [_setting_problem(e["loc"], e["msg"]) for e in error.errors()]
        raise ConfigError(problems) from None


def _setting_problem(place: tuple[int | str, ...], message: str) -> str:
    return f"variable {PREFIX}{str(place[0]).upper()} is wrong: {message}"
