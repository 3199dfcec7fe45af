"""Health checks by script: what the script probes, when it lies in the stack or stands in the Dockerfile itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from wizard.stack.image.probe import probe
from wizard.values.facts.compose import HealthCheck
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern

_PYTHON = lazy_pattern(
    r"^[ \t]*(\w+)\s*=\s*(?:int\(|str\()?os\.(?:environ\.get|getenv)\("
    r"\s*['\"](\w+)['\"]\s*,\s*['\"]?([^'\")\s]+)['\"]?\s*\)",
    re.MULTILINE,
)
_SHELL = lazy_pattern(r"^[ \t]*(\w+)=[\"']?\$\{(\w+):?-([^}]+)\}[\"']?[ \t]*$", re.MULTILINE)
_LITERAL = lazy_pattern(r"^[ \t]*(\w+)\s*=\s*()[\"']?(\d{2,5})[\"']?[ \t]*$", re.MULTILINE)


def probed(
    check: HealthCheck | None,
    path: str,
    load: Callable[[str], str | None] | None,
    scripts: Mapping[str, str],
    env: Mapping[str, str],
) -> HealthCheck | None:
    """Returns the health check, with port and path of the script it runs. `scripts`: those written in the Dockerfile,
    by base name.
    """
    if check is None or check.disabled or check.port is not None:
        return check
    for place in _places(check.test, path.rpartition("/")[0]):
        script = scripts.get(place.rsplit("/", 1)[-1]) or (load(place) if load is not None else None)
        if script is not None:
            found = probe(("CMD-SHELL", _filled(script, env)), env)
            return replace(check, port=found.port, path=found.path)
    return check


def _filled(script: str, env: Mapping[str, str]) -> str:
    """The script with its own simple variables put in where it uses them."""
    for pattern in (_PYTHON, _SHELL, _LITERAL):
        for name, variable, default in pattern.findall(script):
            value = (env.get(variable) or default).replace("\\", r"\\")
            script = re.sub(rf"(?<!\$)\{{{name}\}}|\$\{{{name}\}}|\${name}\b", value, script)
    return script


def _places(test: tuple[str, ...], folder: str) -> Iterator[str]:
    """Where a script or module that a health check runs may lie in the stack, nearest first."""
    words = [word.strip("\"'[]") for word in " ".join(test).replace(",", " ").split()]
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "-m" and following:
            module = following.replace(".", "/")
            names = [f"{module}.py", f"{module.rpartition('/')[2]}.py"]
        elif word.endswith((".sh", ".py", ".bash")):
            names = [word.rsplit("/", 1)[-1]]
        else:
            continue
        for place in (folder, f"{folder}/scripts", f"{folder}/docker", f"{folder}/bin", "", "scripts", "docker"):
            yield from (f"{place}/{name}".lstrip("/") for name in names)
