"""Phase 2: the image."""

from __future__ import annotations

import sys

from wizard.audit.context import Context, listed, plural
from wizard.audit.probes import judge_probe
from wizard.values.code_facts import RequirementsFacts
from wizard.values.container_facts import BaseImage, DockerfileFacts
from wizard.values.finding import Finding
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Fact

_SEPARATORS = lazy_pattern(r"[-_.]+")
_DIGEST = lazy_pattern(r"(?:sha256:)?[0-9a-f]{64}\Z")
_BASE_USERS = frozenset(
    {"nobody", "www-data", "daemon", "node", "nginx", "nonroot", "postgres", "redis", "app", "mambauser"}
)
_ELSEWHERE = ("pyproject.toml", "poetry.lock", "uv.lock", "Pipfile", "setup.py", "setup.cfg", "environment.yml")


def non_root_user(ctx: Context) -> Finding:
    """2.1: the process does not run as root."""
    file = ctx.dockerfile
    if file is None:
        return ctx.unmet("there is no Dockerfile", ctx.own("Dockerfile"))
    override = ctx.compose.user if ctx.compose else None
    if override and _is_root(override.value):
        return ctx.broken(f"compose runs it as {override.value!r}, whatever the Dockerfile says", override.source)
    if file.user is None:
        return _no_user(ctx, file, override)
    incomplete = _incomplete(ctx, file)
    return incomplete or _judge_user(ctx, file, file.user)


def _incomplete(ctx: Context, file: DockerfileFacts) -> Finding | None:
    """COPY of what is not there, or code that no COPY takes along: the build or the start fails."""
    build = ctx.compose.build if ctx.compose else None
    if file.absent and (build is None or build.value == file.context):
        where = f"in {file.context}" if file.context else "in the stack's root"
        names = listed([fact.value for fact in file.absent])
        hint = f"Take the line out of {file.path}, or add the file."
        return ctx.broken(f"COPY {names}: not {where}", *(f.source for f in file.absent[:4]), hint=hint)
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
    if file.created_users:
        names = listed([name for name, _ in file.created_users])
        return ctx.broken(f"the user {names} is created but never switched to: it runs as root", at)
    return ctx.broken("no USER: it runs as root", at)


def _judge_user(ctx: Context, file: DockerfileFacts, user: Fact[str]) -> Finding:
    name = user.value.split(":", 1)[0].strip()
    created = dict(file.created_users)
    if "$" in name:
        return ctx.unknown(f"USER {user.value} depends on a build argument without a default", user.source)
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
    if name in _BASE_USERS:
        return ctx.met(f"runs as {name}, a user of the base image", user.source)
    return ctx.unknown(
        f"USER {name} is not created in this file; whether the base image has it cannot be read", user.source
    )


def _is_root(user: str) -> bool:
    name = user.split(":", 1)[0].strip()
    return name == "root" or (name.isdigit() and int(name) == 0)


def image_health_check(ctx: Context) -> Finding:
    """2.2: HEALTHCHECK asks the service's port and path with a tool the image has."""
    file = ctx.dockerfile
    if file is None:
        return ctx.unmet("there is no Dockerfile", ctx.own("Dockerfile"))
    if file.healthcheck is None:
        if file.problems:
            return ctx.unknown(
                f"the Dockerfile cannot be read whole: {file.problems[0].message}", file.problems[0].source
            )
        return ctx.unmet("the Dockerfile has no HEALTHCHECK", ctx.at_file(file.path, None))
    return judge_probe(ctx, file.healthcheck, "HEALTHCHECK")


def base_image_digest(ctx: Context) -> Finding:
    """2.3: every external FROM has a tag and a digest."""
    file = ctx.dockerfile
    if file is None:
        return ctx.unmet("there is no Dockerfile", ctx.own("Dockerfile"))
    external = [base for base in file.bases if base.external]
    if not external:
        if file.problems or not file.bases:
            return ctx.unknown("no FROM could be read in the Dockerfile", ctx.at_file(file.path, None))
        return ctx.met("the file builds on no external image", file.bases[-1].source)
    wrong = [b for b in external if b.digest and not _DIGEST.match(b.digest)]
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


def requirements(ctx: Context) -> Finding:
    """2.4: requirements.txt parses, covers the third-party imports, and is pinned."""
    file = ctx.service.requirements if ctx.service else None
    if file is None:
        return _no_requirements(ctx)
    if file.problems:
        return ctx.broken(file.problems[0].message, *(p.source for p in file.problems[:4]))
    missing = _uncovered(ctx, file)
    if missing:
        names = listed([fact.value.split(".", 1)[0] for fact in missing])
        return ctx.broken(
            f"imported but not required: {names}", *(f.source for f in missing[:4]), ctx.at_file(file.path, None)
        )
    loose = [r for r in file.requirements if not r.pinned]
    if loose:
        return ctx.unmet(f"not pinned: {listed([r.name for r in loose])}", *(r.source for r in loose[:4]))
    image = ctx.dockerfile
    if image and any(fact.value == file.path for fact in image.left_out):
        words, hint = f"{image.path} does not install it", f"Copy and install {file.path} in {image.path}."
        return ctx.broken(words, ctx.at_file(file.path, None), ctx.at_file(image.path, None), hint=hint)
    note = "" if file.path.endswith(".txt") else f" (in {file.path}; the document asks for requirements.txt)"
    at = ctx.at_file(file.path, None)
    return ctx.met(f"{plural(len(file.requirements), 'pinned requirement')} cover the imports{note}", at)


def _no_requirements(ctx: Context) -> Finding:
    own = ctx.service.own_files if ctx.service else ()
    other = next((p for p in own if p.rsplit("/", 1)[-1] in _ELSEWHERE), "")
    if other:
        return ctx.unmet(f"dependencies are declared in {other}, not in requirements.txt", ctx.at_file(other, None))
    return ctx.unmet("there is no requirements.txt", ctx.own("requirements.txt"))


def _uncovered(ctx: Context, file: RequirementsFacts) -> list[Fact[str]]:
    """The first import of each third-party package that no requirement provides."""
    names = frozenset(r.name for r in file.requirements)
    local = ctx.index.packages | {f.path.rsplit("/", 1)[-1].removesuffix(".py") for f in ctx.code.files}
    seen: dict[str, Fact[str]] = {}
    for fact in ctx.code.imports:
        top = fact.value.split(".", 1)[0]
        if top and top not in seen and top not in sys.stdlib_module_names and top not in local:
            seen[top] = fact
    known = {top: candidates for f in (ctx.service.code if ctx.service else ()) for top, candidates in f.distributions}
    return [fact for top, fact in seen.items() if not provided(names, top, known.get(top, ()))]


def provided(requirements: frozenset[str], module: str, candidates: tuple[str, ...]) -> bool:
    """True when one of the (normalised) requirement names brings `module`: one of the distributions the reader knows
    for it, or one whose words include the module's (`telegram` in `python-telegram-bot`)."""
    if not requirements.isdisjoint(candidates):
        return True
    words = set(_SEPARATORS.split(module.lower()))
    return any(words <= set(_SEPARATORS.split(name.lower())) for name in requirements)
