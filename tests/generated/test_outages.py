"""Outages of real servers in `make test`; `make outages` prints what became of the events of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generated.outages import OUTAGES, working

# They wait until a silent connection or an entry is given up or a server has recovered, or break twenty times; `make
# outages` runs them.
LONG = (
    "half_open",
    "postgres_half_open",
    "postgres_panic",
    "redis_flapping",
    "stream_redis_flapping",
    "stream_reader_killed",
)


@pytest.mark.embedded
@pytest.mark.own_ports
@pytest.mark.parametrize("name", [name for name in OUTAGES if name not in LONG])
def test_no_outage_leaves_a_live_process_that_does_nothing(name: str, tmp_path: Path) -> None:
    with working(tmp_path, name) as work:
        OUTAGES[name](work)
        assert work.lab.process is not None
        alive = work.lab.process.poll() is None
        assert work.lab.health()[0] == (200 if alive else 0)
