#!/usr/bin/env python3
"""Compiling takes time in proportion to the size of a policy, up to the published limits.

    scale_test.py LRC

Measured is the processor time of whole calls, the least of several, over a series in which phases and
groups double; the slope of the line through the logarithms is printed.
"""
import math
import os
import resource
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
LARGEST_PHASES, LARGEST_GROUPS = 10_000, 1_000
DOUBLINGS = 4
REPEATS = 3
LARGEST_SLOPE = 1.15


def policy(share):
    phases, groups = round(LARGEST_PHASES * share), round(LARGEST_GROUPS * share)
    shapes = ("linear", "cosine", "polynomial power 2", "sqrt")
    chain = " then ".join(f"{shapes[i % len(shapes)]} to {(i * 7 % 10) / 10}x for {i % 9 + 1} steps" for i in range(phases - 1))
    rows = "\n".join(f'  group g{i} matches "layers.{i}.*" {{ lr by 0.{i % 9 + 1} }}' for i in range(groups))
    return f"policy large version 1 {{\n  peak 1\n  lr = {chain} then hold\n{rows}\n}}\n"


def seconds(*call):
    """Of the processor, for the call alone."""
    best = math.inf
    for _ in range(REPEATS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([LRC, *call], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def slope(sizes, times):
    x, y = [math.log(size) for size in sizes], [math.log(time) for time in times]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


class Scale(unittest.TestCase):
    def linear(self, *call):
        sizes, times = [], []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "large.lrp")
            for doubling in range(DOUBLINGS + 1):
                path.write_text(policy(2.0 ** (doubling - DOUBLINGS)))
                sizes.append(path.stat().st_size)
                times.append(seconds(call[0], path, *call[1:]))
        found = slope(sizes, times)
        print(f"lrc {' '.join(call)}: {', '.join(f'{time * 1000:.0f}' for time in times)} ms, slope {found:.2f}")
        self.assertLessEqual(found, LARGEST_SLOPE)

    def test_hash(self):
        self.linear("hash")

    def test_bind_and_evaluate(self):
        self.linear("eval", "--at", "0", "--backend", "interp")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
