"""Arguments that ask the functions of lrc1 where their mistakes would be: landmarks, seams, ends of tables, subnormals, grids, and anywhere.

`arguments(name, count, part)` gives count argument tuples, others for each part, as an array of 8-byte words, count x width, as tests/arithmetic/bits.cpp reads them. They
are reals but for noise (seed, update) and for the functions of integers of 128 bits, the lower word first.
"""
import zlib

import numpy as np

OF_INTEGERS = ("quotient", "divide", "remainder", "nearest")
FUNCTIONS = ("sinpi", "cospi", "havpi", "exp2", "log2", "tanh", "pow", "noise", "geometric", "ramp", *OF_INTEGERS)
LARGEST, SMALLEST = np.finfo(np.float64).max, 5e-324
SELECTED = (0.0, -0.0, 1.0, 2.0, 0.5, -1.0)
TABLE_ENDS = np.arange(0x3FE6A00000000000, 0x3FF6A00000000001, 1 << 45, dtype=np.uint64).view(np.float64)


class Draw:
    def __init__(self, name, count, part):
        self.random, self.count = np.random.Generator(np.random.PCG64([zlib.crc32(name.encode()), part])), count

    def uniform(self, low, high):
        return self.random.uniform(low, high, self.count)

    def integers(self, low, high):
        return self.random.integers(low, high, self.count, endpoint=True)

    def words(self):
        return self.random.integers(0, 2**64, self.count, dtype=np.uint64)

    def wide(self, lowest, highest):
        """Positive, the exponent uniform in [lowest, highest]."""
        return np.ldexp(self.uniform(1.0, 2.0), self.integers(lowest, highest))

    def signed(self, values):
        return np.where(self.integers(0, 1) == 1, -values, values)

    def grid(self):
        """k/N, as progress has it."""
        horizons = self.integers(1, 10**6)
        return np.floor(self.uniform(0.0, 1.0) * (horizons + 1)) / horizons

    def beside(self, values):
        """At most 8 numbers beside values that are neither 0 nor among the last."""
        return (values.view(np.uint64) + self.random.integers(0, 17, self.count, dtype=np.uint64) - np.uint64(8)).view(np.float64)

    def one_of(self, values):
        return np.asarray(values)[self.random.integers(0, len(values), self.count)]

    def mixed(self, *kinds):
        """Each element from one of the kinds."""
        return np.choose(self.random.integers(0, len(kinds), self.count), kinds)

    def table_ends(self, lowest, highest):
        return self.beside(np.ldexp(self.one_of(TABLE_ENDS), self.integers(lowest, highest)))


def angles(draw):
    half_integers = 0.5 * draw.signed(np.floor(draw.wide(-1, 50)))
    return draw.mixed(
        half_integers, draw.signed(draw.wide(-1074, 49)), draw.uniform(-4.0, 4.0), draw.grid(),
        draw.beside(draw.signed(0.125 * draw.integers(1, 64))), draw.one_of([0.0, -0.0, 0.25, -0.25, SMALLEST, 2.0**49 + 0.5]),
    )


def shares(draw):
    return draw.mixed(
        draw.uniform(0.0, 1.0), draw.grid(), draw.wide(-1074, -1), 1.0 - draw.wide(-54, -1), draw.beside(draw.integers(1, 63) / 64),
        draw.one_of([0.0, -0.0, 0.25, 0.5, 1.0, SMALLEST]),
    )


def exponents(draw):
    return draw.mixed(
        draw.integers(-1080, 1023).astype(np.float64), draw.beside(draw.signed(0.5 * draw.integers(1, 2046))), draw.uniform(-1080.0, 1023.99),
        draw.signed(draw.wide(-200, 9)), draw.uniform(-1076.0, -1020.0), draw.grid(), draw.one_of([0.0, -0.0, SMALLEST, -1100.0, -1e300, -LARGEST]),
    )


def positive(draw):
    anything = draw.random.integers(1, 0x7FF0000000000000, draw.count, dtype=np.uint64).view(np.float64)
    return draw.mixed(
        anything, draw.wide(-1074, -1023), draw.table_ends(-1021, 1023), np.ldexp(1.0, draw.integers(-1074, 1023)), draw.beside(np.ones(draw.count)),
        draw.uniform(0.99, 1.01), np.maximum(draw.grid(), SMALLEST), draw.one_of([SMALLEST, LARGEST, 2.0**-1022, 0.70703125, 1.0]),
    )


def distances(draw):
    return draw.signed(draw.mixed(
        draw.wide(-1074, 1023), 3.0 * draw.grid(), draw.uniform(0.0, 21.0), draw.beside(0.125 * draw.integers(1, 161)),
        draw.one_of([0.0, 0.25, 20.0, LARGEST, SMALLEST]),
    ))


def powers(draw):
    """Of pow's domain; some results are beyond the largest number, which the sequence defines, too."""
    x = draw.mixed(positive(draw), shares(draw), draw.table_ends(-3, 3), draw.wide(-40, 40), draw.one_of([0.0, -0.0, 1.0, 2.0, 0.25]))
    y = draw.mixed(
        draw.one_of(SELECTED), draw.beside(draw.one_of(SELECTED[2:])), draw.uniform(-4.0, 4.0), 0.25 * draw.integers(-80, 80), draw.signed(draw.wide(-60, 10)),
        draw.signed(draw.wide(-1074, 1023)),
    )
    return x, np.where(x == 0, np.abs(y), y)


def ramps(draw):
    level = lambda: draw.mixed(draw.signed(draw.wide(-1074, 1021)), draw.uniform(-1.0, 1.0), draw.wide(-20, 0), draw.one_of([0.0, -0.0, 1.0, 0.1, 2.0**1022]))
    a = level()
    b = draw.mixed(level(), a, draw.beside(np.where(np.abs(a) < 1e-300, 0.1, a)))
    outside = lambda values: draw.mixed(values, values, values, draw.uniform(-0.5, 1.5))
    return a, b, outside(shares(draw)), outside(shares(draw))


def factors(draw):
    a = draw.wide(-400, 400)
    return a, a * draw.mixed(draw.wide(-30, 30), draw.uniform(0.9, 1.1), draw.wide(-500, 500)), draw.mixed(shares(draw), shares(draw), draw.uniform(-0.5, 1.5))


def shifted_right(upper, lower, shift):
    """(upper, lower) of 128 bits, shift in [0, 128)."""
    within, above = np.minimum(shift, 63), np.clip(shift - 64, 0, 63)
    from_upper = (upper << (63 - within)) << 1  # a shift by 64 is none
    short = shift < 64
    return np.where(short, upper >> within, 0), np.where(short, (lower >> within) | from_upper, upper >> above)


def wide_integers(draw, lowest):
    """[lower word, upper word] of integers in [lowest, 2^126): the number of bits uniform, or at most 2 beside a power of two."""
    upper, lower = shifted_right(draw.words() >> 2, draw.words(), draw.integers(0, 125).astype(np.uint64))
    exponent, offset = draw.integers(2, 125).astype(np.uint64), draw.random.integers(0, 5, draw.count, dtype=np.uint64)
    high = exponent >= 64
    power = np.uint64(1) << np.where(high, exponent - np.uint64(64), exponent)
    beside_lower = np.where(high, 0, power) + offset - np.uint64(2)
    beside_upper = np.where(high, power - (offset < 2), 0)
    beside = draw.integers(0, 2) == 0
    upper, lower = np.where(beside, beside_upper, upper), np.where(beside, beside_lower, lower)
    lower = np.where((upper == 0) & (lower < lowest), lowest, lower)
    return np.stack([lower, upper], axis=1).astype(np.uint64)


REALS = {
    "sinpi": lambda draw: (angles(draw),), "cospi": lambda draw: (angles(draw),), "havpi": lambda draw: (shares(draw),), "exp2": lambda draw: (exponents(draw),),
    "log2": lambda draw: (positive(draw),), "tanh": lambda draw: (distances(draw),), "pow": powers, "ramp": ramps, "geometric": factors,
}


def arguments(name, count, part=0):
    draw = Draw(name, count, part)
    if name == "nearest":
        return wide_integers(draw, 0)
    if name in OF_INTEGERS:
        return np.concatenate([wide_integers(draw, 0), wide_integers(draw, 1)], axis=1)
    if name == "noise":
        return np.stack([draw.words(), draw.mixed(draw.words() >> np.uint64(1), np.arange(count, dtype=np.uint64))], axis=1)
    return np.stack(REALS[name](draw), axis=1).view(np.uint64)
