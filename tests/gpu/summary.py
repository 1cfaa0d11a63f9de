"""What a run found, as docs/measurements/gpu.md has it, and the plot of kernel times."""
import math

PLOT = "gpu_kernel_time.svg"


def markdown(head, parts):
    """`head`: date, device, command. `parts`: titles with their results, in order."""
    lines = ["# On a GPU", "", f"{head['date']}, {head['device']}, `{head['command']}`.", ""]
    lines += ["| part | outcome |", "|---|---|"]
    lines += [f"| {title} | {outcome(result)} |" for title, result in parts]
    for title, result in parts:
        if result.skipped or not (result.figures or result.claims):
            continue
        lines += ["", f"## {title[0].upper()}{title[1:]}", "", f"{result.seconds:.0f} s.", "", "| | |", "|---|---|"]
        lines += [f"| {what} | {figure} |" for what, figure in result.figures]
        lines += [f"| {what} | {'holds' if holds else '**does not hold**'} |" for what, holds in result.claims]
    if any(result.curves for _, result in parts):
        lines += ["", f"![The kernel's time by the number of phases]({PLOT})"]
    return "\n".join(lines) + "\n"


def outcome(result):
    if result.skipped:
        return f"skipped: {result.skipped}"
    if result.failed:
        return f"**failed**: {result.failed}"
    return "holds" if result.fine() else "**does not hold**"


WIDTH, HEIGHT, MARGIN = 640, 360, 60
COLOURS = ("#1b6ca8", "#c1502e", "#3c7a3e", "#6b4f9e")


def scale(values):
    """From a value to 0..1, by logarithms."""
    low, high = math.log10(min(values)), math.log10(max(values))
    return lambda value: (math.log10(value) - low) / (high - low or 1)


def plot(curves, title):
    """Curves of points, both axes by logarithms, as SVG."""
    points = [point for curve in curves.values() for point in curve]
    x_of, y_of = scale([x for x, _ in points]), scale([y for _, y in points])
    place = lambda x, y: (MARGIN + x_of(x) * (WIDTH - 3 * MARGIN), HEIGHT - MARGIN - y_of(y) * (HEIGHT - 2 * MARGIN))  # noqa: E731
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>', f'<text x="{MARGIN}" y="24" font-size="14">{title}</text>']
    for x in sorted({x for x, _ in points}):
        parts.append(f'<text x="{place(x, points[0][1])[0]:.1f}" y="{HEIGHT - MARGIN + 20}" text-anchor="middle">{x:,}</text>')
    for y in sorted({min(y for _, y in points), max(y for _, y in points)}):
        parts.append(f'<text x="{MARGIN - 8}" y="{place(points[0][0], y)[1]:.1f}" text-anchor="end">{y:.1f}</text>')
    for colour, (name, curve) in zip(COLOURS, curves.items()):
        places = [place(x, y) for x, y in curve]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
        x, y = places[-1]
        parts.append(f'<text x="{x + 8:.1f}" y="{y:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
