#!/usr/bin/env python3
"""The published limits, each at the limit and one beyond it, and hostile input: within a second, with
a diagnostic that is valid UTF-8.

    limits_test.py LRC
"""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
# A second for the release build; sanitizers are several times slower and say so here.
SECONDS = float(os.environ.get("LRC_HOSTILE_SECONDS", "1"))


def check(text):
    """Exit code and codes of `lrc check` on a file of these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.lrp")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        began = time.monotonic()
        result = subprocess.run([LRC, "check", str(path), "--format", "json"], capture_output=True)
        seconds = time.monotonic() - began
        human = subprocess.run([LRC, "check", str(path)], capture_output=True).stderr.decode("utf-8")
    found = [item["code"] for item in json.loads(result.stderr.decode("utf-8"))["diagnostics"]]
    return result.returncode, found, seconds, human


class Limits(unittest.TestCase):
    def at_limit_and_beyond(self, fine, beyond, code):
        exit_code, found, _, human = check(fine)
        self.assertEqual((0, []), (exit_code, found), human[:500])
        exit_code, found, _, _ = check(beyond)
        self.assertEqual((4, [code]), (exit_code, found))

    def test_size(self):
        comment = lambda size: "constant #" + "x" * (size - len("constant #"))
        self.at_limit_and_beyond(comment(1 << 20), comment((1 << 20) + 1), "E0901")

    def test_nesting(self):
        nested = lambda depth: "min(" * depth + "constant" + ")" * depth
        self.at_limit_and_beyond(nested(64), nested(65), "E0902")

    def test_digits(self):
        number = lambda digits: "hold 0." + "1" * (digits - 1) + "x"
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

    def test_names(self):
        policy = lambda length: f"policy {'p' * length} version 1 {{ lr = constant }}"
        self.at_limit_and_beyond(policy(128), policy(129), "E0907")

    def test_words(self):
        # Facts may be repeated, and each is three words.
        policy = lambda facts: "policy p version 1 { lr = constant " + "run 7 steps " * facts + "}"
        words_around = 9
        facts = (200_000 - words_around) // 3
        self.at_limit_and_beyond(policy(facts), policy(facts + 1), "E0908")

    def test_operations(self):
        operands = lambda count: "min(" + ", ".join(["constant"] * count) + ")"
        self.at_limit_and_beyond(operands(256), operands(257), "E0910")

    def test_exact_numbers(self):
        result = subprocess.run([LRC, "eval", "warmup " + "9" * 40 + " steps then hold", "--peak", "1", "--at", "0"], capture_output=True)
        self.assertEqual(4, result.returncode)
        self.assertIn(b"E0909", result.stderr)


class Hostile(unittest.TestCase):
    def ends(self, text, exit_code, code):
        got, found, seconds, human = check(text)
        self.assertEqual((exit_code, [code]), (got, found))
        self.assertLess(seconds, SECONDS)
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
        self.ends("- " * 150_000, 1, "E0201")

    def test_foreign_bytes_are_shown(self):
        self.assertIn("lin\\xFFear", check(b"warmup 6% lin\xffear")[3])
        self.assertIn("6\\x00%", check("warmup 6\0%")[3])
        self.assertIn("\\x1B", check("constant \x1b[31m")[3])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
