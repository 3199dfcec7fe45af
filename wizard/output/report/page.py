"""The page: one HTML file with a policy that allows its own style and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

from wizard import __version__
from wizard.errors import RefusedError
from wizard.output.flow.svg import STYLE, drawing
from wizard.output.report import view
from wizard.rules.text import one_line

if TYPE_CHECKING:
    from wizard.pipeline.reporting import Reported

MOST_NODES = 150
"""Channels and services that a drawing can show; of more the table tells."""
WIDTH, HEIGHT = 640, 120
"""Pixels of the history's plot."""


def page(told: Reported, *, script: str = "") -> str:
    """Returns the document. `script`: for the page that is served and reloads; a file has none."""
    from jinja2 import Environment, StrictUndefined

    source = files("templates").joinpath("report")
    style = _style()
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(
        source.joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    entries = view.history(told.commits)
    counts = [report.count for report in told.reports]
    return template.render(
        policy=policy(style, script),
        style=style,
        script=script,
        version=__version__,
        name=view.stack_name(told.facts.root),
        head=one_line(told.facts.head, 12),
        met=sum(count.met for count in counts),
        applies=sum(count.applies for count in counts),
        phases=told.checklist.sequence,
        cards=view.cards((*told.reports, *told.whole), told.findings),
        services=view.services(told.reports, told.checklist),
        ports=view.ports(told.ports),
        drawing=_drawing(told),
        carriers=view.carriers(told.flow),
        unseen=view.unseen(told.flow.unseen),
        history=tuple(reversed(entries)),
        plot=_plot([entry.met for entry in entries]),
    )


def _style() -> str:
    return files("templates").joinpath("report/page.css").read_text(encoding="utf-8") + STYLE


def policy_of(script: str = "") -> str:
    """Returns the policy of the page with this script."""
    return policy(_style(), script)


def policy(style: str, script: str) -> str:
    """Returns the content security policy: this style by its hash, this script if there is one, and no request."""
    rules = ["default-src 'none'", f"style-src {_hash(style)}", "base-uri 'none'", "form-action 'none'"]
    if script:
        rules += [f"script-src {_hash(script)}", "connect-src 'self'"]
    return "; ".join(rules)


def _hash(text: str) -> str:
    """https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _drawing(told: Reported) -> str:
    """The flow drawn, '' where it is too large to be looked at or nothing lays it out."""
    if not told.flow.carriers or len(told.flow.carriers) > MOST_NODES:
        return ""
    try:
        return drawing(told.flow, styled=False)
    except RefusedError:
        return ""


def _plot(values: Sequence[int]) -> str:
    """A line of how many items were met after each commit; numbers only, so nothing of it needs escaping."""
    if len(values) < 2:
        return ""
    top = max(values) or 1
    step = (WIDTH - 50) / (len(values) - 1)
    points = [(40 + number * step, HEIGHT - 20 - value / top * (HEIGHT - 40)) for number, value in enumerate(values)]
    way = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    label = f"items met after each of {len(values)} commits, from {values[0]} to {values[-1]}"
    return (
        f'<svg class="plot" role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}">'
        f'<line x1="40" y1="{HEIGHT - 20}" x2="{WIDTH - 10}" y2="{HEIGHT - 20}"/><path d="{way}"/>'
        f'<text x="4" y="24">{top}</text><text x="4" y="{HEIGHT - 20}">0</text></svg>'
    )
