"""Port lines and matrix rows in lists and tables of many styles, with what the real reader says of them."""

from __future__ import annotations

import pytest

from wizard.plan.compose.port_registry import assign_port, update_matrix, without_planned
from wizard.plan.splice.text import SpliceRefused
from wizard.stack.documents.port_registry import read_registry
from wizard.values.facts.documents import MatrixRow, RegistryFacts
from wizard.values.source import Source

STATES = "| Port | Owner | State |\n|---|---|---|\n| 8001 | core | live |\n| 8002 | risk | live |\n"
NAMES = ("core", "risk", "market")


def _read(text: str) -> RegistryFacts:
    return read_registry(text, "PORTS.md", NAMES)


@pytest.mark.parametrize(
    ("text", "port", "after"),
    [
        ("- 8001: Core\n- 8002: (reserved)\n", 8002, "- 8001: Core\n- 8002: Market\n"),
        ("- 8001: Core\n- 8002:\n", 8002, "- 8001: Core\n- 8002: Market\n"),
        ("* `8001` – Core\r\n* `8002` – free\r\n", 8002, "* `8001` – Core\r\n* `8002` – Market\r\n"),
        ("- **8001**: Core\n- **8003**: Risk\n", 8002, "- **8001**: Core\n- **8002**: Market\n- **8003**: Risk\n"),
        (
            "- 8001: Core (planned)\n- 8002: Risk (planned)",
            8003,
            "- 8001: Core (planned)\n- 8002: Risk (planned)\n- 8003: Market",
        ),
        ("- 8003: Core\n- 8004: Risk\n", 8002, "- 8002: Market\n- 8003: Core\n- 8004: Risk\n"),
        ("- 8009: Core\n- 8004: Risk\n- 8001: X\n", 8005, "- 8009: Core\n- 8005: Market\n- 8004: Risk\n- 8001: X\n"),
        ("* core: 8001\n* risk: 8002\n", 8003, "* core: 8001\n* risk: 8002\n* Market: 8003\n"),
        ("```\n8001 core\n8002 risk\n```\n", 8003, "```\n8001 core\n8002 risk\n8003 Market\n```\n"),
        (
            "| Port | Owner | Note |\n|---|---|---|\n| 8001 | Core | x |\n| 8004 | Risk | x |\n| 8002 |  | x |\n",
            8002,
            "| Port | Owner | Note |\n|---|---|---|\n| 8001 | Core | x |\n| 8004 | Risk | x |\n| 8002 | Market | x |\n",
        ),
        (
            "| Service | Port |\n|---|---|\n| Core | `8001` |\n| Risk | `8005` |\n",
            8003,
            "| Service | Port |\n|---|---|\n| Core | `8001` |\n| Market | `8003` |\n| Risk | `8005` |\n",
        ),
        (
            "- 8001: Core\n- 8020-8030: reserved\n- 8040: Risk\n",
            8021,
            "- 8001: Core\n- 8020-8030: reserved\n- 8021: Market\n- 8040: Risk\n",
        ),
        (
            "- 8001, 9101: Core\n- 8002 / 9102: Risk\n",
            8003,
            "- 8001, 9101: Core\n- 8002 / 9102: Risk\n- 8003: Market\n",
        ),
        (
            "- 8001: Core\n- 9001-9008: Tools\n",
            9003,
            "- 8001: Core\n- 9001-9008: Tools\n- 9003: Market\n",
        ),
        (
            "| Port | Owner |\n|---|---|\n| 8001, 9101 | Core |\n| 8002, 9102 | Risk |\n",
            8003,
            "| Port | Owner |\n|---|---|\n| 8001, 9101 | Core |\n| 8002, 9102 | Risk |\n| 8003 | Market |\n",
        ),
    ],
)
def test_a_port_gets_its_line(text: str, port: int, after: str) -> None:
    registry = _read(text)
    assert registry.entries
    splice = assign_port(text, registry, port, "Market", service="market")
    assert splice.after == after
    read = [e.owner for e in _read(splice.after).entries if e.port == port and e.owner]
    assert read[-1] == "Market"


def test_its_own_line_stays() -> None:
    text = "- 8001: Core\n- 8005: Market Service (planned)\n"
    assert assign_port(text, _read(text), 8005, "market", service="market").cuts == ()


@pytest.mark.parametrize(
    ("text", "port", "words"),
    [
        ("- 8001: Core\n- 8002: Risk\n", 8002, "reserved for Risk"),
        ("1. 8001: Core\n2. 8002: Risk\n", 8003, "continued"),
        ("# nothing\n", 8001, "no port list"),
    ],
)
def test_what_is_not_safe_is_refused(text: str, port: int, words: str) -> None:
    with pytest.raises(SpliceRefused, match=words) as caught:
        assign_port(text, _read(text), port, "Market", service="market")
    assert f"{port}: Market" in caught.value.paste


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("- 8001: Core\n- 8005: Market (planned)\n", "- 8001: Core\n- 8005: Market\n"),
        ("- 8001: Core (planned)\n- 8005: Market [geplant]\n", "- 8001: Core (planned)\n- 8005: Market\n"),
        ("- 8001: Core\r\n- 8005: Market – planned\r\n", "- 8001: Core\r\n- 8005: Market\r\n"),
        ("- 8001: Core\n- 8005: Market (not deployed yet)\n", "- 8001: Core\n- 8005: Market\n"),
        ("- 8001: Core\n- 8005: Market (TODO)\n", "- 8001: Core\n- 8005: Market\n"),
        ("- 8001: Core\n- 8005: Market [not yet running]\n", "- 8001: Core\n- 8005: Market\n"),
        ("- 8001: Core\n- 8005: Market (coming soon…)\n", "- 8001: Core\n- 8005: Market\n"),
        (f"{STATES}| 8005 | market | Not deployed yet |\n", f"{STATES}| 8005 | market | live |\n"),
        (f"{STATES}| 8005 | market | **WIP** |\n", f"{STATES}| 8005 | market | live |\n"),
        ("- 8001: Core\n- 8005: Market (planned for spring)\n", "- 8001: Core\n- 8005: Market (planned for spring)\n"),
        (f"{STATES}| 8005 | market | planned |\n", f"{STATES}| 8005 | market | live |\n"),
        (
            "| Port | Owner | Note |\n|---|---|---|\n| 8001 | core | first |\n| 8005 | market | planned |\n",
            "| Port | Owner | Note |\n|---|---|---|\n| 8001 | core | first |\n| 8005 | market |  |\n",
        ),
        ("- 8001: Core\n- 8005: Market\n", "- 8001: Core\n- 8005: Market\n"),
    ],
)
def test_a_service_that_runs_is_no_longer_called_planned(text: str, after: str) -> None:
    assert without_planned(text, _read(text), "market") == after


MATRIX = """\
| Service | service.py | Compose | Status |
|---------|-----------|---------|--------|
| core | ✅ | ✅ | Running |
| risk | ✅ | ❌ | Disabled (config pending) |

tail
"""


def _row(service: str, *cells: str) -> MatrixRow:
    return MatrixRow(service, tuple(zip(("service.py", "Compose", "Status"), cells, strict=True)), Source("x"))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_cells_that_differ_are_written(newline: str) -> None:
    text = MATRIX.replace("\n", newline)
    rows = [_row("core", "✅", "✅", "Running"), _row("risk", "✅", "✅", "Running"), _row("market", "❌", "❌", "-")]
    splice = update_matrix(text, _read(text), rows)
    expected = MATRIX.replace("| ❌ | Disabled (config pending) |\n", "| ✅ | Running |\n| market | ❌ | ❌ | - |\n")
    assert splice.after == expected.replace("\n", newline)
    assert splice.line == 4


def test_a_matrix_that_is_right_is_not_touched() -> None:
    splice = update_matrix(MATRIX, _read(MATRIX), [_row("core", "✅", "✅", "Running")])
    assert (splice.after, splice.cuts) == (MATRIX, ())


def test_without_a_matrix_there_is_nothing_to_update() -> None:
    with pytest.raises(SpliceRefused, match="no status matrix"):
        update_matrix("# x\n", _read("# x\n"), [_row("core", "", "", "")])
