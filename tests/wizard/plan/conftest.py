"""Specs of several shapes, and the facts and contexts that planners get, made by hand: no other room is needed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.generated import stack
from wizard.adapters.files.files import DiskFiles
from wizard.audit.audit import audit_service
from wizard.checklist import load
from wizard.plan.context import PlanContext
from wizard.plan.plan import make_context
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.edit import ChangeSet
from wizard.values.spec import ServiceSpec

ContextOf = Callable[..., PlanContext]


@pytest.fixture(scope="session")
def specs() -> dict[str, ServiceSpec]:
    """One spec for each shape of service."""
    return stack.SPECS


@pytest.fixture(scope="session")
def context_of() -> ContextOf:
    """spec, texts, service facts, statuses -> a planner's context; every item is unmet unless `statuses` says
    otherwise."""

    return stack.context_of


@pytest.fixture(scope="session")
def applied() -> Callable[[PlanContext, ChangeSet], PlanContext]:
    """The context after a change set was written: texts and the service's folder as a reader would find them."""

    return stack.applied


ReadContext = Callable[..., PlanContext]


@pytest.fixture
def context_in() -> ReadContext:
    """The context of one service of a stack on disk, read, inferred and judged by the real rooms. `files` are written
    first; fields of the spec can be given."""

    def read(root: Path, name: str, files: dict[str, str] | None = None, **fields: object) -> PlanContext:
        for path, text in (files or {}).items():
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode("utf-8", "surrogateescape"))
        facts = read_stack(DiskFiles(root))
        known = facts.service(name) is not None
        spec = infer(facts, name).spec if known else ServiceSpec(name, "A new one", 8099)
        spec = replace(spec, **fields)  # type: ignore[arg-type]
        report = audit_service(facts, facts.service(name), spec, load())
        return make_context(facts, spec, report, load())

    return read


# property tests: 100 examples each, 2,000 with HYPOTHESIS_PROFILE=thorough (`make test-thorough`)
_PROFILE = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
settings.register_profile("wizard", parent=_PROFILE, max_examples=100)
settings.register_profile("thorough", parent=_PROFILE, max_examples=2000)
settings.load_profile("thorough" if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else "wizard")
