"""Every reader of outside text, as a function of one text, with the errors that it promises."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from tests.fuzz.bounded import EscapeError
from wizard.errors import UnreadableError, WizardError
from wizard.plan.render import make_renderer
from wizard.plan.splice import config, dockerfile, markdown, markdown_lines, sql, yaml
from wizard.plan.splice import text as splice
from wizard.rules import secrets
from wizard.rules.merge_markers import conflict_line
from wizard.rules.text import clean, is_safe, one_line, program_output, width
from wizard.session.answers import load_answers
from wizard.session.manifest_file import read_manifest
from wizard.session.settings import Settings
from wizard.session.validate import Parsed, check, parse_text
from wizard.stack.compose.env_file import env_lines
from wizard.stack.compose.interpolation import interpolate, malformed
from wizard.stack.compose.model import read_compose
from wizard.stack.detect.profile_file import read_profile
from wizard.stack.documents.markdown import read_document
from wizard.stack.documents.port_registry import read_registry
from wizard.stack.image.dockerfile import read_dockerfile
from wizard.stack.image.probe import probe
from wizard.stack.image.requirements import read_requirements
from wizard.stack.image.shell_words import commands, packages, users
from wizard.stack.python.source import read_python
from wizard.syntax import dockerfile_values, ini, roundtrip, toml
from wizard.syntax import sql as sql_syntax
from wizard.syntax import yaml as yaml_syntax
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml_data import data
from wizard.values.gate import Baseline

Parser = Callable[[str], object]


def _shown(text: str) -> None:
    for door in (clean, one_line, program_output):
        if not is_safe(door(text)):
            raise EscapeError(f"{door.__name__} lets something through")
    width(text)


def _masked(text: str) -> None:
    for line in text.split("\n"):
        secrets.mask_spans(line, secrets.secret_spans(line))
        secrets.mask_credentials(line)


def _compose(text: str) -> None:
    half = len(text) // 2
    read_compose(["a.yml", "b.yml"], {"a.yml": text, "b.yml": text[half:], ".env": text[:half]}.get)


def _yaml(text: str) -> None:
    with suppress(SyntaxTrouble):
        data(yaml_syntax.parse(text, several=True).root)


def _toml(text: str) -> None:
    with suppress(SyntaxTrouble):
        toml.load(text)
        toml.table_span(text, "tool.pytest.ini_options")
        toml.find_array(text, "tool.pytest.ini_options", "markers")


def _settings(text: str) -> None:
    parsed = parse_text(text)
    if isinstance(parsed, Parsed):
        check(Settings, parsed)
        check(Baseline, parsed)


def _template(text: str) -> None:
    with suppress(UnreadableError):
        make_renderer({"docs/readme.md.j2": text})("docs/readme.md.j2", {"name": "market"})


def _may_refuse(act: Callable[[], object]) -> None:
    with suppress(splice.SpliceRefused, SyntaxTrouble, WizardError):
        act()


def _spliced(text: str) -> None:
    acts: tuple[Callable[[], object], ...] = (
        partial(config.add_ini_entry, text, "pytest", "market: x"),
        partial(config.add_toml_entry, text, "tool.pytest.ini_options", "market: x"),
        partial(dockerfile.set_user, text, "app"),
        partial(dockerfile.add_healthcheck, text, "HEALTHCHECK NONE\n"),
        partial(markdown.add_section, text, "## x\n\ny\n"),
        partial(markdown_lines.add_row, text, 1, ["a", "b"]),
        partial(sql.append_sql, text, "x", "SELECT 1;"),
    )
    for act in acts:
        _may_refuse(act)
    with suppress(SyntaxTrouble):
        document = yaml_syntax.parse(text)
        _may_refuse(lambda: yaml.add_pair(document, ("services",), "market", "build: .\n"))


def _refusing(read: Callable[[str], object]) -> Parser:
    def parser(text: str) -> None:
        with suppress(WizardError, SyntaxTrouble, dockerfile_values.TooLargeError):
            read(text)

    return parser


PARSERS: dict[str, Parser] = {
    "compose": _compose,
    "yaml": _yaml,
    "toml": _toml,
    "ini": _refusing(ini.parse),
    "sql": _refusing(sql_syntax.split),
    "env file": env_lines,
    "interpolation": lambda text: (interpolate(text, {"A": text[:99]}), malformed(text, {"A": text[:99]})),
    "dockerfile": lambda text: read_dockerfile(text, "Dockerfile"),
    "dockerfile values": _refusing(lambda text: dockerfile_values.substitute(text, {"A": text[:99]})),
    "shell words": lambda text: (list(commands(text)), list(users(text)), list(packages(text))),
    "health probe": lambda text: (probe(["CMD-SHELL", text], {"PORT": text}), probe(text.split(" "), {})),
    "requirements": lambda text: read_requirements("r.txt", {"r.txt": text, "x.txt": text}.get),
    "python": lambda text: read_python(text, "service.py"),
    "markdown": lambda text: read_document(text, "x.md"),
    "port registry": lambda text: read_registry(text, "x.md", ("core",)),
    "profile": _refusing(lambda text: (read_profile(text), read_profile("schema: 1\n" + text))),
    "manifest": _refusing(lambda text: (read_manifest(text, "x"), read_manifest("schema: 1\n" + text, "x"))),
    "answers": _refusing(lambda text: load_answers(text, "x")),
    "typed file": parse_text,
    "settings": _settings,
    "merge markers": conflict_line,
    "comments kept": lambda text: roundtrip.keep_comments(text, "schema: 1\na: {b: 1}\n"),
    "template": _template,
    "splices": _spliced,
    "shown text": _shown,
    "masked secrets": _masked,
}
