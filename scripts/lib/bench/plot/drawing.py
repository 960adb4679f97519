"""A plot as SVG: panels side by side, each with axes, lines, and the rounds' least and greatest.

The background is left to the page; all colours can be read on white as on near-black.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from .plots import Panel, Plot
from .points import Point
from .scale import Scale, decades, label, marks

COLOURS = ("#2f7fe0", "#cf6a00", "#0f9488")
TEXT, GRID = "#768390", "#76839055"
WIDTH, HEIGHT, COLUMNS = 400, 290, 2
LEFT, RIGHT, TOP, BOTTOM = 62, 22, 62, 48
HEADING = 34
LOGARITHMIC_FROM = 50
"""Times the least value, the greatest makes the axis of values logarithmic."""

Series = dict[str, list[Point]]


def draw(plot: Plot, panels: list[tuple[Panel, Series]]) -> str:
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // COLUMNS)
    width, height = columns * WIDTH, HEADING + rows * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" font-family="sans-serif" '
        f'font-size="12" fill="{TEXT}">',
        f"<title>{escape(plot.title)}</title>",
        _text(width / 2, 22, plot.title, "middle", 'font-size="16" font-weight="bold"')]
    for number, (panel, series) in enumerate(panels):
        x, y = number % COLUMNS * WIDTH, HEADING + number // COLUMNS * HEIGHT
        parts += [f'<g transform="translate({x} {y})">', *_panel(plot, panel, series), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(plot: Plot, panel: Panel, series: Series) -> list[str]:
    everything = [point for line in series.values() for point in line]
    across, up = _scales(everything)
    steps = decades(up.low, up.high) if up.is_logarithmic else marks(up.high)
    parts = [
        _text(LEFT, 20, f"{panel.title} ({panel.unit})", "start", 'font-weight="bold"'),
        *_legend(series)]
    for step in steps:
        y = up.place(step)
        parts += [_line(LEFT, y, WIDTH - RIGHT, y, GRID),
                  _text(LEFT - 6, y + 4, label(step), "end")]
    for x in sorted({point.x for point in everything}):
        place = across.place(x)
        parts += [_line(place, HEIGHT - BOTTOM, place, HEIGHT - BOTTOM + 5, TEXT),
                  _text(place, HEIGHT - BOTTOM + 18, label(x), "middle")]
    parts += [
        _line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, TEXT),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, plot.axis, "middle")]
    for colour, line in zip(COLOURS, series.values()):
        parts += _series(line, across, up, colour)
    return parts


def _scales(everything: list[Point]) -> tuple[Scale, Scale]:
    xs = [point.x for point in everything]
    low, high = min(point.low for point in everything), max(point.high for point in everything)
    across = Scale(min(xs), max(xs), LEFT + 16, WIDTH - RIGHT - 16, is_logarithmic=True)
    if 0 < low and low * LOGARITHMIC_FROM < high:
        steps = decades(low, high)
        return across, Scale(
            steps[0], steps[-1], HEIGHT - BOTTOM, TOP, is_logarithmic=True)
    return across, Scale(0, marks(high)[-1], HEIGHT - BOTTOM, TOP)


def _series(line: list[Point], across: Scale, up: Scale, colour: str) -> list[str]:
    places = [(across.place(point.x), up.place(point.value)) for point in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for point, (x, y) in zip(line, places):
        parts += [
            _line(x, up.place(point.low), x, up.place(point.high), colour),
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}">'
            f"<title>{label(point.x)}: {label(float(f'{point.value:.3g}'))}</title></circle>"]
    return parts


def _legend(series: Series) -> list[str]:
    """None where there is one line without a name."""
    parts: list[str] = []
    x: float = LEFT
    for colour, name in zip(COLOURS, series):
        if name:
            parts += [_line(x, 38, x + 16, 38, colour, 2), _text(x + 20, 42, name, "start")]
            x += 34 + 6.2 * len(name)
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width}"/>')


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(text)}</text>'
