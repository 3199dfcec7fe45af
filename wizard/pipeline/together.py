"""Many services at once: what `run --all` would write for each, and whether that is still what was shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff

from wizard.errors import WizardError
from wizard.pipeline.answering import Wanted, settle
from wizard.pipeline.opening import Stack, read
from wizard.pipeline.work import Planned, plan
from wizard.values.choice import Choice
from wizard.values.edit import ChangeSet
from wizard.values.lean import dataclass
from wizard.values.phase import Phase
from wizard.values.spec import ServiceSpec


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """What some phases would write for one service of the stack as it is now. `trouble`: why that cannot be said."""

    service: str
    spec: ServiceSpec | None = None
    plans: tuple[Planned, ...] = ()
    trouble: WizardError | None = None

    @property
    def empty(self) -> bool:
        """Returns whether there is nothing to write."""
        return all(planned.changeset.empty for planned in self.plans)

    def shown(self, phase: Phase) -> ChangeSet | None:
        """Returns what was shown of a phase."""
        return next((planned.changeset for planned in self.plans if planned.changeset.phase == phase), None)


def plan_services(
    stack: Stack, names: Iterable[str], phases: tuple[Phase, ...], choice: Choice
) -> Iterator[ServicePlan]:
    """Yields the plans of each service, with what the stack says as its answers; all on one reading."""
    facts = read(stack, history=False)
    for name in names:
        try:
            spec = settle(facts, Wanted(name))
            plans = tuple(plan(stack, spec, phase, facts=facts, choice=choice) for phase in phases)
        except WizardError as trouble:
            yield ServicePlan(name, trouble=trouble)
        else:
            yield ServicePlan(name, spec, plans)


def writes_the_same(shown: ChangeSet | None, now: ChangeSet) -> bool:
    """Tells whether a plan changes what was shown and nothing else. Files that services share have become others by the
    commits before: the lines that come and go are compared, not those around them."""
    return shown is not None and _changes(shown) == _changes(now)


def _changes(changeset: ChangeSet) -> dict[str, list[str]]:
    return {edit.path: _lines(edit.before or "", edit.after or "") for edit in changeset.edits}


def _lines(before: str, after: str) -> list[str]:
    found = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]
