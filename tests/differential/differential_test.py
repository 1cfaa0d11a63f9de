#!/usr/bin/env python3
"""Random policies of the whole language, and every golden: all backends give the interpreter's bits.

    differential_test.py RUNNER [--policies N] [--positions M] [--seed S] [--workers W] [--in-turn] [FOLDER…]

N policies that lrc accepts (500 unless said) at M positions each (100), from seed S (0) on, and every NAME.lrp with a
NAME.want below the folders, with the facts that stand there. A difference is shown with its policy, seed, slot, step,
both bit patterns and the command that repeats it. From 500 policies on, what the generator is made for must have
occurred: every operation of the runtime, in every width; every alternative and every word of the grammar. With --in-turn
each 500 random policies go to all backends but those that start compilers and linkers; 250 of them to one of these.
"""
import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

from policies import facts_of, policy

GRAMMAR = Path(__file__).resolve().parents[2] / "grammar" / "Lrc.g4"
# Policies that one process is given: what the JIT compiles is never freed. Not a matter of how many cores there are, so
# that a seed gives the same policies everywhere.
CHUNK = 250
# Seeds of one chunk are far from those of the next: some policies are refused.
SEEDS = 1_000_000
# From here on a policy of each kind is to be expected.
ENOUGH = 500
MOST_REFUSED = 0.25
# Of these operations the width of the integers decides what code is made.
WIDE = ("progress", "ratio", "floor_ratio", "cycle", "held", "passed")
# Rules and words that no source of a policy has: entries of the parser for what flags carry.
ELSEWHERE = {"loneValue", "loneRate"}


class Runner:
    """One process, which is given policies until it has enough."""

    def __init__(self, lines, policies, turn=None):
        command = [options.runner, "--policies", str(policies), "--positions", str(options.positions)]
        command += ["--turn", str(turn)] if turn is not None else []
        # What is compiled here belongs into no code cache but the runner's own.
        environment = {**os.environ, "LRC_CACHE": "off"}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            for line in lines:
                process.stdin.write(json.dumps(line) + "\n")
            process.stdin.close()
        except BrokenPipeError:
            pass
        text = process.stdout.read()
        if process.wait() != 0:
            raise RuntimeError(f"the runner ended with {process.returncode}; again: one of the policies up to {line['again']}")
        self.found = json.loads(text)


def again(*arguments):
    return shlex.join([sys.executable, __file__, options.runner, "--positions", str(options.positions), *arguments])


def random_policies(first):
    for seed in itertools.count(first):
        yield {**policy(seed), "again": again("--policies", "1", "--seed", str(seed))}


def random_chunk(number, count):
    first = options.seed + number * SEEDS
    return Runner(random_policies(first), count, number if options.in_turn else None).found


def golden(path):
    text = path.with_suffix(".want").read_text()
    flags = re.search(r"^--- flags\n(.*?)(?=^--- |\Z)", text, re.MULTILINE | re.DOTALL)
    words = shlex.split(flags[1], comments=True) if flags else []
    return {"seed": 0, "path": str(path), "text": path.read_text(), "again": again("--policies", "0", str(path)),
            **facts_of(words)}


def golden_paths(folders):
    paths = [path for folder in folders for path in ([folder] if folder.is_file() else sorted(folder.rglob("*.lrp")))]
    return [path for path in paths if path.with_suffix(".want").exists()]


def golden_chunk(paths):
    return Runner([golden(path) for path in paths], len(paths), 0 if options.in_turn else None).found


def expected_forms():
    """Rules without labels, and labels, of the grammar's part for the parser."""
    text = GRAMMAR.read_text().split("\nBY :")[0]
    text = re.sub(r"//.*|'[^']*'|\{[^{}]*(\{[^{}]*\})?[^{}]*\}", "", text)
    labels = set(re.findall(r"#\s*(\w+)", text))
    rules = {name for name, body in re.findall(r"^(\w+)\s*:(.*?);", text, re.MULTILINE | re.DOTALL) if "#" not in body}
    return (labels | rules) - ELSEWHERE


class Findings:
    """What all runners found, added up."""

    def __init__(self):
        self.policies, self.failed, self.refused, self.differences = 0, 0, collections.Counter(), []
        self.backends = {}
        self.tallies = {name: collections.Counter() for name in ("operations", "words", "forms")}

    def add(self, found):
        self.policies += found["policies"]
        self.failed += found["failed"]
        self.refused.update(found["refused"])
        self.differences += found["differences"]
        for name, tally in self.tallies.items():
            for item, count in found[name].items():
                tally[item] += count
        for backend in found["backends"]:
            sums = self.backends.setdefault(backend["name"], collections.Counter())
            sums.update({name: count for name, count in backend.items() if isinstance(count, (int, float))})
            if backend["skipped"]:
                sums["skipped"] = backend["skipped"]

    def different(self):
        return sum(sums["different"] for sums in self.backends.values())

    def show(self, title, seconds):
        refused = sum(self.refused.values())
        codes = ", ".join(f"{code} {count}" for code, count in self.refused.most_common(6))
        print(f"{title}: {self.policies} policies in {seconds:.0f} s, {refused} refused" + (f" ({codes})" if codes else ""))
        for name, sums in self.backends.items():
            if sums["skipped"]:
                print(f"  {name}: skipped, {sums['skipped']}")
                continue
            limit = f", {sums['beyond its limit']} programs beyond its limit" if sums["beyond its limit"] else ""
            print(f"  {name}: {sums['programs']} programs, {sums['values']} values, {sums['different']} differing bits{limit}, "
                  f"{sums['seconds']:.1f} s")

    def show_coverage(self):
        for name, tally in self.tallies.items():
            rare = ", ".join(f"{item} {count}" for item, count in sorted(tally.items(), key=lambda pair: pair[1])[:12])
            print(f"  {name}: {sum(map(bool, tally.values()))} of {len(tally)} occurred; the rarest: {rare}")

    def missing(self):
        operations, words, forms = self.tallies.values()
        wanted = [f"{name} {width}" for name in WIDE for width in (53, 63, 126)]
        return ([f"operation {name}" for name in [*operations, *wanted] if not operations[name]]
                + [f"word {name}" for name, count in words.items() if not count]
                + [f"form {name}" for name in sorted(expected_forms()) if not forms[name]])


def run_random(pool):
    findings, begin = Findings(), time.monotonic()
    counts = [min(CHUNK, options.policies - done) for done in range(0, options.policies, CHUNK)]
    waiting = [pool.submit(random_chunk, number, count) for number, count in enumerate(counts)]
    for done in concurrent.futures.as_completed(waiting):
        findings.add(done.result())
    findings.show(f"random from seed {options.seed}", time.monotonic() - begin)
    return findings


def run_goldens(pool):
    findings, begin = Findings(), time.monotonic()
    paths = golden_paths(options.folders)
    for found in pool.map(golden_chunk, [paths[k::options.workers] for k in range(options.workers)]):
        findings.add(found)
    findings.show(f"goldens, {len(paths)} files", time.monotonic() - begin)
    return findings


def failures(findings):
    failed = [f"{findings.different()} values differ"] * bool(findings.different())
    failed += [f"{findings.failed} times a compiler or a backend failed"] * bool(findings.failed)
    if findings.policies >= ENOUGH:
        findings.show_coverage()
        failed += [f"the generator never makes {name}" for name in findings.missing()]
    refused = sum(findings.refused.values())
    if findings.policies + refused >= ENOUGH and refused > MOST_REFUSED * (findings.policies + refused):
        failed.append(f"{refused} policies are refused: more than one in {1 / MOST_REFUSED:.0f}")
    return findings.differences[:10] + failed


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runner", type=os.path.abspath)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--policies", type=int, default=500)
    parser.add_argument("--positions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--in-turn", action="store_true")
    return parser.parse_intermixed_args()


def main():
    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        found = [run_random(pool)] if options.policies else []
        found += [run_goldens(pool)] if options.folders else []
    failed = [failure for findings in found for failure in failures(findings)]
    print("\n".join(failed) if failed else "0 differing bits")
    return bool(failed)


if __name__ == "__main__":
    options = read_options()
    sys.exit(main())
