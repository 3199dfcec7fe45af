"""Port lists and status matrices in the styles people write them in."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.documents.port_registry import read_registry
from wizard.values.facts.documents import RegistryFacts

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


@pytest.mark.parametrize("name", ["scanner.py", "`worker.py", "src/market/app.ts", "**schema.sql**"])
def test_a_line_of_a_file_is_no_port(name: str) -> None:
    text = "".join(f"- {name}:{line} — {what}\n" for line, what in ((1255, "header"), (1260, "alert"), (8005, "gate")))
    assert rows(read(text)) == []
    assert [row[0] for row in rows(read(text + "\n- api.example.org:8001 core\n- market: 8005\n- core: 8001\n"))] != []


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


SEVERAL = [
    ("- 8005, 9105: Market", [8005, 9105]),
    ("- `8005` / `9105`: Market", [8005, 9105]),
    ("- 8005 and 9105 → Market", [8005, 9105]),
    ("- 8005-8007, 9105: Market", [8005, 8006, 8007, 9105]),
    ("- 8005 + 8006/tcp – Market", [8005, 8006]),
    ("- Market: 8005 & 9105", [8005, 9105]),
    ("- 8005-8007: Market", [8005, 8006, 8007]),
]


@pytest.mark.parametrize(("line", "ports"), SEVERAL, ids=[line for line, _ in SEVERAL])
def test_a_line_with_several_ports(line: str, ports: list[int]) -> None:
    beside = "- Core: 8001" if line.startswith("- Market") else "- 8001: Core"
    facts = read(f"{beside}\n{line}\n")
    assert [entry.port for entry in facts.entries if entry.service == "market"] == ports
    assert facts.problems == ()


def test_a_row_with_several_ports() -> None:
    facts = read("| Service | Ports |\n|---|---|\n| Core | 8001 |\n| Market | 8005, 9105 |\n| Tools | 9001-9003 |\n")
    assert [(e.port, e.service) for e in facts.entries] == [
        (8001, "core"),
        (8005, "market"),
        (9105, "market"),
        *((port, "") for port in (9001, 9002, 9003)),
    ]


@pytest.mark.parametrize(
    ("first", "last", "read_as"),
    [
        (1023, 1023, []),
        (1024, 1024, [1024]),
        (65535, 65535, [65535]),
        (65536, 65536, []),
        (9000, 9200, list(range(9000, 9201))),
        (9000, 9201, []),
        (9002, 9001, []),
    ],
)
def test_which_numbers_are_ports(first: int, last: int, read_as: list[int]) -> None:
    line = f"- {first}: Tools" if first == last else f"- {first}-{last}: Tools"
    assert [e.port for e in read(f"- 8001: Core\n{line}\n").entries if e.owner == "Tools"] == read_as


def test_a_list_needs_two_lines_of_one_kind_without_a_heading_between() -> None:
    assert rows(read("- 8001: core\n")) == []
    assert rows(read("- 8001: core\n## More\n- 8005: market\n")) == []
    assert rows(read("- 8001: core\n> a word\n- 8005: market\n")) == []
    assert rows(read("- 8001: core\n\n- 8005: market\n")) == []
    assert [row[0] for row in rows(read("- 8001: core\na sentence\n- 8005: market\n"))] == [8001, 8005]
    assert rows(read("- 8001: core\n- market: 8005\n")) == []


@pytest.mark.parametrize(
    ("length", "is_read"), [(300, True), (301, False)], ids=["as long as a line may be", "a paragraph"]
)
def test_a_paragraph_is_no_entry(length: int, is_read: bool) -> None:
    line = "- 8005: market (" + "x" * (length - 17) + ")"
    assert len(line) == length
    found = [row[0] for row in rows(read(f"- 8001: core\n- 8002: ws\n{line}\n"))]
    assert found == ([8001, 8002, 8005] if is_read else [8001, 8002])


@pytest.mark.parametrize(
    ("owner", "is_read"),
    [
        ("one two three four five six seven eight", True),
        ("one two three four five six seven eight nine", False),
        ("one two three four five six seven eight (and nine in brackets)", True),
        ("$ docker compose up", False),
        ("http://localhost", False),
        ("/health", False),
    ],
)
def test_a_sentence_or_a_command_is_no_owner(owner: str, is_read: bool) -> None:
    found = [row[0] for row in rows(read(f"- 8001: core\n- 8002: ws\n- 8005: {owner}\n"))]
    assert found == ([8001, 8002, 8005] if is_read else [8001, 8002])


def test_a_column_is_of_ports_when_half_of_its_cells_are() -> None:
    half = "| Name | Port |\n|---|---|\n| core | 8001 |\n| market | 8005 |\n| ws | later |\n| other | never |\n"
    assert [row[0] for row in rows(read(half))] == [8001, 8005]
    assert rows(read(half + "| last | no |\n")) == []


def test_a_table_of_one_row_is_no_list_and_short_rows_are_passed_over() -> None:
    assert rows(read("| Name | Port |\n|---|---|\n| core | 8001 |\n")) == []
    found = rows(read("| Port | Name | Note |\n|---|---|---|\n| 8001 | core | a |\n| 8005 |\n| 8006 | ws | b |\n"))
    assert [(port, owner) for port, _, owner, _ in found] == [(8001, "core"), (8005, ""), (8006, "ws")]


def test_the_column_of_names_is_the_one_with_the_most_different_words() -> None:
    text = "| State | Port | Name |\n|---|---|---|\n| up | 8001 | core |\n| up | 8005 | market |\n| up | 8006 | ws |\n"
    assert [(port, owner, note) for port, _, owner, note in rows(read(text))] == [
        (8001, "core", "up"),
        (8005, "market", "up"),
        (8006, "ws", "up"),
    ]


@pytest.mark.parametrize(
    ("line", "owner", "note"),
    [
        ("- 8005: market – prices of today", "market", "prices of today"),
        ("- 8005: market — prices", "market", "prices"),
        ("- 8005: market - prices", "market", "prices"),
        ("- 8005: market-data", "market-data", ""),
        ("- 8005: [market](docs/market.md)", "market", ""),
        ("- 8005: ~~market~~ (gone) [really]", "market", "gone, really"),
        ("- 8005: free (since May)", "", "since May, free"),
        ("- 8005: `market`,", "market", ""),
    ],
)
def test_owner_and_note_are_told_apart(line: str, owner: str, note: str) -> None:
    found = [row for row in rows(read(f"- 8001: core\n{line}\n")) if row[0] == 8005]
    assert [(row[2], row[3]) for row in found] == [(owner, note)]


@pytest.mark.parametrize(
    ("lines", "owners"),
    [
        ("- **Core**: http://localhost:8001/docs\n- **Market**: http://localhost:8005/docs\n", ["Core", "Market"]),
        ("- `http://localhost:8001/` - core\n- `http://localhost:8005/api/v1` - market\n", ["core", "market"]),
        ("- core: localhost:8001/metrics (internal)\n- market: localhost:8005/metrics\n", ["core", "market"]),
        ("- 8001/tcp: core\n- 8005 / 9105: market\n", ["core", "market", "market"]),
    ],
)
def test_the_path_of_a_url_is_no_part_of_the_owner(lines: str, owners: list[str]) -> None:
    assert [entry.owner for entry in read(f"# Services\n\n{lines}").entries] == owners
