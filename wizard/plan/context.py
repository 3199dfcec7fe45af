"""What every phase planner is given; all seven have the signature `def plan(ctx: PlanContext) -> ChangeSet`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wizard.plan.shape import Shape, make_shape
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.finding import Report, Status
from wizard.values.lean import dataclass, field, replace
from wizard.values.profile import Profile
from wizard.values.spec import ServiceSpec

if TYPE_CHECKING:
    from wizard.checklist import Checklist

Render = Callable[[str, Mapping[str, object]], str]
LIVE_ITEMS = frozenset({"4.3", "7.1", "7.2", "7.3", "7.4", "7.5"})


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Facts, answers and verdicts of one service, and the template renderer.

    `service` is None when the stack has nothing of the service yet. `render(template, variables)` takes the template's
    path below `templates/` (`compose/service.yaml.j2`); planners call `fill`, which adds the shared variables.
    """

    facts: StackFacts
    service: ServiceFacts | None
    spec: ServiceSpec
    report: Report
    checklist: Checklist
    render: Render
    _shapes: list[Shape] = field(default_factory=list, compare=False, repr=False)

    @property
    def profile(self) -> Profile:
        """The stack's profile."""
        return self.facts.profile

    @property
    def shape(self) -> Shape:
        """What templates and splicers share, derived from spec and facts (environment, secrets, dependencies …)."""
        if not self._shapes:
            self._shapes.append(make_shape(self.facts, self.service, self.spec))
        return self._shapes[0]

    @property
    def folder(self) -> str:
        """The service's folder, relative to the stack's root: the one it has, or the one it will have."""
        return self.shape.folder

    @property
    def key(self) -> str:
        """The service's key in compose: the one it has, or prefix + name."""
        return self.shape.key

    @property
    def env_prefix(self) -> str:
        """`NAME_`: the prefix of the service's environment variables."""
        return self.shape.env_prefix

    def text(self, path: str) -> str | None:
        """The text of a file of the stack as it was read, or None when it does not exist (or was not read)."""
        return self.facts.texts.get(path)

    def exists(self, path: str) -> bool:
        """True when the stack has this file, even if its text was not read."""
        return path in self.facts.texts or (self.service is not None and path in self.service.own_files)

    def status(self, item: str) -> Status:
        """The item's status in the report; `unmet` when the report does not list it."""
        return next((f.status for f in self.report.findings if f.item == item), Status.UNMET)

    def wants(self, item: str) -> bool:
        """True when something can be written for the item: unmet, broken, or unknown without a running stack."""
        status = self.status(item)
        if status is Status.UNKNOWN:
            return item not in LIVE_ITEMS
        return status in (Status.UNMET, Status.BROKEN)

    def fill(self, template: str, **extra: object) -> str:
        """Render a template with the shared variables (`Shape`'s fields, `spec`, `profile`, `shape`) and `extra`."""
        shape = self.shape
        shared: dict[str, object] = {name: getattr(shape, name) for name in Shape.__dataclass_fields__}
        return self.render(template, {**shared, "shape": shape, "spec": self.spec, "profile": self.profile, **extra})


def with_edit(changes: ChangeSet, more: FileEdit | Refusal | None) -> ChangeSet:
    """The change set with what an edit planner returned: an edit, a refusal, or nothing."""
    if isinstance(more, FileEdit):
        return replace(changes, edits=(*changes.edits, more))
    return changes if more is None else replace(changes, refusals=(*changes.refusals, more))
