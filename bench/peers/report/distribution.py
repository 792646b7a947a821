"""One row per engine: every round a dot, the middle half a box, the median a bar."""
import numpy as np

from report.svg import FAINT, Drawing, Scale, short

OURS, THEIRS = "#0f766e", "#64748b"
LEFT, RIGHT, TOP, ROW, BOTTOM = 190, 90, 8, 30, 44
WIDTH = 860


def distribution(rows, ours):
    height = TOP + ROW * len(rows) + BOTTOM
    drawing = Drawing(WIDTH, height, "Milliseconds of every round, by engine")
    scale = time_scale(rows)
    for tick in scale.ticks():
        drawing.line(scale(tick), TOP, scale(tick), height - BOTTOM)
        drawing.text(scale(tick), height - BOTTOM + 16, short(tick), "middle", FAINT)
    drawing.text((LEFT + WIDTH - RIGHT) / 2, height - 8, "ms, median of each round (logarithmic)", "middle", FAINT)
    for i, row in enumerate(rows):
        draw_row(drawing, row, scale, TOP + ROW * (i + 0.5), OURS if row["engine"] == ours else THEIRS)
    return drawing.markup()


def time_scale(rows):
    values = [v for row in rows for v in row["rounds_ms"]]
    return Scale(min(values) * 0.93, max(values) * 1.07, LEFT, WIDTH - RIGHT, log=True)


def draw_row(drawing, row, scale, y, color):
    low, median, high = np.percentile(row["rounds_ms"], [25, 50, 75]).tolist()
    bold = {"font_weight": "bold"} if color == OURS else {}
    drawing.text(LEFT - 12, y + 4, row["engine"], "end", **bold)
    drawing.add("rect", x=scale(low), y=y - 9, width=max(1.0, scale(high) - scale(low)), height=18, fill=color,
                fill_opacity=0.22, tip=f"{row['engine']}: middle half {low:.3f} to {high:.3f} ms")
    for i, value in enumerate(row["rounds_ms"]):
        drawing.add("circle", cx=scale(value), cy=y + 5.0 * (i % 3 - 1), r=2.5, fill=color, fill_opacity=0.6,
                    tip=f"round {i + 1}: {value:.3f} ms")
    drawing.line(scale(median), y - 11, scale(median), y + 11, color, stroke_width=3)
    drawing.text(WIDTH - RIGHT + 12, y + 4, f"{median:.3f}", fill=color, **bold)
