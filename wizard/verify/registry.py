"""Probe name -> function: the checklist names them, this table finds them, a test proves that the two agree.

The order is that of a run: what needs nothing, what needs the servers, what looks at the running service, and last what
waits for the settle time and the log window, which run while the others look.
"""

from __future__ import annotations

from collections.abc import Callable

from wizard.values.checklist import Item
from wizard.verify.connections import check_connections
from wizard.verify.database import check_database
from wizard.verify.flow import check_flow
from wizard.verify.health import check_health
from wizard.verify.live import Checks, LiveCheck
from wizard.verify.service import check_log, check_start
from wizard.verify.tests import check_end_to_end_tests, check_integration_tests, check_unit_tests

Probe = Callable[[LiveCheck, Item], Checks]

PROBES: dict[str, Probe] = {
    "unit-tests": check_unit_tests,
    "database": check_database,
    "integration-tests": check_integration_tests,
    "connections": check_connections,
    "message-flow": check_flow,
    "e2e-tests": check_end_to_end_tests,
    "health": check_health,
    "start": check_start,
    "logs": check_log,
}
