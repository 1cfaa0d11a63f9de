#!/usr/bin/env python3
"""Derives every constant of the lrc1 arithmetic and says how good it is.

    derive_tables.py                 print the coefficients as they stand in lrc1.h
    derive_tables.py --write-table   also write tables.inc beside this file
    derive_tables.py --check         fail unless lrc1.h and tables.inc hold exactly these constants

Needs mpmath (pip). The constants *are* the definition of lrc1: a better derivation would change results, so it
belongs into a later version of the arithmetic, never into this one. This script is their reason, and the check
shows that they are what it derives.
"""

import pathlib
import struct
import sys

from mpmath import mp, mpf

mp.prec = 400
HERE = pathlib.Path(__file__).resolve().parent
NODES = 80


def to_double(value):
    """The nearest binary64, ties to even (float() alone would cut off)."""
    with mp.workprec(53):
        return float(+mpf(value))


def leading_bits(value, bits):
    """A positive value rounded to so many significant bits."""
    with mp.workprec(bits):
        return +mpf(value)


# ------------------------------------------------------------------------------------------------ polynomials


def chebyshev_nodes(low, high, count):
    middle, half = (low + high) / 2, (high - low) / 2
    return [middle + half * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]


def least_squares(nodes, residuals, weights, first, count):
    """The coefficients of t^first .. t^(count-1) that fit the residuals."""
    rows = mp.matrix(NODES, count - first)
    right = mp.matrix(NODES, 1)
    for i, t in enumerate(nodes):
        for j in range(first, count):
            rows[i, j - first] = weights[i] * t**j
        right[i] = weights[i] * residuals[i]
    return list(mp.lu_solve(rows, right))


def fit(target, weight, low, high, count):
    """Weighted least squares at Chebyshev nodes, which is close to minimax (Lawson's iteration on top of it gained
    less than 0.4 bits anywhere). The coefficients are rounded to binary64 one after the other from the constant
    term up, and the remaining ones are fitted again so that they make good what the rounding of the earlier ones
    lost. At the end the worst weighted error is measured on a finer grid."""
    nodes = chebyshev_nodes(low, high, NODES)
    weights = [weight(t) for t in nodes]
    residuals = [target(t) for t in nodes]
    fixed = []
    for first in range(count):
        coefficient = mpf(to_double(least_squares(nodes, residuals, weights, first, count)[0]))
        residuals = [r - coefficient * t**first for r, t in zip(residuals, nodes)]
        fixed.append(coefficient)
    worst = max(
        abs(weight(t) * (target(t) - sum(c * t**k for k, c in enumerate(fixed))))
        for t in chebyshev_nodes(low, high, 1001)
    )
    return [float(c) for c in fixed], worst


def over_square(function):
    """function of y as a function of z = y*y."""
    return lambda z: function(mp.sqrt(z))


# name, meaning, target, weight (makes the error relative to the function's result), interval, count, bound on the error
POLYNOMIALS = [
    ("sine_coefficients", "sin(pi y)/y - 3 in z = y*y, |y| <= 1/4",
     over_square(lambda y: mp.sinpi(y) / y - 3), over_square(lambda y: y / mp.sinpi(y)), mpf(0), mpf(1) / 16, 7, 57),
    ("cosine_coefficients", "(cos(pi y) - 1)/z + 4 in z = y*y, |y| <= 1/4",
     over_square(lambda y: (mp.cospi(y) - 1) / y**2 + 4), over_square(lambda y: y**2 / mp.cospi(y)),
     mpf(0), mpf(1) / 16, 7, 61),
    ("haversine_coefficients", "sin(pi y/2)^2/z - 2 in z = y*y, 0 <= y <= 1/2",
     over_square(lambda y: mp.sinpi(y / 2) ** 2 / y**2 - 2), over_square(lambda y: y**2 / mp.sinpi(y / 2) ** 2),
     mpf(0), mpf(1) / 4, 8, 55),
    ("exponential_coefficients", "(2^f - 1 - f/2)/f, |f| <= 1/2",
     lambda f: (mp.expm1(f * mp.ln2) - f / 2) / f, lambda f: abs(f) / mpf(2) ** f, -mpf(1) / 2, mpf(1) / 2, 12, 60),
    ("logarithm_coefficients", "(log2(1 + r) - (r - r^2/2)/ln 2)/r^3, |r| <= 2^-7",
     lambda r: (mp.log1p(r) - r + r * r / 2) / mp.ln2 / r**3, lambda r: abs(r**3 / mp.log1p(r) * mp.ln2),
     -mpf(1) / 128, mpf(1) / 128, 7, 70),
    ("tanh_coefficients", "(tanh(x)/x - 1)/z in z = x*x, |x| <= 1/4",
     over_square(lambda x: (mp.tanh(x) / x - 1) / x**2), over_square(lambda x: x**3 / mp.tanh(x)),
     mpf(0), mpf(1) / 16, 9, 60),
]


def scalars():
    """1/ln 2 in two parts, the first of 26 bits, so that its products with a 27-bit number are exact."""
    inverse = 1 / mp.ln2
    high = leading_bits(inverse, 26)
    two_high = mpf(to_double(2 / mp.ln2))
    return [
        ("natural_log_of_2", to_double(mp.ln2), "ln 2"),
        ("inverse_log_high", to_double(high), "1/ln 2, the leading 26 bits"),
        ("inverse_log_low", to_double(inverse - high), "1/ln 2 - inverse_log_high"),
        ("twice_inverse_log", float(two_high), "2/ln 2"),
        ("twice_inverse_log_low", to_double(2 / mp.ln2 - two_high), "2/ln 2 - twice_inverse_log"),
    ]


# ------------------------------------------------------------------------------------------------ the log2 table

FIRST_BITS = 0x3FE6A00000000000  # 0.70703125: the first interval begins here; 1.0 lies between two intervals
INDEX_SHIFT = 45  # 128 intervals in one binade


def double_from(bits):
    return mpf(struct.unpack("<d", struct.pack("<Q", bits))[0])


def largest_remainder(factor, low, high):
    return max(abs(low * factor - 1), abs(high * factor - 1))


def choose_factor(low, high):
    """The number of 8 significant bits with the smallest |m*c - 1| on [low, high]. 8 bits make m*c - 1 exact in
    binary64. Next to 1 it is 1, so that the logarithm of an argument near 1 comes from the polynomial alone, without
    cancellation."""
    if low == 1 or high == 1:
        return mpf(1)
    unit = mpf(1) / 128 if high <= 1 else mpf(1) / 256
    nearest = mp.nint(2 / (low + high) / unit)
    return min(((nearest + i) * unit for i in (-1, 0, 1)), key=lambda c: largest_remainder(c, low, high))


def log2_table():
    """Rows of (c, -log2(c) as a multiple of 2^-42, the rest): a whole exponent plus the second is exact."""
    rows = []
    for i in range(128):
        low = double_from(FIRST_BITS + (i << INDEX_SHIFT))
        high = double_from(FIRST_BITS + ((i + 1) << INDEX_SHIFT))
        factor = choose_factor(low, high)
        remainder = largest_remainder(factor, low, high)
        logarithm = -mp.log(factor, 2)
        leading = mp.nint(logarithm * mpf(2) ** 42) / mpf(2) ** 42
        assert remainder <= mpf(1) / 128
        # Fast2Sum in the code adds the polynomial to the table's value and needs the latter to be the larger one.
        assert leading == 0 or abs(leading) > mpf("1.5") * remainder
        rows.append((float(factor), float(leading) + 0.0, to_double(logarithm - leading) + 0.0))
    return rows


# ------------------------------------------------------------------------------------------------ output


def hexadecimal(value):
    """C's hexadecimal literal, without the zeros that say nothing."""
    text = float(value).hex()
    mantissa, exponent = text.split("p")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}p{exponent}"


def coefficient_text():
    lines = []
    for name, value, meaning in scalars():
        lines.append(f"const double {name} = {hexadecimal(value)}; // {meaning}")
    for name, meaning, target, weight, low, high, count, bound in POLYNOMIALS:
        coefficients, worst = fit(target, weight, low, high, count)
        assert worst < mpf(2) ** -bound, f"{name}: 2^{float(mp.log(worst, 2)):.2f}"
        lines.append(f"// {meaning}; relative error about 2^{float(mp.log(worst, 2)):.1f}")
        lines.append(f"static const double {name}[{count}] = {{")
        lines += [f"    {hexadecimal(c)}," for c in coefficients]
        lines.append("};")
    return lines


def table_text():
    lines = ["// c, -log2(c) to a multiple of 2^-42, the rest of -log2(c); written by derive_tables.py"]
    lines += ["{" + ", ".join(hexadecimal(v) for v in row) + "}," for row in log2_table()]
    return lines


def squeezed(text):
    """Without what a formatter may change: white space, and where a comment is broken."""
    return "".join(text.replace("//", "").split())


def definitions(lines):
    """The lines of each definition with the comment above it, as one text."""
    text = []
    for line in lines:
        text.append(line)
        if ";" in line:
            yield "\n".join(text)
            text = []


def main(arguments):
    coefficients, table = coefficient_text(), table_text()
    if "--check" not in arguments:
        print("\n".join(coefficients))
    if "--write-table" in arguments:
        (HERE / "tables.inc").write_text("\n".join(table) + "\n")
    if "--check" in arguments:
        source = squeezed((HERE / "lrc1.h").read_text())
        missing = [text for text in definitions(coefficients) if squeezed(text) not in source]
        same_table = (HERE / "tables.inc").read_text().splitlines() == table
        for text in missing:
            print("not in lrc1.h:", text, file=sys.stderr)
        if not same_table:
            print("tables.inc differs", file=sys.stderr)
        return 1 if missing or not same_table else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
