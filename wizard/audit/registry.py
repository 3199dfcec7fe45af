"""Check name -> function: the checklist names them, this table finds them, a test proves that the two agree."""

from __future__ import annotations

from collections.abc import Callable

from wizard.audit import database, deployment, testing
from wizard.audit.compose import environment as compose_env
from wizard.audit.compose import ports as compose_ports
from wizard.audit.compose import service as compose
from wizard.audit.container import container, requirements
from wizard.audit.context import Context
from wizard.audit.docs import readme, runbook
from wizard.audit.service import channels, service, settings
from wizard.values.finding import Finding

Check = Callable[[Context], Finding]

REGISTRY: dict[str, Check] = {
    "health-endpoint": service.health_endpoint,
    "core-logic": service.core_logic,
    "redis-pubsub": channels.redis_pubsub,
    "event-models": service.event_models,
    "config-env": settings.config_env,
    "non-root-user": container.non_root_user,
    "image-health-check": container.image_health_check,
    "base-image-digest": container.base_image_digest,
    "requirements": requirements.requirements,
    "compose-service": compose.compose_service,
    "compose-environment": compose_env.compose_environment,
    "compose-depends-on": compose.depends_on,
    "compose-health-check": compose.compose_health_check,
    "compose-ports": compose_ports.compose_ports,
    "schema-tables": database.schema_tables,
    "seed-data": database.seed_data,
    "database-live": database.database_live,
    "unit-tests": testing.unit_tests,
    "integration-tests": testing.integration_tests,
    "e2e-tests": testing.e2e_tests,
    "test-markers": testing.markers,
    "readme": readme.readme,
    "readme-endpoints": readme.readme_endpoints,
    "readme-troubleshooting": readme.readme_troubleshooting,
    "runbook-section": runbook.runbook_section,
    "starts": deployment.starts,
    "health-live": deployment.health_live,
    "redis-live": deployment.redis_live,
    "pubsub-flow": deployment.pubsub_flow,
    "clean-logs": deployment.clean_logs,
}
