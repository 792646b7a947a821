"""Steps of ours by kind, with one colour per kind in all plots."""
COLORS = {"1x1": "#0f766e", "Winograd": "#7c3aed", "3x3 and others": "#2563eb", "depthwise": "#ea580c",
          "fully connected": "#be185d", "no multiply-adds": "#94a3b8"}


def kind_of(layer):
    words = f"{layer.get('op', '')} {layer.get('kernel', '')}".lower()
    if "wino" in words:
        return "Winograd"
    if not layer.get("macs"):
        return "no multiply-adds"
    if "depthwise" in words or "dwconv" in words:
        return "depthwise"
    if "fully" in words or "_fc" in words or "dense" in words:
        return "fully connected"
    return "1x1" if "1x1" in words else "3x3 and others"


def kinds_in(layers):
    found = {kind_of(layer) for layer in layers}
    return [kind for kind in COLORS if kind in found]


def legend(drawing, layers, x, y):
    for kind in kinds_in(layers):
        drawing.add("rect", x=x, y=y - 9, width=10, height=10, fill=COLORS[kind])
        drawing.text(x + 15, y, kind)
        x += 34 + 7 * len(kind)
