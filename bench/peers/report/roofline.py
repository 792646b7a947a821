"""The steps of ours under the roofs of the machine: the FMA peak, and the speed of each level of the memory."""
import math

from report.kinds import COLORS, kind_of, legend
from report.svg import FAINT, INK, Drawing, Scale, short

WIDTH, HEIGHT = 860, 430
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 30, 44


def roofline(layers, peak, memory):
    """None where no layer has bytes, or no peak is known. `memory` is {level: GB/s}, one thread."""
    points = [layer for layer in layers if layer.get("bytes") and layer["macs"] and layer["ms"] > 0]
    if not points or not peak:
        return None
    drawing = Drawing(WIDTH, HEIGHT, "Roofline of every step")
    across, up = scales(points, peak)
    draw_axes(drawing, across, up)
    draw_roofs(drawing, across, up, peak, memory)
    for layer in points:
        tip = (f"{layer['name']}, {layer['op']}: {layer['gflops']:.0f} GFLOP/s, {intensity(layer):.1f} FLOP/byte, "
               f"{layer['ms']:.4f} ms")
        if layer.get("bound"):
            tip += f", bound by {layer['bound']}, {100 * layer['of_bound']:.0f} % of that"
        drawing.add("circle", cx=across(intensity(layer)), cy=up(layer["gflops"]), r=radius(layer, layers),
                    fill=COLORS[kind_of(layer)], fill_opacity=0.55, stroke=COLORS[kind_of(layer)], tip=tip)
    legend(drawing, points, LEFT + 10, TOP - 12)
    return drawing.markup()


def intensity(layer):
    return 2 * layer["macs"] / layer["bytes"]


def radius(layer, layers):
    """The area is the share of the time."""
    return 3 + 22 * math.sqrt(layer["ms"] / sum(other["ms"] for other in layers))


def scales(points, peak):
    x, y = [intensity(p) for p in points], [p["gflops"] for p in points]
    return (Scale(min(x) / 1.6, max(x) * 1.6, LEFT, WIDTH - RIGHT, log=True),
            Scale(min(*y, peak) / 2, max(*y, peak) * 1.5, HEIGHT - BOTTOM, TOP, log=True))


def draw_axes(drawing, across, up):
    for tick in across.ticks():
        drawing.line(across(tick), TOP, across(tick), HEIGHT - BOTTOM)
        drawing.text(across(tick), HEIGHT - BOTTOM + 16, short(tick), "middle", FAINT)
    for tick in up.ticks():
        drawing.line(LEFT, up(tick), WIDTH - RIGHT, up(tick))
        drawing.text(LEFT - 8, up(tick) + 4, short(tick), "end", FAINT)
    drawing.text((LEFT + WIDTH) / 2, HEIGHT - 8, "FLOP per byte of activations and weights", "middle", FAINT)
    drawing.text(8, TOP - 12, "GFLOP/s", "start", FAINT)


def draw_roofs(drawing, across, up, peak, memory):
    drawing.line(across(across.low), up(peak), across(across.high), up(peak), INK, stroke_width=1.5)
    drawing.text(across(across.high) - 4, up(peak) - 6, f"FMA peak {peak:.0f} GFLOP/s", "end")
    for level, gbs in (memory or {}).items():
        # The slope from where it enters the drawing to where it meets the peak.
        left, right = max(across.low, up.low / gbs), min(across.high, peak / gbs)
        if left >= right:
            continue
        drawing.line(across(left), up(left * gbs), across(right), up(right * gbs), FAINT, stroke_dasharray="5 3")
        x, y = across(left), up(left * gbs)
        turn = math.degrees(math.atan2(up(right * gbs) - y, across(right) - x))
        drawing.text(6, -5, f"{level} {gbs:.0f} GB/s", fill=FAINT, size=11,
                     transform=f"translate({x:.1f} {y:.1f}) rotate({turn:.1f})")
