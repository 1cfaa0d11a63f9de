#!/usr/bin/env python3
"""The specification is complete: the Python of grammar/arithmetic.md gives the bits of runtime/arithmetic.

    port_test.py BITS

BITS is the program of tests/arithmetic/bits.cpp. A million arguments a function, a tenth of them for those of integers; LRC_ARITHMETIC_ARGUMENTS=10000000
makes it ten times as many.
"""
import os
import re
import subprocess
import sys
import unittest

import numpy as np

from arguments import FUNCTIONS, OF_INTEGERS, arguments
from port import ROOT, arithmetic

BITS = os.path.abspath(sys.argv[1])
COUNT = 1_000_000
ROUNDS = max(1, int(os.environ.get("LRC_ARITHMETIC_ARGUMENTS", COUNT)) // COUNT)
NAMES = {"pow": "power"}


def native(name, words):
    result = subprocess.run([BITS, name], input=words.tobytes(), stdout=subprocess.PIPE, check=True)
    return np.frombuffer(result.stdout, dtype=np.uint64)


def of_integers(name, words):
    if name == "nearest":
        return arithmetic.bits([arithmetic.nearest(lower | upper << 64) for lower, upper in words])
    pairs = [(n | N << 64, d | D << 64) for n, N, d, D in words]
    if name == "quotient":
        return arithmetic.bits([arithmetic.quotient(n, d) for n, d in pairs])
    results = [n // d if name == "divide" else n % d for n, d in pairs]
    return np.array([(result & (2**64 - 1)) ^ (result >> 64) for result in results], dtype=np.uint64)


def ported(name, words):
    if name in OF_INTEGERS:
        return of_integers(name, words.tolist())
    columns = words.T if name == "noise" else words.view(np.float64).T
    return arithmetic.bits(getattr(arithmetic, NAMES.get(name, name))(*columns))


class Port(unittest.TestCase):
    def test_functions(self):
        for name in FUNCTIONS:
            count = COUNT // 10 if name in OF_INTEGERS else COUNT
            for part in range(ROUNDS):
                self.compare(name, arguments(name, count, part))
            print(f"{name:9} {ROUNDS * count} arguments, 0 differing bits", flush=True)

    def compare(self, name, words):
        of_page, of_library = ported(name, words), native(name, words)
        self.assertEqual(len(words), len(of_library), name)
        self.assertGreater(len(np.unique(of_library)), len(words) // 4, f"{name}: the arguments say little")
        for i in np.flatnonzero(of_page != of_library)[:5]:
            print(name, [hex(word) for word in words[i].tolist()], hex(int(of_page[i])), hex(int(of_library[i])))
        self.assertTrue(np.array_equal(of_page, of_library), name)

    def test_a_change_of_the_page_shows(self):
        """One bit of one coefficient: the comparison above would see it."""
        words = arguments("sinpi", 10_000)
        before, coefficient = ported("sinpi", words), arithmetic.SINE[1]
        arithmetic.SINE[1] = np.nextafter(coefficient, 0.0)
        after = ported("sinpi", words)
        arithmetic.SINE[1] = coefficient
        self.assertFalse(np.array_equal(before, after))

    def test_table(self):
        """The page derives the table; tables.inc has the same rows."""
        rows = re.findall(r"^\{(.*)\},$", (ROOT / "runtime/arithmetic/tables.inc").read_text(), re.MULTILINE)
        self.assertEqual([[float.fromhex(item) for item in row.split(", ")] for row in rows], arithmetic.TABLE.tolist())

    def test_quotients_are_correctly_rounded(self):
        """Against Python's own quotient of integers, which is."""
        for n, N, d, D in arguments("quotient", 20_000).tolist():
            n, d = n | N << 64, d | D << 64
            self.assertEqual(n / d, arithmetic.quotient(n, d), f"{n}/{d}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
