"""A line chart as SVG text: a handful of series over a few named places."""

from xml.sax.saxutils import escape

COLORS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8d6a9f", "#e08e0b", "#555555", "#00798c")
WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 220, 40, 50


def _nice_ceiling(value):
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    return next(step * power for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= value)


def line_chart(title, x_title, y_title, places, series):
    """`series`: {name: one value or None for each place}."""
    series = {name: values for name, values in series.items() if any(value is not None for value in values)}
    top = _nice_ceiling(max((value for values in series.values() for value in values if value is not None), default=1))
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(place):
        return LEFT + (right - LEFT) * (place + 0.5) / len(places)

    def y(value):
        return bottom - (bottom - TOP) * value / top

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
           f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
           f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_title)}</text>',
           f'<text transform="translate(16 {(TOP + bottom) / 2}) rotate(-90)" '
           f'text-anchor="middle">{escape(y_title)}</text>']
    for step in range(6):
        value = top * step / 5
        out.append(f'<line x1="{LEFT}" y1="{y(value):.1f}" x2="{right}" y2="{y(value):.1f}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for place, name in enumerate(places):
        out.append(f'<text x="{x(place):.1f}" y="{bottom + 18}" text-anchor="middle">{escape(str(name))}</text>')
    for number, (name, values) in enumerate(series.items()):
        color = COLORS[number % len(COLORS)]
        points = [(x(place), y(value)) for place, value in enumerate(values) if value is not None]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{color}"/>' for px, py in points]
        legend = TOP + 8 + 20 * number
        out.append(f'<line x1="{right + 12}" y1="{legend}" x2="{right + 32}" y2="{legend}" stroke="{color}" '
                   f'stroke-width="3"/><text x="{right + 38}" y="{legend + 4}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>\n"])
