"""Published ports of Compose, short and long form, to one fact a port.

Rules: https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports.
"""

from __future__ import annotations

from wizard.values.facts.compose import PublishedPort
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

LARGEST_RANGE = 4096
_SHORT = lazy_pattern(
    r"(?:(?:(?P<host>\[[0-9A-Fa-f:.%]*\]|[^:\[\]/]*|[0-9A-Fa-f:]*?):)?(?P<published>[0-9]*(?:-[0-9]+)?):)?"
    r"(?P<target>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>[A-Za-z0-9]+))?"
)
_RANGE = lazy_pattern(r"(\d+)(?:-(\d+))?")


def short_form(text: str, raw: str, source: Source) -> tuple[PublishedPort, ...]:
    """Returns the ports of `[[HOST_IP:]PUBLISHED:]TARGET[/PROTOCOL]` with variables already resolved.

    Raises `ValueError` with what is wrong when it is none, or a range is backwards, uneven or absurdly long.
    """
    match = _SHORT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{raw!r} is no port mapping")
    targets = port_range(match["target"])
    published = port_range(match["published"]) if match["published"] else ()
    host = (match["host"] or "").strip("[]")
    return _pair(targets, published, host, (match["protocol"] or "tcp").lower(), raw, source)


def long_form(
    target: str, published: str, host_ip: str, protocol: str, raw: str, source: Source
) -> tuple[PublishedPort, ...]:
    """Returns the ports of the mapping form. Raises `ValueError` like `short_form`."""
    if not target:
        raise ValueError("a port has no target")
    hosts = port_range(published) if published else ()
    return _pair(port_range(target), hosts, host_ip.strip("[]"), (protocol or "tcp").lower(), raw, source)


def port_range(text: str) -> tuple[int, ...]:
    """Returns the numbers of `8000` or `8000-8010`. Raises `ValueError`."""
    match = _RANGE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is no port")
    first = int(match[1])
    last = int(match[2] or match[1])
    if not 0 <= first <= last <= 65535:
        raise ValueError(f"{text!r} is no port or range of ports (0 to 65535)")
    if last - first >= LARGEST_RANGE:
        raise ValueError(f"the range {text} has {last - first + 1} ports; at most {LARGEST_RANGE} are read")
    return tuple(range(first, last + 1))


def _pair(
    targets: tuple[int, ...], published: tuple[int, ...], host: str, protocol: str, raw: str, source: Source
) -> tuple[PublishedPort, ...]:
    if not published:
        return tuple(PublishedPort(host, None, target, raw, source, protocol) for target in targets)
    if len(targets) == 1:
        targets = targets * len(published)
    if len(targets) != len(published):
        raise ValueError(f"{raw!r}: {len(published)} host ports for {len(targets)} container ports")
    return tuple(
        PublishedPort(host, outside or None, inside, raw, source, protocol)
        for outside, inside in zip(published, targets, strict=True)
    )
