"""A drawing of plain SVG elements, and axes for it. Text takes the page's font."""
import html
import math

INK, FAINT, GRID = "#222222", "#6b7280", "#e5e7eb"


class Drawing:
    def __init__(self, width, height, label):
        self.width, self.height, self.label, self.parts = width, height, label, []

    def add(self, tag, content=None, tip=None, **attributes):
        """`tip` shows when the mouse rests on the element. stroke_width becomes stroke-width."""
        words = "".join(f' {name.replace("_", "-")}="{number(value)}"' for name, value in attributes.items())
        inside = (f"<title>{html.escape(tip)}</title>" if tip else "") + html.escape(content or "")
        self.parts.append(f"<{tag}{words}>{inside}</{tag}>" if inside else f"<{tag}{words}/>")

    def line(self, x1, y1, x2, y2, stroke=GRID, **attributes):
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **attributes)

    def text(self, x, y, content, anchor="start", fill=INK, size=12, **attributes):
        self.add("text", content, x=x, y=y, text_anchor=anchor, fill=fill, font_size=size, **attributes)

    def markup(self):
        return (f'<svg viewBox="0 0 {self.width} {self.height}" width="{self.width}" role="img" '
                f'aria-label="{html.escape(self.label, quote=True)}">' + "".join(self.parts) + "</svg>")


class Scale:
    """Values of low..high onto pixels of start..end, straight or logarithmic."""

    def __init__(self, low, high, start, end, log=False):
        self.low, self.high, self.start, self.end, self.log = low, high, start, end, log

    def __call__(self, value):
        value = min(max(value, self.low), self.high)
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self):
        ticks = log_ticks(self.low, self.high) if self.log else []
        return ticks if len(ticks) >= 3 else straight_ticks(self.low, self.high)


def straight_ticks(low, high, about=6):
    step = 10 ** math.floor(math.log10((high - low) / about))
    step = next(step * m for m in (1, 2, 5, 10) if (high - low) / (step * m) <= about)
    return [step * i for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def log_ticks(low, high):
    """1, 2, 5 times powers of ten; powers of ten alone where that would crowd."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) < 3.2 else (1,)
    return [m * 10.0 ** p for p in powers for m in steps if low * 0.999 <= m * 10.0 ** p <= high * 1.001]


def number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def short(value):
    return f"{value:.4g}"
