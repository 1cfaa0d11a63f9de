#!/usr/bin/env python3
"""Rules that hold for all goldens of this folder; golden_test.py runs them one by one."""

import pathlib
import re
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# Codes that no text alone can produce; their pages under compiler/diagnostics/explain show them
# through commands, and tests/explain runs those.
NOT_BY_TEXT = {
    "E0004": "a file that cannot be read",
    "E0706": "101 rules", "E0707": "of the verb simulate",
    "E0601": "needs a lock", "E0602": "needs a lock", "E0603": "needs two files",
    "E0604": "of the verb lock", "E0605": "needs a lock", "W0601": "needs a lock",
    "E0901": "1 MiB of text", "E0905": "10,001 phases", "E0906": "10,001 groups",
    "E0908": "200,001 words", "E0910": "some hundred operands",
    **{f"E100{digit}": "of the verb import" for digit in range(1, 7)},
}


def sections(text):
    parts = re.split(r"^--- (\w+)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def wanted(path):
    return path.with_suffix(".want").read_text(encoding="utf-8")


class Reject(unittest.TestCase):
    def test_one_mistake_one_message(self):
        for path in sorted(HERE.glob("*.lrp")):
            with self.subTest(path.name):
                codes = sections(wanted(path))["codes"].split()
                self.assertTrue(codes[0].startswith(path.name.split("_")[0]), codes)
                if not path.stem.split("_", 1)[1].startswith("many_"):
                    self.assertEqual(len(codes), 1)
                self.assertLessEqual(path.read_bytes().count(b"\n"), 12)

    def test_every_code_is_shown(self):
        text = (ROOT / "compiler" / "diagnostics" / "codes.def").read_text()
        shown = {path.name.split("_")[0] for path in HERE.glob("*.lrp")}
        for code in re.findall(r"^X\((\w+),", text, re.M):
            self.assertTrue(code in shown or code in NOT_BY_TEXT, f"{code} has no golden")

    def test_style(self):
        for path in sorted(HERE.glob("*.want")):
            for message in re.findall(r"^(?:error|warning)\[\w+\]: (.*)$",
                                      sections(wanted(path))["issues"], re.M):
                with self.subTest(path.name):
                    self.assertFalse(message.endswith("."), message)
                    self.assertFalse(message[0].isupper() and message[:3] not in ("NUL",), message)


if __name__ == "__main__":
    unittest.main()
