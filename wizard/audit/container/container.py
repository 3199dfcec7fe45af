"""Phase 2: the image."""

from __future__ import annotations

from wizard.audit.container.probes import judge_probe
from wizard.audit.context import Context, listed
from wizard.rules.base_images import known_users
from wizard.rules.images import is_digest
from wizard.rules.text import plural
from wizard.values.facts.container import BaseImage, DockerfileFacts
from wizard.values.finding import Finding
from wizard.values.source import Fact, Source


def non_root_user(ctx: Context) -> Finding:
    """Judges item 2.1: the process does not run as root."""
    file = ctx.dockerfile
    if file is None:
        return _no_dockerfile(ctx)
    override = ctx.compose.user if ctx.compose else None
    if override and _is_root(override.value):
        return ctx.broken(f"compose runs it as {override.value!r}, whatever the Dockerfile says", override.source)
    if file.user is None:
        return _no_user(ctx, file, override)
    incomplete = _incomplete(ctx, file)
    return incomplete or _judge_user(ctx, file, file.user)


def _no_dockerfile(ctx: Context) -> Finding:
    named = ctx.compose.dockerfile if ctx.compose else None
    if named is not None and named.value != ctx.own("Dockerfile").path:
        return ctx.unmet(f"Compose builds {named.value}, which does not exist", named.source)
    return ctx.unmet("there is no Dockerfile", ctx.own("Dockerfile"))


def _incomplete(ctx: Context, file: DockerfileFacts) -> Finding | None:
    """COPY of what is not there, or code that no COPY takes along: the build or the start fails."""
    build = ctx.compose.build if ctx.compose else None
    if file.absent and (build is None or build.value == file.context):
        where = f"in {file.context}" if file.context else "in the stack's root"
        names = listed([fact.value for fact in file.absent])
        hint = f"Take the line out of {file.path}, or add the file."
        return ctx.broken(f"COPY {names}: not {where}", *(f.source for f in file.absent[:4]), hint=hint)
    if file.kept_out:
        names, lines = listed([fact.value for fact in file.kept_out]), (f.source for f in file.kept_out[:4])
        words, hint = f"the code imports {names}, which {file.ignore_file} keeps out of the build", "Let it in there."
        return ctx.broken(words, *lines, Source(file.ignore_file), hint=hint)
    left = [fact for fact in file.left_out if fact.value.endswith(".py")]
    if left:
        names = listed([fact.value for fact in left])
        at = ctx.at_file(file.path, file.command or file.entrypoint)
        hint = f"Copy it in {file.path}."
        return ctx.broken(
            f"the code imports {names}, which no COPY takes along",
            *(f.source for f in left[:4]),
            at,
            hint=hint,
        )
    return None


def _no_user(ctx: Context, file: DockerfileFacts, override: Fact[str] | None) -> Finding:
    at = ctx.at_file(file.path, file.command or file.entrypoint)
    if file.problems:
        return ctx.unknown(f"the Dockerfile cannot be read whole: {file.problems[0].message}", file.problems[0].source)
    if override:
        return ctx.unmet(f"only compose sets a user ({override.value}); the image runs as root", at, override.source)
    base = file.base
    if base is None or "$" in base.image:
        where, name = (base.source, base.raw) if base else (at, "its base image")
        return ctx.unknown(f"no USER, and nothing here says which user {name} has", where)
    if file.created_users:
        names = listed([name for name, _ in file.created_users])
        return ctx.broken(f"the user {names} is created but never switched to: it runs as root", at)
    return ctx.broken("no USER: it runs as root", at)


def _judge_user(ctx: Context, file: DockerfileFacts, user: Fact[str]) -> Finding:
    name = user.value.split(":", 1)[0].strip()
    created = dict(file.created_users)
    if "$" in name:
        return ctx.unknown(
            f"USER {user.value} takes a build argument or a variable that nothing here sets", user.source
        )
    if _is_root(name) or created.get(name) == 0:
        return ctx.broken(f"USER {user.value} is root", user.source)
    start = file.command or file.entrypoint
    if start and start.source.path == user.source.path and start.source.line < user.source.line:
        return ctx.unmet("USER stands after CMD/ENTRYPOINT; the document asks for it before", user.source, start.source)
    if name.isdigit():
        return ctx.met(f"runs as uid {user.value}", user.source)
    if name in created:
        uid = "" if created[name] is None else f" (uid {created[name]})"
        return ctx.met(f"runs as {name}, which the file creates{uid}", user.source)
    base = file.base
    if base is not None and name in known_users(base.image, base.tag):
        return ctx.met(f"runs as {name}, a user of the base image", user.source)
    return ctx.unknown(
        f"USER {name} is not created in this file; whether the base image has it cannot be read", user.source
    )


def _is_root(user: str) -> bool:
    name = user.split(":", 1)[0].strip()
    return name == "root" or (name.isdigit() and int(name) == 0)


def image_health_check(ctx: Context) -> Finding:
    """Judges item 2.2: HEALTHCHECK asks the service's port and path with a tool the image has."""
    file = ctx.dockerfile
    if file is None:
        return _no_dockerfile(ctx)
    if file.healthcheck is None:
        if file.problems:
            return ctx.unknown(
                f"the Dockerfile cannot be read whole: {file.problems[0].message}", file.problems[0].source
            )
        return ctx.unmet("the Dockerfile has no HEALTHCHECK", ctx.at_file(file.path, None), hint=ctx.unserved())
    return judge_probe(ctx, file.healthcheck, "HEALTHCHECK")


def base_image_digest(ctx: Context) -> Finding:
    """Judges item 2.3: every external FROM has a tag and a digest."""
    file = ctx.dockerfile
    if file is None:
        return _no_dockerfile(ctx)
    external = [base for base in file.bases if base.external]
    if not external:
        if file.problems or not file.bases:
            return ctx.unknown("no FROM could be read in the Dockerfile", ctx.at_file(file.path, None))
        return ctx.met("the file builds on no external image", file.bases[-1].source)
    wrong = [b for b in external if b.digest and not is_digest(b.digest)]
    if wrong:
        return ctx.broken(
            f"the digest of {wrong[0].image} is not sha256 with 64 hex digits", *(b.source for b in wrong)
        )
    unresolved = [b for b in external if not b.digest and "$" in f"{b.image}{b.tag}"]
    if unresolved:
        return ctx.unknown(f"FROM {unresolved[0].raw} takes a build argument without a default", unresolved[0].source)
    return _judge_pins(ctx, external)


def _judge_pins(ctx: Context, external: list[BaseImage]) -> Finding:
    floating = [b for b in external if not b.digest]
    if floating:
        names = listed(list(dict.fromkeys(f"{b.image}:{b.tag or 'latest'}" for b in floating)))
        return ctx.unmet(f"no digest: {names}", *(b.source for b in floating), hint=_pin_hint(ctx, floating[0]))
    untagged = [b for b in external if not b.tag]
    if untagged:
        return ctx.unmet(
            f"{untagged[0].image} has its digest, but no tag for the reader", *(b.source for b in untagged)
        )
    return ctx.met(f"{plural(len(external), 'base image')} pinned by digest", *(b.source for b in external))


def _pin_hint(ctx: Context, base: BaseImage) -> str:
    image = f"{base.image}:{base.tag or 'latest'}"
    return (
        f"resolve it with `docker buildx imagetools inspect {image}`, or give it: "
        f"`stack-wizard run {ctx.name} --phase container --base-image {image}@sha256:…`"
    )
