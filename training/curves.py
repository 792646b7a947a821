"""The curves of a training's log.csv as one SVG file: each column over the steps, on a scale of its own."""
import argparse
import csv

WIDTH, HEIGHT, LEFT, GAP = 720, 130, 60, 34
COLUMNS = {
    "recogniser": [(3, "cosine to the teacher, augmented"), (6, "accuracy of the held-out pairs"),
                   (7, "AUC of the held-out pairs"), (4, "rate of learning")],
    "detector": [(2, "loss of the scores"), (3, "loss of the boxes"), (4, "loss of the landmarks"),
                 (5, "rate of learning")],
}


def panel(rows, column, title, top):
    points = [(int(row[0]), float(row[column])) for row in rows if len(row) > column]
    if not points:
        return ""
    last = max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    span = (high - low) or 1.0
    line = " ".join(f"{LEFT + x / last * (WIDTH - LEFT - 10):.1f},{top + HEIGHT - (y - low) / span * HEIGHT:.1f}"
                    for x, y in points)
    return (f'<text x="{LEFT}" y="{top - 6}">{title}</text>'
            f'<text x="4" y="{top + 10}">{high:.4g}</text><text x="4" y="{top + HEIGHT}">{low:.4g}</text>'
            f'<text text-anchor="end" x="{WIDTH - 4}" y="{top + HEIGHT + 14}">{last} steps</text>'
            f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - 10}" height="{HEIGHT}" fill="none" stroke="#ccc"/>'
            f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="1.5"/>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=sorted(COLUMNS))
    parser.add_argument("log")
    parser.add_argument("svg")
    args = parser.parse_args()
    with open(args.log, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    columns = COLUMNS[args.network]
    panels = [panel(rows, column, title, 24 + i * (HEIGHT + GAP)) for i, (column, title) in enumerate(columns)]
    with open(args.svg, "w", encoding="utf-8") as file:
        height = len(columns) * (HEIGHT + GAP) + 24
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
                   f' font-family="sans-serif" font-size="12">\n{"".join(panels)}</svg>\n')


if __name__ == "__main__":
    main()
