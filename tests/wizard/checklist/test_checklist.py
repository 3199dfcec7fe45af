"""The checklist is complete, well formed, and says what the reference document says."""

from __future__ import annotations

import re

import pytest
from pydantic import TypeAdapter

from tests.phases import DATABASE, PHASES, phase_of
from wizard.audit.registry import REGISTRY
from wizard.checklist import Checklist, load
from wizard.plan.registry import PLANNERS
from wizard.verify.registry import PROBES

# the wording of the reference document (FUTURE_SERVICES.md), heading by heading
REFERENCE = """\
### 1. Service Implementation
- [ ] Create `service.py` with Flask health endpoint
- [ ] Implement core service logic
- [ ] Add Redis pub/sub connections
- [ ] Create `models.py` with Pydantic dataclasses
- [ ] Create `config.py` with env var loading

### 2. Containerization
- [ ] Create `Dockerfile` with non-root user
- [ ] Add health check in Dockerfile
- [ ] Pin base image with SHA256
- [ ] Create `requirements.txt`

### 3. Compose Integration
- [ ] Add service to `dev.yml`
- [ ] Configure environment variables
- [ ] Set up dependencies (depends_on)
- [ ] Add health check in compose
- [ ] Bind ports to localhost only (127.0.0.1:PORT:PORT)

### 4. Database Integration
- [ ] Create schema in `infrastructure/database/schema.sql`
- [ ] Add seed data if needed
- [ ] Test database connection

### 5. Testing
- [ ] Add unit tests (`tests/unit/service_name/`)
- [ ] Add integration tests
- [ ] Add E2E test cases
- [ ] Verify test markers (`@pytest.mark.unit`, etc.)

### 6. Documentation
- [ ] Create service README.md
- [ ] Document API endpoints
- [ ] Add troubleshooting section
- [ ] Update DOCKER_STACK_RUNBOOK.md

### 7. Deployment
- [ ] Verify service starts without errors
- [ ] Check health endpoint responds
- [ ] Verify Redis connections
- [ ] Test pub/sub message flow
- [ ] Monitor logs for errors
"""


def reference() -> list[tuple[str, str]]:
    """(id, wording) of every item of the reference document."""
    found: list[tuple[str, str]] = []
    phase, number = "", 0
    for line in REFERENCE.splitlines():
        if line.startswith("### "):
            phase, number = line[4], 0
        elif line.startswith("- [ ] "):
            number += 1
            found.append((f"{phase}.{number}", line[6:]))
    return found


def test_the_wording_is_the_reference_documents() -> None:
    assert [(item.id, item.title) for item in load().items] == reference()


def test_phases_are_the_reference_documents_in_order() -> None:
    headings = [line[7:] for line in REFERENCE.splitlines() if line.startswith("### ")]
    assert [info.title for info in load().phases] == headings
    assert [info.phase for info in load().phases] == list(PHASES)


def test_there_are_thirty_items_with_ids_of_their_phase() -> None:
    items = load().items
    assert len(items) == 30
    assert all(phase_of(item.id) == item.phase for item in items)


def test_the_shape_is_what_the_schema_says() -> None:
    adapter = TypeAdapter(Checklist)
    assert adapter.validate_python(adapter.dump_python(load()), strict=False) == load()


def test_every_item_explains_itself_to_a_newcomer() -> None:
    for item in load().items:
        for words in (item.why, item.evidence, item.broken, item.hint, item.by_hand, item.example, item.check):
            assert words.strip() and "\n" not in words, item.id
        sentences = item.why.count(". ") + item.why.endswith(".")
        assert 2 <= sentences <= 4, (item.id, sentences)
        assert item.links and all(link.startswith("https://") for link in item.links), item.id


def test_the_live_items_are_those_that_need_something_running() -> None:
    live = [item.id for item in load().items if item.live]
    assert live == ["4.3", "5.1", "5.2", "5.3", "7.1", "7.2", "7.3", "7.4", "7.5"]


def test_every_name_of_a_registry_is_in_it_and_every_entry_is_named() -> None:
    items = load().items
    assert [item.check for item in items] == list(REGISTRY)
    assert {item.planner for item in items} == set(PLANNERS)
    assert sorted(item.probe for item in items if item.probe) == sorted(PROBES)


def test_a_probe_stands_for_what_is_live() -> None:
    assert all(bool(item.probe) == item.live for item in load().items)


def test_a_phase_that_records_proves_all_before_it_and_the_others_their_own() -> None:
    proven = {info.phase.name: [item.id for item in load().proven_in(info.phase)] for info in load().phases}
    assert proven["database"] == ["4.3"] and proven["testing"] == ["5.1", "5.2", "5.3"] and proven["compose"] == []
    assert proven["deployment"] == [item.id for item in load().probed]


def test_hints_have_no_placeholder_but_those_the_audit_fills_in() -> None:
    known = r"\{(name|folder|entry|port|dockerfile|requirements|readme|inside|health|unit|integration|e2e)\}"
    for item in load().items:
        assert "{" not in re.sub(known, "", item.hint), item.id


def test_an_unknown_item_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load().item("8.1")
    assert load().item("3.5").check == "compose-ports"
    assert [item.id for item in load().of_phase(DATABASE)] == ["4.1", "4.2", "4.3"]
