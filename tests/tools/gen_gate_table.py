#!/usr/bin/python3
"""Writes src/core/base/gate_table.c: which code points pass the text gate, and how wide they are.

    python3 tests/tools/gen_gate_table.py > src/core/base/gate_table.c

From Python's unicodedata (general category, East Asian width). A code point passes only when
the C library's wcwidth gives it the same width in C.UTF-8, because ncurses and the terminal
multiplexers count with that function; tests/unit/core-base/test_gate.c checks it again.
"""

import ctypes
import locale
import sys
import unicodedata

REFUSED_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}

# Printable by category, yet drawn as nothing (Default_Ignorable_Code_Point) or as a blank.
INVISIBLE = [
    (0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800),
    (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB),
    (0x1BCA0, 0x1BCA3), (0x1D159, 0x1D159), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
]


def width(code):
    """1 or 2 columns, 0 for a combining mark, None when refused."""
    char = chr(code)
    category = unicodedata.category(char)
    if code == 0x20:
        return 1
    if category in REFUSED_CATEGORIES or any(a <= code <= b for a, b in INVISIBLE):
        return None
    if category in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def main():
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    wcwidth = ctypes.CDLL(None).wcwidth
    ranges = []
    for code in range(0x80, 0x110000):
        columns = width(code)
        if columns is None or wcwidth(code) != columns:
            continue
        if ranges and ranges[-1][1] == code - 1 and ranges[-1][2] == columns:
            ranges[-1][1] = code
        else:
            ranges.append([code, code, columns])

    out = sys.stdout
    out.write("/* Written by tests/tools/gen_gate_table.py from Unicode %s; do not edit. */\n"
              % unicodedata.unidata_version)
    out.write("#include \"core/base/gate_table.h\"\n\n")
    out.write("/* clang-format off */\nconst struct gate_range gate_ranges[] = {\n")
    line = ""
    for first, last, columns in ranges:
        item = "{ 0x%x, 0x%x, %d }," % (first, last, columns)
        if line and 8 + len(line) + 1 + len(item) > 100:
            out.write("\t" + line + "\n")
            line = ""
        line = line + " " + item if line else item
    out.write("\t" + line + "\n};\n/* clang-format on */\n\n")
    out.write("const size_t gate_range_count = sizeof gate_ranges / sizeof gate_ranges[0];\n")


if __name__ == "__main__":
    main()
