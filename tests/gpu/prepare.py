#!/usr/bin/env python3
"""Writes what tests/gpu/run.sh takes to a machine with a GPU.

    prepare.py GPU_TASKS FILE COUNT    COUNT random programs with the interpreter's bits, gzipped
"""
import gzip
import itertools
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "differential"))
from policies import policy


def feed(process):
    try:
        for seed in itertools.count():
            process.stdin.write(json.dumps({**policy(seed), "again": f"seed {seed}"}) + "\n")
    except BrokenPipeError:
        pass


tasks, path, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
path.parent.mkdir(parents=True, exist_ok=True)
process = subprocess.Popen([tasks, "--programs", count], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
threading.Thread(target=feed, args=[process], daemon=True).start()
with gzip.open(path, "wt", compresslevel=6) as file:
    shutil.copyfileobj(process.stdout, file)
if process.wait() != 0:
    sys.exit(f"{tasks} ended with {process.returncode}")
print(f"{path}: {count} programs, {path.stat().st_size >> 20} MiB")
