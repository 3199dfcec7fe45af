"""Port lists and status matrices in the styles people write them in."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.registry import read_registry
from wizard.values.doc_facts import RegistryFacts

NAMES = ("core", "market", "ws", "db_writer", "paper_runner", "market_data")


def read(text: str, prefix: str = "cdb_") -> RegistryFacts:
    return read_registry(dedent(text), "PORTS.md", NAMES, prefix)


def rows(facts: RegistryFacts) -> list[tuple[int, str, str, str]]:
    return [(e.port, e.service, e.owner, e.note) for e in facts.entries]


STYLES = {
    "the reference document's": """\
        - 8001: Core Service
        - 8005: Market Service (planned)
        - 8008: (reserved)
        - 8009:
        """,
    "stars and code": """\
        * `8001` – core
        * `8005` - **market** (planned)
        * `8008` – reserved
        * 8009 —
        """,
    "numbered, arrows, hosts": """\
        1. 127.0.0.1:8001 -> cdb_core
        2. localhost:8005 → cdb_market (planned)
        3. :8008 = frei
        4. 8009: -
        """,
    "plain lines": """\
        8001 – core
        8005 – market [planned]
        8008 – free
        8009 – n/a
        """,
    "fenced": """\
        ```
        8001: core
        8005: market (planned)
        8008: reserved
        8009: -
        ```
        """,
    "owner first": """\
        - Core: 8001
        - Market – 8005 (planned)
        - reserved: 8008
        - free: 8009
        """,
    "table": """\
        | Service | Port | Remark |
        |---|---|---|
        | Core Service | 8001 | |
        | `market` | 8005 | planned |
        | reserved | 8008 | |
        | – | 8009 | |
        """,
    "table, port first": """\
        Port | Dienst
        --- | ---
        **8001** | core
        8005/tcp | Market Service (planned)
        8008 | frei
        8009 |
        """,
}


@pytest.mark.parametrize("style", STYLES)
def test_each_style_says_the_same(style: str) -> None:
    found = [(port, service) for port, service, _, _ in rows(read(STYLES[style]))]
    assert found == [(8001, "core"), (8005, "market"), (8008, ""), (8009, "")]
    assert [e.owner for e in read(STYLES[style]).entries][2:] == ["", ""]
    assert "planned" in read(STYLES[style]).entries[1].note


def test_ranges_are_entries_each() -> None:
    assert rows(read("- 8001: core\n- 8010-8012: (reserved)\n"))[1:] == [
        (port, "", "", "reserved") for port in (8010, 8011, 8012)
    ]


def test_owners_are_matched_only_when_one_fits_best() -> None:
    text = """\
        - 8000: WebSocket Service
        - 8001: Database Writer
        - 8002: Paper Runner
        - 8003: cdb_market_data
        - 8004: Market Data Service
        - 8005: Regime Service (planned)
        - 8006: Marketing
        """
    assert [(port, service) for port, service, _, _ in rows(read(text))] == [
        (8000, "ws"),
        (8001, "db_writer"),
        (8002, "paper_runner"),
        (8003, "market_data"),
        (8004, "market_data"),
        (8005, ""),
        (8006, ""),
    ]


def test_what_is_no_port_list_is_not_read() -> None:
    text = """\
        # Guide from 2024
        Open http://localhost:8001 in a browser, or port 8002.

        - 2024-05-01: released
        - "8005:8005"
        - run `curl localhost:8001/health`

        | Year | Count |
        |---|---|
        | a | 12 |

        In 2025 we moved on.
        """
    assert read(text).entries == ()


def test_lines_and_the_place_for_a_new_one() -> None:
    facts = read("# Ports\n\n- 8001: core\n- 8005: market\n\nText.\n\n- 9000: somebody\n- 9001: else\n- 9002: third\n")
    assert [e.source.line for e in facts.entries] == [3, 4, 8, 9, 10]
    assert facts.last_entry is not None
    assert facts.last_entry.line == 10


def test_a_port_listed_twice_is_a_problem() -> None:
    facts = read("- 8001: core\n- 8002: market\n- 8001: ws\n")
    assert [(p.source.line, p.message) for p in facts.problems] == [
        (3, "port 8001 is listed for ws here and for core in line 1")
    ]


def test_the_matrix_is_the_table_of_services_and_marks() -> None:
    facts = read("""\
        - 8001: core
        - 8002: market

        | Port | Service |
        |---|---|
        | 8001 | core |

        | Dienst | service.py | Compose | Zustand |
        |:--|:-:|:-:|---|
        | `core` | ✅ | ✅ | läuft |
        | Market Service | ❌ | ✗ | aus |
        | somebody | ✅ | ❌ | |
        """)
    assert facts.matrix_at is not None
    assert facts.matrix_at.line == 8
    assert facts.matrix_header == ("Dienst", "service.py", "Compose", "Zustand")
    assert [(row.service, row.source.line) for row in facts.matrix] == [("core", 10), ("market", 11), ("somebody", 12)]
    assert facts.matrix[1].cells == (("service.py", "❌"), ("Compose", "✗"), ("Zustand", "aus"))


def test_a_document_without_matrix() -> None:
    assert read("- 8001: core\n- 8002: market\n").matrix_at is None


def test_crlf_and_bom() -> None:
    facts = read_registry("\ufeff- 8001: core\r\n- 8002: market\r\n", "P.md", NAMES)
    assert [(e.port, e.owner) for e in facts.entries] == [(8001, "core"), (8002, "market")]
