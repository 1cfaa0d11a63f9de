#!/usr/bin/env python3
"""A quick run of the benchmarks ends well, says something about every claim and writes JSON; no figure is judged.

    bench_test.py ROOT BUILD
"""
import json
import math
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, BUILD = (Path(argument).resolve() for argument in sys.argv[1:3])
sys.path.insert(0, str(ROOT / "bench"))
import goals  # noqa: E402

# Peers of Python are left out of a quick run, and a peer may not be installed; ours must be measured.
OURS = {"lrc"}
PEERS = {"luajit", "muparser", "muparser callable"}


class QuickRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        call = [sys.executable, ROOT / "bench/run.py", BUILD, "--quick", "--results", cls.folder.name]
        cls.printed = subprocess.run(call, check=True, capture_output=True, text=True).stdout
        cls.results = Path(cls.folder.name)

    def test_every_goal_is_written(self):
        for goal in goals.GOALS:
            result = json.loads((self.results / goal.file_name).read_text())
            self.assertEqual([row["row"] for row in result["rows"]], [row.text for row in goal.rows])
            self.assertEqual([claim["claim"] for claim in result["claims"]], [claim.text for claim in goal.claims])

    def test_ours_is_measured_and_the_rest_has_a_reason(self):
        for goal in goals.GOALS:
            result = json.loads((self.results / goal.file_name).read_text())
            for row, entry in zip(goal.rows, result["rows"]):
                with self.subTest(goal.name, row=row.text):
                    if "ns" in entry:
                        self.assertTrue(math.isfinite(entry["ns"]) and entry["ns"] > 0)
                    else:
                        self.assertTrue(entry["reason"])
                        self.assertFalse(row.worker in OURS and row.measurement not in PEERS, entry["reason"])

    def test_the_summary_has_a_row_for_each_claim(self):
        summary = (self.results / "summary.md").read_text()
        for goal in goals.GOALS:
            for claim in goal.claims:
                self.assertIn(f"| {claim.text} |", summary)
        self.assertTrue(self.printed.endswith(summary + "\n"))


class Claims(unittest.TestCase):
    def test_claims_are_about_rows(self):
        for goal in goals.GOALS:
            keys = [row.key for row in goal.rows]
            self.assertEqual(len(keys), len(set(keys)))
            for claim in goal.claims:
                named = list(claim.of.values()) if isinstance(claim, goals.Slope) else [claim.of]
                for key in named + ([claim.to] if isinstance(claim, goals.Ratio) else []):
                    self.assertIn(key, keys)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
