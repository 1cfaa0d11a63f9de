#!/usr/bin/env python3
"""Claims about random policies: what is proved is never violated where one looks, what is refuted is
as the refutation says.

    prove_test.py LRC [COUNT] [--seed N]

COUNT policy files of tests/oracle/generate.py from fixed seeds; with --seed N that one alone.
"""
import argparse
import collections
import json
import math
import random
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from generate import Generator  # noqa: E402

FILES = 1_000_000
LIMIT, FINE = 4, 0


def call(*arguments):
    return subprocess.run([options.lrc, *arguments], capture_output=True, text=True, timeout=120)


def sampled(case):
    chance = random.Random(case.seed)
    last = 3000 if case.facts.run is None else math.ceil(case.facts.run)
    found = {0, 1, 2, last - 1, last, last + 1, last + 50}
    found |= {chance.randint(0, last) for _ in range(40)}
    start = chance.randint(0, last)
    return sorted(step for step in found | set(range(start, start + 20)) if step >= 0)


class Policy:
    """A random policy, and its values at some updates outside any group and in each."""

    def __init__(self, case):
        self.case, self.groups = case, [None, *(group.name for group in case.groups)]
        self.values = {}
        for group in self.groups:
            rows = self.rows(sampled(case), group)
            if rows is None:
                self.values = None
                return
            self.values[group] = rows

    def rows(self, steps, group):
        """{output: {step: value}}, or nothing where the policy has no values."""
        of_group = ["--group", group] if group else []
        done = call("eval", self.case.text, "--at", ",".join(map(str, steps)), "--format", "csv", *self.case.flags,
                    *of_group)
        if done.returncode != FINE:
            return None
        head, *lines = [line.split(",") for line in done.stdout.splitlines()]
        return {name: {int(line[0]): float(line[i]) for line in lines} for i, name in enumerate(head) if i > 0}

    def value(self, output, step, group):
        return self.rows([step], group)[output][step]

    def prove(self, claims):
        """[(status, messages)], in the order of the claims."""
        text = self.case.text.rsplit("}", 1)[0] + "".join(f"  require {claim}\n" for claim in claims) + "}\n"
        done = call("prove", text, "--format", "json", *self.case.flags)
        assert done.returncode in (0, 1, LIMIT), done.stderr
        found = json.loads(done.stdout)["claims"]
        issues = json.loads(done.stderr)["diagnostics"]
        by_line = collections.defaultdict(list)
        for issue in issues:
            by_line[issue["line"]].append(issue)
        return [(item["status"], by_line[item["line"]]) for item in found]


def plain(value):
    """A number as a policy can write it: no more than 40 digits."""
    return repr(value) if value == 0 or 1e-300 < value < 1e300 else None


class Proofs(unittest.TestCase):
    counts = collections.Counter()

    @classmethod
    def tearDownClass(cls):
        print(", ".join(f"{count} {name}" for name, count in sorted(cls.counts.items())))

    def test_policies(self):
        for seed in options.seeds:
            policy = Policy(Generator(seed).policy_file())
            if policy.values is None:
                self.counts["without values"] += 1
                continue
            for output in policy.values[None]:
                with self.subTest(seed=seed, output=output):
                    self.bounds(policy, output)
                    self.form(policy, output)

    def bounds(self, policy, output):
        values = [value for group in policy.groups for value in policy.values[group][output].values()]
        high, low = max(values), min(values)
        limits = [(high, "above"), (math.nextafter(high, -math.inf), "above"), (high * 4, "above"),
                  (low, "below"), (math.nextafter(low, math.inf), "below"), (low / 4, "below")]
        limits = [(limit, side) for limit, side in limits if limit >= 0 and plain(limit)]
        claims = [f"{output} never {side} {plain(limit)}" for limit, side in limits]
        for (limit, side), (status, issues) in zip(limits, policy.prove(claims)):
            self.counts[f"bounds {status}"] += 1
            beyond = (lambda value: value > limit) if side == "above" else (lambda value: value < limit)
            if status == "proved":
                self.assertFalse(any(map(beyond, values)), f"{output} never {side} {limit}")
            if status == "refuted":
                self.is_refuted(policy, output, issues, beyond)

    def is_refuted(self, policy, output, issues, beyond):
        update, value = re.match(r"update (\d+) uses (\S+),", issues[0]["message"]).groups()
        self.assertTrue(beyond(float(value)), issues)
        groups = re.findall(r"`([^`=]+)`", re.sub(r"with .*", "", issues[0]["reason"]))
        parameters = "with" in issues[0]["reason"]
        if len(groups) < 2 and not parameters:
            self.counts["refutations evaluated"] += 1
            self.assertEqual(float(value), policy.value(output, int(update), groups[0] if groups else None), issues)

    def form(self, policy, output):
        values = policy.values[None][output]
        claims = [f"{output} rises", f"{output} falls", f"{output} continuous"]
        (rises, _), (falls, found), (continuous, _) = policy.prove(claims)
        for name, status in (("rises", rises), ("falls", falls), ("continuous", continuous)):
            self.counts[f"{name} {status}"] += 1
        in_order = [values[step] for step in sorted(values) if self.inside(policy, step)]
        pairs = list(zip(in_order, in_order[1:]))
        if rises == "proved":
            self.assertTrue(all(a <= b for a, b in pairs), f"{output} rises")
        if falls == "proved":
            self.assertTrue(all(a >= b for a, b in pairs), f"{output} falls")
        if {rises, falls} == {"refuted"}:
            self.assertGreater(len(set(in_order)), 0)

    @staticmethod
    def inside(policy, step):
        return policy.case.facts.run is None or step <= math.ceil(policy.case.facts.run)


def read_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("lrc")
    parser.add_argument("count", nargs="?", type=int, default=100)
    parser.add_argument("--seed", type=int)
    found = parser.parse_args()
    found.seeds = range(FILES, FILES + found.count) if found.seed is None else [found.seed]
    return found


if __name__ == "__main__":
    options = read_options()
    unittest.main(argv=sys.argv[:1])
