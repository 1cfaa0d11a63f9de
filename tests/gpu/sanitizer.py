"""compute-sanitizer over short replays and a short training: no access out of bounds, no race, nothing uninitialized."""
import shutil
import subprocess
import sys
from pathlib import Path

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
    yield "replays", [sys.executable, Path(__file__).with_name("gpu.py"), place.out, "--prepared", place.prepared, "--worker", "replay",
                      "--updates", UPDATES]
    try:
        yield "examples/cuda_graph", training.command(place, "--steps-to", 120)
    except Skipped:
        return


def run(place):
    sanitizer = find()
    Driver()
    result = Result()
    for name, command in subjects(place):
        for tool in TOOLS:
            call = [sanitizer, "--tool", tool, "--error-exitcode", "99", *command]
            done = subprocess.run(list(map(str, call)), env=training.environment(place), text=True, capture_output=True)
            last = next((line for line in reversed(done.stdout.splitlines()) if "SUMMARY" in line), f"ended with {done.returncode}")
            result.figure(f"{tool} over {name}", last.replace("=", "").strip())
            result.claim(f"{tool} over {name}: clean", done.returncode == 0)
    return result
