"""What is done beside the phases: profile, status matrix, waivers, undo. Each write is its own commit or plain file."""

from __future__ import annotations

from wizard.audit.matrix import MatrixLine, matrix
from wizard.errors import RefusedError, UsageError
from wizard.pipeline.opening import Stack, judge_all, read, spec_of, unreadable
from wizard.pipeline.record import with_waiver
from wizard.stack.detect import detect
from wizard.stack.profile_file import PROFILE, profile_text
from wizard.values.edit import ChangeSet
from wizard.values.facts import StackFacts
from wizard.values.finding import Report
from wizard.values.phase import Phase
from wizard.values.profile import Detected, Profile
from wizard.values.receipt import Receipt
from wizard.values.spec import ServiceSpec, Waiver

__all__ = ["PROFILE", "detect_afresh", "matrix_lines", "undo", "waive", "write_matrix", "write_profile"]


def detect_afresh(stack: Stack) -> Detected:
    """What detection finds, whatever a committed profile says."""
    return detect(stack.files, committed=False)


def write_profile(stack: Stack, profile: Profile) -> None:
    """Write `.stack-wizard/stack.yaml`; it is committed with the engineer's next change or the first phase."""
    stack.files.write(PROFILE, profile_text(profile))


def matrix_lines(facts: StackFacts, reports: tuple[Report, ...] | None = None) -> tuple[MatrixLine, ...]:
    """The status matrix from evidence, each line with what the document says. `reports`: all, when they are known."""
    return matrix(facts, judge_all(facts) if reports is None else reports)


def write_matrix(stack: Stack, facts: StackFacts) -> str:
    """Write the matrix into the registry document; returns its path, empty when nothing differed.

    Raises `UnreadableError` while the Compose files cannot be read: the matrix would say that nothing runs.
    """
    broken = unreadable(facts, ServiceSpec("", "", 0))
    if broken is not None:
        raise broken
    from wizard.plan.plan import plan_matrix

    edit = plan_matrix(facts, matrix_lines(facts))
    if edit is None or edit.after is None:
        return ""
    if stack.files.read(edit.path) != edit.before:
        raise RefusedError(f"{edit.path} changed meanwhile", where=edit.path, next_step="run the command again")
    stack.files.write(edit.path, edit.after)
    return edit.path


def undo(stack: Stack, name: str, phase: Phase | None) -> Receipt:
    """Take the phase's commit back with a new commit. Raises `RefusedError` when later work depends on it."""
    from wizard.apply.undo import undo as undo_phase

    return undo_phase(name, phase, stack.files, stack.writable())


def waive(stack: Stack, name: str, item: str, reason: str, answers: ServiceSpec | None = None) -> Receipt:
    """Record and commit a waiver by the repository's author, dated today. Raises `UsageError` for a bad item or reason.

    `answers`: the spec to keep beside it, when the service has none committed; without, what the stack says.
    """
    from wizard.apply.commit import commit as commit_written
    from wizard.apply.write import write
    from wizard.plan.manifest import plan_manifest
    from wizard.session.waivers import check_waiver

    repo = stack.writable()
    problem = check_waiver(item, reason)
    if problem:
        raise UsageError(problem, next_step="`stack-wizard explain` lists the items; the reason is --reason TEXT")
    facts = read(stack, history=False)
    spec = answers or spec_of(facts, name).spec
    waiver = Waiver(item, " ".join(reason.split()), repo.author(), stack.clock.now().date().isoformat())
    edit = plan_manifest(with_waiver(facts, spec, waiver), spec)
    if edit is None:
        return Receipt(name, Phase.of_item(item), ())
    changeset = ChangeSet(name, Phase.of_item(item), (edit,))
    trailers = f"Stack-Wizard-Service: {name}\nStack-Wizard-Waived: {item}\n"
    message = f"docs({name}): waive item {item}\n\n{waiver.reason}\n\n{trailers}"
    return commit_written(write(changeset, stack.files, repo), message, stack.files, repo)
