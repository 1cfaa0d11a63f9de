#!/usr/bin/env python3
"""Clocks up to 2^63 - 1 updates, in tokens whose counts and denominators are far beyond 2^53.

    clocks_test.py LRC [POLICIES]

Random policies as text. The expected bits come from exact rationals alone: each operation of the specification (grammar/arithmetic.md) is an exact sum or
product of fractions, rounded once by Python's quotient of integers, which is correctly rounded.
"""
import math
import os
import random
import sys
import unittest
from fractions import Fraction

from lrc import backends, evaluated

LRC = os.path.abspath(sys.argv[1])
POLICIES = int(sys.argv[2]) if len(sys.argv) > 2 else 40
LAST_UPDATE = 2**63 - 1
PEAK, LEVEL, LOW = Fraction(7, 10), Fraction(3, 10), Fraction(1, 10)


def rounded(exact):
    """The binary64 nearest to a fraction, as a fraction again."""
    return Fraction(exact.numerator / exact.denominator)


class Case:
    """A run of some updates, `rate` tokens each, and lengths that fit nothing."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.batch = chance.randint(1, 10**6)
        self.tokens = Fraction(chance.randint(1, 8 * 10**6), 8)  # of a sample
        self.rate = self.batch * self.tokens
        updates = LAST_UPDATE if seed % 3 == 0 else chance.randint(2**40, LAST_UPDATE)
        self.run = math.floor(updates * self.rate) + chance.randint(0, 10**6)
        share = 10 ** -chance.uniform(0.1, 8)
        self.warmup = max(1, int(self.run * share)) | 1
        self.jump = chance.randint(0, self.run)
        self.every = max(1, self.run // chance.randint(3, 1500)) | 1
        self.steps = sorted(self.positions(chance))

    def positions(self, chance):
        last = self.run / self.rate
        marks = [0, self.warmup / self.rate, self.jump / self.rate, last / 3, last, self.every / self.rate, chance.randint(1, 1500) * self.every / self.rate]
        near = {math.ceil(mark) + beside for mark in marks for beside in (-1, 0, 1)}
        anywhere = {math.floor(last * chance.random()) for _ in range(20)}
        return {step for step in near | anywhere | {LAST_UPDATE - 1, LAST_UPDATE} if 0 <= step <= LAST_UPDATE}

    def text(self):
        return f"""policy p version 1 {{
  peak 0.7
  run   {self.run} tokens
  batch {self.batch} samples per step
  1 sample = {float(self.tokens)} tokens
  lr     = warmup {self.warmup} tokens then linear to 0.1x
  seen   = position in tokens
  third  = hold 0.3 for 1/3 of run then linear to 0.1
  jump   = hold 0.3 until {self.jump} tokens then step to 0.1
  stairs = step by 0.5 every {self.every} tokens from 0.3
}}
"""

    def expected(self, step):
        at = min(step, LAST_UPDATE) * self.rate
        held = min(at, self.run)  # what lies behind the end holds
        # The staircase goes on for ever in its form, but its level at the end is the one before a jump just there.
        stairs = held // self.every if at < self.run else -(-held // self.every) - 1
        return {
            "lr": self.lr(at, held),
            "seen": rounded(at),
            "third": ramp(LEVEL, LOW, held, Fraction(self.run, 3), self.run),
            "jump": rounded(LEVEL if at < self.jump else LOW),
            "stairs": rounded(rounded(LEVEL) * rounded(Fraction(1, 2**stairs))),
        }

    def lr(self, at, held):
        if at < self.warmup:
            level = ramp(0, 1, min(at + self.rate, self.warmup), 0, self.warmup)
        else:
            level = ramp(1, LOW, held, self.warmup, self.run)
        return rounded(level * rounded(PEAK))


def ramp(a, b, position, start, end):
    a, b = rounded(Fraction(a)), rounded(Fraction(b))
    u = rounded((Fraction(position) - start) / (Fraction(end) - start))
    if u <= 0:
        return a
    if u >= 1:
        return b
    between = rounded(a + rounded(rounded(b - a) * u))
    return min(max(between, min(a, b)), max(a, b))


def missed_by_reals(case, step):
    """Whether a clock in binary64 would have another progress, so that this comparison has something to find."""
    exact = rounded(Fraction(step * case.rate) / case.run)
    return float(exact) != float(step) * float(case.rate) / float(case.run)


class Clocks(unittest.TestCase):
    def test_long_clocks(self):
        available, compared, largest, missed = backends(LRC), 0, 0, 0
        for seed in range(POLICIES):
            case = Case(seed)
            missed += sum(missed_by_reals(case, step) for step in case.steps)
            for backend in available:
                for step, row in evaluated(LRC, case.text(), case.steps, "--backend", backend).items():
                    for output, value in case.expected(step).items():
                        self.assertEqual(float(value).hex(), row[output].hex(), f"{case.text()}{backend}: {output} at step {step}")
                        compared += 1
                    largest = max(largest, step)
        print(f"{POLICIES} policies, {compared} values, positions up to {largest}, 0 differing bits")
        print(f"clocks in binary64 would miss the progress of {missed} updates")
        self.assertEqual(LAST_UPDATE, largest)
        self.assertGreater(missed, POLICIES)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
