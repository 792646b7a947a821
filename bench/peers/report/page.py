"""The page: tables and plots of a comparison in one file, which loads nothing and runs no script."""
import html

from report.distribution import distribution
from report.layers import layer_bars
from report.roofline import roofline

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; max-width: 900px; margin: 2em auto;
       padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.25em; margin-top: 2.2em; border-bottom: 1px solid #e5e7eb; }
h3 { font-size: 1em; margin-bottom: .3em; }
table { border-collapse: collapse; font-size: 14px; } td, th { padding: .15em .7em; text-align: right; }
td:first-child, th:first-child { text-align: left; } tr.ours { font-weight: bold; color: #0f766e; }
th { border-bottom: 1px solid #9ca3af; font-weight: 600; } svg { max-width: 100%; height: auto; font-family: inherit; }
p.note, ul.note { color: #6b7280; font-size: 13px; }
"""
COLUMNS = ["", "median ms", "min ms", "times mien", "at min", "slower in", "% of peak", "at min", "cores"]


def write_page(path, result):
    body = [heading(result)] + [network_section(network) for network in result["networks"]]
    path.write_text('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>mien and its peers</title>'
                    f"<style>{STYLE}</style></head><body>{''.join(body)}</body></html>\n")


def heading(result):
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    how_long = f"{result['rounds']} rounds of {result['seconds']} s per engine"
    return (f"<h1>mien and its peers</h1><p>{text(result['cpu'])}, {text(result['when'])}; float32, batch 1, "
            f"{text(result['isa'])} kernels of mien; {how_long}, in turns.</p>"
            f"<p class=note>{text(versions)}</p>" + left_out_list(result["left_out"]))


def network_section(network):
    ours, parts = network["ours"], [f"<h2>{text(network['network'])}</h2>"]
    parts.append(f"<p>{2e-9 * ours['macs']:.3f} GFLOP per run.</p>")
    for table in network["tables"]:
        threads = f"{table['threads']} thread" + ("s" if table["threads"] > 1 else "")
        parts.append(f"<h3>{threads}</h3>" + table_markup(table) + distribution(table["rows"], "mien"))
        parts.append(f"<p class=note>FMA peak in the same run {table['peak_gflops']:.0f} GFLOP/s; load average "
                     f"{table['load'][0]:.1f} to {table['load'][1]:.1f}.</p>" + left_out_list(table["left_out"]))
    return "".join(parts) + layers_section(ours)


def layers_section(ours):
    layers = ours.get("layers")
    if not layers:
        return ""
    peak = ours.get("step_peak_gflops", ours["peak_gflops"])
    plot = roofline(layers, peak, ours.get("memory_gbs"))
    return ("<h3>Steps of mien, one thread</h3>" + layer_bars(layers, peak) +
            "<p class=note>Dark: what the multiply-adds would take at the FMA peak. Winograd counts those of the "
            "direct convolution, so it can be dark throughout. The mouse shows names and figures.</p>"
            "<h3>Roofline of mien, one thread</h3>" +
            (plot or "<p class=note>This mien does not tell the bytes of its steps.</p>"))


def table_markup(table):
    head = "".join(f"<th>{text(column)}</th>" for column in COLUMNS)
    return f"<table><tr>{head}</tr>" + "".join(row_markup(row) for row in table["rows"]) + "</table>"


def row_markup(row):
    cells = [text(row["engine"]), f"{row['median_ms']:.3f}", f"{row['min_ms']:.3f}", f"{row['ratio']:.2f}",
             f"{row['min_ratio']:.2f}", f"{row['slower']}/{len(row['rounds_ms'])}", f"{100 * row['of_peak']:.0f}",
             f"{100 * row['best_of_peak']:.0f}", f"{row['cores']:.2f}"]
    ours = ' class="ours"' if row["engine"] == "mien" else ""
    return f"<tr{ours}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def left_out_list(reasons):
    if not reasons:
        return ""
    return "<ul class=note>" + "".join(f"<li>left out: {text(name)}: {text(reason)}</li>"
                                       for name, reason in reasons.items()) + "</ul>"


def text(value):
    return html.escape(str(value))
