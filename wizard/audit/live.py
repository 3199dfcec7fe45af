"""Live items: an observation counts only while the files it was made on are unchanged."""

from __future__ import annotations

from typing import Literal

from wizard.audit.context import Context
from wizard.values.finding import Finding, Status
from wizard.values.lean import dataclass
from wizard.values.observation import Observation
from wizard.values.source import Source
from wizard.values.spec import VerifiedItem

State = Literal["passed", "failed", "undecided", "stale", "none"]


@dataclass(frozen=True, slots=True)
class LiveEvidence:
    """What this run, or else the manifest's record, says of one item. `first`: the observation that decides it."""

    state: State
    observations: tuple[Observation, ...] = ()

    @property
    def first(self) -> Observation:
        """The observation the state comes from: the first failed one, else the first undecided one, else the last."""
        by_verdict = {"failed": False, "undecided": None}
        if self.state in by_verdict:
            return next(o for o in self.observations if o.ok is by_verdict[self.state])
        return self.observations[-1]


def live_evidence(ctx: Context, item: str) -> LiveEvidence:
    """Returns the observations of this run for `item`; without any, the manifest's record of an earlier run."""
    own = tuple(o for o in ctx.observations if o.item == item)
    if not own and ctx.service and ctx.service.manifest:
        own = tuple(_recalled(v) for v in ctx.service.manifest.verified if v.item == item)
        return _state(ctx, own, recorded=True)
    return _state(ctx, own, recorded=False)


def _recalled(record: VerifiedItem) -> Observation:
    return Observation(
        item=record.item,
        action=record.action,
        result=record.result,
        ok=record.ok,
        runtime=record.runtime,
        at=record.at,
        seconds=record.seconds,
        commit=record.commit,
        fingerprint=record.fingerprint,
    )


def _state(ctx: Context, observations: tuple[Observation, ...], *, recorded: bool) -> LiveEvidence:
    if not observations:
        return LiveEvidence("none")
    current = ctx.facts.fingerprint(ctx.name, observations[0].item)
    if any(_old(o, current, recorded=recorded) for o in observations):
        return LiveEvidence("stale", observations)
    if any(o.ok is False for o in observations):
        return LiveEvidence("failed", observations)
    return LiveEvidence("undecided" if any(o.ok is None for o in observations) else "passed", observations)


def _old(observation: Observation, current: str, *, recorded: bool) -> bool:
    """A record without a fingerprint proves nothing; an observation of this run may lack one."""
    if recorded or observation.fingerprint:
        return not current or observation.fingerprint != current
    return False


def live(ctx: Context, static: Finding | None, *sources: Source) -> Finding:
    """Returns the finding of a live item. `static`: what is wrong with it before anything runs, None when nothing is.

    `sources`: where the part that can be read stands; the evidence of `unknown` when nothing was observed.
    """
    evidence = live_evidence(ctx, ctx.item.id)
    if static and (static.status is not Status.UNMET or evidence.state != "failed"):
        return static
    if evidence.state == "none":
        return ctx.unknown("not observed yet", *sources, hint=verify_hint(ctx))
    if evidence.state == "stale":
        return ctx.unknown(stale_words(evidence.first), *sources, seen=evidence.observations, hint=verify_hint(ctx))
    return _observed(ctx, evidence, sources)


def _observed(ctx: Context, evidence: LiveEvidence, sources: tuple[Source, ...]) -> Finding:
    first = evidence.first
    words = one_line(first.result) or one_line(first.action)
    if evidence.state == "failed":
        cause = f"{first.cause}: {words}" if first.cause else words
        return ctx.broken(cause, *sources, seen=evidence.observations, hint=one_line(first.next_step))
    if evidence.state == "undecided":
        return ctx.unknown(words, *sources, seen=evidence.observations, hint=one_line(first.next_step))
    return ctx.met(f"{words} ({first.runtime}, {first.at})", *sources, seen=evidence.observations)


def verify_hint(ctx: Context) -> str:
    """Returns the command that observes."""
    return f"run `stack-wizard verify {ctx.name}`"


def stale_words(observation: Observation) -> str:
    """Says why an old observation does not count."""
    commit = observation.commit[:7] or "an unknown commit"
    return f"observed at {'commit ' if observation.commit else ''}{commit} before the files changed"


def one_line(text: str) -> str:
    """Returns the text without line breaks, at most 300 characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 300 else flat[:299] + "…"
