#!/usr/bin/env python3
"""Whole policies, evaluated by the Python of grammar/arithmetic.md alone, have the bits of `lrc eval` from every backend.

    policies_test.py LRC
"""
import os
import sys
import unittest
from fractions import Fraction

import numpy as np

from lrc import backends, evaluated
from port import arithmetic

LRC = os.path.abspath(sys.argv[1])
STEPS = 10_000
LARGEST = sys.float_info.max
# A run in tokens, far beyond 2^53 of them and with no power of two in their number.
TOKENS, TOKENS_PER_STEP = 9_007_199_254_740_993 * 12_289, 1536 * 4097
TOKEN_STEPS = -(-TOKENS // TOKENS_PER_STEP)

progress, ramp, havpi = arithmetic.progress, arithmetic.ramp, arithmetic.havpi


def quotient(ratio):
    return arithmetic.quotient(ratio.numerator, ratio.denominator)


def warmup(t, steps):
    u = progress(t + 1, 0, steps)
    return ramp(0.0, 1.0, u, u)


def cosine(t):
    return arithmetic.example(t, 3e-4)


def one_minus_sqrt(t):
    if t < 8000:
        return (warmup(t, 500) if t < 500 else 1.0) * 3e-4
    u = progress(t, 8000, STEPS)
    return ramp(1.0, 0.0, u, np.sqrt(u)) * 3e-4


def power_law(t):
    if t < 1000:
        return warmup(t, 1000) * 3e-4
    q = quotient(Fraction(2000 + t - 1000, 2000))
    return arithmetic.minimum(1.0 * arithmetic.power(q, -0.51), LARGEST) * 3e-4


def equal_factors(t):
    if t < 3000:
        return arithmetic.geometric(1.0, 0.01, progress(t, 0, 3000)) * 3e-4
    u = progress(t, 3000, STEPS)
    return ramp(0.01, 0.0, u, 1.0 - arithmetic.cospi(u / 2.0)) * 3e-4


def formula(t):
    u = progress(t, 0, STEPS)
    wave = 0.5 + 0.25 * arithmetic.sinpi(7.0 * u)
    value = arithmetic.exp2(-3.0 * u) * wave + arithmetic.log2(1.0 + u) * arithmetic.tanh(u) / 100.0
    return arithmetic.minimum(arithmetic.maximum(value, 0.0), LARGEST)


def noisy(t):
    noise = arithmetic.noise(np.array([7], dtype=np.uint64), np.array([t], dtype=np.uint64))[0]
    value = 0.001 * noise + 0.1 * arithmetic.power(1.0 - progress(t, 0, STEPS), 1.7)
    return arithmetic.minimum(arithmetic.maximum(value, 0.0), LARGEST)


def absolute_and_relative(t):
    if t < 1000:
        u = progress(t, 0, 1000)
        return ramp(1.0 * 3e-4, 1e-5, u, u)
    u = progress(t, 1000, STEPS)
    v = 1.0 - u
    shape = 1.0 - arithmetic.power(v, 2.0) * (3.0 - 2.0 * v)
    return ramp(1e-5, 0.1 * 3e-4, u, shape)


def handed_over(t):
    level = lambda t: ramp(1.0, 0.0, progress(t, 0, 5000), havpi(progress(t, 0, 5000)))
    if t < 3000:
        return level(t) * 3e-4
    u = progress(t, 3000, STEPS)
    return ramp(level(3000), 0.0, u, u) * 3e-4


def stairs_and_rsqrt(t):
    if t < 5000:
        return (1.0 * arithmetic.power(0.7, arithmetic.nearest(t // 900))) * 3e-4
    return (1.0 * arithmetic.power(0.7, 5.0)) * np.sqrt(quotient(Fraction(5000, t))) * 3e-4


def growing_factor(t):
    power = arithmetic.minimum(arithmetic.power(1.001, quotient(Fraction(t, 7))), LARGEST)
    return arithmetic.minimum(1.0 * power, LARGEST) * 3e-4


def swings(t):
    n, u = arithmetic.nearest(t // 777), progress(t % 777, 0, 777)
    v, e = ramp(1.0, 0.1, u, havpi(u)) * 3e-4, 0.1 * 3e-4
    return e + (v - e) * arithmetic.power(0.9, n)


def shrinking_peaks(t):
    u = progress(t % 777, 0, 777)
    return ramp(1.0, 0.1, u, u) * (3e-4 * arithmetic.power(0.7, arithmetic.nearest(t // 777)))


def scaled_peak(t):
    u = progress(t, 500, STEPS)
    level = warmup(t, 500) if t < 500 else ramp(1.0, 0.0, u, u)
    return level * (3e-4 * np.sqrt(quotient(Fraction(96 if t < 4000 else 320, 256))))


def clamped_group(t):
    u = progress(t, 500, STEPS)
    level = warmup(t, 500) if t < 500 else ramp(1.0, 0.1, u, arithmetic.power(u, 2.0))
    value = (level * 3e-4) * 0.37
    return arithmetic.minimum(arithmetic.maximum(value, 0.2 * 3e-4), 1e-4)


def tokens(t):
    position, warm = t * TOKENS_PER_STEP, Fraction(TOKENS, 7)
    if position < warm:
        u = progress(min(position + TOKENS_PER_STEP, warm), 0, warm)
        return ramp(0.0, 1.0, u, u) * 3e-4
    u = progress(position, warm, TOKENS)
    return ramp(1.0, 0.1, u, havpi(u)) * 3e-4


IN_STEPS = ["--run", f"{STEPS} steps"]
IN_TOKENS = ["--run", f"{TOKENS} tokens", "--batch", "1536 samples", "--rate", "1 sample = 4097 tokens"]
PEAK = ["--peak", "3e-4"]
CLAMPED = """policy p version 1 {
  lr = warmup 500 steps then square to 0.1x
  group g matches "*" { lr by 0.37 }
  clamp lr to 0.2x .. 1e-4
}"""
SCALED = """policy p version 1 {
  batch 96 samples per step, growing to 320 samples at 4000 steps
  lr = warmup 500 steps then linear to 0
  scale lr sqrt with batch from 256 samples
}"""
# Text, flags, and the value of an update.
POLICIES = [
    ("warmup 2000 steps then cosine to 0.1x", IN_STEPS + PEAK, cosine),
    ("warmup 500 steps then hold then cooldown last 20% sqrt to 0", IN_STEPS + PEAK, one_minus_sqrt),
    ("warmup 1000 steps then power -0.51 timescale 2000 steps", IN_STEPS + PEAK, power_law),
    ("exponential to 0.01x for 3000 steps then quarter_cosine to 0", IN_STEPS + PEAK, equal_factors),
    ("exp2(-3 * progress) * (0.5 + 0.25 * sinpi(7 * progress)) + log2(1 + progress) * tanh(progress) / 100", IN_STEPS, formula),
    ("0.001 * noise(seed: 7) + 0.1 * (1 - progress) ^ 1.7", IN_STEPS, noisy),
    ("linear to 1e-5 for 1000 steps then reversed smoothstep to 0.1x", IN_STEPS + PEAK, absolute_and_relative),
    ("cosine to 0 for 3000 steps over 5000 steps then linear to 0", IN_STEPS + PEAK, handed_over),
    ("step by 0.7 every 900 steps for 5000 steps then rsqrt", IN_STEPS + PEAK, stairs_and_rsqrt),
    ("exponential by 1.001 per 7 steps", IN_STEPS + PEAK, growing_factor),
    ("repeat every 777 steps swing by 0.9 { cosine from 1x to 0.1x }", IN_STEPS + PEAK, swings),
    ("repeat every 777 steps peak by 0.7 { linear from 1x to 0.1x }", IN_STEPS + PEAK, shrinking_peaks),
    (SCALED, IN_STEPS + PEAK, scaled_peak),
    (CLAMPED, IN_STEPS + PEAK + ["--group", "g"], clamped_group),
    ("warmup 1/7 of run then cosine to 0.1x", IN_TOKENS + PEAK, tokens),
]


def positions(run, boundaries):
    beside = {boundary + k for boundary in boundaries for k in range(-2, 3)}
    return sorted(step for step in beside | {run * k // 257 for k in range(257)} if 0 <= step < run)


class Policies(unittest.TestCase):
    def test_policies(self):
        available = backends(LRC)
        of_steps = positions(STEPS, (0, 500, 777, 900, 1000, 2000, 3000, 5000, 8000, STEPS))
        of_tokens = positions(TOKEN_STEPS, (0, TOKEN_STEPS // 7, TOKEN_STEPS))
        for text, flags, value in POLICIES:
            steps = of_tokens if value is tokens else of_steps
            expected = {step: float(value(step)) for step in steps}
            self.assertGreater(len(set(expected.values())), 50, text)
            for backend in available:
                found = {step: row["lr"] for step, row in evaluated(LRC, text, steps, *flags, "--backend", backend).items()}
                different = {step: (found[step], expected[step]) for step in steps if found[step].hex() != expected[step].hex()}
                self.assertEqual({}, different, f"{text} ({backend})")
            print(f"{value.__name__}: {len(steps)} updates, 0 differing bits from {' and '.join(available)}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
