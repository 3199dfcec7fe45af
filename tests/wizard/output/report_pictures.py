"""Pictures of the report of the sample stack: `python -m tests.wizard.output.report_pictures FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.wizard.output.browser import WIDTHS, browser
from wizard.output.report.page import page
from wizard.pipeline.opening import open_stack
from wizard.pipeline.reporting import reported
from wizard.session.sample import create_demo


def main(target: Path) -> None:
    """Draws the page at three widths, light and dark."""
    with tempfile.TemporaryDirectory() as place, browser() as opened:
        source = Path(place) / "report.html"
        source.write_text(page(reported(open_stack(create_demo(Path(place) / "stack")))), encoding="utf-8")
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                tab = opened.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                tab.goto(source.as_uri())
                tab.screenshot(path=str(target / f"report-{width}-{scheme}.png"))
                tab.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
