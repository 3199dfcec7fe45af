"""Documents: sections, tables, commands."""

from __future__ import annotations

from wizard.stack.documents.markdown import read_document

TEXT = """\
# Runbook

Intro with `dc ps`.

## Services

### market

```bash
# start it
docker compose up -d market
docker compose run \\
  --rm market sh
```

Logs: `docker logs market`

    $ curl http://localhost:8005/health

- item

      not code of its own

Stop
----

| a | b |
|---|---|
| 1 | `x` |
"""


def test_sections_nest_and_know_their_lines() -> None:
    document = read_document(TEXT, "R.md")
    assert [(s.title, s.level, s.source.line, s.end_line) for s in document.sections] == [
        ("Runbook", 1, 1, 29),
        ("Services", 2, 5, 23),
        ("market", 3, 7, 23),
        ("Stop", 2, 24, 29),
    ]
    assert document.sections[2].body.startswith("```bash")
    assert "Stop" not in document.sections[1].body


def test_commands_of_fences_indented_code_and_inline_code() -> None:
    document = read_document(TEXT, "R.md")
    assert [(c.value, c.source.line) for c in document.sections[2].commands] == [
        ("docker compose up -d market", 11),
        ("docker compose run --rm market sh", 12),
        ("docker logs market", 16),
        ("curl http://localhost:8005/health", 18),
    ]
    assert document.sections[0].commands[0].value == "dc ps"
    assert [c.value for c in document.sections[3].commands] == ["x"]


def test_tables() -> None:
    [(header, body, source)] = read_document(TEXT, "R.md").tables
    assert header == ("a", "b")
    assert [(cells, at.line) for cells, at in body] == [(("1", "`x`"), 29)]
    assert source.line == 27


def test_an_empty_document() -> None:
    assert read_document("", "R.md").sections == ()
