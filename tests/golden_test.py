#!/usr/bin/env python3
"""Golden policies: NAME.lrp with its expectations beside it in NAME.want.

    golden_test.py LRC FOLDER…            checks every policy below the folders
    golden_test.py LRC FOLDER… --bless    rewrites what lrc prints; formulas are never touched

Sections of a .want (a file carries only those it is about):

    --- flags      facts for the commands below, as a shell would be given them
    --- needs      what `lrc check` still asks for
    --- canonical  what `lrc hash --canonical` prints; its SHA-256 must be the hash
    --- formula    one line an output: the published formula in Python, evaluated with mpmath in 60
                   digits. The independent reason for the values. A value may err by a few ulp of the
                   largest one; behind `lr each:` by a few ulp of itself
    --- values     what `lrc eval --format csv` prints at the steps of the first column, to the digit,
                   from every backend
    --- group NAME values in a group, as above
    --- metrics    a CSV of what rules observe, for
    --- simulated  what `lrc simulate --format csv` prints with it, from every backend
    --- proofs     what `lrc prove` prints
    --- tests      what `lrc test` prints
    --- verb       `prove` or `test`: the verb whose findings follow, in place of those named below
    --- codes      E0102@3:14-3:17, one finding a line
    --- issues     what a person sees on standard error
    --- exit       the exit code
                   (of `lrc check`, or of `lrc eval --at 0` when there are flags)

A name that is none of these fails, and so does a policy none of whose sections is checked.
"""
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import mpmath

mpmath.mp.dps = 60
# What is used, not compared with anything that lrc prints.
READ_ONLY = ("flags", "formula", "metrics", "verb")
# The language's sequences err by at most 1.5 ulp a function and round each operation once.
ULPS_OF_LARGEST = 4


def sections(text):
    found = {}
    name = None
    for line in text.splitlines(keepends=True):
        if line.startswith("--- "):
            name = line[4:].strip()
            found[name] = ""
        else:
            found[name] += line
    return found


def write_sections(path, found):
    path.write_text("".join(f"--- {name}\n{body}" for name, body in found.items()))


def place(item):
    if item["line"] is None:
        return item["code"]
    return "{code}@{line}:{column}-{end_line}:{end_column}".format(**item)


class Lrc:
    def __init__(self, binary):
        self.binary = os.path.abspath(binary)
        version = self.run("--version", folder=".").stdout
        self.backends = ["interp"] + ([] if "jit (not found)" in version else ["jit"])

    def run(self, *arguments, folder):
        environment = dict(os.environ, NO_COLOR="1")
        return subprocess.run([self.binary, *arguments], cwd=folder, text=True, capture_output=True, env=environment)


class Golden(unittest.TestCase):
    lrc = None
    bless = False
    maxDiff = None

    def __init__(self, policy):
        super().__init__("check")
        self.policy = policy
        self.want_path = policy.with_suffix(".want")

    def __str__(self):
        return str(self.policy)

    def check(self):
        self.want = sections(self.want_path.read_text())
        self.flags = shlex.split(self.want.get("flags", ""), comments=True)
        blessed = dict(self.want)
        checked = {name: body for name, body in self.want.items() if name not in READ_ONLY}
        self.assertTrue(checked, f"{self.want_path} expects nothing")
        for name, expected in checked.items():
            got = self.actual(name, expected)
            if self.bless:
                blessed[name] = got
            else:
                self.assertEqual(expected, got, f"{self.policy}: section {name}")
        if self.bless and blessed != self.want:
            write_sections(self.want_path, blessed)
        if "formula" in self.want:
            self.check_formula(sections(self.want_path.read_text()))

    def run_lrc(self, *arguments):
        return self.lrc.run(*arguments, folder=self.policy.parent)

    def actual(self, name, expected):
        policy = self.policy.name
        if name == "needs":
            found = json.loads(self.run_lrc("check", policy, "--format", "json").stdout)
            return "".join(need + "\n" for need in found["policies"][0]["needs"])
        if name == "canonical":
            text = self.run_lrc("hash", "--canonical", policy).stdout
            digest = "lrc1:" + hashlib.sha256(text.encode()).hexdigest()
            self.assertEqual(digest + "\n", self.run_lrc("hash", policy).stdout)
            return text
        if name == "values":
            return self.values([], expected)
        if name.startswith("group "):
            return self.values(["--group", name[6:]], expected)
        if name == "simulated":
            return self.simulated()
        if name == "proofs":
            return self.run_lrc("prove", policy, *self.flags).stdout
        if name == "tests":
            return self.run_lrc("test", policy).stdout
        if name in ("codes", "issues", "exit"):
            return self.findings(name)
        self.fail(f"{self.want_path}: there is no section `{name}`")

    def values(self, extra, expected):
        rows = expected.splitlines()
        steps = ",".join(row.split(",")[0] for row in rows if not row.startswith("step"))
        texts = set()
        for backend in self.lrc.backends:
            call = ["eval", self.policy.name, *self.flags, *extra, "--at", steps, "--format", "csv", "--backend", backend]
            result = self.run_lrc(*call)
            self.assertEqual(0, result.returncode, result.stderr)
            texts.add(result.stdout)
        self.assertEqual(1, len(texts), f"{self.policy}: the backends {self.lrc.backends} differ")
        return texts.pop()

    def simulated(self):
        texts = set()
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as metrics:
            metrics.write(self.want["metrics"])
            metrics.flush()
            for backend in self.lrc.backends:
                call = ["simulate", self.policy.name, *self.flags, "--metrics", metrics.name, "--format", "csv"]
                result = self.run_lrc(*call, "--backend", backend)
                self.assertEqual(0, result.returncode, result.stderr)
                texts.add(result.stdout)
        self.assertEqual(1, len(texts), f"{self.policy}: the backends {self.lrc.backends} differ")
        return texts.pop()

    def findings(self, name):
        verb = ["eval", self.policy.name, *self.flags, "--at", "0"] if self.flags else ["check", self.policy.name]
        if "verb" in self.want:
            verb = [self.want["verb"].strip(), self.policy.name, *self.flags]
        if name == "exit":
            return f"{self.run_lrc(*verb).returncode}\n"
        if name == "issues":
            return self.run_lrc(*verb).stderr
        found = json.loads(self.run_lrc(*verb, "--format", "json").stderr)["diagnostics"]
        return "".join(place(item) + "\n" for item in found)

    def check_formula(self, want):
        rows = [row.split(",") for row in want["values"].splitlines()]
        for line in want["formula"].splitlines():
            output, formula = line.split(":", 1)
            output, _, each = output.strip().partition(" ")
            column = rows[0].index(output)
            computed = [mpmath.mpf(evaluate(formula, int(row[0]))) for row in rows[1:]]
            largest = max(abs(value) for value in computed)
            for row, value in zip(rows[1:], computed):
                error = abs(mpmath.mpf(float(row[column])) - value)
                self.assertLessEqual(
                    error, ULPS_OF_LARGEST * (value if each else largest) * mpmath.mpf(2) ** -53,
                    f"{self.policy}: {output} at step {row[0]}: {row[column]}, the formula says {mpmath.nstr(value, 20)}",
                )


def evaluate(formula, step):
    """The formula at t = step. Its numbers are exact; real(x) is the binary64 nearest to x."""
    number = r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)"
    names = {
        "t": mpmath.mpf(step),
        "N": mpmath.mpf,
        "real": lambda x: mpmath.mpf(float(x)),
        "clip": lambda u: max(0, min(1, u)),
        "abs": abs,
        **{name: getattr(mpmath, name) for name in ("floor", "sqrt", "sin", "cos", "pi", "tanh")},
    }
    return eval(re.sub(number, r"N('\1')", formula.strip()), {"min": min, "max": max}, names)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--bless"]
    Golden.lrc = Lrc(arguments[0])
    Golden.bless = "--bless" in sys.argv
    suite = unittest.TestSuite()
    for folder in arguments[1:]:
        for policy in sorted(Path(folder).rglob("*.lrp")):
            suite.addTest(Golden(policy))
    if suite.countTestCases() == 0:
        sys.exit("no golden policies found")
    print(f"{suite.countTestCases()} golden policies, backends: {', '.join(Golden.lrc.backends)}")
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
