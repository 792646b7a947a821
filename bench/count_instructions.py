#!/usr/bin/env python3
"""Counts the instructions of the AArch64 kernels' hot loops in their disassembly: a figure that needs no ARM machine
and does not depend on who else is using this one.

    cmake --preset arm64 && cmake --build --preset arm64 --target mien_isa_neon
    bench/count_instructions.py build/arm64

Prints a table in Markdown. Exit code 1: a kernel needs more instructions than LIMITS allows, or spills.
"""
import argparse
import pathlib
import re
import subprocess
import sys

LINE = re.compile(r"^\s+([0-9a-f]+):\s+(\S+)\s*(.*)$")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
BRANCH = re.compile(r"^(b\.|b$|cbn?z|tbn?z)")
LANES = 4
ARITHMETIC = ("fmla", "fmls", "fadd", "fsub", "fmul")
VECTOR = re.compile(r"\b(v\d+\.|q\d+\b|d\d+\b|s\d+\b)")

# Title, a pattern of the demangled name, and what of it is counted:
#   loop   the innermost loop with the most fused multiply-adds
#   sums   all from the first fused multiply-add to the last, for tiles without a loop
#   whole  the function, for transforms, whose arithmetic is spread over several loops
KERNELS = [
    *[(f"convolution {mr}x16", rf"conv_tile_of<{mr}, 16, true>", "loop") for mr in (5, 4, 3, 2, 1)],
    ("convolution 5x16, any stride", r"conv_tile_of<5, 16, false>", "loop"),
    ("fully connected 2x32", r"conv_tile_of<2, 32, true>", "loop"),
    ("fully connected 1x32", r"conv_tile_of<1, 32, true>", "loop"),
    *[(f"depthwise 3x3 s{s}, {r} rows x {px}", rf"tile3x3<{s}, {r}, {px}, false, false>", "sums")
      for s in (1, 2) for r, px in ((2, 7), (2, 4), (1, 7))],
    ("depthwise, any window", r"any_window<.*OneInput>", "loop"),
    ("groups of two", r"any_window<.*TwoInputs>", "loop"),
    *[(f"Winograd F({m},3) {way}", rf"winograd_{way}<.*Winograd{m}>", "whole")
      for m in (2, 4) for way in ("input", "output")],
]
# Instructions per fused multiply-add, at most; kernels that stand here may not spill either.
LIMITS = {"convolution 5x16": 1.6, "convolution 5x16, any stride": 1.6, "fully connected 2x32": 1.7,
          "depthwise 3x3 s1, 2 rows x 7": 1.8, "depthwise 3x3 s2, 2 rows x 7": 2.2}
COLUMNS = ("instructions", "fused", "by element", "other arithmetic", "loads", "broadcasts", "spills")


class Instruction:
    def __init__(self, address, name, operands):
        self.address, self.name, self.operands = address, name, operands
        target = re.search(r"([0-9a-f]+) <", operands) if BRANCH.match(name) else None
        self.target = int(target.group(1), 16) if target else None
        self.arithmetic = name in ARITHMETIC and "v" in operands
        self.fused = name in ("fmla", "fmls") and "v" in operands
        self.by_element = self.fused and bool(re.search(r"\.s\[\d\]$", operands))
        self.vector_memory = name in ("ldr", "ldp", "str", "stp", "ldur", "stur") and bool(VECTOR.search(operands))
        self.spill = self.vector_memory and "[sp" in operands
        self.load = name.startswith("ld") and not self.spill
        self.broadcast = name in ("dup", "ld1r") or (name == "mov" and ".s[" in operands)


def functions_of(listing):
    functions, body = {}, None
    for line in listing.splitlines():
        title = FUNCTION.match(line)
        if title:
            body = functions.setdefault(title.group(1), [])
            continue
        found = LINE.match(line)
        if found and body is not None:
            body.append(Instruction(int(found.group(1), 16), found.group(2), found.group(3)))
    return functions


def innermost_loops(body):
    at = {i.address: n for n, i in enumerate(body)}
    loops = [(at[i.target], n) for n, i in enumerate(body) if i.target in at and at[i.target] <= n]
    return [body[a:b + 1] for a, b in loops
            if not any((c, d) != (a, b) and a <= c and d <= b for c, d in loops)]


def hot_part(body, what):
    if what == "whole":
        return body
    if what == "loop":
        return max(innermost_loops(body), key=lambda loop: sum(i.fused for i in loop), default=[])
    fused = [n for n, i in enumerate(body) if i.fused]
    return body[fused[0]:fused[-1] + 1] if fused else []


def count(part):
    fused = sum(i.fused for i in part)
    return {"instructions": len(part), "fused": fused, "by element": sum(i.by_element for i in part),
            "other arithmetic": sum(i.arithmetic for i in part) - fused, "loads": sum(i.load for i in part),
            "broadcasts": sum(i.broadcast for i in part), "spills": sum(i.spill for i in part)}


def disassemble(objdump, where):
    path = pathlib.Path(where)
    if path.is_dir():
        found = sorted(path.glob("kernels/**/neon.cpp.o"))
        if not found:
            sys.exit(f"{path}: no neon.cpp.o in it; build the target mien_isa_neon")
        path = found[0]
    done = subprocess.run([objdump, "-d", "-C", "--no-show-raw-insn", str(path)], capture_output=True, text=True)
    if done.returncode != 0 or "aarch64" not in done.stdout:
        sys.exit(f"{path}: {done.stderr.strip() or 'not an AArch64 object'}")
    return functions_of(done.stdout)


def complaints(title, counts):
    if title not in LIMITS:
        return
    if counts["instructions"] > LIMITS[title] * counts["fused"]:
        yield f"{title}: {counts['instructions']} instructions for {counts['fused']} fused multiply-adds"
    if counts["spills"]:
        yield f"{title}: {counts['spills']} spills"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="a build folder for AArch64, or the object file of kernels/isa/neon.cpp")
    parser.add_argument("--objdump", default="aarch64-linux-gnu-objdump")
    args = parser.parse_args()
    functions = disassemble(args.objdump, args.build)
    print("| kernel | " + " | ".join(COLUMNS) + " | instructions / fused | instructions / MAC |")
    print("|---|" + "--:|" * (len(COLUMNS) + 2))
    wrong = []
    for title, pattern, what in KERNELS:
        bodies = [body for name, body in functions.items() if re.search(pattern, name)]
        if len(bodies) != 1:
            sys.exit(f"{title}: {len(bodies)} functions like '{pattern}'")
        counts = count(hot_part(bodies[0], what))
        wrong += complaints(title, counts)
        each = counts["instructions"] / counts["fused"] if counts["fused"] and what != "whole" else None
        ratios = f"{each:.2f} | {each / LANES:.3f}" if each else "- | -"
        print(f"| {title} | " + " | ".join(str(counts[c]) for c in COLUMNS) + f" | {ratios} |")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
