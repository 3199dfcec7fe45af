"""Unit tests of the way to Redis: what a client is made of, and how long a pause is."""

from __future__ import annotations

import pytest

from quotes import link as link_module
from quotes.config import SERVICE
from quotes.link import FIRST_PAUSE, LONGEST_PAUSE, SECONDS, Backoff, RedisLink, one_line

pytestmark = pytest.mark.unit


class Highest:
    """The random number that makes a pause longest."""

    def uniform(self, low: float, high: float) -> float:
        """Return the upper end."""
        assert low < high
        return high


def settings(link: RedisLink, retries: int = 0) -> dict[str, object]:
    """What a connection of the client is made with; nothing is opened."""
    with link.connect(retries) as client:
        return dict(client.connection_pool.connection_kwargs)


def test_a_client_has_the_service_s_name_and_gives_up_early() -> None:
    """CLIENT LIST shows the name; no wait is for ever."""
    assert settings(RedisLink("redis", 6380))["db"] == 0
    found = settings(RedisLink("redis", 6380, database=3))
    assert (found["host"], found["port"], found["db"]) == ("redis", 6380, 3)
    assert found["client_name"] == SERVICE
    assert found["socket_timeout"] == found["socket_connect_timeout"] == SECONDS
    assert found["socket_keepalive"] is True
    assert found["credential_provider"] is None
    assert "ssl_cert_reqs" not in found


def test_tls_checks_the_certificate() -> None:
    """As `rediss://` does."""
    assert settings(RedisLink("redis", 6380, tls=True))["ssl_cert_reqs"] == "required"


@pytest.mark.parametrize(
    ("user", "expected"), [(None, ("first",)), ("", ("first",)), ("me", ("me", "first"))]
)
def test_the_password_is_read_for_each_connection(
    user: str | None, expected: tuple[str, ...]
) -> None:
    """A changed secret needs no restart; an ACL user is named when there is one."""
    passwords = ["first", "second"]
    link = RedisLink("redis", 6379, password=lambda: passwords.pop(0), user=user)
    provider = settings(link)["credential_provider"]
    assert hasattr(provider, "get_credentials")
    assert provider.get_credentials() == expected
    assert provider.get_credentials()[-1] == "second"


@pytest.mark.parametrize("retries", [0, 2])
def test_a_broken_connection_is_opened_as_often_as_it_was_said(retries: int) -> None:
    """The loop wants to see each break, the publisher does not."""
    with RedisLink("redis", 6379).connect(retries) as client:
        assert client.get_retry().get_retries() == retries


def test_pauses_grow_and_stay_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the number of failures, and from the start again after an answer."""
    monkeypatch.setattr(link_module, "SystemRandom", Highest)
    backoff = Backoff()
    pauses = [backoff.pause("redis", "away") for _ in range(2000)]
    assert pauses[:3] == [2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert max(pauses) == pauses[-1] == LONGEST_PAUSE
    backoff.reset()
    assert backoff.pause("redis", "away") == 2 * FIRST_PAUSE


def test_pauses_differ() -> None:
    """Replicas do not come back all at once."""
    backoff = Backoff()
    found = {backoff.pause("redis", "away") for _ in range(50)}
    assert len(found) > 10
    assert min(found) >= FIRST_PAUSE
    assert max(found) < LONGEST_PAUSE


def test_a_pause_is_logged_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    """Which server, what it said, how long."""
    seconds = Backoff().pause("redis", "no route")
    said = f"redis is away (no route), next attempt in {seconds:.1f} s"
    assert [record.getMessage() for record in caplog.records] == [said]


def test_an_error_is_one_line() -> None:
    """And never nothing."""
    assert one_line(ValueError("a\n  b")) == "a b"
    assert one_line(ValueError()) == "ValueError"
