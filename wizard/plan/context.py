"""What every planner is given: the facts of one service, and the items to write for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wizard.plan.service.shape import Shape, make_shape
from wizard.values.checklist import Checklist, Item
from wizard.values.choice import EVERYTHING, Choice
from wizard.values.edit import ChangeSet, FileEdit, Refusal
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.finding import Finding, Report, Status
from wizard.values.lean import dataclass, field, replace
from wizard.values.phase import Phase
from wizard.values.profile import Profile
from wizard.values.spec import ServiceSpec

Render = Callable[[str, Mapping[str, object]], str]


@dataclass(frozen=True, slots=True)
class PlanContext:
    """Facts, answers and verdicts of one service, and the template renderer.

    `service` is None when the stack has nothing of the service yet. `render(template, variables)` takes the template's
    path below `templates/` (`compose/service.yaml.j2`); planners call `fill`, which adds the shared variables.
    `items`: what this planner writes for, in one phase. Planners name an item by its check, in what they ask here and
    in the edits and refusals they make; `plan_phase` puts the ids in.
    """

    facts: StackFacts
    service: ServiceFacts | None
    spec: ServiceSpec
    report: Report
    checklist: Checklist
    render: Render
    items: tuple[Item, ...]
    choice: Choice = EVERYTHING
    _shapes: list[Shape] = field(default_factory=list, compare=False, repr=False)

    @property
    def phase(self) -> Phase:
        """Returns the phase that is planned."""
        return self.items[0].phase

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Returns the findings of the items to write for."""
        wanted = {item.id for item in self.items}
        return tuple(found for found in self.report.findings if found.item in wanted)

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
        """Returns the text of a file of the stack as it was read, or None when it does not exist (or was not read)."""
        return self.facts.texts.get(path)

    def exists(self, path: str) -> bool:
        """Returns True when the stack has this file, even if its text was not read."""
        return path in self.facts.texts or (self.service is not None and path in self.service.own_files)

    def item_of(self, check: str) -> str:
        """Returns the id of the item that this check judges; the text itself where none has it."""
        return next((item.id for item in self.checklist.items if item.check == check), check)

    def finding(self, check: str) -> Finding | None:
        """Returns what this check said, or None when the report does not list its item."""
        item = self.item_of(check)
        return next((found for found in self.report.findings if found.item == item), None)

    def status(self, check: str) -> Status:
        """Returns the status of the item that this check judges; `unmet` when the report does not list it."""
        found = self.finding(check)
        return found.status if found is not None else Status.UNMET

    def wants(self, check: str) -> bool:
        """Returns True when something can be written for the item that this check judges: it is unmet, broken or
        unknown.
        """
        return self.status(check) in (Status.UNMET, Status.BROKEN, Status.UNKNOWN)

    def note(self, check: str, text: str) -> str:
        """Returns a note about the item that this check judges."""
        return f"{self.item_of(check)}: {text}"

    def fill(self, template: str, **extra: object) -> str:
        """Renders a template with the shared variables (`Shape`'s fields, `spec`, `profile`, `shape`) and `extra`."""
        shape = self.shape
        shared: dict[str, object] = {name: getattr(shape, name) for name in Shape.__dataclass_fields__}
        return self.render(template, {**shared, "shape": shape, "spec": self.spec, "profile": self.profile, **extra})


def with_edit(changes: ChangeSet, more: FileEdit | Refusal | None) -> ChangeSet:
    """Returns the change set with what an edit planner returned: an edit, a refusal, or nothing."""
    if isinstance(more, FileEdit):
        return replace(changes, edits=(*changes.edits, more))
    return changes if more is None else replace(changes, refusals=(*changes.refusals, more))
