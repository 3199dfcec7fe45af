"""The page: nothing of a stack is executed or asked for, and it is read on a phone, in the dark, without a script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.wizard.output.browser import WIDTHS, browser
from wizard.checklist.load import load
from wizard.output.report.page import page
from wizard.pipeline.opening import open_stack
from wizard.pipeline.reporting import Reported, reported
from wizard.values.finding import Contradiction, Finding, Report, Status
from wizard.values.flow import Carrier, End, Flow
from wizard.values.lean import replace
from wizard.values.phase import Phase
from wizard.values.receipt import PhaseCommit
from wizard.values.source import Source

Wizard = Callable[..., Any]
ESCAPES = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "</style><script>document.title='owned'</script>",
    "\"><svg onload=document.title='owned'>",
    "' onmouseover='document.title=1",
    "{{ 7 * 7 }}{% for x in y %}",
    "javascript:document.title='owned'",
    "<a href=https://example.org>x</a>",
    "\x1b[31m\u202ered\x00",
    "&lt;b&gt; &amp; &#60;i&#62;",
    "<!-- --><base href=//example.org>",
]


class Seen(HTMLParser):
    """The elements of a page and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.fixture
def told(demo: Path) -> Reported:
    return reported(open_stack(demo))


def hostile(told: Reported, text: str) -> Reported:
    """The same stack with this text wherever a stack can put one."""
    place = Source(text, 3)
    item = load().items[0]
    finding = Finding(item.id, load().sequence[0], Status.BROKEN, text, (place,), (), text)
    contradiction = Contradiction(text, text, text, ((text, place),))
    end = End(text, "writes", place)
    commit = PhaseCommit(text, text, Phase(1, "service"), text, text, text, ((item.id, "met"),))
    return replace(
        told,
        facts=replace(told.facts, root=f"/{text}", head=text),
        reports=(Report(text, (finding,), (contradiction,)),),
        flow=Flow((Carrier("channel", text, (end,)),)),
        commits=(commit, commit),
    )


@pytest.mark.parametrize("text", ESCAPES)
def test_no_text_of_a_stack_becomes_an_element(told: Reported, text: str) -> None:
    plain, given = Seen(page(hostile(told, "word"))), Seen(page(hostile(told, text)))
    assert given.tags == plain.tags
    assert not [name for name, _ in given.attributes if name.startswith("on") or name == "src"]
    assert all(value.startswith("#") for name, value in given.attributes if name == "href")
    assert "\x1b" not in page(hostile(told, text))


def test_the_policy_allows_the_style_as_it_stands_and_nothing_else(told: Reported) -> None:
    text = page(told)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert text.count("<style") == 1
    assert "<script" not in text


def test_it_tells_what_does_not_fit_first_with_the_command_that_mends_it(told: Reported) -> None:
    text = page(told)
    assert (
        text.index("market, port") < text.index("missing-field") < text.index("never-read") < text.index(">Services<")
    )
    assert "stack-wizard run market --phase compose" in text
    assert "services/allocation/models.py:20" in text
    assert text.count("<h3") == len(told.reports)


def test_the_command_writes_it_where_it_is_told(wizard: Wizard, tmp_path: Path) -> None:
    said = wizard("report", "--output", str(tmp_path / "a" / "r.html"))
    assert said.code == 0
    assert (tmp_path / "a" / "r.html").read_text().startswith("<!doctype html>")
    assert wizard("report", "--output", "-").out.startswith("<!doctype html>")
    (tmp_path / "file").write_text("")
    assert wizard("report", "--output", str(tmp_path / "file" / "r.html")).code == 1


def large(told: Reported) -> Reported:
    """Two hundred services and a thousand things that do not fit between them."""
    many = tuple(replace(told.reports[0], service=f"s{number}") for number in range(200))
    found = tuple(
        replace(told.findings[number % len(told.findings)], message=f"finding {number}.", service=f"s{number % 200}")
        for number in range(1000)
    )
    return replace(told, reports=many, findings=found)


def test_two_hundred_services_and_a_thousand_findings_are_one_page(told: Reported) -> None:
    text = page(large(told))
    assert text.count("<h3") == 200
    assert all(f"finding {number}." in text for number in range(1000))
    assert len(text) < 9_000_000


@pytest.mark.journey
def test_a_page_that_large_keeps_a_browser_busy_with_no_script(told: Reported, tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    path.write_text(page(large(told)), encoding="utf-8")
    with browser() as opened:
        tab = opened.new_page(viewport={"width": WIDTHS[0], "height": 900})
        session = tab.context.new_cdp_session(tab)
        session.send("Performance.enable")
        tab.goto(path.as_uri(), wait_until="load")
        spent = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        assert spent["ScriptDuration"] < 0.3
        assert tab.evaluate("document.documentElement.scrollWidth") <= WIDTHS[0]
        assert tab.locator("h3").count() == 200


@pytest.mark.journey
def test_chromium_asks_for_nothing_and_executes_nothing(told: Reported, tmp_path: Path) -> None:
    with browser() as opened:
        for number, text in enumerate(ESCAPES):
            path = tmp_path / f"{number}.html"
            path.write_text(page(hostile(told, text)), encoding="utf-8")
            tab = opened.new_page()
            asked: list[str] = []
            tab.on("request", lambda request, asked=asked: asked.append(request.url))
            tab.goto(path.as_uri())
            assert asked == [path.as_uri()]
            assert tab.title().endswith("stack-wizard report")
            tab.close()


@pytest.mark.journey
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(told: Reported, tmp_path: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    path = tmp_path / "r.html"
    path.write_text(page(told), encoding="utf-8")
    with browser() as opened:
        for width in WIDTHS:
            # axe is a script, which the page's own policy would not let in
            context = opened.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
            tab = context.new_page()
            tab.goto(path.as_uri())
            tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            found = axe.Axe().run(tab).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
            context.close()
