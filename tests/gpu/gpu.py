#!/usr/bin/env python3
"""Everything that needs a GPU: each part in a process of its own, so that one that fails takes no other with it.

Writes gpu.md, the plot and results.json into OUT. The exit code is 1 if something does not hold or failed; what was skipped is said,
with its reason.
"""
import argparse
import dataclasses
import datetime
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path

import summary
from driver import Driver, NoDevice
from part import Place, Result, Skipped

PARTS = ("bits", "replay", "timing", "training", "pytorch", "torch_device", "user_kernel", "sanitizer")  # modules of this folder
TIMEOUT = 3600  # seconds, of one part
SKIPPED = 4  # a worker's exit code


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="the folder for what was found")
    parser.add_argument("--prepared", type=Path, required=True, help="what `make gpu-tasks` wrote")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="these parts")
    parser.add_argument("--updates", type=int, default=1_000_000, help="of the replayed graph (1000000)")
    parser.add_argument("--worker", choices=PARTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def work(options):
    """One part, in this process; its result is the last line, and may be told before as far as it is."""
    place = Place(options.prepared, options.out, options.updates)
    try:
        result = importlib.import_module(options.worker).run(place)
    except (Skipped, NoDevice) as reason:
        result = Result(skipped=str(reason))
    print(result.json())
    return SKIPPED if result.skipped else 0 if result.fine() else 1


def told(output):
    """The last result among the whole lines."""
    for line in reversed(output.splitlines(keepends=True)):
        try:
            if line.endswith("\n"):
                return Result(**json.loads(line))
        except (ValueError, TypeError):
            continue
    return None


def run_part(name, options):
    command = [sys.executable, __file__, options.out, "--prepared", options.prepared, "--worker", name, "--updates", options.updates]
    environment = Place(options.prepared, options.out).environment()
    begin = time.time()
    try:
        done = subprocess.run(list(map(str, command)), env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT)
    except subprocess.TimeoutExpired as late:
        so_far = told(bytes(late.stdout or b"").decode()) or Result()
        return dataclasses.replace(so_far, failed=f"it took more than {TIMEOUT} s; what is told was found by then", seconds=TIMEOUT)
    sys.stderr.write(done.stderr)
    result = told(done.stdout)
    if result is None:
        said = done.stderr.strip().splitlines()
        result = Result(failed=f"ended with {done.returncode}: {said[-1] if said else 'nothing was said'}")
    return dataclasses.replace(result, seconds=time.time() - begin)


def device():
    try:
        return Driver().name()
    except NoDevice as reason:
        return f"no device: {reason}"


def main():
    options = arguments()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.worker:
        return work(options)
    head = {"date": str(datetime.date.today()), "device": device(), "command": f"tests/gpu/run.sh {options.out}"}
    parts = []
    for name in options.only:
        title = importlib.import_module(name).TITLE
        result = run_part(name, options)
        parts.append((title, result))
        print(f"{title}: {summary.outcome(result)} ({result.seconds:.0f} s)", flush=True)
    (options.out / "gpu.md").write_text(summary.markdown(head, parts))
    (options.out / "results.json").write_text(json.dumps(
        {**head, "parts": {title: dataclasses.asdict(result) for title, result in parts}}, indent=1) + "\n")
    curves = {name: points for _, result in parts for name, points in result.curves.items()}
    if curves:
        (options.out / summary.PLOT).write_text(summary.plot(curves, "The kernel's time, µs, by phases of the policy"))
    return 0 if all(result.fine() for _, result in parts) else 1


if __name__ == "__main__":
    sys.exit(main())
