"""The bits of random programs on the GPU against those of the interpreter: tasks.jsonl.xz, compressed lines of JSON, one program each:
{"policy": text, "slots": n, "steps": […], "factors": […], "values": hex of all bits, "ptx": text}

Each program's kernel lrc_policy_table runs over its steps, with the factors of its task.
"""
import ctypes
import itertools
import json
import lzma
import os
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

from driver import Driver
from part import Result

TITLE = "bits of random programs"
KERNEL = "lrc_policy_table"
THREADS = 128
BATCH = 256  # programs, whose modules are compiled side by side: the driver's compiler takes nearly all the time


def tasks(path):
    with lzma.open(path, "rt") as lines:
        for line in lines:
            yield json.loads(line)


def values(driver, task):
    """The bits of all slots at all steps."""
    steps, factors = task["steps"], task["factors"]
    module = driver.module(task["ptx"])
    size = 8 * task["slots"] * len(steps)
    places = [driver.to_device(struct.pack(f"<{len(steps)}q", *steps)), driver.to_device(b"\xff" * size)]
    if factors is not None:
        places.append(driver.to_device(struct.pack(f"<{len(factors)}d", *factors)))
    given = ctypes.c_uint64(0) if factors is None else places[2]
    arguments = [places[0], ctypes.c_int64(len(steps)), places[1], given]
    driver.launch(driver.kernel(module, KERNEL), arguments, (len(steps) + THREADS - 1) // THREADS, THREADS)
    driver.synchronize()
    result = driver.to_host(places[1], size)
    driver.free(*places)
    driver.unload(module)
    return result


def differing(task, result):
    wanted = bytes.fromhex(task["values"])
    return [k for k in range(len(wanted) // 8) if wanted[8 * k:8 * k + 8] != result[8 * k:8 * k + 8]]


def report(task, places, result):
    wanted = bytes.fromhex(task["values"])
    for k in places[:3]:
        there, here = (data[8 * k:8 * k + 8][::-1].hex() for data in (result, wanted))
        print(f"slot {k % task['slots']} at step {task['steps'][k // task['slots']]}: {there} on the GPU, {here} by the interpreter", file=sys.stderr)
    print(task["policy"], file=sys.stderr)


def batches(items):
    items = iter(items)
    return iter(lambda: list(itertools.islice(items, BATCH)), [])


def outcome(programs, compared, wrong):
    result = Result()
    result.figure("random programs", f"{programs:,}")
    result.figure("values", f"{compared:,}")
    result.figure("values with other bits than the interpreter's", f"{wrong:,}")
    result.claim("the bits of the interpreter", compared > 0 and wrong == 0)
    return result


def run(place):
    driver = Driver()
    programs = compared = wrong = 0
    with ThreadPoolExecutor(os.cpu_count(), initializer=driver.enter) as pool:
        for batch in batches(tasks(place.file("tasks.jsonl.xz"))):
            for task, found in zip(batch, pool.map(lambda task: values(driver, task), batch)):
                places = differing(task, found)
                if places:
                    report(task, places, found)
                programs, compared, wrong = programs + 1, compared + len(found) // 8, wrong + len(places)
            print(outcome(programs, compared, wrong).json(), flush=True)  # so far
    return outcome(programs, compared, wrong)
