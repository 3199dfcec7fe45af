"""What is asked outside the repository before a write: the base image's digest, and Compose as second judge."""

from __future__ import annotations

from wizard.errors import RefusedError, RuntimeUnavailableError
from wizard.pipeline.opening import Stack
from wizard.rules.pythons import base_for_new
from wizard.values.edit import FileEdit
from wizard.values.facts.stack import StackFacts
from wizard.values.lean import replace
from wizard.values.spec import ServiceSpec


def with_digest(facts: StackFacts, spec: ServiceSpec) -> ServiceSpec:
    """Asks the engine, its registry or the local images for the base image's digest; returns the spec with it.

    Unchanged when a digest was given, or nobody within reach knows one: it is never invented.
    """
    if spec.base_image:
        return spec
    from wizard.runtime.digests import resolve_digest

    try:
        return replace(spec, base_image=resolve_digest(_image(facts, spec)).pinned)
    except RuntimeUnavailableError:
        return spec


def _image(facts: StackFacts, spec: ServiceSpec) -> str:
    """The image of the first FROM without a digest, or the one a new Dockerfile would name."""
    service = facts.service(spec.name)
    bases = service.dockerfile.bases if service is not None and service.dockerfile is not None else ()
    loose = (f"{base.image}:{base.tag or 'latest'}" for base in bases if base.external and not base.digest)
    return next(loose, base_for_new(facts.profile.base_image))


def check_compose(stack: Stack, facts: StackFacts, spec: ServiceSpec, edits: tuple[FileEdit, ...]) -> None:
    """Lets the real Compose read the merged model before and after: it may differ only where the plan means it to.

    Raises `RefusedError`, nothing is written then. Without Compose on this machine the splice's own proof stands alone.
    """
    changed = [edit for edit in edits if edit.path in facts.profile.compose_files and edit.before and edit.after]
    if not changed:
        return
    from wizard.runtime.engine.compose_cli import judge_splice

    allowed = _meant(facts, spec)
    for edit in changed:
        try:
            reason = judge_splice(
                stack.root,
                facts.profile.compose_files,
                edit.path,
                edit.before or "",
                edit.after or "",
                allowed,
                project=facts.profile.project,
            )
        except RuntimeUnavailableError:
            return
        if reason:
            raise RefusedError(
                f"Compose does not read the edit as it is meant: {reason}",
                where=edit.path,
                next_step="nothing was written; `stack-wizard run NAME --phase compose --dry-run` shows the edit",
            )


def _meant(facts: StackFacts, spec: ServiceSpec) -> tuple[str, ...]:
    """The service's block; the secrets and the network that Compose lists only once somebody uses them."""
    from wizard.plan.service.shape import compose_key

    profile = facts.profile
    secrets = [f"secrets.{name}" for name in (facts.secret_of("redis"), facts.secret_of("postgres")) if name]
    network = [f"networks.{profile.network or 'default'}"]
    return (f"services.{compose_key(facts, facts.service(spec.name), spec)}", *secrets, *network)
