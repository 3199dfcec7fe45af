"""From any event of the stack to a line of the feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .models import Event, FeedItem

SHARED = frozenset({"id", "time", "symbol"})


def handle(channel: str, event: Event, fields: Mapping[str, object]) -> FeedItem:
    """Keep the shared part as it is and everything else as text."""
    detail = {key: str(value) for key, value in fields.items() if key not in SHARED}
    return FeedItem(channel=channel, id=event.id, time=event.time, symbol=event.symbol, detail=detail)


def select(items: Iterable[FeedItem], *, channel: str = "", limit: int = 50) -> list[FeedItem]:
    """The newest `limit` items, newest first, of one channel or of all."""
    wanted = [item for item in items if not channel or item.channel == channel]
    return wanted[::-1][: max(0, limit)]
