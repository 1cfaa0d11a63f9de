"""One curve as text, SVG or matplotlib axes."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from lrc.errors import WrongCall

if TYPE_CHECKING:
    from lrc.policy import Run

COLUMNS, ROWS = 72, 14  # of characters, each 2 x 4 dots
_POINTS = 1200  # at most, over the run
_BRAILLE = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def of(run: Run, output: str, group: str | int) -> Plot:
    if run.updates is None:
        raise WrongCall("the run has no end to plot to: bind it with run=…, or use values(range(n))")
    stride = max(1, -(-run.updates // _POINTS))
    steps = range(0, run.updates, stride)
    return Plot(output, steps, run.values(steps, output=output, group=group).tolist(), run.updates)


class Plot:
    """`print` it in a terminal; a notebook shows it as SVG; `matplotlib(axes)` draws into axes."""

    def __init__(self, title: str, steps: range, values: list[float], updates: int) -> None:
        self.title, self.steps, self.values, self.updates = title, steps, values, updates
        self.low, self.high = min([0.0, *values]), max(values, default=0.0)

    def _height(self, value: float) -> float:
        """From 0, the lowest, to 1."""
        return (value - self.low) / (self.high - self.low) if self.high > self.low else 0.0

    def __str__(self) -> str:
        cells = [[0] * COLUMNS for _ in range(ROWS)]
        for x in range(2 * COLUMNS):
            value = self.values[min(len(self.values) - 1, x * len(self.values) // (2 * COLUMNS))]
            y = round((1 - self._height(value)) * (4 * ROWS - 1))
            cells[y // 4][x // 2] |= _BRAILLE[x % 2][y % 4]
        labels = [f"{self.high:.3g}", *[""] * (ROWS - 2), f"{self.low:.3g}"]
        rows = (f"{label:>10} │{''.join(chr(0x2800 + dots) for dots in row)}" for label, row in zip(labels, cells))
        axis = f"{'':>10} └{'─' * COLUMNS}"
        scale = f"{'':>12}0{self.updates:>{COLUMNS - 1},}"
        return "\n".join([f"{'':>12}{self.title}", *rows, axis, scale])

    __repr__ = __str__

    def _repr_svg_(self) -> str:
        width, height, left, top = 640, 220, 70, 24
        points = " ".join(
            f"{left + width * step / max(1, self.updates):.1f},{top + height * (1 - self._height(value)):.1f}"
            for step, value in zip(self.steps, self.values)
        )
        text = '<text x="{}" y="{}" text-anchor="{}">{}</text>'.format
        bottom = top + height
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 20} {bottom + 24}" '
            'font-family="sans-serif" font-size="12" fill="currentColor">'
            f'<path d="M{left} {top}V{bottom}H{left + width}" fill="none" stroke="currentColor" opacity=".5"/>'
            f'<polyline points="{points}" fill="none" stroke="#1f77b4" stroke-width="2"/>'
            + text(left, 14, "start", escape(self.title))
            + text(left - 6, top + 10, "end", f"{self.high:.3g}")
            + text(left - 6, bottom, "end", f"{self.low:.3g}")
            + text(left, bottom + 16, "middle", "0")
            + text(left + width, bottom + 16, "end", f"{self.updates:,} updates")
            + "</svg>"
        )

    def matplotlib(self, axes: Any = None) -> Any:
        """Draws into `axes`, or into new ones, and gives them back."""
        if axes is None:
            from matplotlib import pyplot

            axes = pyplot.subplots()[1]
        axes.plot(self.steps, self.values)
        axes.set_xlabel("update")
        axes.set_ylabel(self.title)
        return axes
