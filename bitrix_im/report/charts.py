"""The pictures of a report as inline SVG, by matplotlib.

Colours are CSS variables of the page, so one picture does by day, by night and on paper; letters stay letters, in the
reader's own font. Each chart comes in two widths, of which the page shows the one that fits.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from .numbers import BUCKETS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that stand for the page's variables while matplotlib draws.
_INK, _FAINT, _ACCENT = "#010203", "#040506", "#070809"
_VARIABLES = {_INK: "var(--ink)", _FAINT: "var(--faint)", _ACCENT: "var(--accent)"}
_STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _FAINT,
    "ytick.color": _FAINT,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "ytick.major.size": 0,
    "grid.color": _FAINT,
    "grid.linewidth": 0.5,
}
WIDE, NARROW = 8.6, 4.0  # inches
_FORMATS = ["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%S"]
_BARS = 60
_STEPS = {1: "a day", 7: "a week", 28: "in four weeks", 91: "in thirteen weeks", 364: "in 52 weeks"}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def activity(days: Mapping[date, int], width: float) -> str:
    """Messages over time: by day, week or month, whatever gives bars that can be told apart."""
    starts, counts, step = binned(days)

    def draw(axes: Any) -> None:
        from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

        middles: Any = [start + step / 2 for start in starts]
        axes.bar(middles, counts, width=step.days * 0.86, color=_ACCENT)
        locator = AutoDateLocator(minticks=2, maxticks=max(3, int(width)))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        told: Any = ConciseDateFormatter  # matplotlib does not say its types
        axes.xaxis.set_major_formatter(told(locator, formats=_FORMATS, zero_formats=_FORMATS, show_offset=False))
        _counted(axes)

    return _svg("activity", width, 2.4, draw)


def step(days: Mapping[date, int]) -> str:
    """What one bar of the activity stands for, as in "messages a week"."""
    return _STEPS[_size(days)]


def _size(days: Mapping[date, int]) -> int:
    span = (max(days) - min(days)).days if days else 0
    return next((size for size in _STEPS if span // size < _BARS), max(_STEPS))


def binned(days: Mapping[date, int]) -> tuple[list[date], list[int], timedelta]:
    """The days put together, so that the bars can be told apart."""
    if not days:
        return [], [], timedelta(1)
    size, first, last = _size(days), min(days), max(days)
    first -= timedelta(first.weekday() if size > 1 else 0)  # weeks begin on Mondays
    counts = [0] * ((last - first).days // size + 1)
    for day, count in days.items():
        counts[(day - first).days // size] += count
    return [first + timedelta(size * place) for place in range(len(counts))], counts, timedelta(size)


def answers(buckets: Sequence[int], width: float) -> str:
    """How many answers came how soon."""

    def draw(axes: Axes) -> None:
        names = [f"≤ {name}" if width > NARROW else name.replace(" ", "\n") for name, _ in BUCKETS]
        axes.bar(names, buckets or [0] * len(BUCKETS), width=0.7, color=_ACCENT)
        axes.tick_params(axis="x", length=0)
        _counted(axes)

    return _svg("answers", width, 2.2, draw)


def hours(counts: Sequence[Sequence[int]], width: float) -> str:
    """Messages by weekday and hour: the more, the stronger the colour."""
    most = max(max(row) for row in counts) or 1

    def draw(axes: Axes) -> None:
        from matplotlib.collections import PatchCollection
        from matplotlib.colors import to_rgba
        from matplotlib.patches import Rectangle

        cells, colors = [], []
        for day, row in enumerate(counts):
            for hour, count in enumerate(row):
                cells.append(Rectangle((hour + 0.04, day + 0.05), 0.92, 0.9))
                # Square roots: what happens at night shows, too
                share = 0.12 + 0.88 * (count / most) ** 0.5
                colors.append(to_rgba(_ACCENT, share) if count else to_rgba(_FAINT, 0.22))
        axes.add_collection(PatchCollection(cells, facecolors=colors, linewidths=0), autolim=False)
        axes.set_xlim(0, 24)
        axes.set_ylim(7, 0)
        step = 2 if width > NARROW else 6
        axes.set_xticks([hour + 0.5 for hour in range(0, 24, step)], [f"{hour:02}" for hour in range(0, 24, step)])
        axes.set_yticks([day + 0.5 for day in range(7)], DAYS)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(length=0)

    return _svg("hours", width, 2.4, draw)


def _counted(axes: Any) -> None:
    """An axis of whole numbers, with thin lines to read them by."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.grid(visible=True)
    axes.set_axisbelow(True)


def _svg(name: str, width: float, height: float, draw: Callable[[Axes], None]) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    paper = io.StringIO()
    style: Any = {**mpl.rcParamsDefault, **_STYLE, "svg.hashsalt": f"{name}{width}"}
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(paper, format="svg", transparent=True, metadata={"Date": None})
    return _inline(paper.getvalue())


def _inline(document: str) -> str:
    """An SVG document as a part of a page: no prologue, no metadata, no names that two pictures share."""
    text = document[document.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r'(<g) id="[^"]*"', r"\1", text)
    text = re.sub(r"<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>", r'<svg viewBox="\1" aria-hidden="true">', text, count=1)
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px; font-family: inherit", text)
    for color, variable in _VARIABLES.items():
        text = text.replace(color, variable)
    return re.sub(r"\s*\n\s*", "\n", text)
