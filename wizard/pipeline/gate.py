"""The gate of a CI: what is wrong beside a baseline, and which services a branch concerns."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import unified_diff

from wizard.adapters.git import state
from wizard.adapters.git.changed_lines import changed_lines
from wizard.adapters.git.run import run
from wizard.audit.concerns import baseline_of, compare, concerning, concerns, looked_at
from wizard.audit.touched import touched
from wizard.errors import RefusedError, UsageError
from wizard.pipeline.opening import Stack
from wizard.pipeline.upkeep import write_own
from wizard.plan.manifest import scalar
from wizard.session.baseline import load_baseline
from wizard.syntax.roundtrip import keep_comments
from wizard.values.facts.stack import StackFacts
from wizard.values.finding import Report
from wizard.values.gate import BASELINE, Baseline, Compared, Concern, KnownConcern

_HEAD = (
    "# Written by `stack-wizard check --write-baseline`: what is known to be wrong. Only what is new fails a gate.\n"
)


def against_baseline(stack: Stack, facts: StackFacts, reports: Iterable[Report]) -> Compared:
    """Returns what is new, known and gone. Raises `UsageError` or `UnreadableError` without a baseline to read."""
    found = tuple(reports)
    return compare(concerns(found, facts.texts), load_baseline(stack.files), looked_at(found))


def everything_new(facts: StackFacts, reports: Iterable[Report]) -> Compared:
    """Returns all that is wrong, as if nothing had been known."""
    return Compared(concerns(reports, facts.texts), (), ())


def write_baseline(stack: Stack, facts: StackFacts, reports: Iterable[Report], *, accept_new: bool) -> str:
    """Writes what is wrong now as what is known; returns the diff, '' when the file said so already.

    Raises `RefusedError` when there is a baseline and something is new that `accept_new` does not let in: a gate that
    takes in whatever comes is none. Entries of what was not looked at stay.
    """
    found = tuple(reports)
    now = concerns(found, facts.texts)
    before = stack.files.read(BASELINE) if stack.files.exists(BASELINE) else None
    others: tuple[KnownConcern, ...] = ()
    if before is not None:
        known, looked = load_baseline(stack.files), looked_at(found)
        new = compare(now, known, looked).new
        if new and not accept_new:
            raise _refused(new)
        others = tuple(entry for entry in known.findings if (entry.service, entry.rule) not in looked)
    after = keep_comments(before, baseline_text(baseline_of(now, others)))
    if after == before:
        return ""
    write_own(stack, BASELINE, before, after)
    old, fresh = (before or "").splitlines(keepends=True), after.splitlines(keepends=True)
    return "".join(unified_diff(old, fresh, fromfile=BASELINE, tofile=BASELINE, n=1))


def _refused(new: tuple[Concern, ...]) -> RefusedError:
    first = new[0]
    count = "1 finding is new" if len(new) == 1 else f"{len(new)} findings are new, the first"
    return RefusedError(
        f"{count}: {first.service} {first.rule}: {first.message}",
        where=str(first.sources[0]) if first.sources else "",
        next_step="mend it, or take it in with --accept-new",
    )


def baseline_text(baseline: Baseline) -> str:
    """Returns the file: an entry a line and a half, so that two branches that mend different things merge."""
    rows = [f"{_HEAD}schema: {baseline.schema}", "findings:" if baseline.findings else "findings: []"]
    for one in baseline.findings:
        rows.append(f"  - fingerprint: {scalar(one.fingerprint)}")
        rows += [f"    {name}: {scalar(getattr(one, name))}" for name in ("service", "rule", "level", "path")]
    return "\n".join(rows) + "\n"


def of_branch(stack: Stack, facts: StackFacts, reports: Iterable[Report], base: str) -> tuple[Report, ...]:
    """Returns the reports of the services that the branch touches since it left `base` ('' for the repository's main
    branch), and what it makes contradict in others.

    Raises `RepositoryError` without a repository, `UsageError` for a base that is none.
    """
    if stack.repo is None:
        stack.writable()  # raises why not
        return ()
    place = state.find(stack.root)
    services = touched(facts, changed_lines(place, base or _main_branch(stack)))
    return tuple(concerning(reports, services))


def _main_branch(stack: Stack) -> str:
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        if run(stack.root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").ok:
            return name
    raise UsageError("no main branch was found to compare with", next_step="name it: --changed BRANCH")
