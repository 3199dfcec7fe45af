"""READ and JUDGE: open a stack, read its facts, report on its services."""

from __future__ import annotations

from pathlib import Path

from wizard.adapters.clock import Clock, SystemClock
from wizard.adapters.files.files import DiskFiles, Files
from wizard.adapters.git.repo import GitRepo, Repo
from wizard.audit.audit import audit_service, audit_stack
from wizard.checklist.load import checklist_of
from wizard.errors import RepositoryError, UnreadableError
from wizard.pipeline.flow import flow_of
from wizard.pipeline.record import dated
from wizard.rules.merge_markers import UNFINISHED
from wizard.session.own.load import load_checklist
from wizard.session.store import Manifests
from wizard.stack.infer.infer import infer
from wizard.stack.read import read_stack
from wizard.values.checklist import Checklist
from wizard.values.facts.stack import PortClaim, StackFacts
from wizard.values.finding import Report
from wizard.values.lean import dataclass, field, replace
from wizard.values.memo import Memo
from wizard.values.observation import Observation
from wizard.values.source import Problem
from wizard.values.spec import Inferred, ServiceSpec


@dataclass(frozen=True, slots=True)
class Stack:
    """An opened stack: the doors to its files, its repository and the time. `repo` None: `no_repo` says why."""

    root: Path
    files: Files
    clock: Clock
    repo: Repo | None
    no_repo: RepositoryError | None = None
    memo: Memo = field(default_factory=Memo, compare=False, repr=False)

    def writable(self) -> Repo:
        """Returns the repository, ready to be written. Raises `RepositoryError` with the reason when it is not, and
        `UsageError` for a folder in the middle of a stack."""
        if self.repo is None:
            raise self.no_repo or RepositoryError(
                f"{self.root} is not in a git repository", next_step="run `git init` there and commit what you have"
            )
        trouble = self.repo.trouble()
        if trouble is not None:
            raise trouble
        self.require_whole()
        return self.repo

    def require_whole(self) -> None:
        """Refuses a folder in the middle of a stack. Raises `UsageError`."""
        from wizard.pipeline.place import require_whole  # who only looks at a stack needs it seldom

        require_whole(self.files)

    def writable_on_branch(self, branch: str) -> Repo:
        """Returns the repository, switched to a new branch. Raises like `writable`, but a detached HEAD is no
        trouble.
        """
        if self.repo is None:
            return self.writable()
        busy = self.repo.busy()
        if busy is not None:
            raise busy
        self.repo.author()
        self.repo.switch_new(branch)
        return self.writable()


def open_stack(path: Path) -> Stack:
    """Opens the stack at `path`. Reads work without a repository; writes ask `Stack.writable`."""
    root = path.resolve()
    try:
        return Stack(root, DiskFiles(root), SystemClock(), GitRepo.open(root))
    except RepositoryError as reason:
        return Stack(root, DiskFiles(root), SystemClock(), None, reason)


def checklist_in(stack: Stack) -> Checklist:
    """Returns the checklist that the stack is judged by, without reading anything else of it."""
    return load_checklist(stack.files, stack.memo)


def read(
    stack: Stack, *, only: str | None = None, neighbours: bool = False, sockets: bool = False, history: bool = True
) -> StackFacts:
    """Reads the stack afresh. `only`: one service matters, others' code may be left unread, but with `neighbours` not
    of those that share a channel with it. `sockets`: who listens here, too.

    `history`: date the records of live runs by the commits that hold them; off for a plan, which writes the manifest.
    """
    claims: tuple[PortClaim, ...] = ()
    if sockets:
        from wizard.adapters.sockets import listening
        from wizard.runtime.engine.port_holders import engine_claims

        claims = (*listening(), *engine_claims())
    head = stack.repo.head() if stack.repo is not None else ""
    stack.memo.turn()
    facts = read_stack(
        stack.files,
        head=head,
        claims=claims,
        only=only,
        neighbours=neighbours,
        manifests=Manifests(stack.files, stack.memo).load,
        memo=stack.memo,
        checklist=checklist_in(stack),
    )
    return dated(facts, stack.repo) if history else facts


def problems_of(facts: StackFacts) -> tuple[Problem, ...]:
    """Returns everything of the stack's shared files that could not be read; services' own files are their audit's
    matter.
    """
    found = [*facts.compose.problems, *(problem for file in facts.sql for problem in file.problems)]
    found += facts.pytest.problems if facts.pytest is not None else ()
    return tuple(dict.fromkeys((*facts.problems, *found)))


def unreadable(facts: StackFacts, spec: ServiceSpec) -> UnreadableError | None:
    """Returns why nothing may be planned for this service: what decides names, ports and tables cannot be read
    whole, or a file of the service or of the whole stack holds an unfinished merge.
    """
    others = tuple(f"{other.folder}/" for other in facts.services if other.folder and other.name != spec.name)
    unmerged = [p for p in facts.problems if p.message == UNFINISHED and not p.source.path.startswith(others)]
    found = list(dict.fromkeys((*facts.compose.problems, *unmerged)))
    if spec.tables:
        found += [problem for file in facts.sql for problem in file.problems]
    if not found:
        return None
    rest = [f"{problem.source}: {problem.message}" for problem in found[1:6]]
    return UnreadableError(
        "; ".join([found[0].message, *rest]),
        where=str(found[0].source),
        next_step="correct it, then run the same command again; nothing was written",
    )


def spec_of(facts: StackFacts, name: str) -> Inferred:
    """Returns the service's spec: from its manifest, else inferred from what is there, with the lines that say so."""
    return infer(facts, name)


def judge(
    facts: StackFacts,
    name: str,
    *,
    spec: ServiceSpec | None = None,
    observations: tuple[Observation, ...] = (),
    checklist: Checklist | None = None,
) -> Report:
    """Returns the thirty findings of one service, which need not exist yet."""
    inferred = infer(facts, name)
    wanted = spec if spec is not None else inferred.spec
    known = _still_assumed(inferred, wanted)
    flow = flow_of(facts)[1] if facts.whole else ()
    return audit_service(
        facts, facts.service(name), wanted, checklist or checklist_of(facts), observations, inferred=known, flow=flow
    )


def _still_assumed(inferred: Inferred, spec: ServiceSpec) -> Inferred:
    """What was inferred, without the assumptions that a person's answer has replaced."""
    kept = tuple(
        field for field in inferred.assumed if getattr(spec, field, None) == getattr(inferred.spec, field, None)
    )
    return replace(inferred, assumed=kept)


def judge_all(facts: StackFacts) -> tuple[Report, ...]:
    """Returns every service of the stack, in the stack's order."""
    inferred = {service.name: infer(facts, service.name) for service in facts.services}
    return audit_stack(facts, [one.spec for one in inferred.values()], checklist_of(facts), inferred, flow_of(facts)[1])
