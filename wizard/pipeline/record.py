"""What the wizard keeps in a service's manifest: the record of the last live run and the waivers.

The record holds only what two equal runs share (item, verdict, runtime, fingerprint): when it was made and on which
commit is said by the commit that holds it, so that an interrupted run ends in the same tree as an uninterrupted one.
"""

from __future__ import annotations

from wizard.adapters.git.repo import Repo
from wizard.checklist.load import checklist_of
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.lean import replace
from wizard.values.observation import Observation
from wizard.values.receipt import PhaseCommit
from wizard.values.spec import Manifest, ServiceSpec, VerifiedItem, Waiver

SCHEMA = 1
RECORDED = "live run, recorded in the manifest"


def dated(facts: StackFacts, repo: Repo | None) -> StackFacts:
    """Returns the facts with each record's time and commit filled in from the commit that holds the record.

    A record that no commit holds yet (it was written with `--no-commit`) stays undated.
    """
    recorded = [s for s in facts.services if s.manifest is not None and s.manifest.verified]
    if repo is None or not recorded:
        return facts
    recording = {info.phase for info in checklist_of(facts).phases if info.records}
    made = {c.service: c for c in reversed(repo.log()) if c.phase in recording and not c.reverts and not c.waived}
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
    """Returns the service's manifest with this spec: the committed one's waivers and record stay."""
    service = facts.service(spec.name)
    kept = service.manifest if service is not None else None
    return replace(kept, spec=spec) if kept is not None else Manifest(SCHEMA, spec)


def with_record(facts: StackFacts, spec: ServiceSpec, observations: tuple[Observation, ...]) -> StackFacts:
    """Returns the facts as they will be once the observations that passed are recorded; unchanged without
    observations. What was recorded of items that were not looked at stays.
    """
    passed = [_short(seen) for seen in observations if seen.ok]
    if not passed:
        return facts
    manifest, looked = manifest_of(facts, spec), {seen.item for seen in observations}
    others = {item.id for item in checklist_of(facts).items} - looked
    kept = [_undated(one) for one in manifest.verified if one.item in others]
    verified = tuple(sorted((*kept, *passed), key=lambda one: one.item))
    return _with_manifest(facts, replace(manifest, verified=verified))


def _undated(one: VerifiedItem) -> VerifiedItem:
    """The record as it is written: its time is that of the commit that holds it."""
    return VerifiedItem(item=one.item, ok=one.ok, runtime=one.runtime, fingerprint=one.fingerprint)


def with_waiver(facts: StackFacts, spec: ServiceSpec, item: str, waiver: Waiver | None, entry: str = "") -> StackFacts:
    """Returns the facts as they will be once the item has this waiver in place of an earlier one, or none.

    `entry`: how the manifest's list of commits names the waiver's, where it is kept.
    """
    manifest = manifest_of(facts, spec)
    others = tuple(kept for kept in manifest.waivers if kept.item != item)
    waivers = others if waiver is None else (*others, waiver)
    commits = list(manifest.commits)
    if waiver is not None and entry and waivers != manifest.waivers:
        commits.append(entry)
    elif waiver is None and entry in commits:
        commits.remove(entry)
    return _with_manifest(facts, replace(manifest, waivers=waivers, commits=tuple(commits)))


def _with_manifest(facts: StackFacts, manifest: Manifest) -> StackFacts:
    name = manifest.spec.name
    known = facts.services if facts.service(name) is not None else (*facts.services, ServiceFacts(name, ""))
    services = tuple(replace(s, manifest=manifest) if s.name == name else s for s in known)
    return replace(facts, services=services)


def _short(seen: Observation) -> VerifiedItem:
    return VerifiedItem(item=seen.item, ok=True, runtime=seen.runtime, fingerprint=seen.fingerprint)
