#!/usr/bin/env python3
"""`lrc simulate` against an independent reading of what rules promise, on random rules and metrics.

    rules_test.py LRC POLICIES

The plateau is torch's ReduceLROnPlateau as its documentation and source have it, with the share of a
best below zero taken of its size; the rest is read off section 6 of the reference.
"""
import csv
import io
import math
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC, POLICIES = os.path.abspath(sys.argv[1]), int(sys.argv[2])
METRICS = ("loss", "accuracy")
ROWS = 80


class Plateau:
    def __init__(self, rule):
        self.rule, self.best, self.bad, self.resting = rule, None, 0, 0

    def better(self, value):
        rising, threshold, relative = self.rule["rising"], self.rule["threshold"], self.rule["relative"]
        if self.best is None:
            return value > -math.inf if rising else value < math.inf
        if math.isinf(self.best):
            return False
        if relative:
            scale = 1 + threshold if rising == (self.best >= 0) else 1 - threshold
            bound = self.best * scale
        else:
            bound = self.best + threshold if rising else self.best - threshold
        return value > bound if rising else value < bound

    def fires(self, value, updates):
        if self.better(value):
            self.best, self.bad = value, 0
        else:
            self.bad += 1
        if self.resting:
            self.resting -= 1
            self.bad = 0
        if self.bad < self.rule["count"]:
            return False
        self.bad, self.resting = 0, self.rule["cooldown"]
        return True


class Judged:
    """A rule that looks at each observation alone, or at those before it."""

    def __init__(self, rule):
        self.rule, self.seen, self.resting = rule, [], 0

    def hit(self, value, updates):
        if self.rule["kind"] == "nonfinite":
            return not math.isfinite(value)
        if self.rule["kind"] == "threshold":
            return value > self.rule["level"] if self.rule["above"] else value < self.rule["level"]
        window = [v for n, v in self.seen if updates - self.rule["window"] <= n < updates]
        whole = any(n <= updates - self.rule["window"] for n, _ in self.seen)
        self.seen.append((updates, value))
        if not window or not whole:
            return False
        total = 0.0
        for item in window:
            total += item
        mean = total / len(window)
        return mean >= 0 and value > self.rule["times"] * mean

    def fires(self, value, updates):
        hit = self.hit(value, updates)
        if self.resting:
            self.resting -= 1
            return False
        if hit:
            self.resting = self.rule["cooldown"]
        return hit


class Machine:
    def __init__(self, rule):
        self.rule = rule
        self.judge = Plateau(rule) if rule["kind"] == "plateau" else Judged(rule)
        self.factor, self.until, self.firings = 1.0, 0, 0

    def at(self, update):
        return self.factor if self.rule["for"] is None or update < self.until else 1.0

    def observe(self, metric, value, updates):
        counts = self.rule["counting"] or self.rule["kind"] == "nonfinite"
        if metric not in self.rule["metrics"] or updates < self.rule["after"]:
            return
        if not math.isfinite(value) and not counts:
            return
        if not self.judge.fires(value, updates):
            return
        if self.rule["most"] is not None and self.firings == self.rule["most"]:
            return
        self.firings += 1
        if self.rule["for"] is None:
            self.factor *= self.rule["by"]
        else:
            self.factor, self.until = self.rule["by"], updates + self.rule["for"]


def value(machines, curve, update):
    for machine in machines:
        product = machine.at(update) * curve
        floor = machine.rule["floor"]
        curve = product if floor is None else max(product, min(curve, floor))
    return curve


def any_rule(dice):
    kind = dice.choice(("plateau", "plateau", "spike", "nonfinite", "threshold"))
    rule = {"kind": kind, "metrics": [dice.choice(METRICS)], "cooldown": dice.choice((0, 0, 1, 3)),
            "after": dice.choice((0, 0, 5, 20)), "by": dice.choice((0.5, 0.1, 0.75, 0.0)),
            "for": dice.choice((None, 1, 4, 11)), "floor": dice.choice((None, 0.2, 0.01)),
            "most": dice.choice((None, 1, 3)), "counting": False}
    if kind == "plateau":
        rule |= {"rising": dice.random() < 0.5, "count": dice.randint(1, 5), "counting": dice.random() < 0.5,
                 "threshold": dice.choice((0.0, 0.25, 0.001)), "relative": dice.random() < 0.5}
    elif kind == "spike":
        rule |= {"times": dice.choice((1.0, 1.5, 3.0)), "window": dice.randint(1, 12)}
    elif kind == "threshold":
        rule |= {"above": dice.random() < 0.5, "level": dice.choice((-0.5, 0.0, 1.5)), "counting": dice.random() < 0.5}
    else:
        rule["metrics"] = dice.choice((["loss"], list(METRICS)))
    if rule["for"] is None and rule["floor"] is None and rule["most"] is None:
        rule["floor"] = 0.0
    return rule


def said(rule):
    metric = ", ".join(rule["metrics"])
    text = {
        "plateau": lambda: f"plateau of {metric} {'rising' if rule['rising'] else 'falling'} for {rule['count']} evals, "
                           f"threshold {rule['threshold']} {'relative' if rule['relative'] else 'absolute'}",
        "spike": lambda: f"spike of {metric} above {rule['times']} times its mean over {rule['window']} steps",
        "nonfinite": lambda: f"nonfinite {metric}",
        "threshold": lambda: f"threshold of {metric} {'above' if rule['above'] else 'below'} {rule['level']}",
    }[rule["kind"]]()
    text = f"  on {text}, cooldown {rule['cooldown']} evals, after {rule['after']} steps"
    text += ", counting nonfinite" * rule["counting"] + f" {{ lr by {rule['by']}"
    text += f" for {rule['for']} steps" * (rule["for"] is not None)
    text += f", not below {rule['floor']}" * (rule["floor"] is not None)
    text += f", at most {rule['most']} times" * (rule["most"] is not None)
    return text + " }\n"


def any_metric(dice, update):
    if dice.random() < 0.08:
        return dice.choice((math.nan, math.inf, -math.inf, 0.0, 1e308, -1e308, 5e-324))
    if dice.random() < 0.3:
        return dice.choice((1.0, 0.75, 2.0, -1.0))  # ties
    return round(2 * math.exp(-update / 20) + dice.uniform(-0.5, 0.5), 3)


class Rules(unittest.TestCase):
    def test_random_rules(self):
        moved = 0
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(POLICIES):
                with self.subTest(seed=seed):
                    moved += self.compare(Path(folder), random.Random(seed))
        print(f"{POLICIES} policies, {moved} of {POLICIES * ROWS} values moved by rules")
        self.assertGreater(moved, POLICIES)

    def compare(self, folder, dice):
        rules = [any_rule(dice) for _ in range(dice.randint(1, 3))]
        policy = "policy p version 1 {\n  peak 1\n  lr = constant\n" + "".join(map(said, rules)) + "}\n"
        rows = [{name: any_metric(dice, k) if dice.random() < 0.9 else None for name in METRICS} for k in range(ROWS)]
        cell = lambda x: "" if x is None else repr(x)
        path, metrics = folder / "p.lrp", folder / "m.csv"
        path.write_text(policy)
        metrics.write_text("loss,accuracy\n" + "".join(f"{cell(r['loss'])},{cell(r['accuracy'])}\n" for r in rows))
        result = subprocess.run([LRC, "simulate", str(path), "--metrics", str(metrics), "--format", "csv"],
                                text=True, capture_output=True)
        self.assertEqual(0, result.returncode, policy + result.stderr)
        ours = [float(row["lr"]) for row in csv.DictReader(io.StringIO(result.stdout))]
        machines, expected = [Machine(rule) for rule in rules], []
        for update, row in enumerate(rows):
            expected.append(value(machines, 1.0, update))
            # The metrics of one update in the order in which the rules name them first.
            for metric in dict.fromkeys(name for rule in rules for name in sorted(rule["metrics"])):
                if row[metric] is not None:
                    for machine in machines:
                        machine.observe(metric, row[metric], update + 1)
        self.assertEqual(expected, ours, policy + metrics.read_text())
        return sum(x != 1.0 for x in expected)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
