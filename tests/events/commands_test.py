#!/usr/bin/env python3
"""Logs that are replayed, the runbook on a run made to diverge, canaries.

    commands_test.py LRC ROOT
"""
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path

LRC, ROOT = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).resolve()


def lrc(*call, folder=None):
    return subprocess.run([LRC, *map(str, call)], text=True, capture_output=True, cwd=folder, env=dict(os.environ, NO_COLOR="1"))


def bits(value):
    return struct.pack(">d", value).hex()


class Log:
    """A log as the runtime writes it, of this policy, whose values are computed here: 1 times 0.5 for each firing in force."""

    POLICY = """policy p version 1 {
  peak 1
  run 40 steps
  lr = constant
  group half matches "*h*" { lr by 0.5 }
  on nonfinite loss { lr by 0.5 for 3 steps  signal diverged }
}
"""

    def __init__(self, nan_after=(4, 5, 20), updates=40):
        identity = json.loads(lrc("eval", self.POLICY, "--at", "0", "--format", "json").stdout)
        self.lines = [{"event": "start", "update": 0, "policy": "p", "version": 1, "hash": identity["hash"], "run_hash": identity["run_hash"],
                       "facts": [], "outputs": ["lr"], "groups": ["", "half"]}]
        until = 0
        for update in range(updates):
            lr = 0.5 if update < until else 1.0
            self.add("update", update, values=[lr, lr / 2], bits=[bits(lr), bits(lr / 2)])
            cut = update in nan_after
            self.add("observation", update + 1, metric="loss", evaluation=update, value=None, bits=bits(float("nan") if cut else 2.5),
                     outcome="not_finite" if cut else "accepted")
            if cut:
                until = update + 1 + 3
                self.add("firing", update + 1, rule=0)
                self.add("signal", update + 1, signal="diverged", rule=0)

    def add(self, event, update, **rest):
        self.lines.append({"event": event, "update": update, **rest})

    def index(self, event, update):
        return next(k for k, line in enumerate(self.lines) if line["event"] == event and line["update"] == update)

    def replay(self, *flags, policy=None):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "run.jsonl").write_text("".join(json.dumps(line) + "\n" for line in self.lines))
            return lrc("replay", "run.jsonl", policy or self.POLICY, *flags, folder=folder)


class Replay(unittest.TestCase):
    def differs(self, log, why, **more):
        result = log.replay(**more)
        self.assertEqual(1, result.returncode, result.stdout + result.stderr)
        self.assertIn(why, result.stdout)
        return result.stdout

    def test_a_run_comes_back(self):
        result = Log().replay()
        self.assertEqual((0, "all 40 updates agree to the bit\n"), (result.returncode, result.stdout), result.stderr)

    def test_the_first_difference_of_one_bit_is_told(self):
        log = Log()
        at = log.index("update", 6)
        log.lines[at]["bits"][1] = bits(0.25000000000000006)
        text = self.differs(log, "update 6 used lr 0.25000000000000006, in the group half, and uses 0.25 now")
        self.assertTrue(text.startswith(f"run.jsonl:{at + 1}: "), text)

    def test_a_log_of_another_hash_is_refused(self):
        self.differs(Log(), "the log is of hash lrc1:", policy=Log.POLICY.replace("3 steps", "4 steps"))

    def test_firings_must_be_those_of_the_log(self):
        log = Log()
        del log.lines[log.index("firing", 5)]
        self.differs(log, "rule 0 fires now, and did not in the log")
        log = Log(nan_after=())
        log.lines.insert(log.index("update", 3), {"event": "firing", "update": 3, "rule": 0})
        self.differs(log, "rule 0 fired at update 3, and does not now")

    def test_events_that_were_lost_are_no_replay(self):
        log = Log()
        log.lines[10]["dropped"] = 2
        self.differs(log, "2 events were lost")

    def test_going_back_without_a_record_is_a_difference(self):
        # Runs that are resumed are in tests/python/core_test.py, where there are records.
        log = Log()
        log.lines += log.lines[log.index("update", 5):]
        self.differs(log, "the log goes back from update 40 to 5 without a `load` line")
        log = Log()
        log.add("load", 5, ok=True, generation=0, saved=5, record="0123456789abcdef")
        log.add("update", 5, values=[1.0, 0.5], bits=[bits(1.0), bits(0.5)])
        self.differs(log, "from the record 0123456789abcdef of update 5, and nothing in the log before leads to it")

    def replay_of(self, text):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "log").write_text(text)
            result = lrc("replay", "log", Log.POLICY, folder=folder)
        self.assertNotIn("json.exception", result.stdout)
        return result

    def test_what_is_no_log(self):
        for text, why in (("", "empty"), ("{\n", "log:1: this is no line of a log"), ('{"event":"update","update":0}\n', "`start`"),
                          ("[]\n", "no line of a log"), ('{"event":"load","ok":true}\n', "log:1: this is no line of a log: a key is missing")):
            result = self.replay_of(text)
            self.assertEqual(1, result.returncode, text)
            self.assertIn(why, result.stdout)
        self.assertEqual(3, lrc("replay", "no/such/log", Log.POLICY).returncode)
        if os.path.exists("/dev/stdin"):
            self.assertEqual(3, subprocess.run([LRC, "replay", "/dev/stdin", Log.POLICY], input="{}", text=True, capture_output=True).returncode)

    def test_a_line_that_was_cut(self):
        lines = [json.dumps(line) for line in Log().lines]
        result = self.replay_of("\n".join(lines[:-1] + [lines[-1][:20]]))
        self.assertEqual(0, result.returncode, result.stdout)
        self.assertIn(f"log:{len(lines)}: the last line is cut", result.stdout)
        self.assertIn("all 40 updates agree", result.stdout)
        result = self.replay_of("\n".join(lines[:9] + [lines[9][:20]] + lines[10:]) + "\n")
        self.assertEqual(1, result.returncode)
        self.assertIn("log:10: this is no line of a log: it is no JSON", result.stdout)
        self.assertEqual(0, self.replay_of("\n".join(lines)).returncode, "whole, without a line feed at its end")


class Runbook(unittest.TestCase):
    POLICY = ROOT / "examples" / "policies" / "runbook.lrp"

    def simulated(self, header, rows):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "m.csv").write_text(header + "\n" + "\n".join(rows) + "\n")
            csv = lrc("simulate", self.POLICY, "--metrics", "m.csv", "--output", "lr", "--format", "csv", folder=folder)
            text = lrc("simulate", self.POLICY, "--metrics", "m.csv", folder=folder)
        self.assertEqual(0, csv.returncode, csv.stderr)
        return {int(row.split(",")[0]): float(row.split(",")[1]) for row in csv.stdout.split()[1:]}, text.stdout

    def at_rest(self, steps):
        rows = lrc("eval", self.POLICY, "--at", ",".join(map(str, steps)), "--format", "csv").stdout.split()[1:]
        return {int(row.split(",")[0]): float(row.split(",")[1]) for row in rows}

    def test_a_loss_that_is_no_number_cuts_and_comes_back(self):
        steps = [2999, 3000, 3001, 3002, 4000, 4001, 4002, 5000]
        values, text = self.simulated("step,loss", [f"{k},{'nan' if k == 3000 else 2}" for k in steps])
        rest = self.at_rest(steps)
        for step in steps:
            # Seen after update 3000, it acts on the 1000 updates from 3001 on.
            self.assertEqual(rest[step] * (0.5 if 3001 <= step < 4001 else 1), values[step], step)
        self.assertIn("and sent diverged\n", text)

    def test_no_progress_is_a_signal_and_changes_nothing(self):
        steps = [1000 * k for k in range(14)]
        values, text = self.simulated("step,val_loss", [f"{k},{3 - k / 1000 if k < 3000 else 1}" for k in steps])
        self.assertEqual(self.at_rest(steps), values)
        self.assertIn("and sent early_stop\n", text)


class Synthetic(unittest.TestCase):
    """The courses do to rules what their names say."""

    POLICY = """policy p version 1 {
  peak 1
  lr = constant
  on plateau of val_loss falling for 50 evals { signal early_stop }
  on spike of loss above 4 times its mean over 20 steps { lr by 0.5 for 10 steps }
  on nonfinite loss { lr by 0.25 for 10 steps }
}
"""

    def values(self, *flags):
        result = lrc("simulate", self.POLICY, "--updates", "300", *flags, "--format", "csv")
        self.assertEqual(0, result.returncode, result.stderr)
        return [float(row.split(",")[1]) for row in result.stdout.split()[1:]]

    def test_courses(self):
        for course, by in (("falling", 1), ("spike", 0.5), ("nan", 0.25), ("plateau", 1)):
            values = self.values("--synthetic", f"loss={course}")
            # The middle update is 150: what it does acts on the ten behind it.
            self.assertEqual([1] * 151 + [by] * 10 + [1] * 139, values, course)
        text = lambda course: lrc("simulate", self.POLICY, "--synthetic", f"val_loss={course}").stdout
        self.assertIn("and sent early_stop", text("plateau"))
        self.assertNotIn("and sent", text("falling"))

    def test_the_same_seed_gives_the_same(self):
        text = lambda seed: lrc("simulate", "policy p version 1 { peak 1 lr = constant on threshold of loss above 3 { lr by 0.5 for 1 step } }",
                                "--synthetic", "loss=falling", "--seed", seed).stdout
        self.assertEqual(text(1), text(1))
        self.assertNotEqual(text(1), text(2))

    def test_wrong_calls(self):
        for flags in (("--synthetic", "loss"), ("--synthetic", "loss=rising"), ("--synthetic", "loss=nan", "--metrics", "m.csv"), ()):
            self.assertNotIn(lrc("simulate", self.POLICY, *flags).returncode, (0, 1), flags)


class RangeTest(unittest.TestCase):
    def test_the_policy_goes_from_end_to_end(self):
        policy = lrc("range-test", "--from", "1e-6", "--to", "0.1", "--updates", "11").stdout
        rows = lrc("eval", policy, "--steps", "0..10", "--format", "csv").stdout.split()[1:]
        values = [float(row.split(",")[1]) for row in rows]
        for k, value in enumerate(values):
            self.assertAlmostEqual(1e-6 * 10 ** (k / 2), value, delta=1e-9 * value)
        self.assertEqual((1e-6, 0.1), (values[0], values[10]))

    # A loss of 2 - 1/(1 + (1e-3/lr)^2) is steepest over ln lr at 1e-3 and is flat at both ends; it explodes from 1e-1 on.
    LRS = [10 ** (-6 + k / 40) for k in range(241)]
    LOSS = [2 - 1 / (1 + (1e-3 / lr) ** 2) if lr < 0.0999 else 50.0 for lr in LRS]

    def look(self, text, *flags):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "log").write_text(text)
            return lrc("range-test", "--log", "log", "--ascii", *flags, folder=folder)

    def test_steepest_and_divergence(self):
        lines = "".join(json.dumps({"lr": lr, "loss": loss}) + "\n" for lr, loss in zip(self.LRS, self.LOSS))
        table = "lr,other,loss\n" + "".join(f"{lr!r},7,{loss!r}\n" for lr, loss in zip(self.LRS, self.LOSS))
        for text in (lines, table):
            shown = self.look(text, "--smoothing", "0").stdout
            self.assertIn("falls most steeply at lr 1.00e-03", shown)
            self.assertIn("it diverges at lr 1.00e-01: a peak of a tenth, 1.00e-02", shown)
            self.assertGreater(len(shown.splitlines()), 15)
        self.assertIn("diverges at lr", self.look(lines).stdout)

    def test_a_loss_that_is_no_number_diverges(self):
        shown = self.look("lr,loss\n1,3\n2,2\n3,1\n4,nan\n5,1\n", "--smoothing", "0").stdout
        self.assertIn("diverges at lr 4.00e+00", shown)
        self.assertIn("it does not diverge", self.look("lr,loss\n1,3\n2,2\n3,1\n").stdout)
        self.assertIn("never falls", self.look("lr,loss\n1,3\n2,3\n3,4\n").stdout)
        for word in ("NaN", "Infinity", "-Infinity", "null", '"NaN"'):
            lines = '{"lr": 1, "loss": 3, "run": "a\\"NaN"}\n{"lr": 2, "loss": 2}\n{"lr": 4, "loss": %s, "norm": NaN}\n' % word
            self.assertIn("diverges at lr 4.00e+00", self.look(lines).stdout, word)

    def test_a_flat_loss_does_not_fall(self):
        for loss in (2.0, 2.1, -0.3, 0.0):
            shown = self.look("lr,loss\n" + "".join(f"{lr!r},{loss}\n" for lr in self.LRS)).stdout
            self.assertIn("the loss never falls", shown)
            self.assertNotIn("steeply", shown)
        slight = "".join(f"{lr!r},{2.1 - k * 1e-7}\n" for k, lr in enumerate(self.LRS))
        self.assertIn("falls most steeply", self.look("lr,loss\n" + slight).stdout)

    def test_what_is_no_range_test(self):
        for text, why in (("", "0 points"), ("lr,loss\n1,2\n1,2\n", "line 3: `lr` does not rise"), ("lr,loss\n1,2\n2\n", "1 cells under 2"),
                          ("words\n", "line 1"), ("lr,loss\n0,1\n", "no number above 0"), ("lr,loss\n1,2\n2,2\n", "2 points")):
            result = self.look(text)
            self.assertEqual(2, result.returncode, text)
            self.assertIn(why, result.stderr)


class Canary(unittest.TestCase):
    def chosen(self, run, share, *flags):
        result = lrc("canary", run, share, *flags)
        self.assertEqual({0: "yes\n", 1: "no\n"}[result.returncode], result.stdout)
        return result.returncode == 0

    def expected(self, run, share, salt=""):
        first = int.from_bytes(hashlib.sha256(f"{salt}\n{run}".encode()).digest()[:8], "big")
        return Fraction(first, 2**64) < share

    def test_is_the_documented_function(self):
        seen = set()
        for k in range(40):
            for share, exact in (("10%", Fraction(1, 10)), ("33.3%", Fraction(333, 1000)), ("0.000001%", Fraction(1, 10**8))):
                answer = self.chosen(f"run-{k}", share)
                self.assertEqual(self.expected(f"run-{k}", exact), answer)
                seen.add((share, answer))
            self.assertEqual(self.expected(f"run-{k}", Fraction(1, 2), "wsd"), self.chosen(f"run-{k}", "50%", "--salt", "wsd"))
        self.assertLessEqual({("10%", True), ("10%", False), ("33.3%", True), ("33.3%", False)}, seen)

    def test_grows_with_the_share(self):
        for k in range(5):
            answers = [self.chosen(f"r{k}", f"{share}%") for share in range(0, 101, 5)]
            self.assertEqual(sorted(answers), answers)
            self.assertEqual([False, True], [answers[0], answers[-1]])

    def test_what_is_no_share(self):
        for share in ("10", "%", "101%", "-1%", "1.0000001%", "ten%", "1.%", "1..2%", "100.000001%"):
            self.assertNotIn(lrc("canary", "run", share).returncode, (0, 1), share)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
