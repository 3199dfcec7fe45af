"""The demo's tour in words; Enter goes on, `skip` ends it, and it never comes back."""

from __future__ import annotations

from wizard.pipeline import tour
from wizard.plain.voice import Voice

PAGES = (
    (
        "Welcome. This is a sample stack: a git repository of its own, made for trying things out.",
        "It has services that run, and three that somebody began and left half finished.",
        "This tour has four short pages. Type skip to leave it; it never comes back.",
    ),
    (
        "Adding a service goes by a checklist: phases, and in each a few items.",
        "Each item is met, unmet (nothing there yet), broken (there, but wrong), unknown, waived or not applicable.",
        "That is read from the files every time, never remembered; every status comes with the line that says so.",
    ),
    (
        "You choose a service or name a new one, and answer questions. Enter keeps what stands there.",
        "back goes to the question before, ? explains, quit leaves. Nothing you typed is lost.",
    ),
    (
        "Each phase says what it would write before it writes, and ends in one git commit.",
        "The last phase starts the service with a real Redis and a real PostgreSQL, no Docker needed,",
        "and watches events go in and come out.",
    ),
)


def offer_tour(voice: Voice) -> None:
    """Shows the pages, unless they were seen. However it is left, it is over for good."""
    if tour.seen():
        return
    try:
        for number, page in enumerate(PAGES, 1):
            voice.say(f"Tour, page {number} of {len(PAGES)}.")
            voice.say(*(f"  {line}" for line in page))
            if voice.ask("Enter goes on, skip ends the tour: ").text.lower() in ("s", "skip"):
                break
    finally:
        tour.remember()
    voice.say("")
