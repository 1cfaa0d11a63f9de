#!/usr/bin/env python3
"""tests/gpu/run.sh: with a GPU everything must hold; without one each part says what it skipped, and why. What of the parts needs no GPU
is tested here without one: on a machine in Python, which plays a captured graph through on the host, and on made-up times.

    run_test.py BUILD
"""
import ctypes
import json
import lzma
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree
from pathlib import Path

import gpu
import replay
import schedule
import summary
import timing
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


class Device:
    """What lrc_cuda.h says of a device schedule, by the run on the host and places in memory."""

    STRIDE = 40

    def __init__(self, run, stream, found_inf=None):
        self.run, self.stream, self.found_inf = run, stream, ctypes.cast(found_inf, ctypes.POINTER(ctypes.c_float))
        self.values, self.floats = (ctypes.c_double * run.slots)(), (ctypes.c_float * run.slots)()
        self.mail = ctypes.create_string_buffer(self.STRIDE * len(run.metrics()))
        self.push()

    def push(self):
        self.pending, self.taken = False, {}
        for k in range(len(self.run.metrics())):
            ctypes.c_int64.from_buffer(self.mail, k * self.STRIDE + 8).value = -1

    def pull(self):
        if self.pending and self.found_inf[0] == 0:
            self.run.library.lrc_advance(self.run.handle)
        self.pending = False

    def update(self):
        self.pull()
        for k, name in enumerate(self.run.metrics()):
            value, given = (kind.from_buffer(self.mail, k * self.STRIDE + at).value for kind, at in ((ctypes.c_double, 0), (ctypes.c_int64, 8)))
            if given >= 0 and self.taken.get(k) != given:
                self.taken[k] = given
                self.run.library.lrc_observe(self.run.handle, name.encode(), value, given, None)
        self.run.library.lrc_values(self.run.handle, self.values)
        self.floats[:] = self.values[:]
        self.pending = True

    def address(self, place, index=0):
        if place in (schedule.METRIC, schedule.EVALUATION):
            return ctypes.addressof(self.mail) + index * self.STRIDE + 8 * (place == schedule.EVALUATION)
        return ctypes.addressof(self.values if place == schedule.DOUBLE else self.floats)

    def origin(self):
        return "a test"


@unittest.skipIf(SANITIZED, "Python cannot load a library built with AddressSanitizer")
class Replays(unittest.TestCase):
    """The comparison of replays, where a test plays the device: it finds nothing, and finds what is put in its way."""

    UPDATES = 6000

    def result(self, device=Device, updates=UPDATES):
        before = replay.Driver, replay.Device, replay.CHUNK
        replay.Driver, replay.Device, replay.CHUNK = Memory, device, 1000
        try:
            return replay.run(Place(PREPARED, Path(FOLDER.name), updates))
        finally:
            replay.Driver, replay.Device, replay.CHUNK = before

    def test_equal_bits_are_found_equal(self):
        result = self.result()
        self.assertTrue(result.fine(), result)
        told = dict(result.figures)
        self.assertRegex(told["updates"], r"^6,000, [1-9]\d+ of them skipped; rules fired [1-9]\d* times$")

    def test_an_update_that_is_counted_wrongly_is_found(self):
        class Forgetful(Device):
            def pull(self):
                self.pending = self.pending and self.run.step() != 3000
                super().pull()

        self.assertIn(["the bits of the host, in double and float", False], self.result(Forgetful).claims)

    def test_a_metric_that_is_not_taken_is_found(self):
        class Deaf(Device):
            def update(self):
                self.taken[self.run.metrics().index("val_loss")] = ctypes.c_int64.from_buffer(
                    self.mail, self.run.metrics().index("val_loss") * self.STRIDE + 8).value
                super().update()

        self.assertIn(["the device's record is the host's", False], self.result(Deaf).claims)

    def test_a_float_that_is_not_the_rounded_double_is_found(self):
        class Coarse(Device):
            def update(self):
                super().update()
                self.floats[0] *= 1 + 2.0**-22

        self.assertIn(["the bits of the host, in double and float", False], self.result(Coarse).claims)


class Clock(Memory):
    """A machine whose kernels take made-up times: 1 µs, and one of the schedule `schedule` µs."""

    schedule = 1.4
    calls = 0
    extra = 0  # calls of the driver in a replay, beside the launch

    def __init__(self):
        super().__init__()
        self.now = 0.0

    def launch(self, kernel, arguments, stream=None):
        self.now += 1

    def capture(self, stream, body):
        begin, self.now = self.now, 0.0
        body()
        cost, self.now = self.now, begin
        return cost, {"kernel": 1}

    def replay(self, graph, stream):
        self.calls += 1 + self.extra
        self.now += graph

    def microseconds(self, stream, body):
        begin = self.now
        body()
        return self.now - begin


class ClockedDevice(Device):
    def update(self):
        self.stream.now += self.stream.schedule

    def close(self):
        pass


class Times(unittest.TestCase):
    """All times here are made up."""

    @unittest.skipIf(SANITIZED, "Python cannot load a library built with AddressSanitizer")
    def test_the_node_is_measured_beside_an_empty_kernel(self):
        for schedule_time, extra, expected in ((1.4, 0, [True, True, True]), (1.6, 0, [False, True, True]), (1.4, 1, [True, False, True])):
            result = self.measured(schedule_time, extra)
            self.assertEqual(expected, [holds for _, holds in result.claims], result)
            self.assertEqual(f"{schedule_time:.3f} µs, {schedule_time:.2f}x", dict(result.figures)["added by the schedule's node"])
            self.assertEqual({"1 group", "64 groups", "1,000 groups"}, set(result.curves))
            for curve in result.curves.values():
                self.assertEqual(list(timing.PHASES), [phases for phases, _ in curve])
                self.assertTrue(all(abs(time - schedule_time) < 1e-9 for _, time in curve))

    def measured(self, schedule_time, extra):
        class Driver(Clock):
            def __init__(self):
                super().__init__()
                self.schedule, self.extra = schedule_time, extra

            def stream(self):
                return self

        class OwnCalls(timing.Calls):
            def __init__(self, driver):
                super().__init__(driver)
                self.library = None

        before = timing.Driver, timing.Device, timing.Calls
        timing.Driver, timing.Device, timing.Calls = Driver, ClockedDevice, OwnCalls
        try:
            return timing.run(Place(PREPARED, Path(FOLDER.name)))
        finally:
            timing.Driver, timing.Device, timing.Calls = before

    def test_what_a_node_adds_is_taken_round_by_round(self):
        rounds = range(9)
        times = {"nothing": [10 + k for k in rounds], "an empty kernel": [12 + k for k in rounds], "the schedule": [13 + k for k in rounds]}
        self.assertEqual(2, timing.added(times, "an empty kernel"))
        self.assertEqual(3, timing.added(times, "the schedule"))

    def test_calls_are_counted_without_cupti(self):
        class Driver:
            calls = 5

        driver = Driver()
        calls = timing.Calls(driver)
        calls.library = None

        def body():
            driver.calls += 7

        self.assertEqual({"all": 7}, calls.of(body))

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
