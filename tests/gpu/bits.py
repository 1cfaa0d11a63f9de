#!/usr/bin/env python3
"""The bits of a GPU against those of the interpreter, with the CUDA driver alone.

    bits.py TASKS…    files that gpu_tasks wrote: gzipped lines of JSON, one program each:
                      {"policy": text, "slots": n, "steps": […], "factors": […], "values": hex of all bits, "ptx": text}

Each program's kernel NAME_table runs over its steps, once with rules at rest and once with the factors. Says how many
programs, values and differing bits there were; the exit code is 1 if any bit differs. Without a device it says what it
skipped, and ends with 0.
"""
import ctypes
import datetime
import gzip
import json
import struct
import sys
import time

THREADS = 128


class NoDevice(Exception):
    pass


class Driver:
    """The few calls of the CUDA driver that this needs, on the first device's primary context."""

    def __init__(self):
        try:
            self.library = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise NoDevice(f"there is no CUDA driver here ({error})") from None
        code = self.library.cuInit(0)
        if code != 0:
            raise NoDevice(f"the CUDA driver finds no device (cuInit gives {code})")
        self.device, context = ctypes.c_int(), ctypes.c_void_p()
        self.call("cuDeviceGet", ctypes.byref(self.device), 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), self.device)
        self.call("cuCtxSetCurrent", context)

    def call(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code != 0:
            text = ctypes.c_char_p()
            self.library.cuGetErrorString(code, ctypes.byref(text))
            raise RuntimeError(f"{name}: {text.value.decode() if text.value else code}")

    def name(self):
        text, version = ctypes.create_string_buffer(100), ctypes.c_int()
        self.call("cuDeviceGetName", text, len(text), self.device)
        self.call("cuDriverGetVersion", ctypes.byref(version))
        return f"{text.value.decode()}, CUDA driver {version.value // 1000}.{version.value % 1000 // 10}"

    def to_device(self, data):
        place = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(place), ctypes.c_size_t(max(len(data), 8)))
        self.call("cuMemcpyHtoD_v2", place, bytes(data), ctypes.c_size_t(len(data)))
        return place

    def to_host(self, place, size):
        data = ctypes.create_string_buffer(size)
        self.call("cuMemcpyDtoH_v2", data, place, ctypes.c_size_t(size))
        return data.raw

    def free(self, *places):
        for place in places:
            self.call("cuMemFree_v2", place)


class Program:
    def __init__(self, driver, ptx, name):
        self.driver, self.module, self.kernel = driver, ctypes.c_void_p(), ctypes.c_void_p()
        driver.call("cuModuleLoadData", ctypes.byref(self.module), ptx.encode() + b"\0")
        driver.call("cuModuleGetFunction", ctypes.byref(self.kernel), self.module, name.encode())

    def unload(self):
        self.driver.call("cuModuleUnload", self.module)

    def values(self, steps, slots, factors):
        """The bits of all slots at all steps; `factors` may be None."""
        driver, count = self.driver, len(steps)
        size = 8 * slots * count
        at = driver.to_device(struct.pack(f"<{count}q", *steps))
        out = driver.to_device(b"\xff" * size)
        given = ctypes.c_uint64(0) if factors is None else driver.to_device(struct.pack(f"<{len(factors)}d", *factors))
        total = ctypes.c_int64(count)
        pointers = [ctypes.cast(ctypes.pointer(each), ctypes.c_void_p) for each in (at, total, out, given)]
        parameters = (ctypes.c_void_p * 4)(*pointers)
        blocks = (count + THREADS - 1) // THREADS
        driver.call("cuLaunchKernel", self.kernel, blocks, 1, 1, THREADS, 1, 1, 0, None, parameters, None)
        driver.call("cuCtxSynchronize")
        result = driver.to_host(out, size)
        driver.free(*([at, out] if factors is None else [at, out, given]))
        return result


def tasks(paths):
    for path in paths:
        with gzip.open(path, "rt") as lines:
            for line in lines:
                yield json.loads(line)


def differing(task, result):
    wanted = bytes.fromhex(task["values"])
    return [k for k in range(len(wanted) // 8) if wanted[8 * k:8 * k + 8] != result[8 * k:8 * k + 8]]


def report(task, places, result):
    wanted = bytes.fromhex(task["values"])
    for k in places[:3]:
        there, here = (data[8 * k:8 * k + 8][::-1].hex() for data in (result, wanted))
        print(f"slot {k % task['slots']} at step {task['steps'][k // task['slots']]}: {there} on the GPU, {here} by the interpreter")
    print(task["policy"])


def run(paths):
    driver = Driver()
    begun, programs, values, wrong = time.time(), 0, 0, 0
    for task in tasks(paths):
        program = Program(driver, task["ptx"], "lrc_policy_table")
        result = program.values(task["steps"], task["slots"], task["factors"])
        program.unload()
        places = differing(task, result)
        if places:
            report(task, places, result)
        programs, values, wrong = programs + 1, values + len(task["values"]) // 16, wrong + len(places)
        if programs % 500 == 0:
            print(f"{programs} programs, {wrong} values differ", file=sys.stderr)
    print(f"{datetime.date.today()}, {driver.name()}: {programs} programs, {values} values, {wrong} with other bits than the "
          f"interpreter; {time.time() - begun:.0f} s")
    return 1 if wrong or values == 0 else 0


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    try:
        return run(sys.argv[1:])
    except NoDevice as reason:
        count = sum(1 for _ in tasks(sys.argv[1:]))
        print(f"skipped: the bits of {count} programs on a GPU, because {reason}")
        return 0


if __name__ == "__main__":
    sys.exit(main())
