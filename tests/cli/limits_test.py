#!/usr/bin/env python3
"""The published limits, each at the limit and one beyond it, and hostile input: within a second and 256
MiB, with a diagnostic that is valid UTF-8.

    limits_test.py LRC
"""
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
# A second for the release build; sanitizers are several times slower and say so here.
SECONDS = float(os.environ.get("LRC_HOSTILE_SECONDS", "1"))


MEBIBYTES = 256
# Sanitizers keep a shadow of all memory.
WEIGHED = "LRC_HOSTILE_SECONDS" not in os.environ


# A neighbour on the same core makes all processes slower, by up to a half for minutes. A call that took
# too long is made again, so often, and its time counts in seconds of a quiet core: the known work below,
# done beside it, takes this long on one.
CALLS = 4
KNOWN_WORK_SECONDS = 0.1


def slowness():
    """How much slower than a quiet core this one is now; never below 1, so no call gains from a fast one."""
    begin = time.process_time()
    words = [str(number * 2654435761 % 1000003) for number in range(150_000)]
    words += [word + word for word in sorted(set(words))]
    return max(1.0, (time.process_time() - begin) / KNOWN_WORK_SECONDS)


class Ended:
    """One call: what it printed, its processor time (waiting for a processor does not count), and the most
    memory it held."""

    def __init__(self, *call):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen([LRC, *call], stdout=out, stderr=err)
            # So long a hang is told apart from slowness; without an end the other rows would never run.
            timer = threading.Timer(10 * SECONDS, process.kill)
            timer.start()
            _, status, used = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0), err.seek(0)
            self.returncode, self.stdout, self.stderr = process.returncode, out.read(), err.read()
        self.seconds = used.ru_utime + used.ru_stime
        self.mebibytes = used.ru_maxrss / 1024


def ended_in_time(*call):
    ended = Ended(*call)
    for _ in range(CALLS):
        if ended.seconds < SECONDS:
            break
        before, again, after = slowness(), Ended(*call), slowness()
        again.seconds /= min(before, after)
        ended = min(ended, again, key=lambda one: one.seconds)
    return ended


def check(text):
    """Exit code, codes, call and text for people of `lrc check` on a file of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.lrp")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        ended = ended_in_time("check", str(path), "--format", "json")
        human = subprocess.run([LRC, "check", str(path)], capture_output=True).stderr.decode("utf-8")
    found = [item["code"] for item in json.loads(ended.stderr.decode("utf-8"))["diagnostics"]]
    return ended.returncode, found, ended, human


class Bounded(unittest.TestCase):
    def assertBounded(self, ended):
        self.assertLess(ended.seconds, SECONDS)
        if WEIGHED:
            self.assertLess(ended.mebibytes, MEBIBYTES)


class Limits(Bounded):
    def at_limit_and_beyond(self, fine, beyond, code):
        exit_code, found, ended, human = check(fine)
        self.assertEqual((0, []), (exit_code, found), human[:500])
        self.assertBounded(ended)
        exit_code, found, ended, _ = check(beyond)
        self.assertEqual((4, [code]), (exit_code, found))
        self.assertBounded(ended)

    def test_size(self):
        comment = lambda size: "constant #" + "x" * (size - len("constant #"))
        self.at_limit_and_beyond(comment(1 << 20), comment((1 << 20) + 1), "E0901")

    def test_nesting(self):
        nested = lambda depth: "min(" * depth + "constant" + ")" * depth
        self.at_limit_and_beyond(nested(64), nested(65), "E0902")

    def test_digits(self):
        number = lambda digits: "warmup 0." + "1" * (digits - 1) + " epochs then hold"
        self.at_limit_and_beyond(number(40), number(41), "E0903")
        self.at_limit_and_beyond("warmup " + "1" * 40 + " steps then hold", "warmup " + "1" * 41 + " steps then hold", "E0903")

    def test_exponents(self):
        self.at_limit_and_beyond("hold 1e308", "hold 1e309", "E0904")
        self.at_limit_and_beyond("hold 1e-308", "hold 1e-309", "E0904")

    def test_phases(self):
        chain = lambda phases: "hold 1x for 1 step" + " then hold for 1 step" * (phases - 1)
        self.at_limit_and_beyond(chain(10_000), chain(10_001), "E0905")
        ramps = lambda phases: "linear to 0 for 1 step" + " then linear to 1x for 2 steps" * (phases - 1)
        self.at_limit_and_beyond(ramps(10_000), ramps(10_001), "E0905")

    def test_groups(self):
        policy = lambda groups: "policy p version 1 { lr = constant " + "".join(
            f'group g{i} matches "*a{i}*" {{ lr by 0.5 }}\n' for i in range(groups)) + "}"
        self.at_limit_and_beyond(policy(10_000), policy(10_001), "E0906")

    def test_rules(self):
        policy = lambda rules: "policy p version 1 { lr = constant " + "".join(
            f"on nonfinite m{i} {{ lr by 0.5 for 10 steps }}\n" for i in range(rules)) + "}"
        self.at_limit_and_beyond(policy(100), policy(101), "E0706")

    def test_signals(self):
        policy = lambda signals: "policy p version 1 { lr = constant on nonfinite loss { " + "".join(
            f"signal s{i} " for i in range(signals)) + "} }"
        self.at_limit_and_beyond(policy(8), policy(9), "E0706")

    def test_windows(self):
        policy = lambda steps: "policy p version 1 { peak 1 lr = constant " \
            f"on spike of loss above 2 times its mean over {steps} steps {{ lr by 0.5 for 10 steps }} }}"
        self.at_limit_and_beyond(policy(10_000), policy(10_001), "E0705")

    def test_names(self):
        policy = lambda length: f"policy {'p' * length} version 1 {{ lr = constant }}"
        self.at_limit_and_beyond(policy(128), policy(129), "E0907")

    def test_words(self):
        # Facts may be repeated: one is three words. Nine words are around them, and `owner "x"` is two.
        policy = lambda facts, owner="": f"policy p version 1 {{ {owner} lr = constant " + "run 7 steps " * facts + "}"
        fine, beyond = policy(66_663, 'owner "x"'), policy(66_664)
        self.assertEqual((200_000, 200_001), (len(fine.split()), len(beyond.split())))
        self.at_limit_and_beyond(fine, beyond, "E0908")

    def test_operations(self):
        # n operands are n curves and n - 1 minimums. Whatever a sentence or a policy can say to lengthen a
        # value adds two operations, so that 512 itself cannot be written: 511 and 513 are next to it.
        operands = lambda count: "min(" + ", ".join(["constant"] * count) + ")"
        self.at_limit_and_beyond(operands(256), operands(257), "E0910")
        # The signs of a formula count exactly. At the limit it is read, and refused for what it is: only the
        # standard library defines curves.
        for sign in ("-", "u^", "u-", "u*"):
            signs = lambda count: "curve a(u) = " + sign * count + "u"
            self.assertEqual((1, ["E0003"]), check(signs(512))[:2])
            self.assertEqual((4, ["E0910"]), check(signs(513))[:2])

    def test_phases_placed_on_the_run(self):
        # Growing cycles count one by one: 1 + 2 + 4 + … steps are 101 cycles of 99 phases, and the
        # `repeat` itself is the 10,000th phase.
        body = "hold 1x for 0.001 steps then " + "hold for 0.001 steps then " * 97 + "cosine to 0"
        cycles = f"repeat every 1 step growing by 2 for {2**101 - 1} steps {{ {body} }}"
        self.at_limit_and_beyond(cycles, cycles + " then hold", "E0905")

    def test_exact_numbers(self):
        # The longest ramp that is below 2^126, and one update more. Its level at 0 is the one it starts at.
        ramp = lambda steps: ["eval", f"linear to 0 for {steps} steps then hold", "--peak", "1", "--at", "0", "--format", "csv"]
        fine = subprocess.run([LRC, *ramp(2**126 - 1)], capture_output=True)
        self.assertEqual((0, b"step,lr\n0,1\n"), (fine.returncode, fine.stdout), fine.stderr)
        for steps in (2**126, "9" * 40):
            result = subprocess.run([LRC, *ramp(steps)], capture_output=True)
            self.assertEqual(4, result.returncode, steps)
            self.assertIn(b"E0909", result.stderr)


def numbered(count, item, between=" "):
    """`item` with 1, 2, … in place of its N."""
    return between.join(item.replace("N", str(number)) for number in range(1, count + 1))


def policy(*items):
    return "policy p version 1 { " + " ".join(items) + " }"


def around(count, limit, item):
    """`count` times `item`, its N going round from 1 to `limit`."""
    return " ".join(item.replace("N", str(i % limit + 1)) for i in range(count))


# What hides words behind a comment that only the lexer sees the end of, what nests without brackets, what
# leads a compiler to compare all with all, and what is exact with ever more digits.
HOSTILE = {
    "a comment that a lone carriage return ends, and nesting": "hold then #\r" + "min(" * 200_000,
    "a comment that a lone carriage return ends, and an exponent": "warmup #\r 1e400000000 steps",
    "a comment that a lone carriage return ends, and digits": "#\r" + "9" * 900_000,
    "the same digits as a length": "warmup #\r" + "9" * 900_000 + " steps",
    "signs that nest": "curve a(u) = " + "-" * 190_000 + "u",
    "powers that nest": "curve a(u) = " + "u^" * 90_000 + "u",
    "powers without an end": "curve a(u) = " + "u^" * 90_000,
    "runs that contradict each other": policy("lr = constant", numbered(66_000, "run N steps")),
    "outputs": policy(numbered(60_000, "oN = 1")),
    "milestones": "step by 0.1 at " + numbered(20_000, "N steps", ", "),
    "milestones among operands": "min(step by 0.1 at " + numbered(20_000, "N steps", ", ") + ", 0.1x)",
    "factors of a group": policy(numbered(9_990, "oN = 1"), 'group g matches "*" {', around(50_000, 9_990, "oN by 0.5"), "}"),
    "peaks": policy(numbered(9_000, "oN = 1"), around(40_000, 9_000, "peak oN = 1")),
    "mistakes on one line": " then ".join(["hold 1%"] * 9_999),
    "cycles whose exact lengths need ever more digits":
        "repeat every 1 step growing by 1.000001 for 1M steps { cosine to 0 } then hold",
    "arguments that are laid out far to the right": "min(" * 60 + "constant, " * 30_000 + "constant" + ")" * 60,
    "comments within a statement": "hold" + "#\n" * 500_000 + "then hold",
    "a column of comments behind one that is long": policy('owner "' + "x" * 500_000 + '" #', "run 1 step #\n" * 30_000, "lr = constant"),
    "calls that nest to the limit, with a mistake behind them": "min(" * 63 + "\nconstant\n" + ")" * 49 + "E`2e308` is beyon" + ")" * 16,
    "a list that nothing ends": policy("lr = constant", 'group g matches "a"' + ', "a"' * 90_000, "{ lr by 0.5 }"),
}


class Hostile(Bounded):
    def ends(self, text, exit_code, code):
        got, found, ended, human = check(text)
        self.assertEqual((exit_code, [code]), (got, found))
        self.assertBounded(ended)
        self.assertNotIn("\x00", human)

    def test_nothing_is_a_signal_or_a_hang(self):
        self.ends("(" * (1 << 20), 4, "E0902")
        self.ends("{" * (1 << 20), 4, "E0902")
        self.ends("hold" + " then hold" * 50_000, 4, "E0905")
        self.ends("warmup 1e999999999999 steps", 4, "E0904")
        self.ends("warmup " + "9" * 1_000_000 + " steps", 4, "E0903")
        self.ends("warmup 6\0% linear", 1, "E0002")
        self.ends(b"warmup 6% lin\xffear", 1, "E0001")
        self.ends(b"\xc0\x80", 1, "E0001")
        self.ends(b"# \xed\xa0\x80\nconstant", 1, "E0001")
        self.ends('policy p version 1 { owner "' + "x" * 1_000_000, 1, "E0202")
        self.ends("a " * 99_999, 1, "E0301")
        self.ends("1 " * 199_999, 1, "E0201")
        self.ends("x" * (1 << 20), 4, "E0907")
        self.ends("- " * 150_000, 4, "E0910")

    def test_what_is_large_in_another_way(self):
        for name, text in HOSTILE.items():
            for call in (["check"], ["check", "--format", "json"], ["fmt"], ["eval", "--run", "1M steps", "--peak", "1", "--at", "0"]):
                with self.subTest(name, call=" ".join(call)):
                    self.ends_in_time(call, text)

    def ends_in_time(self, call, text):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "policy.lrp")
            path.write_bytes(text.encode())
            ended = ended_in_time(call[0], path, *call[1:])
        self.assertIn(ended.returncode, (0, 1, 4), ended.stderr[:300])
        ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8")  # raises where it is not UTF-8
        self.assertBounded(ended)

    def test_foreign_bytes_are_shown(self):
        self.assertIn("lin\\xFFear", check(b"warmup 6% lin\xffear")[3])
        self.assertIn("6\\x00%", check("warmup 6\0%")[3])
        self.assertIn("\\x1B", check("constant \x1b[31m")[3])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
