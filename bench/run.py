#!/usr/bin/env python3
"""Measures every goal beside its peers and prints what is reached: `bench/run.py BUILD`.

Each round asks all rows of a goal, in a random order, in the processes that can measure them; ratios are taken
within a round, and what is printed is their median and quartiles. Nothing that is slow or missing makes this fail.
Writes BUILD/bench-results/P*.json and summary.md.
"""
import argparse
import datetime
import json
import math
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goals import GOALS, Ratio, Slope, Time

ROOT = Path(__file__).resolve().parent.parent
POLICY = "warmup 6% linear then cosine to 0.01x"
FACTS = ("--run", "100K steps", "--peak", "3e-4")


class Missing(Exception):
    """Why something was not measured."""


class Worker:
    def __init__(self, command, environment):
        if not Path(command[0]).exists():
            raise Missing(f"{Path(command[0]).name} is not there")
        self.process = subprocess.Popen(
            list(map(str, command)), cwd=ROOT, env={**os.environ, "LRC_CACHE": "off", **environment}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def nanoseconds(self, measurement, milliseconds):
        try:
            self.process.stdin.write(json.dumps([measurement, milliseconds]) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            raise Missing(f"its process ended with {self.process.wait()}") from None
        if "reason" in answer:
            raise Missing(answer["reason"])
        return answer["ns"]

    def ended(self):
        return self.process.poll() is not None

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Workers:
    def __init__(self, build, scratch, quick):
        self.quick, self.started, self.programs = quick, {}, build / "bin"
        python = build / "python/bin/python"
        self.commands = {
            "lrc": ([self.programs / "bench_lrc"], {}),
            "cached": ([self.programs / "bench_lrc"], {"LRC_CACHE": "", "LRC_CACHE_DIR": self.folder(scratch, "cache")}),
            "lljit": ([self.programs / "bench_lljit", scratch / "policy.ll"], {}),
            "libtorch": ([self.programs / "bench_libtorch"], {}),
            "python": ([python, ROOT / "bench/peers.py"], {"JAX_PLATFORMS": "cpu"}),
        }
        self.scratch = scratch

    @staticmethod
    def folder(scratch, name):
        (scratch / name).mkdir()
        return str(scratch / name)

    def write_ir(self):
        path = self.scratch / "policy.ll"
        if not path.exists():
            call = [self.programs / "lrc", "compile", POLICY, *FACTS, "--emit", "llvm", "-o", path]
            subprocess.run(call, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self, name):
        if self.quick and name in ("python", "libtorch"):
            raise Missing("left out of a quick run")
        if name == "lljit":
            self.write_ir()
        return Worker(*self.commands[name])

    def measure(self, row, milliseconds):
        if row.fresh:
            worker = self.start(row.worker)
            try:
                return worker.nanoseconds(row.measurement, 0)
            finally:
                worker.close()
        if row.worker not in self.started:
            self.started[row.worker] = self.start(row.worker)
        worker = self.started[row.worker]
        try:
            return worker.nanoseconds(row.measurement, milliseconds)
        finally:
            if worker.ended():
                del self.started[row.worker]  # the next row gets another one

    def close(self):
        for worker in self.started.values():
            worker.close()
        self.started = {}


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


class Measured:
    """One goal: for each row a time of each round, or why there is none."""

    def __init__(self, goal, workers, most_rounds, seconds, milliseconds):
        self.goal, self.times, self.reasons = goal, {row.key: [] for row in goal.rows}, {}
        for row in goal.rows if milliseconds > 0 else []:  # the first answer is a rehearsal
            self.ask(row, workers, milliseconds, keep=False)
        begin = time.monotonic()
        for done in range(most_rounds):
            if done >= 3 and time.monotonic() - begin > seconds:
                break
            rows = [row for row in goal.rows if row.key not in self.reasons]
            for row in random.sample(rows, len(rows)):
                self.ask(row, workers, milliseconds)

    def ask(self, row, workers, milliseconds, keep=True):
        try:
            nanoseconds = workers.measure(row, milliseconds)
            if keep:
                self.times[row.key].append(nanoseconds)
        except Missing as reason:
            self.reasons[row.key] = str(reason)

    def ratios(self, of, to):
        for key in (of, to):
            if key in self.reasons:
                raise Missing(self.reasons[key])
        return [a / b for a, b in zip(self.times[of], self.times[to])]

    def slopes(self, keys):
        x = [math.log(size) for size in keys]
        return [statistics.linear_regression(x, [math.log(t) for t in times]).slope
                for times in zip(*(self.times[key] for key in keys.values()))]

    def figures(self, claim):
        """Of each round, in the unit of the claim."""
        if isinstance(claim, Ratio):
            return self.ratios(claim.of, claim.to)
        wanted = claim.of.values() if isinstance(claim, Slope) else [claim.of]
        for key in wanted:
            if key in self.reasons:
                raise Missing(self.reasons[key])
        return self.slopes(claim.of) if isinstance(claim, Slope) else self.times[claim.of]


def time_text(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def ratio_text(ratio):
    if ratio >= 0.1:
        return f"{ratio:.3g}x" if ratio < 1000 else f"{ratio:,.0f}x"
    return f"1/{1 / ratio:,.0f}"


def between(text, figures):
    low, middle, high = map(text, quartiles(figures))
    return f"{middle} ({low} – {high})"


class Verdict:
    """A claim, what was found, and whether that is good enough: None where nothing was found."""

    def __init__(self, claim, measured):
        self.claim, self.reached, self.figures = claim, None, []
        text = {Ratio: ratio_text, Time: time_text, Slope: "{:.2f}".format}[type(claim)]
        self.goal = ("< " if isinstance(claim, Time) else "≤ ") + text(claim.at_most)
        try:
            self.figures = measured.figures(claim)
        except Missing as reason:
            self.found = f"not measured: {reason}"
            return
        self.found = between(text, self.figures)
        self.reached = statistics.median(self.figures) <= claim.at_most

    @property
    def answer(self):
        if self.reached is None:
            return "–"
        why = f": {self.claim.why}" if self.claim.why else ""
        return "yes" if self.reached else f"**no**{why}"

    def json(self):
        low, middle, high = quartiles(self.figures) if self.figures else (None, None, None)
        return {"claim": self.claim.text, "median": middle, "quartiles": [low, high], "goal": self.claim.at_most,
                "reached": self.reached, "found": self.found}


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def print_goal(measured, verdicts):
    goal = measured.goal
    print(f"\n{goal.name}: {goal.title}\n")
    rows = [("", "median (quartiles)", "ratio")]
    for row in goal.rows:
        if row.key in measured.reasons:
            rows.append((row.text, f"not measured: {measured.reasons[row.key]}", ""))
            continue
        try:
            ratio = between(ratio_text, measured.ratios(row.key, goal.rows[0].key))
        except Missing:
            ratio = ""
        rows.append((row.text, between(time_text, measured.times[row.key]), ratio))
    table(rows)
    print()
    table([(verdict.claim.text, verdict.found, verdict.goal, verdict.answer) for verdict in verdicts])
    sys.stdout.flush()


def goal_json(measured, verdicts):
    rows = []
    for row in measured.goal.rows:
        entry = {"row": row.text}
        if row.key in measured.reasons:
            entry["reason"] = measured.reasons[row.key]
        else:
            low, middle, high = quartiles(measured.times[row.key])
            entry |= {"ns": middle, "quartiles": [low, high], "rounds": measured.times[row.key]}
        rows.append(entry)
    return {"goal": measured.goal.name, "title": measured.goal.title, "rows": rows,
            "claims": [verdict.json() for verdict in verdicts]}


def machine():
    names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    load = "/".join(f"{value:.1f}" for value in os.getloadavg())
    return (f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, load {load}, "
            f"{datetime.date.today().isoformat()}, Linux {platform.release().split('-')[0]}")


def markdown(verdicts, where):
    lines = [f"One run on {where}:", "", "| what | median (quartiles) | goal | reached |", "|---|---|---|---|"]
    lines += [f"| {v.claim.text} | {v.found} | {v.goal} | {v.answer} |" for v in verdicts]
    return "\n".join(lines) + "\n"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path)
    parser.add_argument("--quick", action="store_true", help="each row once, without Python's peers: whether it runs")
    parser.add_argument("--results", type=Path, metavar="FOLDER", help="where figures go; BUILD/bench-results if left out")
    parser.add_argument("--only", metavar="P5", action="append", help="one goal (repeatable)")
    return parser.parse_args()


def chosen(only):
    return [goal for goal in GOALS if not only or set(only) & set(goal.name.split(", "))]


def main():
    options = arguments()
    results = options.results or options.build / "bench-results"
    results.mkdir(parents=True, exist_ok=True)
    where, every = machine(), []
    print(where)
    for goal in chosen(options.only):
        rounds, seconds, milliseconds = (1, 0, 0) if options.quick else (41, 20, goal.milliseconds)
        with tempfile.TemporaryDirectory() as scratch:
            workers = Workers(options.build.resolve(), Path(scratch), options.quick)
            measured = Measured(goal, workers, rounds, seconds, milliseconds)
            workers.close()
        verdicts = [Verdict(claim, measured) for claim in goal.claims]
        print_goal(measured, verdicts)
        every += verdicts
        (results / goal.file_name).write_text(json.dumps({"machine": where} | goal_json(measured, verdicts), indent=1, ensure_ascii=False))
    summary = markdown(every, where)
    (results / "summary.md").write_text(summary)
    print(f"\n{summary}")


if __name__ == "__main__":
    main()
