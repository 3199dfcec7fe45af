"""The merged Compose model of a stack: all files of the profile in order, with the line of every fact."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from fnmatch import fnmatch

from wizard.stack.commented import commented_services
from wizard.stack.compose_draft import Draft, EnvFile
from wizard.stack.compose_env import env_lines
from wizard.stack.compose_files import ComposeFiles, FileModel, Load
from wizard.stack.compose_place import Place, is_remote, tidy
from wizard.stack.probe import probe
from wizard.values.compose_facts import ComposeModel, ComposeService, EnvEntry, HealthCheck
from wizard.values.source import Fact, Problem, Source

_EXAMPLES = (".example", ".sample", ".template", ".dist")


def read_compose(
    paths: Sequence[str], load: Load, reader: ComposeFiles | None = None, *, folder: str | None = None
) -> ComposeModel:
    """The model of `paths` merged in order. `load` gives a file's text, None when it is absent or unreadable.
    `reader`: one that has parsed some of the files already. `folder`: the project folder, where it is not the first
    file's: an overlay read by itself belongs to the folder of the file it lies on.

    Relative paths start from the first file's folder, as `docker compose -f` has it. Never raises: what is wrong with a
    file is among `problems` and the rest is still read.
    """
    reader = reader or ComposeFiles(load)
    base = folder if folder is not None else posixpath.dirname(paths[0]) if paths else ""
    env = reader.env(base) if paths else {}
    model = FileModel()
    for path in paths:
        model.lay(reader.read(path, base, env))
    services = tuple(_finish(draft, load, env) for draft in model.services.values())
    blocks = tuple(
        _finish(draft, load, env, commented=True)
        for path in reader.files
        for draft in commented_services(reader.texts[path], Place(path, base, env))
    )
    return ComposeModel(
        files=tuple(reader.files),
        services=services,
        commented=blocks,
        secrets=tuple(model.secrets.values()),
        networks=tuple(model.networks.values()),
        volumes=tuple(model.volumes.values()),
        name=model.name,
        problems=tuple(dict.fromkeys(reader.problems)),
    )


def _finish(draft: Draft, load: Load, env: dict[str, str], *, commented: bool = False) -> ComposeService:
    problems = list(draft.problems)
    environment = _environment(draft, load, env, problems)
    context = draft.single.get("build.context") or draft.single.get("build.implied")
    return ComposeService(
        key=draft.key,
        declared=tuple(draft.declared),
        end_line=draft.end_line,
        image=draft.single.get("image"),
        build=context,
        dockerfile=_dockerfile(draft, context),
        container_name=draft.single.get("container_name"),
        command=draft.words.get("command"),
        entrypoint=draft.words.get("entrypoint"),
        user=draft.single.get("user"),
        environment=environment,
        secrets=_named(draft, "secrets"),
        depends_on=tuple(draft.depends_on.values()),
        healthcheck=_health(draft, environment),
        ports=tuple(draft.ports.values()),
        expose=tuple(Fact(int(fact.value), fact.source) for fact in _named(draft, "expose")),
        networks=_named(draft, "networks"),
        network_mode=draft.single.get("network_mode"),
        profiles=_named(draft, "profiles"),
        volumes=_named(draft, "volumes"),
        keys=tuple(draft.keys),
        commented=commented,
        problems=tuple(problems),
    )


def _named(draft: Draft, section: str) -> tuple[Fact[str], ...]:
    return tuple(draft.named.get(section, {}).values())


def _dockerfile(draft: Draft, context: Fact[str] | None) -> Fact[str] | None:
    """The Dockerfile's path from the stack's root; None for an inline one and for a remote context."""
    if context is None or is_remote(context.value) or "build.dockerfile_inline" in draft.single:
        return None
    named = draft.single.get("build.dockerfile")
    if named is None:
        return Fact(tidy(posixpath.join(context.value, "Dockerfile")), context.source)
    return Fact(tidy(posixpath.join(context.value, named.value)), named.source)


def _health(draft: Draft, environment: tuple[EnvEntry, ...]) -> HealthCheck | None:
    if not draft.health:
        return None
    test = draft.words.get("healthcheck.test")
    words = test.value if test else ()
    off = "disable" in draft.health or words[:1] == ("NONE",)
    source = draft.health["disable"] if "disable" in draft.health else test.source if test else draft.health[""]
    found = probe(words, {entry.name: entry.value or "" for entry in environment})
    keys = tuple(key for key in draft.health if key)
    return HealthCheck(words, source, found.port, found.path, off, keys, found.tool)


def _environment(draft: Draft, load: Load, env: dict[str, str], problems: list[Problem]) -> tuple[EnvEntry, ...]:
    """`env_file` first, `environment` over it, each name once."""
    found: dict[str, EnvEntry] = {}
    for file in draft.env_files.values():
        path, text = _env_text(file, load)
        if text is None and file.required and not _kept_out(file.path, load):
            problems.append(Problem(f"the env_file {file.path} does not exist or cannot be read", file.source))
        for line in env_lines(text or "", env):
            found[line.name] = EnvEntry(line.name, line.value, line.raw, Source(path, line.line), file=True)
    return tuple({**found, **draft.environment}.values())


def _kept_out(path: str, load: Load) -> bool:
    """True when git ignores the file, as it should where secrets are in it: a clone without it is complete."""
    name = posixpath.basename(path)
    if name.startswith(".env"):
        return True
    lines = [line.strip().lstrip("/") for line in (load(".gitignore") or "").splitlines()]
    return any(fnmatch(name, line) or fnmatch(path, line) for line in lines if line and line[0] not in "#!")


def _env_text(file: EnvFile, load: Load) -> tuple[str, str | None]:
    """The env file, or the example beside it: the real one is usually kept out of the repository."""
    for path in (file.path, *(file.path + ending for ending in _EXAMPLES)):
        text = load(path)
        if text is not None:
            return path, text
    return file.path, None
