#!/usr/bin/env python3
"""Ranks that differ are found before the first update and named on every rank; all stop together, none waits for ever.
Two, four and eight processes under torchrun with Gloo.

    agree_test.py ROOT BUILD
"""
import sys
import unittest

from trainers import BUILD, ROOT, results_of_ranks


class Agree(unittest.TestCase):
    def everywhere(self, ranks, name, part, odd):
        """The same disagreement on all ranks, naming the odd one by number and with what differs."""
        first = ranks[0][name]
        self.assertIsNotNone(first, f"{name} was not found")
        for rank in ranks:
            self.assertEqual(first, rank[name])
        self.assertEqual(("Disagreement", [odd]), (first["kind"], first["ranks"]))
        self.assertIn(f"rank {odd} has {part}", first["text"])

    def test_two_four_and_eight(self):
        for count in (2, 4, 8):
            with self.subTest(ranks=count):
                self.judge(results_of_ranks("agree_ranks.py", count), count // 2)

    def judge(self, ranks, odd):
        count = len(ranks)
        self.assertEqual([0.0] * count, [rank["alike"] for rank in ranks])
        self.everywhere(ranks, "another_file", "hash lrc1:", odd)
        self.everywhere(ranks, "other_facts", "run_hash lrc1:", odd)
        self.everywhere(ranks, "another_version", "version 2, rank 0 has 1", odd)
        self.everywhere(ranks, "another_step", "step 1, rank 0 has 0", odd)
        self.everywhere(ranks, "another_rounding", "rounding upward, rank 0 has nearest", odd)
        self.everywhere(ranks, "another_evaluation", "of loss 7, rank 0 has loss 6", odd)
        # Compared every 5 updates, and skipped at 7: found at 10.
        self.everywhere(ranks, "another_step_under_way", "step 9, rank 0 has 10", odd)
        self.assertEqual([10] * count, [rank["another_step_under_way"]["updates"] for rank in ranks])
        self.missing_and_late(ranks, odd)
        self.reduced([rank["reduced"] for rank in ranks])

    def missing_and_late(self, ranks, odd):
        said = f"rank {odd} of {len(ranks)} did not come within 1000 ms"
        waited = [rank["missing"] for number, rank in enumerate(ranks) if number != odd]
        for result in waited:
            self.assertEqual(waited[0]["error"], result["error"])
            self.assertIn(said, result["error"]["text"])
            self.assertLess(result["seconds"], 10)
        for rank in ranks:
            self.assertEqual(ranks[0]["late"], rank["late"])
            self.assertIn(said, rank["late"]["text"])

    def reduced(self, ranks):
        total = 0.0
        for rank in range(len(ranks)):
            total += 0.1 * (rank + 1)
        for result in ranks:
            self.assertEqual((total / len(ranks)).hex(), result["mean"])
            self.assertEqual(["accepted", "duplicate", "accepted", "duplicate"], result["outcomes"])
            self.assertTrue(result["nan"])
            self.assertEqual("Disagreement", result["different"]["kind"])
            self.assertIn("rank 1 has loss 3 0.2, rank 0 has 0.1", result["different"]["text"])
            self.assertEqual("accepted", result["same"])
            self.assertEqual(ranks[0]["record"], result["record"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
