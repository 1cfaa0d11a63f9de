#!/usr/bin/env python3
"""`lrc range-test` on the demo trainer: AdamW on a small transformer learns below 1e-2 and is lost at 1.

    range_test.py ROOT BUILD
"""
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT, BUILD = map(Path, sys.argv[1:3])


class RangeTest(unittest.TestCase):
    def test_the_demo_trainer(self):
        result = subprocess.run([sys.executable, ROOT / "examples/char_lm/range_test.py", BUILD, "120"],
                                cwd=ROOT, text=True, capture_output=True)
        self.assertEqual(0, result.returncode, result.stderr)
        steepest, lost, safe = (float(re.search(pattern, result.stdout)[1]) for pattern in (
            r"most steeply at lr (\S+):", r"diverges at lr (\S+):", r"a tenth, (\S+), is"))
        self.assertTrue(1e-5 < steepest < 1e-2, steepest)
        self.assertTrue(0.03 < lost < 1, lost)
        self.assertAlmostEqual(lost / 10, safe, delta=lost / 1000)
        self.assertIn("smoothed loss by lr", result.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
