#!/usr/bin/env python3
"""Random policies mean what an independent reading of the rules says.

    oracle_test.py LRC [COUNT] [--seed N]

COUNT sentences and COUNT/8 policy files from fixed seeds; with --seed N that one alone. The reading is `meaning.py`.
"""
import argparse
import collections
import math
import random
import re
import shlex
import subprocess
import sys
import unittest

from generate import Generator
from meaning import Policy, Refused

# Policy files have the seeds from here on.
FILES = 1_000_000
# Published limits: what they refuse has a meaning, so it is counted and printed.
LIMITS = {"E0905", "E0909", "E0910", "E0911"}
FINDING, LIMIT = 1, 4
MOST_POSITIONS = 80
RELATIVE, UNITS_IN_LAST_PLACE = 1e-13, 8


class Lrc:
    """One call of the command, kept as a line to repeat it."""

    def __init__(self, *arguments):
        self.line = shlex.join([options.lrc, *arguments])
        done = subprocess.run([options.lrc, *arguments], capture_output=True, text=True, timeout=120)
        self.status, self.text = done.returncode, done.stdout
        self.said = done.stderr
        self.codes = set(re.findall(r"^error\[(E\d+)\]", done.stderr, re.MULTILINE))

    def rows(self):
        """{step: [value of each output]}."""
        rows = [line.split(",") for line in self.text.splitlines()[1:]]
        return {int(step): [float(value) for value in values] for step, *values in rows}


def eval_arguments(case, positions, group=None, *more):
    at = ",".join(map(str, positions))
    of_group = ["--group", group] if group else []
    return ["eval", case.text, "--at", at, "--format", "csv", *case.flags, *of_group, *more]


def positions_of(case, marks):
    """The first updates, the last, some past the end, some anywhere, and those around boundaries."""
    chance = random.Random(case.seed)
    run = case.facts.run
    last = 3000 if run is None else math.ceil(run)
    found = {0, 1, 2, last - 2, last - 1, last, last + 1, last + 17, 10 * last + 3}
    found |= {chance.randint(0, last) for _ in range(12)}
    for mark in chance.sample(sorted(set(marks)), min(12, len(set(marks)))):
        found |= {math.floor(mark) - 1, math.floor(mark), math.floor(mark) + 1, math.ceil(mark) + 1}
    return sorted(position for position in found if position >= 0)[:MOST_POSITIONS]


def agree(value, meant, largest):
    difference = abs(value - meant)
    return difference <= RELATIVE * abs(meant) or difference <= UNITS_IN_LAST_PLACE * math.ulp(largest)


class Comparison:
    """One case, from both sides; `failures` are ways to see a difference by hand."""

    def __init__(self, case, planted=None):
        self.case, self.counts, self.failures = case, collections.Counter(compared=1), []
        try:
            policy = Policy(case.facts, case.outputs, case.groups)
        except Refused as refused:
            self.compare_refusal(refused.codes, planted)
            return
        if planted:
            self.fail("the model finds no mistake", case.text, planted)
        positions = positions_of(case, policy.marks)
        for group in (None, *policy.groups):
            self.compare_values(policy, group, positions)

    def fail(self, what, line, *details):
        again = f"again: oracle_test.py {options.lrc} --seed {self.case.seed}"
        self.failures.append("\n  ".join([what, line, *map(str, details), again]))

    def compare_refusal(self, codes, planted):
        """Any mistake that the model finds may be the one reported; mostly there is one."""
        self.counts["refusals"] += 1
        self.counts["with one possible code"] += len(codes) == 1
        if planted and planted not in codes:
            self.fail("the model does not find what was planted", self.case.text, planted, sorted(codes))
        groups = (None, *(group.name for group in self.case.groups))
        calls = [Lrc(*eval_arguments(self.case, [0], group)) for group in groups]
        call = next((call for call in calls if call.status), calls[0])
        if call.status == LIMIT and call.codes <= LIMITS:
            self.counts.update(call.codes)
        elif call.status != FINDING or not call.codes or not call.codes <= codes:
            self.fail("refused by the rules", call.line, f"the rules: {sorted(codes)}",
                      f"lrc: exit status {call.status} {sorted(call.codes)}")

    def compare_values(self, policy, group, positions):
        call = Lrc(*eval_arguments(self.case, positions, group))
        if call.status == LIMIT and call.codes <= LIMITS:
            self.counts.update(call.codes)
            return
        if call.status:
            self.fail("refused, and the rules allow it", call.line, call.said.split("\n")[0])
            return
        rows = call.rows()
        for column, output in enumerate(policy.outputs):
            largest = policy.largest(output, group)
            self.counts["points"] += len(positions)
            self.compare_column(policy, group, output, {step: rows[step][column] for step in positions}, largest)
        if self.case.seed % 3 == 0:
            self.compare_backends(call, positions, group)

    def compare_column(self, policy, group, output, values, largest):
        for step, value in values.items():
            meant = policy.value(output, group, step)
            if not agree(value, meant, largest):
                call = shlex.join([options.lrc, *eval_arguments(self.case, [step], group)])
                self.fail(f"{output.name} at step {step}", call, f"the rules: {meant!r}", f"lrc:       {value!r}")
                return

    def compare_backends(self, interpreted, positions, group):
        call = Lrc(*eval_arguments(self.case, positions, group, "--backend", "jit"))
        self.counts["by the JIT"] += 1
        if call.status == LIMIT and call.codes <= LIMITS:
            self.counts.update(call.codes)
        elif call.text != interpreted.text:
            self.fail("the JIT differs", call.line)


def comparisons(seed):
    """What is compared for one seed: the case, and for every fourth sentence also one with a mistake planted."""
    generator = Generator(seed)
    if seed >= FILES:
        return [Comparison(generator.policy_file())]
    case = generator.sentence()
    found = [Comparison(case)]
    if seed % 4 == 0 and not found[0].counts["refusals"]:
        planted = generator.with_mistake(case.outputs[0].schedule)
        found += [Comparison(*planted)] if planted else []
    return found


class Oracle(unittest.TestCase):
    counts = collections.Counter()

    @classmethod
    def tearDownClass(cls):
        print(", ".join(f"{count} {name}" for name, count in cls.counts.items()))

    def compare(self, kind, seeds):
        failures = []
        for seed in seeds:
            for comparison in comparisons(seed):
                self.counts.update(comparison.counts)
                failures += comparison.failures
        self.counts[kind] += len(seeds)
        if failures:
            self.fail(f"{len(failures)} differ\n\n" + "\n\n".join(failures[:10]))

    def test_sentences(self):
        self.compare("sentences", [seed for seed in options.seeds if seed < FILES])

    def test_policy_files(self):
        self.compare("policy files", [seed for seed in options.seeds if seed >= FILES])


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("lrc")
    parser.add_argument("count", nargs="?", type=int, default=400)
    parser.add_argument("--seed", type=int)
    found = parser.parse_args()
    found.seeds = [*range(found.count), *range(FILES, FILES + found.count // 8)]
    if found.seed is not None:
        found.seeds = [found.seed]
    return found


if __name__ == "__main__":
    options = read_options()
    unittest.main(argv=sys.argv[:1])
