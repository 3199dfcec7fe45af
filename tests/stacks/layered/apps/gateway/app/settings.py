from functools import lru_cache

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    redis_url: str
    database_dsn: str
    port: int = 9000
    reload: bool = False
    tz: str = "UTC"
    log_format: str = "text"


@lru_cache
def settings() -> Settings:
    return Settings()
