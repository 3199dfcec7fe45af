"""A real Chromium for the pages that the wizard writes; without one the tests that need it say so and are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

WIDTHS = (390, 820, 1280)
"""Pixels: a phone, a tablet, a desk."""


@contextmanager
def browser() -> Iterator[Any]:
    """Yields the browser. Skips with the reason where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        # the sandbox needs privileges that a container does not have; the page is the wizard's own
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield opened
        finally:
            opened.close()
