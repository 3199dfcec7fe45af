"""The renderer: strict, sandboxed, the stack's own templates first, with a cache that may be missing."""

from __future__ import annotations

import os
import re
import resource
import time
from importlib.resources import files
from pathlib import Path

import pytest

from wizard.errors import UnreadableError
from wizard.plan.render import default_cache, make_renderer, overrides_in


def test_the_stacks_own_template_wins_and_may_include_the_wizards(tmp_path: Path) -> None:
    texts = {".stack-wizard/templates/docs/purpose.md.j2": "ours {{ name }}\n", "README.md": "x"}
    assert list(overrides_in(texts)) == ["docs/purpose.md.j2"]
    render = make_renderer(overrides_in(texts), tmp_path)
    assert render("docs/purpose.md.j2", {"name": "market"}) == "ours market\n"
    assert "**/*.pyc" in render("container/dockerignore.j2", {})


def test_a_variable_that_is_not_there_names_the_template(tmp_path: Path) -> None:
    render = make_renderer({"a.j2": "{{ nothing }}"}, tmp_path)
    with pytest.raises(UnreadableError, match="nothing") as raised:
        render("a.j2", {})
    assert raised.value.where == ".stack-wizard/templates/a.j2:1"


def test_a_template_that_does_not_compile_names_its_line(tmp_path: Path) -> None:
    render = make_renderer({"a.j2": "fine\n{% if %}"}, tmp_path)
    with pytest.raises(UnreadableError) as raised:
        render("a.j2", {})
    assert raised.value.where == ".stack-wizard/templates/a.j2:2"


def test_a_template_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"no/such\.j2"):
        make_renderer({}, tmp_path)("no/such.j2", {})


@pytest.mark.parametrize(
    "name",
    ["{outside}", "../{up}", "service/../../{up}", "./a.j2", "service//entry.py.j2", "service\\\\entry.py.j2", ""],
)
@pytest.mark.parametrize("tag", ["include", "import", "extends", "include-list", "include-ignore", "from"])
def test_names_stay_inside_the_two_folders(tmp_path: Path, tag: str, name: str) -> None:
    secret = tmp_path / "outside.txt"
    secret.write_text("canary-outside")
    outside = name.format(outside=secret, up=os.path.relpath(secret, str(files("templates")))[3:])
    text = {
        "include": "{%% include '%s' %%}",
        "import": "{%% import '%s' as x %%}{{ x }}",
        "extends": "{%% extends '%s' %%}",
        "include-list": "{%% include ['%s', 'container/dockerignore.j2'] %%}",
        "include-ignore": "{%% include '%s' ignore missing %%}",
        "from": "{%% from '%s' import x %%}",
    }[tag] % outside
    try:
        assert "canary" not in make_renderer({"a.j2": "\n" + text}, tmp_path / "cache")("a.j2", {})
    except UnreadableError as refused:
        assert "canary" not in refused.message
        assert refused.where == ".stack-wizard/templates/a.j2:2"


def test_the_control_a_name_inside_is_found(tmp_path: Path) -> None:
    """The trap fires: what the tags above can't reach by a way out, they reach by its name."""
    render = make_renderer(
        {"a.j2": "{% include 'sub/b.j2' %}{% include 'container/dockerignore.j2' %}", "sub/b.j2": "b"}
    )
    assert render("a.j2", {}).startswith("b")


RAISING = {
    "division": "{{ 1 // 0 }}",
    "a number too many": "{{ 'x'.split(1, 2, 3) }}",
    "no such key": "{{ {}['a'] }}",
    "no such format": "{{ '%d' % 'x' }}",
    "a bad braces format": "{{ '{' .format(1) }}",
    "not iterable": "{% for a in 5 %}{% endfor %}",
    "unpacking": "{% for a, b in [1] %}{% endfor %}",
    "a filter's own error": "{{ 'x'|round }}",
    "an unknown filter": "{{ 'x'|nosuch }}",
    "an unknown test": "{{ 'x' is nosuch }}",
    "a filter of ours misused": "{{ [1]|docker }}",
    "a function of ours misused": "{{ fold() }}",
    "itself": "{% include 'a.j2' %}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "deep parentheses": "{{ " + "(" * 9000 + "1" + ")" * 9000 + " }}",
    "deep lists": "{{ " + "[" * 3000 + "]" * 3000 + " }}",
    "many negations": "{{ " + "not " * 5000 + "1 }}",
    "many blocks": "{% if 1 %}" * 150 + "{% endif %}" * 150,
    "many loops": "{% for a in [1] %}" * 60 + "{% endfor %}" * 60,
    "a surrogate": "{{ '\\ud800' }}{{ 1 // 0 }}",
    "too large": "x" * (300 * 1024),
}


@pytest.mark.parametrize("text", RAISING.values(), ids=RAISING)
def test_any_error_of_a_template_is_said_of_the_template(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        make_renderer({"a.j2": f"{{# first line #}}\n{text}"}, tmp_path)("a.j2", {})
    assert re.fullmatch(r"\.stack-wizard/templates/a\.j2(:[12])?", raised.value.where)
    assert raised.value.message and raised.value.next_step


def test_the_line_is_that_of_the_included_template(tmp_path: Path) -> None:
    render = make_renderer({"a.j2": "\n\n{% include 'b.j2' %}", "b.j2": "\n{{ 1 // 0 }}"}, tmp_path)
    with pytest.raises(UnreadableError, match="zero") as raised:
        render("a.j2", {})
    assert raised.value.where == ".stack-wizard/templates/b.j2:2"


COSTLY = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "loops that set": "{% for a in range(9999) %}{% for b in range(9999) %}{% set c = a %}{% endfor %}{% endfor %}",
    "a recursive loop": "{% for a in range(9) recursive %}{{ loop(range(9)) if loop.depth < 99 }}{% endfor %}",
    "macros": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "includes": "{% for a in range(9999) %}{% include 'big.j2' %}{% endfor %}",
    "doubling": "{% set ns = namespace(x='ab') %}{% for a in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "adding": "{% set ns = namespace(x='ab') %}{% for a in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "a list of lists": "{% set n = namespace(x=[]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}",
    "repetition": "{{ 'x' * 9999999999 }}",
    "repetition from the left": "{{ 9999999999 * 'x' }}",
    "a list repeated": "{{ [1] * 999999999 }}",
    "power": "{{ 9 ** 9999999999 }}",
    "width": "{{ '%9999999999d' % 1 }}",
    "width of braces": "{{ '{:>9999999999}'.format(1) }}",
    "width of a filter": "{{ '%9999999999d'|format(1) }}",
    "starred width": "{{ '%*d' % (999999999, 1) }}",
    "center": "{{ 'x'|center(9999999999) }}",
    "ljust": "{{ 'x'.ljust(9999999999) }}",
    "zfill": "{{ 'x'.zfill(9999999999) }}",
    "indent": "{{ 'x'|indent(9999999999, true) }}",
    "replace": "{{ ('a' * 99999).replace('a', 'b' * 99999) }}",
    "replaced by a filter": "{{ ('a' * 99999)|replace('a', 'b' * 99999) }}",
    "join": "{{ ('b' * 99999).join(['a'] * 99999) }}",
    "joined by a filter": "{{ (['a'] * 99999)|join('b' * 99999) }}",
    "batch": "{{ [1]|batch(999999999, 'x')|list }}",
    "in a macro": "{% macro m() %}{% for a in range(9999) %}{{ 'x' * 9999 }}{% endfor %}{% endmacro %}{{ m() }}",
    "in a block": "{% set x %}{% for a in range(99999) %}{{ 'x' * 999 }}{% endfor %}{% endset %}",
}


@pytest.mark.parametrize("text", COSTLY.values(), ids=COSTLY)
def test_what_a_template_costs_is_bounded(tmp_path: Path, text: str) -> None:
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableError):
        make_renderer({"a.j2": text, "big.j2": "x" * 200_000}, tmp_path)("a.j2", {})
    assert time.process_time() - begun < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_an_honest_template_is_not_held_up(tmp_path: Path) -> None:
    text = """\
{% macro row(n) %}| {{ n }} | {{ '%03d' % n }} | {{ 'a'.ljust(40) }} |{% endmacro %}
{% for n in range(500) if n % 2 == 0 %}{{ row(n) }}{{ loop.index }}/{{ loop.length }}{% else %}none{% endfor %}
{% for key, value in {'port': 8010, 'at': 1700000000}|dictsort %}{{ key ~ '=' ~ value|default(1) }}{% endfor %}
{{ ['a', 'b']|join(', ') }} {{ ('x', 'y')[1] }} {{ 'A-b'|lower|replace('-', '_')|indent(4) }} {{ 1700000000|string }}
{{ 2 ** 10 + 3 * 4 % 5 }} {{ '{:>4}'.format(7) }} {{ {'a': [1, 2]}|tojson }}
"""
    made = make_renderer({"a.j2": text}, tmp_path)("a.j2", {})
    assert "| 498 | 498 |" in made and "250/250" in made
    assert "port=8010" in made and "a, b y a_b 1700000000" in made and '{"a": [1, 2]}' in made and "   7" in made


@pytest.mark.parametrize(
    "hostile", ["{{ ''.__class__.__mro__ }}", "{{ q.__globals__ }}", "{% include '../../etc/passwd' %}"]
)
def test_a_hostile_template_reaches_nothing(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(UnreadableError):
        make_renderer({"a.j2": hostile}, tmp_path)("a.j2", {"q": len})


def test_compiled_templates_are_kept_and_give_the_same(tmp_path: Path) -> None:
    first = make_renderer({}, tmp_path)("container/dockerignore.j2", {})
    assert list(tmp_path.iterdir())
    assert make_renderer({}, tmp_path)("container/dockerignore.j2", {}) == first


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert make_renderer({}, tmp_path / "file" / "cache")("container/dockerignore.j2", {})


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache() == tmp_path / "stack-wizard" / "templates"
