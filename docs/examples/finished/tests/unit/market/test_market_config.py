"""Unit tests of the service's settings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from market.config import PREFIX, ConfigError, load, load_secrets

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what the service cannot do without."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.setenv(PREFIX + "SECRETS_DIR", str(tmp_path))
    (tmp_path / "redis_password").write_text("s3cret\n")


def test_everything_else_has_a_default() -> None:
    """The port is the one the registry reserves."""
    settings = load()
    assert (settings.host, settings.port, settings.log_level) == ("*", 8005, "INFO")
    assert settings.revision == "unknown"
    assert settings.shutdown_seconds == 20.0
    assert (settings.redis_host, settings.redis_port) == ("cdb_redis", 6379)
    assert (settings.redis_user, settings.redis_db, settings.redis_tls) == ("", 0, False)


def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the service's prefix."""
    monkeypatch.setenv(PREFIX + "PORT", "9999")
    assert load().port == 9999


def test_a_log_level_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other services of a stack often share the variable."""
    monkeypatch.setenv(PREFIX + "LOG_LEVEL", "debug")
    assert load().log_level == "DEBUG"


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose sets one to nothing where its own variable is not set."""
    monkeypatch.setenv(PREFIX + "PORT", "")
    assert load().port == 8005


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("LOG_LEVEL", "LOUD"),
        ("SHUTDOWN_SECONDS", "-1"),
        ("REDIS_PORT", "0"),
        ("REDIS_PORT", "65536"),
        ("REDIS_DB", "-1"),
    ],
)
def test_a_variable_that_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """With what is wrong about it."""
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(ConfigError) as raised:
        load()
    assert len(raised.value.problems) == 1
    assert str(raised.value).startswith(f"variable {PREFIX}{name} is wrong: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "1"),
        ("PORT", "65535"),
        ("SHUTDOWN_SECONDS", "0"),
        ("REDIS_PORT", "1"),
        ("REDIS_PORT", "65535"),
        ("REDIS_DB", "0"),
    ],
)
def test_the_bounds_themselves_are_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Inclusive on both sides."""
    monkeypatch.setenv(PREFIX + name, value)
    assert float(getattr(load(), name.lower())) == float(value)


def test_a_secret_comes_from_its_file_and_is_not_shown() -> None:
    """Neither the settings nor their text give it away."""
    secrets = load_secrets()
    assert secrets.redis_password.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(secrets)


def test_a_secret_that_cannot_be_read_is_said_without_a_traceback(tmp_path: Path) -> None:
    """The name of the file, never what it holds."""
    (tmp_path / "redis_password").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=f"in {tmp_path} cannot be read: not UTF-8 text$"):
        load()


def test_why_a_secret_cannot_be_opened_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the system's words."""

    def refuse(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    said = f"secret file {tmp_path}/.+ cannot be read: Permission denied$"
    with pytest.raises(ConfigError, match=said):
        load_secrets()


def test_a_folder_of_secrets_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As files that are missing, and without a warning of a library."""
    monkeypatch.setenv(PREFIX + "SECRETS_DIR", str(tmp_path / "gone"))
    with pytest.raises(ConfigError, match="is missing or empty"):
        load_secrets()


@pytest.mark.parametrize("file", ["redis_password"])
def test_a_secret_has_at_least_one_character(tmp_path: Path, file: str) -> None:
    """An empty file is one that nobody filled."""
    (tmp_path / file).write_text("x")
    assert load_secrets()
    (tmp_path / file).write_text("")
    with pytest.raises(ConfigError, match=f"{file} is missing or empty"):
        load_secrets()


def test_a_changed_secret_is_read_anew(tmp_path: Path) -> None:
    """A new password needs no restart."""
    (tmp_path / "redis_password").write_text("changed\n")
    assert load_secrets().redis_password.get_secret_value() == "changed"


def test_everything_that_is_missing_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A start that fails says all it lacks, so that it fails once."""
    monkeypatch.setenv(PREFIX + "PORT", "none")
    (tmp_path / "redis_password").unlink()
    monkeypatch.setenv("REDIS_PASSWORD", "not from the environment")
    with pytest.raises(ConfigError) as raised:
        load()
    said = str(raised.value)
    assert said == "; ".join(raised.value.problems)
    assert PREFIX + "PORT" in said
    assert "redis_password" in said
