"""The logic of the service. This file is yours.

Replace the body of the function: service.py calls it with each JSON object that is posted to
/handle, and answers with what it returns. Keep it pure (no input or output, no clock): then
it is tested without servers.
"""

from __future__ import annotations

from collections.abc import Mapping


def handle(question: Mapping[str, object]) -> dict[str, object]:
    """Answer a question.

    As generated it gives the question back: only you know what this service answers.
    """
    return dict(question)
