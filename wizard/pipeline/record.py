"""What the wizard keeps in a service's manifest: the record of the last live run and the waivers.

The record holds only what two equal runs share (item, verdict, runtime, fingerprint): when it was made and on which
commit is said by the commit that holds it, so that an interrupted run ends in the same tree as an uninterrupted one.
"""

from __future__ import annotations

from wizard.adapters.repo import Repo
from wizard.values.facts import ServiceFacts, StackFacts
from wizard.values.lean import replace
from wizard.values.observation import Observation
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit
from wizard.values.spec import Manifest, ServiceSpec, VerifiedItem, Waiver

SCHEMA = 1
RECORDED = "live run, recorded in the manifest"


def dated(facts: StackFacts, repo: Repo | None) -> StackFacts:
    """The facts with each record's time and commit filled in from the commit that holds the record.

    A record that no commit holds yet (it was written with `--no-commit`) stays undated.
    """
    recorded = [s for s in facts.services if s.manifest is not None and s.manifest.verified]
    if repo is None or not recorded:
        return facts
    made = {c.service: c for c in reversed(repo.log()) if c.phase is Phase.DEPLOYMENT and not c.reverts}
    services = tuple(_dated(s, made[s.name]) if s in recorded and s.name in made else s for s in facts.services)
    return replace(facts, services=services)


def _dated(service: ServiceFacts, commit: PhaseCommit) -> ServiceFacts:
    if service.manifest is None:
        return service
    verified = tuple(
        replace(item, at=commit.at, commit=commit.commit, action=RECORDED, result=f"passed before {commit.commit[:10]}")
        for item in service.manifest.verified
    )
    return replace(service, manifest=replace(service.manifest, verified=verified))


def manifest_of(facts: StackFacts, spec: ServiceSpec) -> Manifest:
    """The service's manifest with this spec: the committed one's waivers and record stay."""
    service = facts.service(spec.name)
    kept = service.manifest if service is not None else None
    return replace(kept, spec=spec) if kept is not None else Manifest(SCHEMA, spec)


def with_record(facts: StackFacts, spec: ServiceSpec, observations: tuple[Observation, ...]) -> StackFacts:
    """The facts as they will be once the observations that passed are recorded; unchanged without observations."""
    passed = tuple(_short(seen) for seen in sorted(observations, key=lambda seen: seen.item) if seen.ok)
    if not passed:
        return facts
    return _with_manifest(facts, replace(manifest_of(facts, spec), verified=passed))


def with_waiver(facts: StackFacts, spec: ServiceSpec, waiver: Waiver) -> StackFacts:
    """The facts as they will be once the waiver is recorded (it replaces an earlier one of the same item)."""
    manifest = manifest_of(facts, spec)
    others = tuple(kept for kept in manifest.waivers if kept.item != waiver.item)
    return _with_manifest(facts, replace(manifest, waivers=(*others, waiver)))


def _with_manifest(facts: StackFacts, manifest: Manifest) -> StackFacts:
    name = manifest.spec.name
    known = facts.services if facts.service(name) is not None else (*facts.services, ServiceFacts(name, ""))
    services = tuple(replace(s, manifest=manifest) if s.name == name else s for s in known)
    return replace(facts, services=services)


def _short(seen: Observation) -> VerifiedItem:
    return VerifiedItem(item=seen.item, ok=True, runtime=seen.runtime, fingerprint=seen.fingerprint)
