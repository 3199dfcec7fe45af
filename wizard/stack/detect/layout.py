"""Where services lie, on what image they are built, and how Compose names things."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable

from wizard.rules.base_images import python_of
from wizard.stack.compose.env_file import env_lines
from wizard.stack.compose.place import project_name
from wizard.stack.detect.sql import detect_sql
from wizard.stack.detect.tests import detect_tests
from wizard.stack.folders import dockerfile_in, folder_of, has_entry
from wizard.stack.image.images import image_of
from wizard.stack.survey import Findings, Survey
from wizard.values.facts.compose import ComposeModel
from wizard.values.pattern import lazy_pattern
from wizard.values.profile import Profile
from wizard.values.source import Source

DEFAULT = Profile()
_INSTALLED = lazy_pattern(
    r"(?:\buv\s+(?:python\s+install|venv|sync|run)\b[^\n]*?\s(?:--python[= ]|-p[= ])?|\bUV_\w+[= ])\"?(3\.\d+)\b"
)
_SERVICE_FOLDERS = ("services", "apps", "microservices", "src", "backend", "packages")
_NOT_SERVICES = frozenset({"tests", "test", "docs", "scripts", "infrastructure", "infra", "deploy", "docker", "tools"})


def detect_layout(survey: Survey, model: ComposeModel, findings: Findings) -> None:
    """Fills everything but the Compose files, the servers and the documents."""
    services_dir = _services_dir(survey, model, findings)
    _prefix(survey, model, services_dir, findings)
    _network(model, findings)
    _project(survey, model, findings)
    _bind(model, findings)
    detect_sql(survey, model, findings)
    detect_tests(survey, findings)
    _base_image(survey, model, services_dir, findings)


def _services_dir(survey: Survey, model: ComposeModel, findings: Findings) -> str:
    votes: Counter[str] = Counter()
    why: dict[str, str] = {}
    for service in model.services + model.commented:
        folder = folder_of(service, survey.tree)
        if folder and service.build and survey.tree.is_folder(folder):
            parent = posixpath.dirname(folder)
            votes[parent] += 2
            why.setdefault(parent, str(service.build.source))
    for parent in (*_SERVICE_FOLDERS, ""):
        children = [name for name in survey.tree.children(parent) if name not in _NOT_SERVICES]
        alike = [name for name in children if _is_service_folder(posixpath.join(parent, name), survey)]
        if alike:
            votes[parent] += len(alike)
            why.setdefault(parent, f"{posixpath.join(parent, alike[0])} and {len(alike) - 1} more look like services")
    if not votes:
        findings.say("services_dir", DEFAULT.services_dir, "default: no folder looks like a service yet")
        return DEFAULT.services_dir
    ranked = sorted(votes, key=lambda folder: (-votes[folder], not folder, folder))
    best = ranked[0]
    close = [folder for folder in ranked[1:] if votes[folder] * 2 > votes[best]]
    findings.say("services_dir", best, why[best], unsure=bool(close))
    return best


def _is_service_folder(folder: str, survey: Survey) -> bool:
    return survey.tree.is_folder(folder) and bool(dockerfile_in(folder, survey.tree)) and has_entry(folder, survey.tree)


def _prefix(survey: Survey, model: ComposeModel, services_dir: str, findings: Findings) -> None:
    """What stands before the folder's name in the keys of several services."""
    found: Counter[str] = Counter()
    why: dict[str, str] = {}
    for service in model.services + model.commented:
        folder = folder_of(service, survey.tree)
        if not folder or posixpath.dirname(folder) != services_dir:
            continue
        name = posixpath.basename(folder)
        for spelled in (name, name.replace("_", "-"), name.replace("-", "_")):
            if service.key.endswith(spelled):
                prefix = service.key.removesuffix(spelled)
                found[prefix] += 1
                why.setdefault(prefix, str(service.declared[0]))
                break
    named = [prefix for prefix, _ in found.most_common() if prefix]
    best = named[0] if named else ""
    others = sum(count for prefix, count in found.items() if prefix != best)
    shared = sum(1 for service in model.services if best and service.key.startswith(best))
    if not best or shared < 2 or others > found[best]:
        reason = why.get(
            "", "default: the compose keys are the folders' names" if found else "default: nothing to compare"
        )
        findings.say("prefix", "", reason, unsure=bool(best and shared >= 2))
        return
    findings.say("prefix", best, why[best], unsure=others > 0)


def _network(model: ComposeModel, findings: Findings) -> None:
    used = Counter(fact.value for service in model.services for fact in service.networks)
    first = {fact.value: fact.source for service in reversed(model.services) for fact in reversed(service.networks)}
    declared = {fact.value: fact.source for fact in model.networks}
    if used:
        built = Counter(fact.value for service in model.services if service.build for fact in service.networks) or used
        ranked = sorted(built, key=lambda name: (-built[name], name))
        close = [name for name in ranked[1:] if built[name] == built[ranked[0]]]
        findings.say("network", ranked[0], declared.get(ranked[0], first[ranked[0]]), unsure=bool(close))
    elif len(declared) == 1:
        name, source = next(iter(declared.items()))
        findings.say("network", "" if name == "default" else name, source)
    else:
        findings.say("network", "", "the services use Compose's default network", unsure=len(declared) > 1)


def _project(survey: Survey, model: ComposeModel, findings: Findings) -> None:
    if "project" in findings.values:  # the name that `docker stack deploy` is given
        return
    files = findings.values.get("compose_files")
    folder = posixpath.dirname(files[0]) if isinstance(files, tuple) and files else ""
    for path in dict.fromkeys((".env", posixpath.join(folder, ".env"))):  # the working folder's is read first
        for line in reversed(env_lines(survey.texts.get(path) or "")):
            if line.name == "COMPOSE_PROJECT_NAME" and line.value:
                findings.say("project", line.value, Source(path, line.line))
                return
    if model.name is not None and model.name.value:
        findings.say("project", project_name(model.name.value), model.name.source)
        return
    name = posixpath.basename(folder) or survey.files.root.name
    findings.say("project", project_name(name), "the name of the project folder, as Compose takes it")


def _bind(model: ComposeModel, findings: Findings) -> None:
    """The local address that services' ports are bound to. Any other is for a person to say: the checklist asks for
    localhost."""
    ports = [port for service in model.services for port in service.ports if port.published]
    hosts = Counter(port.host_ip for port in ports if port.host_ip.startswith("127."))
    if not hosts:
        reason = "default: published ports name no local address" if ports else "default: no port is published"
        findings.say("bind", DEFAULT.bind, reason)
        return
    best = hosts.most_common(1)[0][0]
    source = next(port.source for port in ports if port.host_ip == best)
    findings.say("bind", best, source, unsure=len(hosts) > 1 and hosts.most_common(2)[1][1] == hosts[best])


def _base_image(survey: Survey, model: ComposeModel, services_dir: str, findings: Findings) -> None:
    """The Python image most Dockerfiles end with, digest kept."""
    paths = [service.dockerfile.value for service in model.services if service.dockerfile]
    below = (
        dockerfile_in(posixpath.join(services_dir, name), survey.tree) for name in survey.tree.children(services_dir)
    )
    found: Counter[str] = Counter()
    why: dict[str, str] = {}
    for path in dict.fromkeys((*paths, *(path for path in below if path))):
        file = image_of(survey, path)
        for base in file.bases if file is not None else ():
            if base.external and base.tag and "$" not in f"{base.image}{base.tag}":
                image = f"{base.image.removeprefix('docker.io/').removeprefix('library/')}:{base.tag}"
                image += f"@{base.digest}" if base.digest else ""
                found[image] += 1
                why.setdefault(image, str(base.source))
    python = Counter({image: count for image, count in found.items() if re.search(r"(?:^|/)python:", image)})
    if not python:
        version, source = _other_python(survey, dict.fromkeys(paths))
        reason = f"{source}: an image of Python {version}, which that installs" if version else ""
        image = f"python:{version}-slim" if version else DEFAULT.base_image
        findings.say("base_image", image, reason or "default: no Dockerfile is built on a Python image")
        return
    ranked = sorted(python, key=lambda image: (-python[image], "@sha256:" not in image, image))
    close = [
        image
        for image in ranked[1:]
        if python[image] == python[ranked[0]] and image.split("@")[0] != ranked[0].split("@")[0]
    ]
    findings.say("base_image", ranked[0], why[ranked[0]], unsure=bool(close))


def _other_python(survey: Survey, paths: Iterable[str]) -> tuple[str, str]:
    """The Python that a Dockerfile has by another way than the official image, and the line that says so."""
    for path in paths:
        file, text = image_of(survey, path), survey.texts.get(path) or ""
        for base in file.bases if file is not None else ():
            named = python_of(base.image, base.tag)
            if base.external and named is not None:
                return ".".join(map(str, named)), str(base.source)
        if installed := _INSTALLED.search(text):
            line = text.count("\n", 0, installed.start(1)) + 1
            return installed[1], str(Source(path, line))
    return "", ""
