"""Prints what independent judges find in generated services: a row a combination of answers, a column a judge.

`make judges`. A judge that is not installed says `-`, and that is no zero.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.generated.stack import PROFILE, SHAPES, SMALL, SPECS, written
from wizard.values.lean import dataclass, replace
from wizard.values.profile import Profile
from wizard.values.spec import Channel, Column, EventField, Kind, ServiceSpec, Table, Variable

BIN = Path(sys.executable).parent
NODE = BIN.parent / "node" / "node_modules" / ".bin"  # where `make judges` puts what comes from npm
ROOT = Path(__file__).parents[2]
# Every rule of ruff but those that contradict another rule, the floor of Python 3.10, or what such a service is.
UNWANTED = {
    "ARG": "signatures that pydantic and signal handlers ask for",
    "FBT": "a metric takes whether it answered",
    "INP001": "pytest imports tests by their path (importmode importlib)",
    "PLR2004": "a test says the number that it expects",
    "PLW0108": "the secret is read anew at each call",
    "PYI034": "a stand-in returns its own class",
    "RUF100": "UP017 applies to later floors than 3.10",
    "S310": "the URL is what the engineer gives the tests",
    "S603": "a test starts the service itself",
    "S608": "the table of the statement is a constant",
    "ANN401": "a handler may return anything, which is what a test of it shows",
    "BLE001": "the loop outlives whatever a handler raises, and logs it",
    "COM812": "the formatter's own advice is to switch it off beside it",
    "CPY001": "whose the code is, its owner says",
    "D105": "a magic method says what it does by its name",
    "D107": "the class says what it is made of",
    "D203": "contradicts D211",
    "D205": "a purpose is the engineer's own text, however long",
    "D209": "and so is how such a text ends",
    "D213": "contradicts D212",
    "D401": "`Say whether …` is taken for no imperative",
    "DOC": "the docstrings are prose, not sections",
    "EM": "an error's text stands where it is raised",
    "PLR0913": "a test's stand-in takes what the real one takes",
    "S101": "pytest's own way to say what is expected",
    "S104": "a container listens on all its addresses",
    "SLF001": "a stand-in sets what the loop saw",
    "TC": "annotations of pydantic are read while it runs",
    "TRY": "taste: where a text or a return stands in a try",
}


@dataclass(frozen=True, slots=True)
class Judge:
    """A program, its words, and the suffixes of the files it is asked about; none: the whole folder.

    The word `services` stands for the folder of services, and for each of them where several stacks lie side by side.
    """

    name: str
    words: tuple[str, ...]
    files: tuple[str, ...] = ()


TOGETHER = ("ruff", "format", "bandit", "hadolint", "yamllint", "pglast", "markdownlint")
"""The judges that can look at many stacks at once, and need few seconds for all of them."""
JUDGES = (
    Judge(
        "ruff",
        (
            "ruff",
            "check",
            "--isolated",
            "--no-cache",
            "--line-length",
            "100",
            "--target-version",
            "py310",
            "--config",
            'src = ["services", "*/services"]',
            "--select",
            "ALL",
            "--ignore",
            ",".join(UNWANTED),
            ".",
        ),
    ),
    Judge("format", ("ruff", "format", "--isolated", "--no-cache", "--line-length", "100", "--check", ".")),
    Judge("mypy", ("mypy", "--strict", "--explicit-package-bases", "services", "tests")),
    Judge("bandit", ("bandit", "-q", "-r", "services")),
    Judge("hadolint", ("hadolint", "--failure-threshold", "style"), ("Dockerfile",)),
    Judge("compose-lint", ("compose-lint", "--fail-on", "low", "compose.yml")),
    Judge("compose", ("docker-compose", "-f", "compose.yml", "config", "-q")),
    Judge(
        "yamllint",
        (
            "yamllint",
            "-d",
            "{extends: default, rules: {document-start: disable, line-length: {max: 140}}}",
        ),
        ("compose.yml",),
    ),
    Judge("checkov", ("checkov", "--quiet", "--compact", "--framework", "dockerfile", "yaml", "secrets", "-d", ".")),
    Judge(
        "pglast",
        ("python", "-c", "import sys, pglast; [pglast.parse_sql(open(p).read()) for p in sys.argv[1:]]"),
        (".sql",),
    ),
    Judge("markdownlint", ("markdownlint", "--config", str(Path(__file__).with_name("markdownlint.json"))), (".md",)),
    Judge("readme", ("python", "-m", "tests.generated.readme_commands"), ("README.md",)),
)


def pairwise() -> dict[str, tuple[ServiceSpec, Profile]]:
    """Returns combinations of answers and stacks in which every pair of two of them occurs."""
    fields = (EventField("symbol", "str", "the ticker"), EventField("price", "float"))
    table = Table("rows", (Column("symbol"), Column("price", "double precision")))
    options: dict[str, tuple[Any, ...]] = {
        "in": ((), (Channel("in.one", fields),), (Channel("in.one", fields), Channel("in.two"))),
        "out": ((), (Channel("out.one", fields),), (Channel("out.one"), Channel("out.two", fields))),
        "tables": ((), (table,), (table, Table("others", (Column("seen", "timestamptz"),)))),
        "vars": ((), (Variable("LIMIT", "5"), Variable("API_URL", None, "http://x"))),
        "seed": (False, True),
        "streams": ("at-most-once", "at-least-once"),
        "small": (PROFILE, SMALL),
    }
    every = list(itertools.product(*(range(len(option)) for option in options.values())))
    wanted = set().union(*map(_pairs, every))
    found = {}
    while wanted:
        chosen = max(every, key=lambda one: len(_pairs(one) & wanted))
        wanted -= _pairs(chosen)
        inputs, outputs, tables, variables, seed, delivery, profile = (
            option[i] for option, i in zip(options.values(), chosen, strict=True)
        )
        kind: Kind = "" if inputs or outputs else "http"
        spec = ServiceSpec("probe", "Probes", 8020, inputs, outputs, tables, seed, "handle", variables)
        name = "_".join(f"{option}{i}" for option, i in zip(options, chosen, strict=True))
        found[name] = replace(spec, kind=kind, delivery=delivery), profile
    return found


def _pairs(chosen: tuple[int, ...]) -> set[tuple[tuple[int, int], ...]]:
    return set(itertools.combinations(enumerate(chosen), 2))


def combinations() -> dict[str, tuple[ServiceSpec | None, Profile]]:
    """Returns everything that is judged: services of every shape, then the pairs."""
    shapes: dict[str, tuple[ServiceSpec | None, Profile]] = {shape: (SPECS.get(shape), PROFILE) for shape in SHAPES}
    return shapes | pairwise()


def findings(judge: Judge, root: Path) -> str | None:
    """Returns what a judge says, '' when it is content, None when it is not installed."""
    program = next((p for p in (BIN / judge.words[0], NODE / judge.words[0]) if p.exists()), None)
    if program is None:
        return None
    found = (
        [str(p.relative_to(root)) for p in sorted(root.rglob("*")) if p.name.endswith(judge.files)]
        if judge.files
        else []
    )
    if judge.files and not found:
        return ""
    folders = [str(p.relative_to(root)) for p in sorted(root.rglob("services"))]
    words = [part for word in judge.words[1:] for part in (folders if word == "services" else [word])]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MYPYPATH": str(root / "services"),
        "MYPY_CACHE_DIR": str(Path(tempfile.gettempdir()) / "judges-mypy"),
    }
    run = subprocess.run(
        [str(program), *words, *found], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    return "" if run.returncode == 0 else run.stdout + run.stderr


def main(wanted: list[str]) -> int:
    """Prints the table, then what was found. Returns 1 when anything was. `wanted`: parts of names of combinations."""
    said: list[str] = []
    print("".join(f"{judge.name:>14}" for judge in JUDGES), "combination")
    for name, (spec, profile) in combinations().items():
        if wanted and not any(part in name for part in wanted):
            continue
        with tempfile.TemporaryDirectory() as folder:
            written(spec, Path(folder), profile)
            row = ""
            for judge in JUDGES:
                words = findings(judge, Path(folder))
                row += f"{'-' if words is None else str(_count(words)):>14}"
                said += [f"{name}: {judge.name}\n{words}"] if words else []
        print(row, name, flush=True)
    print(*said, sep="\n")
    return 1 if said else 0


def _count(words: str) -> int:
    return len(re.findall(r"(?m)^(?:\s*-->|\S+:\d+|>> Issue|FAILED|Check:|\s+\d+:\d+\s)", words)) or int(bool(words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
