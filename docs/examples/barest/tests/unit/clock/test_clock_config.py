"""Unit tests of the service's settings."""

from __future__ import annotations

import os

import pytest

from clock.config import PREFIX, ConfigError, load

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the service cannot do without."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def test_everything_else_has_a_default() -> None:
    """The port is the one the registry reserves."""
    settings = load()
    assert (settings.host, settings.port, settings.log_level) == ("*", 8008, "INFO")
    assert settings.revision == "unknown"


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
    assert load().port == 8008


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("LOG_LEVEL", "LOUD"),
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
    ],
)
def test_the_bounds_themselves_are_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Inclusive on both sides."""
    monkeypatch.setenv(PREFIX + name, value)
    assert float(getattr(load(), name.lower())) == float(value)
