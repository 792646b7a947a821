"""A bar per step of ours, in the order of the run."""
from report.kinds import COLORS, kind_of, legend
from report.svg import FAINT, INK, Drawing, Scale, short

WIDTH, HEIGHT = 860, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 10, 30, 34


def layer_bars(layers, peak):
    """The bar's height is its time; the dark part of it is what the multiply-adds would take at the FMA peak."""
    drawing = Drawing(WIDTH, HEIGHT, "Milliseconds of every step")
    scale = Scale(0, max(layer["ms"] for layer in layers) * 1.05, HEIGHT - BOTTOM, TOP)
    for tick in scale.ticks():
        drawing.line(LEFT, scale(tick), WIDTH - RIGHT, scale(tick))
        drawing.text(LEFT - 6, scale(tick) + 4, short(tick), "end", FAINT)
    pitch = (WIDTH - LEFT - RIGHT) / len(layers)
    for i, layer in enumerate(layers):
        draw_bar(drawing, layer, i, LEFT + pitch * i, pitch * (0.8 if pitch > 3 else 0.95), scale, peak)
    step = max(1, round(len(layers) / 14))
    for i in range(0, len(layers), step):
        drawing.text(LEFT + pitch * (i + 0.4), HEIGHT - BOTTOM + 14, str(i), "middle", FAINT, 11)
    drawing.text(WIDTH / 2, HEIGHT - 4, "step, in the order of the run", "middle", FAINT)
    drawing.text(LEFT - 6, TOP - 12, "ms", "end", FAINT)
    legend(drawing, layers, LEFT + 10, TOP - 12)
    return drawing.markup()


def draw_bar(drawing, layer, index, x, width, scale, peak):
    color, ground = COLORS[kind_of(layer)], scale(0)
    at_peak = min(layer["ms"], 2e-6 * layer["macs"] / peak) if peak else 0
    tip = f"{index}: {layer['name']}, {layer['op']}, {layer['ms']:.4f} ms, {layer['gflops']:.0f} GFLOP/s"
    drawing.add("rect", x=x, y=scale(layer["ms"]), width=width, height=ground - scale(layer["ms"]), fill=color,
                fill_opacity=0.55, tip=tip)
    drawing.add("rect", x=x, y=scale(at_peak), width=width, height=ground - scale(at_peak), fill=color, tip=tip)
    drawing.line(x, ground, x + width, ground, INK)
