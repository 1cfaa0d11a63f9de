#!/usr/bin/env python3
"""lrc against other people's schedulers, number for number.

Called as `peers_test.py path/to/lrc`. Every case of cases.json is a table of what a real scheduler
gives for every update (cases/ID.csv). The policy that says it stands in the gallery of its peer
(examples/from_PEER/NAME.lrp for the case PEER__NAME) and is compared in every row and column.
"""

import csv
import hashlib
import io
import json
import math
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
GALLERIES = HERE.parents[1] / "examples"
BACKENDS = ("interp", "jit")
# Columns that no schedule gives: the row, and what a rule would observe.
NOT_COMPARED = ("step", "metric")

lrc = "lrc"


def load_cases():
    return json.loads((HERE / "cases.json").read_text(encoding="utf-8"))


def policy_of(case_id):
    peer, name = case_id.split("__")
    return GALLERIES / f"from_{peer}" / f"{name}.lrp"


def run_lrc(*arguments):
    done = subprocess.run([lrc, *arguments], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        command = " ".join(map(str, arguments))
        said = done.stdout + done.stderr
        raise AssertionError(f"lrc {command}\nexit status {done.returncode}\n{said}")
    return done.stdout


def read_table(text):
    """The rows of a CSV table by their step: {step: {column: value}}."""
    rows = {}
    for row in csv.DictReader(io.StringIO(text)):
        step = int(row["step"])
        if step in rows:
            raise AssertionError(f"step {step} twice")
        rows[step] = {name: float(value) for name, value in row.items() if name != "step"}
    return rows


def peer_rows(case):
    written = (HERE / case["file"]).read_bytes()
    if hashlib.sha256(written).hexdigest() != case["sha256"]:
        raise AssertionError(f"{case['file']} is not the file that cases.json speaks of")
    rows = read_table(written.decode("utf-8"))
    if len(rows) != case["rows"]:
        raise AssertionError(f"{case['file']} has {len(rows)} rows, cases.json says {case['rows']}")
    return rows


def our_rows(policy, case, steps, backend):
    policy = str(policy)
    if "metric" in case["columns"]:
        metrics = ("--metrics", str(HERE / case["file"]))
        return read_table(run_lrc("simulate", policy, *metrics, "--backend", backend, "--format", "csv"))
    if len(steps) == steps[-1] - steps[0] + 1:
        which = ("--steps", f"{steps[0]}..{steps[-1]}")
    else:  # a case with `sample` keeps some rows
        which = ("--at", ",".join(map(str, steps)))
    return read_table(run_lrc("eval", policy, *which, "--backend", backend, "--format", "csv"))


class Comparison:
    """One column of one case: the largest error, as a share of the column's largest value."""

    def __init__(self, case, column, theirs, ours):
        largest = max(abs(row[column]) for row in theirs.values())
        self.tolerance = case["abs_tol_of_max"]
        self.error = 0.0
        self.step = None
        for step, row in theirs.items():
            ours_here = ours[step][column]
            error = abs(ours_here - row[column]) / largest
            if not math.isfinite(error):
                error = math.inf
            if self.step is None or error > self.error:
                self.error, self.step = error, step
                self.theirs, self.ours = row[column], ours_here

    def holds(self):
        return self.error <= self.tolerance


def backends_found():
    """The backends that this lrc has, and the line of `lrc --version` that says so."""
    lines = run_lrc("--version").splitlines()
    line = next((line for line in lines if line.startswith("backends:")), "backends: none")
    # The compiler in the JIT goes by its own name: `interp, LLVM 20.1 for x86-64-v3`.
    jit = "(not found)" not in line and ("jit" in line or "LLVM" in line)
    found = {"interp": "interp" in line, "jit": jit}
    return [backend for backend in BACKENDS if found[backend]], line


class Peers(unittest.TestCase):
    def setUp(self):
        self.cases = load_cases()

    def test_every_case_has_its_policy(self):
        known = [policy_of(case["id"]) for case in self.cases]
        self.assertEqual(len(known), len(set(known)), "a case stands twice in cases.json")
        self.assertEqual(set(GALLERIES.glob("from_*/*.lrp")), set(known))

    def test_phrase_books_name_their_policies(self):
        for policy in GALLERIES.glob("from_*/*.lrp"):
            with self.subTest(policy=policy.relative_to(GALLERIES)):
                self.assertIn(f"({policy.name})", (policy.parent / "README.md").read_text("utf-8"))

    def test_phrases_compile(self):
        facts = "peak 0.1 batch 64 samples per step 1 sample = 1000 tokens 1 epoch = 100 steps"
        for book in GALLERIES.glob("from_*/README.md"):
            phrases = re.findall(r"^\| [^|]* \| `([^|`]*)` \|", book.read_text("utf-8"), re.MULTILINE)
            self.assertTrue(phrases, book)
            for phrase in phrases:
                with self.subTest(book=book.parent.name, phrase=phrase):
                    run_lrc("check", f"policy p version 1 {{ {facts} lr = {phrase} }}")

    def test_numbers(self):
        found, line = backends_found()
        self.assertIn("interp", found)
        for backend in BACKENDS:
            if backend not in found:
                print(f"\nbackend {backend} skipped: `lrc --version` says `{line}`")
        for backend in found:
            print(f"\nbackend {backend}")
            print(f"{'case':34} {'column':13} {'rows':>5} {'error / max':>12} {'tolerance':>10}")
            for case in self.cases:
                with self.subTest(case=case["id"], backend=backend):
                    self.compare(case, backend)

    def compare(self, case, backend):
        theirs = peer_rows(case)
        ours = our_rows(policy_of(case["id"]), case, sorted(theirs), backend)
        self.assertEqual(sorted(ours), sorted(theirs), "lrc gave other rows than it was asked for")
        columns = [name for name in case["columns"] if name not in NOT_COMPARED]
        outputs = sorted(next(iter(ours.values())))
        self.assertEqual(outputs, sorted(columns), "outputs of the policy")
        wrong = []
        for column in columns:
            result = Comparison(case, column, theirs, ours)
            mark = "" if result.holds() else "  FAILS"
            print(f"{case['id']:34} {column:13} {len(theirs):5} {result.error:12.2e} "
                  f"{result.tolerance:10.0e}{mark}")
            if not result.holds():
                wrong.append(f"{column} at step {result.step}: the peer uses {result.theirs!r}, "
                             f"we give {result.ours!r}")
        self.assertFalse(wrong, "; ".join(wrong))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: peers_test.py path/to/lrc")
    lrc = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
