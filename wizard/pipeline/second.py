"""What is asked outside the repository before a write: the base image's digest, and Compose as second judge."""

from __future__ import annotations

from wizard.errors import RefusedError, RuntimeUnavailableError
from wizard.pipeline.opening import Stack
from wizard.values.edit import FileEdit
from wizard.values.facts import StackFacts
from wizard.values.finding import Report
from wizard.values.lean import replace
from wizard.values.spec import ServiceSpec


def with_digest(facts: StackFacts, spec: ServiceSpec, report: Report) -> ServiceSpec:
    """The spec with the base image's digest, asked of the engine, its registry or the local images (item 2.3).

    Unchanged when the item is done, a digest was given, or nobody within reach knows one: it is never invented.
    """
    if spec.base_image or report.finding("2.3").done:
        return spec
    from wizard.adapters.registry import resolve_digest

    try:
        return replace(spec, base_image=resolve_digest(_image(facts, spec)).pinned)
    except RuntimeUnavailableError:
        return spec


def _image(facts: StackFacts, spec: ServiceSpec) -> str:
    """The image of the first FROM without a digest, or the one a new Dockerfile would name."""
    service = facts.service(spec.name)
    bases = service.dockerfile.bases if service is not None and service.dockerfile is not None else ()
    loose = (f"{base.image}:{base.tag or 'latest'}" for base in bases if base.external and not base.digest)
    return next(loose, facts.profile.base_image)


def check_compose(stack: Stack, facts: StackFacts, spec: ServiceSpec, edits: tuple[FileEdit, ...]) -> None:
    """Let the real Compose read the merged model before and after: it may differ only where the plan means it to.

    Raises `RefusedError`, nothing is written then. Without Compose on this machine the splice's own proof stands alone.
    """
    changed = [edit for edit in edits if edit.path in facts.profile.compose_files and edit.before and edit.after]
    if not changed:
        return
    from wizard.adapters.compose_cli import judge_splice

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
    from wizard.plan.shape import compose_key

    profile = facts.profile
    secrets = [f"secrets.{server.secret}" for server in (profile.redis, profile.postgres) if server.secret]
    network = [f"networks.{profile.network or 'default'}"]
    return (f"services.{compose_key(facts, facts.service(spec.name), spec)}", *secrets, *network)
