"""Words that code compares fields with."""

from __future__ import annotations

from wizard.plan.hints import compared_words

CODE = """
def handle(event, raw):
    if event.status != "filled":
        return None
    if raw["kind"] in ("trade", "quote") or raw.get("venue") == "x":
        return event
    if event.price > 3 and event.status == "late" and event.a == event.b:
        return None
"""


def test_the_first_word_of_each_field_is_found() -> None:
    assert compared_words([CODE]) == {"status": "filled", "kind": "trade", "venue": "x"}


def test_what_does_not_parse_says_nothing() -> None:
    assert compared_words(["def (", "\x00"]) == {}
