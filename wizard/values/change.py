"""What became of a stack's findings between two readings."""

from __future__ import annotations

from wizard.values.finding import Contradiction, Finding, Status
from wizard.values.flow import FlowFinding
from wizard.values.lean import dataclass
from wizard.values.source import Problem

_WORTH = {Status.BROKEN: 0, Status.UNMET: 1, Status.MET: 3, Status.WAIVED: 3, Status.NA: 3}
"""What is there but wrong is worse than what is missing."""
_UNDECIDED = {Status.BROKEN: 2, Status.UNMET: 1}
"""What `unknown` counts as beside each: it was no better to know nothing than that something is missing, and that
something is wrong is news."""


@dataclass(frozen=True, slots=True)
class Turned:
    """An item whose status is another one than before. `finding`: as it is now."""

    service: str
    before: Status
    finding: Finding

    @property
    def better(self) -> bool | None:
        """Returns whether it got better, None when it is only different (met, and now it does not apply)."""
        now = self.finding.status
        if now is Status.UNKNOWN:
            return False if _WORTH[self.before] == _WORTH[Status.MET] else None
        before = _UNDECIDED.get(now, 2) if self.before is Status.UNKNOWN else _WORTH[self.before]
        return _WORTH[now] > before if _WORTH[now] != before else None


@dataclass(frozen=True, slots=True)
class StackChange:
    """What got better or worse. `paths`: the files that changed. `new` and `gone` of each kind; a finding of the
    message flow that stops a service is among the contradictions, as in `check`."""

    paths: tuple[str, ...]
    turned: tuple[Turned, ...] = ()
    services_new: tuple[str, ...] = ()
    services_gone: tuple[str, ...] = ()
    new: tuple[Contradiction, ...] = ()
    gone: tuple[Contradiction, ...] = ()
    flow_new: tuple[FlowFinding, ...] = ()
    flow_gone: tuple[FlowFinding, ...] = ()
    problems_new: tuple[Problem, ...] = ()
    problems_gone: tuple[Problem, ...] = ()

    @property
    def better(self) -> int:
        """Returns how many things got better."""
        turned = sum(one.better is True for one in self.turned)
        return turned + len(self.gone) + len(self.flow_gone)

    @property
    def worse(self) -> int:
        """Returns how many things got worse."""
        turned = sum(one.better is False for one in self.turned)
        return turned + len(self.new) + len(self.flow_new)

    @property
    def empty(self) -> bool:
        """Returns whether the findings are as they were."""
        told = (self.turned, self.services_new, self.services_gone, self.problems_new, self.problems_gone)
        return not (self.better or self.worse or any(told))
