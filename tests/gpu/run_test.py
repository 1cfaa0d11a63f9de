#!/usr/bin/env python3
"""tests/gpu/run.sh: with a GPU everything must hold; without one each part says what it skipped, and why. What of the parts needs no GPU
is tested here without one: over the double of the CUDA driver, where a captured graph is played through on the host, and on made-up times.

    run_test.py BUILD
"""
import contextlib
import ctypes
import io
import json
import lzma
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path
from unittest import mock

import bits
import cupti
import driver
import gpu
import part
import replay
import sanitizer
import schedule
import summary
import timing
import user_kernel
from part import Place, Result

BUILD = Path(sys.argv[1]).absolute()
HERE = Path(__file__).resolve().parent
PROGRAMS = 20
SANITIZED = "asan" in subprocess.run(["ldd", BUILD / "lib/liblrc.so.1"], capture_output=True, text=True).stdout


def setUpModule():
    global FOLDER, PREPARED
    FOLDER = tempfile.TemporaryDirectory()
    PREPARED = Path(FOLDER.name, "prepared")
    subprocess.run([HERE / "prepare.py", BUILD, PREPARED, str(PROGRAMS)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cc", "-std=c99", "-O1", "-shared", "-fPIC", "-o", Path(FOLDER.name, "scenario.so"), HERE / "scenario.c"], check=True)


def tearDownModule():
    FOLDER.cleanup()


def run(script, *arguments):
    return subprocess.run([script, *map(str, arguments)], capture_output=True, text=True)


class Run(unittest.TestCase):
    def test_every_part_holds_or_says_what_it_skipped(self):
        out = Path(FOLDER.name, "out")
        done = run(HERE / "run.sh", out, PREPARED)
        print(done.stdout.strip())
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(len(gpu.PARTS), len(lines))
        for line in lines:
            self.assertRegex(line, r": (holds|skipped: .*(CUDA|Python|compute-sanitizer|gpu-tasks).*) \(\d+ s\)$")
        page = (out / "gpu.md").read_text()
        for name in gpu.PARTS:
            self.assertIn(f"| {sys.modules[name].TITLE if name in sys.modules else __import__(name).TITLE} | ", page)
        self.assertEqual(len(gpu.PARTS), len(json.loads((out / "results.json").read_text())["parts"]))

    def test_one_part_alone_from_the_prepared_folder_itself(self):
        done = run(PREPARED / "run.sh", Path(FOLDER.name, "alone"), "--only", "bits")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"^bits of random programs: (holds|skipped: there is no CUDA driver|skipped: the CUDA driver finds no)")

    def test_without_tasks_it_says_how_to_get_them(self):
        done = run(HERE / "run.sh", FOLDER.name, "/nowhere")
        self.assertEqual(3, done.returncode)
        self.assertIn("make gpu-tasks", done.stderr)

    def test_a_part_that_ends_badly_failed(self):
        options = gpu.argparse.Namespace(out=Path(FOLDER.name), prepared=PREPARED, updates=1)
        result = gpu.run_part("no_such_part", options)
        self.assertIn("ended with 2", result.failed)
        self.assertFalse(result.fine())


    def test_a_part_that_takes_too_long_keeps_what_it_told(self):
        slow = Path(FOLDER.name, "slow")
        first = Result(figures=[["so far", "1"]])
        slow.write_text(f"#!/bin/sh\necho '{first.json()}'\nprintf '{{\"figures\": [['\nexec sleep 60\n")
        slow.chmod(0o755)
        options = gpu.argparse.Namespace(out=Path(FOLDER.name), prepared=PREPARED, updates=1)
        with mock.patch.multiple(gpu, TIMEOUT=1), mock.patch.object(sys, "executable", str(slow)):
            result = gpu.run_part("bits", options)
        self.assertEqual([["so far", "1"]], result.figures)
        self.assertRegex(result.failed, "more than 1 s")

    def test_workers_that_are_skipped_are_not_clean(self):
        tools = Path(FOLDER.name, "tools")
        tools.mkdir()
        double = tools / "compute-sanitizer"
        double.write_text('#!/bin/sh\nshift 4\n"$@"\ncode=$?\necho "========= ERROR SUMMARY: 0 errors"\nexit $code\n')
        double.chmod(0o755)
        place = Place(Path(FOLDER.name, "nothing prepared"), Path(FOLDER.name))
        with mock.patch.dict(os.environ, PATH=f"{tools}:{os.environ['PATH']}"), mock.patch.object(sanitizer, "Driver"):
            with self.assertRaisesRegex(part.Skipped, "memcheck over replays not done: .*; examples/cuda_graph not done: .*gpu-tasks"):
                sanitizer.run(place)

    def test_the_caller_s_libraries_are_found_behind_ours(self):
        place = Place(PREPARED, Path(FOLDER.name))
        for theirs, wanted in (("/theirs", f"{PREPARED.resolve()}:/theirs"), ("", str(PREPARED.resolve()))):
            with mock.patch.dict(os.environ, LD_LIBRARY_PATH=theirs):
                self.assertEqual(wanted, place.environment()["LD_LIBRARY_PATH"])

    def test_bits_are_compared_batch_by_batch(self):
        wrong = []
        def values(driver, task):
            found = bytearray(bytes.fromhex(task["values"]))
            if not wrong:
                wrong.append(1)
                found[0] ^= 1
            return bytes(found)
        told = io.StringIO()
        with mock.patch.multiple(bits, Driver=mock.MagicMock(), values=values, BATCH=6, report=mock.DEFAULT), contextlib.redirect_stdout(told):
            result = bits.run(Place(PREPARED, Path(FOLDER.name)))
        self.assertEqual((str(PROGRAMS), "1", False), (result.figures[0][1], result.figures[2][1], result.fine()))
        so_far = [json.loads(line)["figures"][0][1] for line in told.getvalue().splitlines()]
        self.assertEqual(["6", "12", "18", "20"], so_far)

    def test_what_is_written_is_there_before_a_stream_goes_on(self):
        calls = []
        class Library:
            def __getattr__(self, name):
                return lambda *arguments: calls.append(name) or 0
        machine = object.__new__(driver.Driver)
        machine.library = Library()
        machine.to_device(b"12345678")
        self.assertEqual(["cuMemAlloc_v2", "cuMemsetD8_v2", "cuCtxSynchronize", "cuMemcpyHtoD_v2", "cuCtxSynchronize"], calls)


class Prepared(unittest.TestCase):
    # One task carries all that a machine without our sources needs.
    def test_tasks_are_whole(self):
        with lzma.open(PREPARED / "tasks.jsonl.xz", "rt") as lines:
            read = [json.loads(line) for line in lines]
        self.assertEqual(PROGRAMS, len(read))
        for task in read:
            self.assertEqual(16 * task["slots"] * len(task["steps"]), len(task["values"]))
            self.assertIsNotNone(re.search(r"\.visible \.entry lrc_policy_table\(", task["ptx"]))

    def test_artifacts_are_bound_and_carry_code_for_gpus(self):
        names = ["goal", "replay", "digits", *(timing.artifact(g, p)[:-5] for g in timing.GROUPS for p in timing.PHASES)]
        for name in names:
            path = PREPARED / f"{name}.lrpc"
            done = run(BUILD / "bin/lrc", "check", path)
            self.assertIn("needs nothing", done.stdout, done.stderr)
            self.assertIn(b".target sm_90", path.read_bytes())

    def test_kernels_beside_the_schedule(self):
        text = (PREPARED / "scenario.ptx").read_text()
        self.assertEqual(["empty", "scenario"], re.findall(r"\.visible \.entry (\w+)\(", text))

    def test_sizes_are_what_they_say(self):
        if SANITIZED:
            self.skipTest("Python cannot load a library built with AddressSanitizer")
        library = schedule.Library(PREPARED)
        for groups in timing.GROUPS:
            self.assertEqual(groups, library.run(PREPARED / timing.artifact(groups, 10)).slots)


class Memory:
    """The driver's calls that replay.py makes, on the host's memory; a kernel is a function."""

    def __init__(self):
        self.held = []
        self.scenario = ctypes.CDLL(str(Path(FOLDER.name, "scenario.so")))

    def allocate(self, size):
        self.held.append(ctypes.create_string_buffer(size + 8))
        return ctypes.c_uint64(ctypes.addressof(self.held[-1]))

    def write(self, place, data):
        ctypes.memmove(place.value, bytes(data), len(data))

    def to_device(self, data):
        place = self.allocate(len(data))
        self.write(place, data)
        return place

    def to_host(self, place, size):
        return ctypes.string_at(place.value, size)

    def stream(self):
        return None

    synchronize = unload = lambda self, *_: None
    module = lambda self, text: None  # noqa: E731
    kernel = lambda self, module, name: getattr(self.scenario, name)  # noqa: E731

    def launch(self, kernel, arguments, stream=None):
        kernel(*arguments)

    def capture(self, stream, body):
        return body, {"kernel": 2}

    def replay(self, graph, stream):
        graph()


class Double:
    """The double of the CUDA driver, which liblrc opens, and whose kernel is the text that the GPU's is compiled from."""

    def __init__(self):
        self.driver, self.kernel = (ctypes.CDLL(str(BUILD / "lib" / f"lib{name}.so")) for name in ("fake_cuda", "kernel_double"))
        self.driver.fake_kernel.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self.kernel.program_of.restype, self.kernel.program_of.argtypes = ctypes.c_void_p, [ctypes.c_void_p]

    def run_kernel_of(self, run):
        self.driver.fake_kernel(ctypes.cast(self.kernel.run_kernel, ctypes.c_void_p), self.kernel.program_of(run.handle))


class Device(schedule.Device):
    def __init__(self, run, stream, found_inf=0):
        DOUBLE.run_kernel_of(run)
        super().__init__(run, stream, found_inf)
        self.found_inf = found_inf

    def at(self, place, kind, index=0):
        """A number in the device's memory, which is the host's."""
        return kind.from_address(self.address(place, index))


class OverTheDouble(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        global DOUBLE
        if SANITIZED:
            raise unittest.SkipTest("Python cannot load a library built with AddressSanitizer")
        cls.enterClassContext(mock.patch.dict(os.environ, LRC_CUDA_DRIVER=str(BUILD / "lib/libfake_cuda.so")))
        DOUBLE = Double()


class Replays(OverTheDouble):
    """The comparison of replays, over the double: it finds nothing, and finds what is put in its way."""

    UPDATES = 6000

    def result(self, device=Device):
        with mock.patch.multiple(replay, Driver=Memory, Device=device, CHUNK=1000):
            return replay.run(Place(PREPARED, Path(FOLDER.name), self.UPDATES))

    def test_equal_bits_are_found_equal(self):
        result = self.result()
        self.assertTrue(result.fine(), result)
        told = dict(result.figures)
        self.assertRegex(told["updates"], r"^6,000, [1-9]\d+ of them skipped; rules fired [1-9]\d* times$")

    def test_an_update_that_is_counted_wrongly_is_found(self):
        class Forgetful(Device):
            def update(self):
                if self.at(schedule.STEPS, ctypes.c_int64).value == 3000:
                    ctypes.c_float.from_address(self.found_inf).value = 1
                super().update()

        self.assertIn(["the bits of the host, in double and float", False], self.result(Forgetful).claims)

    def test_a_metric_that_is_not_taken_is_found(self):
        class Deaf(Device):
            def hear_nothing(self):
                self.at(schedule.EVALUATION, ctypes.c_int64, self.run.metrics().index("val_loss")).value = -1

            def update(self):
                self.hear_nothing()
                super().update()

            def pull(self):
                self.hear_nothing()
                super().pull()

        self.assertIn(["the device's record is the host's", False], self.result(Deaf).claims)

    def test_a_float_that_is_not_the_rounded_double_is_found(self):
        class Coarse(Device):
            def update(self):
                super().update()
                self.at(schedule.FLOAT, ctypes.c_float).value *= 1 + 2.0**-22

        self.assertIn(["the bits of the host, in double and float", False], self.result(Coarse).claims)


@unittest.skipIf(SANITIZED, "Python cannot load a library built with AddressSanitizer")
class UserKernel(unittest.TestCase):
    def test_a_bit_that_differs_is_found(self):
        table = dict(user_kernel.host_values(schedule.Library(PREPARED), PREPARED / "replay.lrpc"))
        self.assertEqual(101, len(table))
        self.assertIn(".visible .func  (.param .b64 func_retval0) replay_eval(", (PREPARED / "replay.ptx").read_text())
        for flipped in (0, 1):
            class Machine(Memory):
                linked = kernel = lambda self, *_: None  # noqa: E731

                def launch(self, kernel, arguments):
                    out, step, slot = (argument.value for argument in arguments)
                    value = bytearray(table[step][8 * slot:8 * slot + 8])
                    value[0] ^= flipped * (step == 9973 and slot == 1)
                    ctypes.memmove(out, bytes(value), 8)

            with mock.patch.object(user_kernel, "Driver", Machine):
                result = user_kernel.run(Place(PREPARED, Path(FOLDER.name)))
            self.assertEqual(f"{101 * len(table[0]) // 8:,}, {flipped} with other bits than the host's", result.figures[0][1])
            self.assertEqual(flipped == 0, result.fine())


class Clock(Memory):
    """A machine whose kernels take made-up times: 1 µs, and one of the schedule `schedule` µs."""

    schedule = 1.4
    extra = 0  # calls of the driver in a replay, beside the launch
    copies, traced = 0, 0  # and kernels that CUPTI sees, in a replay
    called = staticmethod(lambda: None)

    def __init__(self):
        super().__init__()
        self.now, self.ran = 0.0, []

    def launch(self, kernel, arguments, stream=None):
        self.now += 1

    def capture(self, stream, body):
        begin, self.now = self.now, 0.0
        body()
        cost, self.now = self.now, begin
        return cost, {"kernel": 1}

    def replay(self, graph, stream):
        for _ in range(1 + self.extra):
            self.called()
        self.ran += [10] * self.traced + [1] * self.copies  # of CUpti_ActivityKind
        self.now += graph

    def microseconds(self, stream, body):
        begin = self.now
        body()
        return self.now - begin


class ClockedDevice(Device):
    def update(self):
        self.stream.now += self.stream.schedule


class CuptiLibrary:
    """CUPTI of a machine of made-up times: a replay is so many calls of the driver, kernels and copies."""

    def __init__(self, driver):
        self.driver = driver

    def __getattr__(self, name):
        return lambda *arguments: 0

    def cuptiSubscribe(self, subscriber, callback, user):
        self.driver.called = lambda: callback(None, 1, 514, ctypes.pointer(ctypes.c_int(0)))
        return 0

    def cuptiUnsubscribe(self, subscriber):
        self.driver.called = lambda: None
        return 0

    def cuptiGetCallbackName(self, domain, number, text):
        text._obj.value = b"cuGraphLaunch"
        return 0

    def cuptiActivityRegisterCallbacks(self, more, full):
        self.more, self.full = more, full
        self.driver.ran.clear()
        return 0

    def cuptiActivityFlushAll(self, forced):
        buffer, size, records = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_size_t()
        self.more(ctypes.pointer(buffer), ctypes.pointer(size), ctypes.pointer(records))
        kinds = (ctypes.c_uint32 * len(self.driver.ran))(*self.driver.ran)
        ctypes.memmove(buffer.value, kinds, ctypes.sizeof(kinds))
        self.full(None, 0, buffer.value, size.value, ctypes.sizeof(kinds))
        return 0

    def cuptiActivityGetNextRecord(self, buffer, valid, record):
        following = buffer.value if record._obj.value is None else record._obj.value + 4
        if following == buffer.value + valid.value:
            return 12  # CUPTI_ERROR_MAX_LIMIT_REACHED
        record._obj.value = following
        return 0


class Times(OverTheDouble):
    """All times here are made up."""

    def test_the_node_is_measured_beside_an_empty_kernel(self):
        cases = (1.4, {}, [True] * 3), (1.6, {}, [False, True, True]), (1.4, {"extra": 1}, [True, False, True]), (
            1.4, {"copies": 1}, [True, True, False])
        for schedule_time, machine, expected in cases:
            result = self.measured(schedule_time, **machine)
            self.assertEqual(expected, [holds for _, holds in result.claims], result)
            self.assertEqual(f"{schedule_time:.3f} µs, {schedule_time:.2f}x", dict(result.figures)["added by the schedule's node"])
            self.assertEqual({"1 group", "64 groups", "1,000 groups"}, set(result.curves))
            for curve in result.curves.values():
                self.assertEqual(list(timing.PHASES), [phases for phases, _ in curve])
                self.assertTrue(all(abs(time - schedule_time) < 1e-9 for _, time in curve))

    def test_without_cupti_nothing_is_claimed_of_the_host(self):
        with mock.patch.multiple(cupti, NAMES=(), IN_PACKAGES="nowhere"):
            self.assert_not_measured("there is no CUPTI", self.measured(1.4, library=lambda driver: None))

    def test_where_kernels_are_not_traced_nothing_is_claimed_of_copies(self):
        self.assert_not_measured("CUPTI traced 2,000 of 2,200 kernels", self.measured(1.4, traced=timing.PAYLOAD))

    def assert_not_measured(self, reason, result):
        self.assertEqual([f"at most {timing.AT_MOST}x of an empty kernel's node"], [claim for claim, _ in result.claims])
        self.assertIn(f"not measured: {reason}", dict(result.figures)["calls of the driver, and copies, in replays"])

    def measured(self, schedule_time, extra=0, copies=0, traced=1 + timing.PAYLOAD, library=CuptiLibrary):
        class Driver(Clock):
            def __init__(self):
                super().__init__()
                self.schedule, self.extra, self.copies, self.traced = schedule_time, extra, copies, traced
                drivers.append(self)

            def stream(self):
                return self

        drivers = []
        with mock.patch.multiple(timing, Driver=Driver, Device=ClockedDevice, Cupti=lambda: cupti.Cupti(library(drivers[-1]))):
            return timing.run(Place(PREPARED, Path(FOLDER.name)))

    def test_what_a_node_adds_is_taken_round_by_round(self):
        rounds = range(9)
        times = {"nothing": [10 + k for k in rounds], "an empty kernel": [12 + k for k in rounds], "the schedule": [13 + k for k in rounds]}
        self.assertEqual(2, timing.added(times, "an empty kernel"))
        self.assertEqual(3, timing.added(times, "the schedule"))

    def test_the_page_says_what_holds_what_does_not_and_what_was_skipped(self):
        good, bad = Result(seconds=3), Result()
        good.figure("made up", "1.00 µs")
        good.claim("made up, too", True)
        bad.claim("made up as well", False)
        parts = [("one", good), ("two", bad), ("three", Result(skipped="there is none")), ("four", Result(failed="it ended with 9"))]
        page = summary.markdown({"date": "2000-01-01", "device": "no device: made up", "command": "run.sh out"}, parts)
        for line in ("2000-01-01, no device: made up, `run.sh out`.", "| one | holds |", "| two | **does not hold** |", "| three | skipped: there is none |",
                     "| four | **failed**: it ended with 9 |", "| made up | 1.00 µs |", "| made up as well | **does not hold** |"):
            self.assertIn(line + "\n", page)

    def test_the_plot_has_a_line_for_each_curve(self):
        curves = {"1 group": [[1, 2.0], [1000, 3.0]], "1,000 groups": [[1, 4.0], [1000, 20.0]]}
        drawn = xml.etree.ElementTree.fromstring(summary.plot(curves, "made up"))
        lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
        first, second = ([tuple(map(float, point.split(","))) for point in line.get("points").split()] for line in lines)
        self.assertEqual(first[0][0], second[0][0])  # the same phases, the same place
        self.assertLess(second[1][1], first[1][1])  # more time is higher
        self.assertEqual((summary.MARGIN, summary.HEIGHT - summary.MARGIN), first[0])  # the least of both
        self.assertEqual(summary.MARGIN, second[1][1])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
