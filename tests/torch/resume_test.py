#!/usr/bin/env python3
"""The demo's promise over a few updates: a run that is stopped and resumed goes on with the same bits, and
no other policy is resumed. demo.sh compares the logs; here the resumed one must be of the policy, too. And how
much text the trainer asks for.

    resume_test.py ROOT BUILD
"""
import math
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, BUILD = Path(sys.argv[1]), Path(sys.argv[2]).absolute()
WORK = BUILD / "trainer_resume"
# The policy's warmup is 6% of 800 updates. The run is stopped inside it and resumed to behind it.
RUN, PEAK, WARMUP = 800, 4e-3, 48
STOP, STEPS = 40, 72
assert STOP < WARMUP < STEPS


def published(update):
    """`warmup 6% linear then cosine to 0.01x`: the rate of the parameters in no group."""
    if update < WARMUP:
        return PEAK * (update + 1) / WARMUP
    return PEAK * (0.01 + 0.99 * math.cos(math.pi / 2 * (update - WARMUP) / (RUN - WARMUP)) ** 2)


def updates(log):
    """Number, rates and loss of each update of a log."""
    lines = [line.split() for line in log.read_text().splitlines() if not line.startswith("#")]
    return [(int(number), [float.fromhex(value) for value in values]) for number, *values in lines]


class Resume(unittest.TestCase):
    def test_across_the_end_of_warmup(self):
        environment = dict(os.environ, CHAR_LM_STEPS=str(STEPS), CHAR_LM_STOP=str(STOP), CHAR_LM_WORK=str(WORK))
        demo = subprocess.run([ROOT / "examples/char_lm/demo.sh", BUILD], cwd=ROOT, env=environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(0, demo.returncode, demo.stdout)
        resumed = updates(WORK / "second.log")
        self.assertEqual(list(range(STOP, STEPS)), [number for number, _ in resumed])
        for number, (rest, norms, _) in resumed:
            self.assertAlmostEqual(1, rest / published(number), delta=1e-13, msg=f"update {number}")
            self.assertEqual(rest / 2, norms)


def stable(update):
    """stable.lrp: `warmup 6% linear then hold then cooldown last 20% to 0`, of a peak of 3e-3."""
    rate = 3e-3 * min(1, (update + 1) / WARMUP)
    return rate * min(1, (RUN - update - 1) / (RUN / 5))


class TwoPolicies(unittest.TestCase):
    """The same trainer under stable.lrp, from the start and from the other policy's checkpoint."""

    def train(self, folder, *arguments):
        log = Path(folder, "log")
        call = [BUILD / "bin/char_lm", "--log", log, *map(str, arguments)]
        done = subprocess.run(call, cwd=ROOT, text=True, capture_output=True)
        return done, updates(log) if done.returncode == 0 else None

    def test_each_by_its_own_formula_and_from_one_to_the_other_by_a_word(self):
        with tempfile.TemporaryDirectory() as folder:
            other = ("--policy", "examples/char_lm/stable.lrp")
            done, lines = self.train(folder, *other, "--steps-to", 4)
            self.assertEqual(0, done.returncode, done.stderr)
            for number, (rest, norms, _) in lines:
                self.assertAlmostEqual(1, rest / stable(number), delta=1e-13)
                self.assertEqual(rest, norms)
            saved = Path(folder, "saved.pt")
            done, _ = self.train(folder, "--steps-to", 4, "--save", saved)
            self.assertEqual(0, done.returncode, done.stderr)
            resume = (*other, "--resume", saved, "--steps-to", 10)
            done, _ = self.train(folder, *resume)
            self.assertEqual(1, done.returncode)
            self.assertIn("cannot resume", done.stderr)
            done, lines = self.train(folder, *resume, "--policy-changed", "blend over 4 steps")
            self.assertEqual(0, done.returncode, done.stderr)
            left = published(4)  # what the coming update had in the record
            for number, (rest, norms, _) in lines:
                weight = min(1, (number - 4 + 1) / 4)
                for before, rate in ((left, rest), (left / 2, norms)):
                    expected = before + (stable(number) - before) * weight
                    self.assertAlmostEqual(1, rate / expected, delta=1e-12, msg=f"update {number}")


class Text(unittest.TestCase):
    def train_on(self, size):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "text").write_bytes((b"to be or not to be; " * (size // 20 + 1))[:size])
            call = [BUILD / "bin/char_lm", "--data", folder, "--steps-to", "1"]
            return subprocess.run(call, cwd=ROOT, text=True, capture_output=True)

    def test_a_megabyte_is_needed(self):
        fine = self.train_on(1_000_000)
        self.assertEqual(0, fine.returncode, fine.stderr)
        self.assertIn("1000000 characters of text", fine.stdout)
        less = self.train_on(999_999)
        self.assertEqual(3, less.returncode)
        self.assertIn("have 999999 bytes of text, and training needs at least 1000000", less.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
