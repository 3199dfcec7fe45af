"""What is done beside the phases: profile, status matrix, waivers, undo. Each write is its own commit or plain file."""

from __future__ import annotations

from wizard.apply.guard import check_no_link
from wizard.audit.compose.swarm import stack_report
from wizard.audit.matrix import MatrixLine, matrix
from wizard.checklist.load import checklist_of
from wizard.errors import RefusedError, UsageError
from wizard.pipeline.flow import flow_of
from wizard.pipeline.opening import Stack, checklist_in, judge_all, read, spec_of, unreadable
from wizard.pipeline.record import with_waiver
from wizard.rules.merge_markers import UNFINISHED, conflict_line
from wizard.stack.detect.detect import detect
from wizard.stack.detect.profile_file import profile_text
from wizard.syntax.roundtrip import keep_comments
from wizard.values.edit import ChangeSet
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report
from wizard.values.flow import FlowFinding
from wizard.values.lean import dataclass
from wizard.values.phase import Phase
from wizard.values.profile import PROFILE, Detected, Profile
from wizard.values.proposal import Proposal
from wizard.values.receipt import PhaseCommit, Receipt
from wizard.values.spec import ServiceSpec, Waiver

__all__ = [
    "PROFILE",
    "Standing",
    "detect_afresh",
    "make",
    "propose_redo",
    "propose_undo",
    "propose_waiver",
    "shown",
    "standing",
    "take_waiver_back",
    "undo",
    "waive",
    "write_matrix",
    "write_own",
    "write_profile",
]


def detect_afresh(stack: Stack) -> Detected:
    """Returns what detection finds, whatever a committed profile says."""
    return detect(stack.files, committed=False)


def write_profile(stack: Stack, profile: Profile) -> None:
    """Writes `.stack-wizard/stack.yaml`; it is committed with the engineer's next change or the first phase."""
    before = stack.files.read(PROFILE) if stack.files.exists(PROFILE) else None
    write_own(stack, PROFILE, before, keep_comments(before, profile_text(profile)))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a whole stack stands. `lines`: the status matrix from evidence, each line with what the document says;
    `flow`: what does not fit between services, what stops one of them first; `whole`: what is no service's own."""

    facts: StackFacts
    reports: tuple[Report, ...]
    lines: tuple[MatrixLine, ...]
    flow: tuple[FlowFinding, ...]
    whole: tuple[Report, ...] = ()


def standing(facts: StackFacts) -> Standing:
    """Judges a stack whose services were all read."""
    reports = judge_all(facts)
    whole = stack_report(facts)
    more = (whole,) if whole is not None else ()
    return Standing(facts, reports, matrix(facts, reports), flow_of(facts)[1], more)


def write_matrix(stack: Stack, facts: StackFacts) -> str:
    """Writes the matrix into the registry document; returns its path, empty when nothing differed.

    Raises `UnreadableError` while the Compose files cannot be read: the matrix would say that nothing runs.
    """
    broken = unreadable(facts, ServiceSpec("", "", 0))
    if broken is not None:
        raise broken
    from wizard.plan.plan import plan_matrix

    edit = plan_matrix(facts, matrix(facts, judge_all(facts)))
    if edit is None or edit.after is None:
        return ""
    write_own(stack, edit.path, edit.before, edit.after)
    return edit.path


def write_own(stack: Stack, path: str, before: str | None, after: str) -> None:
    """Writes a file that is no phase's. Raises `RefusedError`: it changed, has conflict markers, or is a link."""
    check_no_link(path, stack.files)
    if line := conflict_line(before or ""):
        raise RefusedError(UNFINISHED, where=f"{path}:{line}", next_step="choose a side there, then run this again")
    if not stack.files.swap(path, before, after):
        raise RefusedError(f"{path} changed meanwhile", where=path, next_step="run the command again")


def undo(stack: Stack, name: str, phase: Phase | None, made: str = "") -> Receipt:
    """Takes a commit back with a new commit: `made`, else the newest of the phase, else the newest of the service.

    Raises `RefusedError` when later work depends on it.
    """
    return make(stack, propose_undo(stack, name, phase, made))


def propose_undo(stack: Stack, name: str, phase: Phase | None, made: str = "") -> Proposal:
    """Returns the commit that takes one back, to be shown first. Raises as `undo` does."""
    from wizard.apply import undo as undoing

    return undoing.propose_undo(name, phase, stack.files, stack.writable(), made)


def propose_redo(stack: Stack, name: str) -> Proposal:
    """Returns the commit that brings back what was taken back last. Raises `UsageError` when there is nothing."""
    from wizard.apply import undo as undoing

    return undoing.propose_redo(name, stack.files, stack.writable())


def shown(stack: Stack, made: PhaseCommit) -> ChangeSet:
    """Returns what a commit of the wizard changed. Raises `RepositoryError` when its history is not here."""
    from wizard.apply.undo import changes_of

    return changes_of(made, stack.repo) if stack.repo is not None else ChangeSet(made.service, made.phase)


def make(stack: Stack, proposal: Proposal) -> Receipt:
    """Makes a commit that was shown; one that changes nothing is not made.

    Raises `RefusedError` when a file changed meanwhile.
    """
    from wizard.apply import undo as undoing

    if proposal.changeset.empty and proposal.deed == "waive":
        return Receipt(proposal.changeset.service, proposal.changeset.phase, (), waived=proposal.waived)
    return undoing.make(proposal, stack.files, stack.writable())


def waive(stack: Stack, name: str, item: str, reason: str, answers: ServiceSpec | None = None) -> Receipt:
    """Records and commits a waiver by the repository's author, dated today. Raises `UsageError`: bad item or reason."""
    return make(stack, propose_waiver(stack, name, item, reason, answers))


def propose_waiver(stack: Stack, name: str, item: str, reason: str, answers: ServiceSpec | None = None) -> Proposal:
    """Returns the commit that records a waiver, to be shown first. Raises `UsageError`: bad item or reason.

    `answers`: the spec to keep beside it, when the service has none committed; without, what the stack says.
    """
    from wizard.session.waivers import check_waiver

    repo = stack.writable()
    problem = check_waiver(item, reason, checklist_in(stack))
    if problem:
        raise UsageError(problem, next_step="`stack-wizard explain` lists the items; the reason is --reason TEXT")
    waiver = Waiver(item, " ".join(reason.split()), repo.author(), stack.clock.now().date().isoformat())
    return _waiver(stack, name, item, waiver, answers)


def take_waiver_back(stack: Stack, name: str, item: str) -> Receipt:
    """Removes a waiver and commits that; the item is judged again. Raises `UsageError`: there is none."""
    service = read(stack, history=False).service(name)
    waived = [w.item for w in service.manifest.waivers] if service is not None and service.manifest is not None else []
    if item not in waived:
        step = f"waived are: {', '.join(waived)}" if waived else "see what is met and what not: stack-wizard check"
        raise UsageError(f"{item} of {name} is not waived", next_step=step)
    return make(stack, _waiver(stack, name, item, None, None))


def _waiver(stack: Stack, name: str, item: str, waiver: Waiver | None, answers: ServiceSpec | None) -> Proposal:
    from wizard.adapters.git.log import REVERTS, SERVICE, WAIVED, in_force
    from wizard.plan.plan import entry_of, plan_manifest

    repo, facts = stack.writable(), read(stack, history=False)
    checklist = checklist_of(facts)
    phase = checklist.item(item).phase
    spec = answers or spec_of(facts, name).spec
    entry = entry_of(phase, checklist, item)
    edit = plan_manifest(with_waiver(facts, spec, item, waiver, entry if repo.records() else ""), spec)
    changeset = ChangeSet(name, phase, (edit,) if edit is not None else ())
    trailers = f"{SERVICE}: {name}\n{WAIVED}: {entry}\n"
    if waiver is not None:
        message = f"docs({name}): waive item {item}\n\n{waiver.reason}\n\n{trailers}"
        return Proposal("waive", f"waive item {item} of {name}", changeset, message, waived=item)
    given = next((c.commit for c in in_force(repo.log(name)) if c.waived == item), "")
    message = f"docs({name}): take back the waiver of item {item}\n\n{trailers}"
    message += f"{REVERTS}: {given or repo.head()}\n"
    return Proposal("waive", f"take back the waiver of item {item} of {name}", changeset, message, given, item)
