"""The proof after a Markdown splice: every other heading, fence, table row, list item and rule is the same; and how
wide text is."""

from __future__ import annotations

from wizard.plan.splice.text import Cut, Splice, SpliceRefused, apply
from wizard.syntax.markdown import parse
from wizard.syntax.markdown_values import MarkdownDocument


def proved(document: MarkdownDocument, cuts: list[Cut], paste: str) -> Splice:
    """Makes the cuts and proves them. Raises `SpliceRefused`."""
    splice = apply(document.text, cuts)
    same_blocks(document, parse(splice.after), splice, paste)
    return splice


def same_blocks(before: MarkdownDocument, after: MarkdownDocument, splice: Splice, paste: str) -> None:
    """Raises `SpliceRefused` unless all blocks outside of the new text are what they were."""
    gone = [(cut.start, cut.end) for cut in splice.cuts]
    if _blocks(before, gone) != _blocks(after, list(splice.new_spans)):
        raise SpliceRefused("the change would alter the structure around it", paste, splice.line)


def _blocks(document: MarkdownDocument, spans: list[tuple[int, int]]) -> list[tuple[object, ...]]:
    """What the blocks say, in order; blocks and lines inside the spans left out, a cut through a line leaves that
    line out."""

    def out(start: int, end: int) -> bool:
        return any(start < stop and begin < end for begin, stop in spans) or any(
            begin == stop and start < begin < end for begin, stop in spans
        )

    text = document.text
    found: list[tuple[int, tuple[object, ...]]] = []
    found += [(h.start, ("heading", h.level, h.title)) for h in document.headings if not out(h.start, h.end)]
    found += [(f.start, ("fence", f.info, f.body)) for f in document.fences if not out(f.start, f.end)]
    found += [(i.start, ("item", i.indent, i.marker, i.text)) for i in document.items if not out(i.start, i.end)]
    found += [(r.start, ("rule", text[r.start : r.end])) for r in document.rules if not out(r.start, r.end)]
    for table in document.tables:
        rows = [row for row in (table.header, table.delimiter, *table.rows) if not out(row.start, row.end)]
        found += [(row.start, ("row", row.texts)) for row in rows]
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]
