"""READ and JUDGE: open a stack, read its facts, report on its services."""

from __future__ import annotations

from pathlib import Path

from wizard.adapters.clock import Clock, SystemClock
from wizard.adapters.files import DiskFiles, Files
from wizard.adapters.repo import GitRepo, Repo
from wizard.audit.audit import audit_service, audit_stack
from wizard.checklist.load import load
from wizard.checklist.schema import Checklist
from wizard.errors import RepositoryError, UnreadableError
from wizard.pipeline.record import dated
from wizard.session.store import Manifests
from wizard.stack.infer import infer
from wizard.stack.read import read_stack
from wizard.values.facts import PortClaim, StackFacts
from wizard.values.finding import Report
from wizard.values.lean import dataclass, field
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
        """The repository, ready to be written. Raises `RepositoryError` with the reason when it is not."""
        if self.repo is None:
            raise self.no_repo or RepositoryError(
                f"{self.root} is not in a git repository", next_step="run `git init` there and commit what you have"
            )
        trouble = self.repo.trouble()
        if trouble is not None:
            raise trouble
        return self.repo

    def writable_on_branch(self, branch: str) -> Repo:
        """The repository, switched to a new branch. Raises like `writable`, but a detached HEAD is no trouble."""
        if self.repo is None:
            return self.writable()
        busy = self.repo.busy()
        if busy is not None:
            raise busy
        self.repo.author()
        self.repo.switch_new(branch)
        return self.writable()


def open_stack(path: Path) -> Stack:
    """Open the stack at `path`. Reads work without a repository; writes ask `Stack.writable`."""
    root = path.resolve()
    try:
        return Stack(root, DiskFiles(root), SystemClock(), GitRepo.open(root))
    except RepositoryError as reason:
        return Stack(root, DiskFiles(root), SystemClock(), None, reason)


def read(stack: Stack, *, only: str | None = None, sockets: bool = False, history: bool = True) -> StackFacts:
    """Fresh facts. `only`: one service matters, others' code may be left unread. `sockets`: who listens here, too.

    `history`: date the records of live runs by the commits that hold them; off for a plan, which writes the manifest.
    """
    claims: tuple[PortClaim, ...] = ()
    if sockets:
        from wizard.adapters.engine_containers import engine_claims
        from wizard.adapters.sockets import listening

        claims = (*listening(), *engine_claims())
    head = stack.repo.head() if stack.repo is not None else ""
    stack.memo.turn()
    manifests = Manifests(stack.files, stack.memo).load
    facts = read_stack(stack.files, head=head, claims=claims, only=only, manifests=manifests, memo=stack.memo)
    return dated(facts, stack.repo) if history else facts


def problems_of(facts: StackFacts) -> tuple[Problem, ...]:
    """Everything of the stack's shared files that could not be read; services' own files are their audit's matter."""
    found = [*facts.compose.problems, *(problem for file in facts.sql for problem in file.problems)]
    found += facts.pytest.problems if facts.pytest is not None else ()
    return tuple(dict.fromkeys((*facts.problems, *found)))


def unreadable(facts: StackFacts, spec: ServiceSpec) -> UnreadableError | None:
    """Why nothing may be planned for this service: what decides names, ports and tables cannot be read whole."""
    found = list(facts.compose.problems)
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
    """The service's spec: from its manifest, else inferred from what is there, with the lines that say so."""
    return infer(facts, name)


def judge(
    facts: StackFacts,
    name: str,
    *,
    spec: ServiceSpec | None = None,
    observations: tuple[Observation, ...] = (),
    checklist: Checklist | None = None,
) -> Report:
    """The thirty findings of one service, which need not exist yet."""
    wanted = spec if spec is not None else infer(facts, name).spec
    return audit_service(facts, facts.service(name), wanted, checklist or load(), observations)


def judge_all(facts: StackFacts) -> tuple[Report, ...]:
    """Every service of the stack, in the stack's order."""
    return audit_stack(facts, [infer(facts, service.name).spec for service in facts.services], load())
