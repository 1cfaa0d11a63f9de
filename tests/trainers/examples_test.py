#!/usr/bin/env python3
"""The trainers of examples/pytorch do what they say.

    examples_test.py ROOT BUILD
"""
import difflib
import json
import math
import re
import sys
import tempfile
import unittest
from pathlib import Path

from trainers import BUILD, ROOT, outcome, run, torchrun

EXAMPLES = ROOT / "examples/pytorch"
PLOTS = BUILD / "plots"


def accuracy_of(text):
    return float(re.findall(r"^accuracy ([\d.]+)", text, re.MULTILINE)[-1])


class FiveLines(unittest.TestCase):
    def changed(self):
        """Lines of the trainer that are new; its title is not one of them."""
        before, after = (EXAMPLES.joinpath(name).read_text().splitlines()[1:] for name in ("before.py", "after.py"))
        return [line for line in difflib.ndiff(before, after) if line.startswith("+ ")]

    def test_at_most_five_lines_are_new(self):
        self.assertLessEqual(len(self.changed()), 5)
        self.assertGreater(len(self.changed()), 0)

    def test_the_same_curve_and_as_good(self):
        with tempfile.TemporaryDirectory() as folder:
            texts = [run(EXAMPLES / name, cwd=folder) for name in ("before.py", "after.py")]
            self.assertTrue(Path(folder, "digits.pt").exists())
        rates = [[float(rate) for rate in re.findall(r"lr ([\d.]+)", text)] for text in texts]
        self.assertEqual(10, len(rates[1]))
        for number, (before, after) in enumerate(zip(*rates)):
            self.assertAlmostEqual(before, after, delta=1.01e-6, msg=f"printed line {number}")
        for text in texts:
            self.assertGreater(accuracy_of(text), 0.9)


def log_of(folder):
    """By update: LR and loss, as text. A line of an update that was trained again must be the same."""
    lines = {}
    for line in Path(folder, "log.txt").read_text().splitlines():
        update, values = line.split(" ", 1)
        assert lines.setdefault(int(update), values) == values, f"update {update} has other bits the second time"
    return lines


class Ranks(unittest.TestCase):
    def test_killed_and_resumed_ends_with_the_same_bits(self):
        with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as killed:
            run(*torchrun(8, EXAMPLES / "ranks.py", whole))
            code, text = outcome(*torchrun(8, EXAMPLES / "ranks.py", killed, "--kill", "3@25"))
            self.assertNotEqual(0, code)
            self.assertIn("SIGKILL", text)
            run(*torchrun(8, EXAMPLES / "ranks.py", killed))
            # It went back to the checkpoint of 20.
            self.assertEqual(2, Path(killed, "log.txt").read_text().count("\n22 "))
            self.assertEqual(list(range(60)), sorted(log_of(whole)))
            self.assertEqual(log_of(whole), log_of(killed))
            self.assertEqual(*(Path(folder, "weights.txt").read_text() for folder in (whole, killed)))


class Chained(unittest.TestCase):
    def test_short_jobs_are_one_long_one(self):
        with tempfile.TemporaryDirectory() as long, tempfile.TemporaryDirectory() as short:
            whole = run(EXAMPLES / "chained.py", long, 120)
            jobs = [run(EXAMPLES / "chained.py", short, 41) for _ in range(3)]
            self.assertEqual(["", ""], jobs[:2])
            self.assertRegex(whole, "^done [0-9a-f]{64}\n$")
            self.assertEqual(whole, jobs[2])
            self.assertEqual(list(range(120)), sorted(log_of(long)))
            self.assertEqual(log_of(long), log_of(short))


class FineTune(unittest.TestCase):
    def test_layers_thaw_from_the_top_and_learn_at_their_rates(self):
        text = run(EXAMPLES / "fine_tune.py")
        moved = dict(re.findall(r"^(\S+) moved first at update (\d+)", text, re.MULTILINE))
        self.assertEqual({"head.weight": "0", "head.bias": "0", "layers.1.weight": "40", "layers.1.bias": "40",
                          "layers.0.weight": "80", "layers.0.bias": "80"}, moved)
        last = re.findall(r"update 160 .*", text)[0]
        rate = {name: float(value) for name, value in re.findall(r"(\S+) ([\d.]+)(?=  |$)", last)}
        upper, lower = (next(rate[name] for name in rate if f"layers.{i}" in name) for i in (1, 0))
        self.assertAlmostEqual(rate["head"] / 2, upper, delta=1e-6)
        self.assertAlmostEqual(rate["head"] / 4, lower, delta=1e-6)
        before = float(re.findall(r"accuracy ([\d.]+) on ten digits", text)[0])
        self.assertLess(before, 0.5)
        self.assertGreater(accuracy_of(text), 0.8)


class Snapshots(unittest.TestCase):
    def test_kept_at_the_marks_where_the_cosine_is_at_its_end(self):
        text = run(EXAMPLES / "snapshots.py")
        kept = re.findall(r"^kept (.*) after update (\d+), whose lr was (\S+);", text, re.MULTILINE)
        self.assertEqual([("snapshot 1", "99"), ("snapshot 2", "199"), ("snapshot 3", "299"), ("the end", "399")],
                         [(name, update) for name, update, _ in kept])
        # The last update of a cycle of 100: 0.3 (1 + cos(99/100 pi)) / 2.
        for _, _, lr in kept:
            self.assertEqual(f"{0.15 * (1 + math.cos(0.99 * math.pi)):.2g}", lr)
        alone = [float(value) for value in re.findall(r"; accuracy ([\d.]+)$", text, re.MULTILINE)]
        self.assertEqual(4, len(alone))
        self.assertGreater(accuracy_of(text), sum(alone) / 4)


class Survive(unittest.TestCase):
    def test_rules_save_the_run_that_a_constant_rate_loses(self):
        PLOTS.mkdir(exist_ok=True)
        text = run(EXAMPLES / "survive.py", PLOTS / "survive.png")
        constant, ruled = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
        self.assertEqual([], constant["firings"])
        self.assertEqual(0.5, constant["last_lr"])
        self.assertLess(constant["accuracy"], 0.6)
        self.assertGreater(ruled["accuracy"], 0.8)
        fired = {trigger for _, trigger in ruled["firings"]}
        self.assertTrue({"spike", "plateau"} <= fired, fired)
        self.assertLess(ruled["last_lr"], 0.5)
        self.assertGreaterEqual(ruled["last_lr"], 0.005)
        self.assertGreater((PLOTS / "survive.png").stat().st_size, 10_000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
