"""Round trips as a small plot of block characters, drawn while they happen; the numbers stand beside it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

EIGHTHS = " ▁▂▃▄▅▆▇█"


def plot(samples: Sequence[float], width: int, height: int) -> Content:
    """Returns the newest samples (milliseconds) as bars from zero, the longest one as high as the plot."""
    if not samples:
        return Content.styled("no round trip yet", "$foreground-muted")
    label = max(len(f"{max(samples):.1f} ms "), 8)
    shown = list(samples)[-max(1, (width - label - 1) // 2) :]
    top = max(max(shown), 0.001)
    rows: list[Content] = []
    for row in range(height - 1, -1, -1):
        bars = "".join(_cell(sample / top * height * 8 - row * 8) for sample in shown)
        axis = f"{top:.1f} ms" if row == height - 1 else "0" if row == 0 else ""
        rows.append(
            Content.assemble(
                (f"{axis:>{label - 1}} ", "$foreground-muted"), ("│", "$foreground-muted"), (bars, "$text-success")
            )
        )
    ordered = sorted(samples)
    words = f"{len(samples)} round trips · median {ordered[len(ordered) // 2]:.1f} ms · max {ordered[-1]:.1f} ms"
    return Content("\n").join([*rows, Content.styled(words, "$foreground-muted")])


def _cell(eighths: float) -> str:
    return EIGHTHS[max(0, min(8, round(eighths)))] + " "


class RoundTrips(Widget):
    """The plot as a widget."""

    DEFAULT_CSS = """
    RoundTrips { height: 5; padding: 0 1; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._samples: list[float] = []

    @property
    def samples(self) -> tuple[float, ...]:
        """What was measured, in milliseconds."""
        return tuple(self._samples)

    def add(self, samples: Sequence[float]) -> None:
        """Adds round trips."""
        if samples:
            self._samples.extend(samples)
            self.refresh()

    def clear(self) -> None:
        """Begins a new run."""
        self._samples.clear()
        self.refresh()

    def render(self) -> Content:
        """Returns the plot in the size at hand."""
        return plot(self._samples, self.content_size.width, max(1, self.content_size.height - 1))
