"""The merged Compose model of a stack: all files of the profile in order, with the line of every fact."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from fnmatch import fnmatch

from wizard.rules.secrets import EXAMPLES
from wizard.stack.compose.commented import commented_services
from wizard.stack.compose.draft import Draft, EnvFile
from wizard.stack.compose.env_file import env_lines, env_trouble, raw_lines
from wizard.stack.compose.files import ComposeFiles, FileModel, Load
from wizard.stack.compose.place import Place, is_remote, tidy
from wizard.stack.compose.service import NAMESPACES
from wizard.stack.image.probe import probe
from wizard.values.facts.compose import ComposeModel, ComposeService, DependsOn, EnvEntry, HealthCheck
from wizard.values.source import Fact, Problem, Source

_STARTS = ("entrypoint.written", "command.written")


def read_compose(
    paths: Sequence[str], load: Load, reader: ComposeFiles | None = None, *, folder: str | None = None
) -> ComposeModel:
    """Returns the model of `paths` merged in order. `load` gives a file's text, None when it is absent or unreadable.
    `reader`: one that has parsed some of the files already. `folder`: the project folder, where it is not the first
    file's: an overlay read by itself belongs to the folder of the file it lies on.

    Relative paths start from the first file's folder, as `docker compose -f` has it. Never raises: what is wrong with a
    file is among `problems` and the rest is still read.
    """
    reader = reader or ComposeFiles(load)
    base = folder if folder is not None else posixpath.dirname(paths[0]) if paths else ""
    env = reader.env(base) if paths else {}
    env["COMPOSE_PROJECT_NAME"] = reader.project(paths, base, env)
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
        problems=tuple(dict.fromkeys((*reader.problems, *(p for s in services for p in s.problems if p.refused)))),
        secret_variables=tuple((name, variable) for name, variable in model.secret_variables.items() if variable),
        external_networks=tuple(sorted(model.external)),
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
        depends_on=_dependencies(draft),
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
        target=draft.single.get("build.target"),
        written=tuple(word for key in _STARTS if key in draft.words for word in draft.words[key].value),
        secret_paths=tuple((name, fact.value) for name, fact in draft.named.get("secret_paths", {}).items()),
        aliases=tuple(draft.named.get("aliases", {})),
        unread_env=tuple(f.source for f in draft.env_files.values() if _env_text(f, load)[1] is None),
        absent_env=tuple(
            Fact(f.path, f.source) for f in draft.env_files.values() if f.required and _env_text(f, load)[1] is None
        ),
        unread_ports=_named(draft, "unread_ports"),
        replicas=_replicas(draft),
        inline=draft.single.get("build.dockerfile_inline"),
        build_args=_named(draft, "build.args"),
        build_contexts=_named(draft, "build.additional_contexts"),
        deploy=tuple((k.removeprefix("deploy."), fact) for k, fact in draft.single.items() if k.startswith("deploy.")),
    )


def _replicas(draft: Draft) -> Fact[int] | None:
    said = draft.single.get("scale") or draft.single.get("deploy.replicas")
    return Fact(int(said.value), said.source) if said is not None and said.value.isdecimal() else None


def _named(draft: Draft, section: str) -> tuple[Fact[str], ...]:
    return tuple(draft.named.get(section, {}).values())


def _dependencies(draft: Draft) -> tuple[DependsOn, ...]:
    """`depends_on`, and what Compose adds to it: links, and the services whose volumes or namespaces are shared."""
    named = [(fact, fact.value.partition(":")[0]) for fact in _named(draft, "links")]
    volumes = (fact for fact in _named(draft, "volumes_from") if not fact.value.startswith("container:"))
    named += [(fact, fact.value.partition(":")[0]) for fact in volumes]
    shared = (draft.single[name] for name in NAMESPACES if name in draft.single)
    named += [(fact, fact.value[8:]) for fact in shared if fact.value.startswith("service:")]
    implied = {key: DependsOn(key, "service_started", fact.source) for fact, key in named if key}
    return tuple({**implied, **draft.depends_on}.values())


def _dockerfile(draft: Draft, context: Fact[str] | None) -> Fact[str] | None:
    """The Dockerfile's path from the stack's root; None for an inline one and for a remote context."""
    if context is None or is_remote(context.value) or "build.dockerfile_inline" in draft.single:
        return None
    named = draft.single.get("build.dockerfile")
    if named is None or not named.value:
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
    return HealthCheck(words, source, found.port, found.path, off, keys, found.tool, found.host, found.fault)


def _environment(draft: Draft, load: Load, env: dict[str, str], problems: list[Problem]) -> tuple[EnvEntry, ...]:
    """`env_file` first, `environment` over it, each name once."""
    found: dict[str, EnvEntry] = {}
    for file in draft.env_files.values():
        path, text = _env_text(file, load)
        if text is None and file.required and not _kept_out(file.path, load):
            problems.append(Problem(f"the env_file {file.path} does not exist or cannot be read", file.source))
        trouble = env_trouble(text or "", env) if path == file.path and not file.raw else None
        if trouble is not None:
            problems.append(Problem(f"Compose refuses {path}: {trouble[0]}", Source(path, trouble[1]), refused=True))
        for line in raw_lines(text or "") if file.raw else env_lines(text or "", env):
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
    for path in (file.path, *(file.path + ending for ending in EXAMPLES)):
        text = load(path)
        if text is not None:
            return path, text
    return file.path, None
