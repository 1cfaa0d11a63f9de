"""compute-sanitizer over short replays and a short training: no access out of bounds, no race, nothing uninitialized."""
import shutil
import subprocess
import sys
from pathlib import Path

import gpu
import training
from driver import Driver
from part import Result, Skipped

TITLE = "compute-sanitizer"
UPDATES = 2000
TOOLS = ("memcheck", "racecheck", "initcheck", "synccheck")
PLACES = ("/usr/local/cuda/bin/compute-sanitizer", "/usr/local/cuda/compute-sanitizer/compute-sanitizer")


def find():
    found = shutil.which("compute-sanitizer") or next((each for each in PLACES if Path(each).exists()), None)
    if found is None:
        raise Skipped("compute-sanitizer is not installed")
    return found


def subjects(place):
    """Names, with what gives the command."""
    yield "replays", lambda: [sys.executable, Path(__file__).with_name("gpu.py"), place.out, "--prepared", place.prepared, "--worker", "replay",
                              "--updates", UPDATES]
    yield "examples/cuda_graph", lambda: training.command(place, "--steps-to", 120)


def check(result, call, place, what):
    """A worker that left its work out is neither clean nor not."""
    done = subprocess.run(list(map(str, call)), env=place.environment(), text=True, capture_output=True)
    if done.returncode == gpu.SKIPPED:
        result.figure(what, f"not done: {gpu.told(done.stdout).skipped}")
        return
    last = next((line for line in reversed(done.stdout.splitlines()) if "SUMMARY" in line), f"ended with {done.returncode}")
    result.figure(what, last.replace("=", "").strip())
    result.claim(f"{what}: clean", done.returncode == 0)


def run(place):
    sanitizer = find()
    Driver()
    result = Result()
    for name, command in subjects(place):
        try:
            words = command()
        except Skipped as reason:
            result.figure(name, f"not done: {reason}")
            continue
        for tool in TOOLS:
            check(result, [sanitizer, "--tool", tool, "--error-exitcode", "99", *words], place, f"{tool} over {name}")
    if not result.claims:
        raise Skipped("; ".join(f"{what} {figure}" for what, figure in result.figures))
    return result
