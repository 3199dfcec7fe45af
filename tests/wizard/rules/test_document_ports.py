"""Which ports a document names, and which of them plainly as the service's own."""

from __future__ import annotations

import pytest

from wizard.rules.document_ports import documented_ports
from wizard.values.facts.documents import DocumentFacts

LINES = [
    ("Port: 8005", {8005: True}),
    ("Listens on port `8005`.", {8005: True}),
    ("| Port | 8005 |", {8005: True}),
    ("Puerto: 8005", {8005: True}),
    ("docker run -p 8005:8005 shop", {8005: True}),
    ("curl http://localhost:8005/health", {8005: True}),
    ("Open <http://localhost:8005/>.", {8005: False}),
    ("| `RATES_URL` | `http://localhost:4317` | where rates come from |", {4317: False}),
    ("| `OTLP_ENDPOINT` | port 4317 |", {4317: False}),
    ("The gateway answers on port 8081.", {8081: False}),
    ("`billing` has port 8090.", {8090: False}),
    ("Redis listens on port 6379.", {}),
    ("Version 1.8005 of 2025", {}),
    ("Since 2019 there are 8000 orders a day.", {}),
    ("Port 80 inside.", {}),
    ("Port 99999", {}),
]


@pytest.mark.parametrize(("line", "ports"), LINES, ids=[line for line, _ in LINES])
def test_a_line(line: str, ports: dict[int, bool]) -> None:
    document = DocumentFacts("services/shop/README.md", text=f"# shop\n\n{line}\n")
    found = documented_ports(document, {"billing"})
    assert {said.port: said.plain for said in found} == ports
    assert all(said.source.line == 3 for said in found)


def test_a_service_that_is_called_like_a_server_speaks_of_itself() -> None:
    document = DocumentFacts("services/gateway/README.md", text="The gateway answers on port 8081.\n")
    assert [said.plain for said in documented_ports(document)] == [True]


def test_only_the_lines_asked_for() -> None:
    document = DocumentFacts("RUNBOOK.md", text="port 8001\nport 8002\nport 8003\n")
    assert [(said.port, said.source.line) for said in documented_ports(document, (), 2, 2)] == [(8002, 2)]
