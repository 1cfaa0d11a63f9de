"""What the schedule's node adds to the replay of a graph, beside an empty kernel's node, and what the host does for it (P12 of the
goals); and how long the kernel takes for many groups and phases.
"""
import collections
import ctypes
import random
import statistics

from driver import Driver
from part import Result
from schedule import Device, Library

TITLE = "time of the node, and what the host does for a replay"
GROUPS = (1, 64, 1000)
PHASES = (1, 10, 100, 1000)
RUN = 100_000
AT_MOST = 1.5  # times an empty kernel's node

ROUNDS, REPLAYS = 201, 200  # of each graph
PAYLOAD = 10  # empty kernels behind the head: what an update would do
NODES = 100  # of the schedule in one graph, for the time of one


def policy(groups, phases):
    """So many numbers of an update (one outside any group), of a rate with so many phases."""
    each = RUN // phases
    text = [("linear from 1x to 0.5x" if k == 0 else f"linear to {0.5 + 0.5 * (k % 2)}x") + f" for {each} steps" for k in range(phases)]
    lines = [f"policy groups{groups}_phases{phases} version 1 {{", f"  run {RUN} steps", "  peak 1e-3", "  lr = " + "\n    then ".join(text)]
    lines += [f'  group g{k} matches "layers.{k}.*" {{ lr by {1 - k / 4096} }}' for k in range(1, groups)]
    return "\n".join([*lines, "}"]) + "\n"


def artifact(groups, phases):
    return f"groups{groups}_phases{phases}.lrpc"


class Calls:
    """Calls of the driver while a body runs, by name: from CUPTI where there is one, otherwise those that this program makes."""

    def __init__(self, driver):
        self.driver = driver
        self.library = None
        for name in ("libcupti.so.13", "libcupti.so.12", "libcupti.so", "/usr/local/cuda/lib64/libcupti.so", "/usr/local/cuda/extras/CUPTI/lib64/libcupti.so"):
            try:
                self.library = ctypes.CDLL(name)
                break
            except OSError:
                continue
        self.source = "counted by CUPTI" if self.library else "counted by this program, since there is no CUPTI"

    DRIVER_API = 1
    CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32, ctypes.POINTER(ctypes.c_int))

    def of(self, body):
        if self.library is not None:
            try:
                return self._by_cupti(body)
            except RuntimeError as reason:
                self.source = f"counted by this program, since {reason}"
        before = self.driver.calls
        body()
        return {"all": self.driver.calls - before}

    def _by_cupti(self, body):
        found = collections.Counter()

        def seen(_, domain, number, site):
            if site[0] == 0:  # entered
                found[number] += 1

        callback, subscriber = self.CALLBACK(seen), ctypes.c_void_p()
        self._check("cuptiSubscribe", ctypes.byref(subscriber), callback, None)
        self._check("cuptiEnableDomain", ctypes.c_uint32(1), subscriber, self.DRIVER_API)
        body()
        self._check("cuptiUnsubscribe", subscriber)
        return {self._name(number): count for number, count in found.items()}

    def _check(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code != 0:
            raise RuntimeError(f"{name} gives {code}")

    def _name(self, number):
        text = ctypes.c_char_p()
        self._check("cuptiGetCallbackName", self.DRIVER_API, ctypes.c_uint32(number), ctypes.byref(text))
        return text.value.decode()


def medians(driver, stream, graphs, rounds=ROUNDS, replays=REPLAYS):
    """Microseconds of one replay of each graph: by rounds, in which all of them take a random turn."""
    def replay(graph):
        for _ in range(replays):
            driver.replay(graph, stream)

    for graph in graphs.values():
        driver.microseconds(stream, lambda graph=graph: replay(graph))
    times = collections.defaultdict(list)
    for _ in range(rounds):
        for name in random.sample(list(graphs), len(graphs)):
            times[name].append(driver.microseconds(stream, lambda name=name: replay(graphs[name])) / replays)
    return times


def added(times, name):
    """Above the graph without a head, round by round."""
    return statistics.median(with_head - without for with_head, without in zip(times[name], times["nothing"]))


class Graphs:
    def __init__(self, driver, library, place):
        self.driver, self.stream = driver, driver.stream()
        self.empty = driver.kernel(driver.module(place.file("scenario.ptx").read_text()), "empty")
        self.device = Device(library.run(place.file("goal.lrpc")), self.stream)

    def launch_empty(self):
        self.driver.launch(self.empty, [], stream=self.stream)

    def of(self, head):
        def body():
            head()
            for _ in range(PAYLOAD):
                self.launch_empty()

        return self.driver.capture(self.stream, body)


def measure_replay(result, driver, library, place):
    graphs = Graphs(driver, library, place)
    heads = {"nothing": lambda: None, "an empty kernel": graphs.launch_empty, "the schedule": graphs.device.update}
    captured = {name: graphs.of(head) for name, head in heads.items()}
    times = medians(driver, graphs.stream, {name: graph for name, (graph, _) in captured.items()})
    for name, values in times.items():
        low, middle, high = statistics.quantiles(values, n=4)
        result.figure(f"a replay of {PAYLOAD} empty kernels, at the head {name}", f"{middle:.3f} µs ({low:.3f} to {high:.3f})")
    empty, schedule = added(times, "an empty kernel"), added(times, "the schedule")
    result.figure("added by an empty kernel's node", f"{empty:.3f} µs")
    result.figure("added by the schedule's node", f"{schedule:.3f} µs, {schedule / empty:.2f}x" if empty > 0 else f"{schedule:.3f} µs")
    result.claim(f"at most {AT_MOST}x of an empty kernel's node", empty > 0 and schedule <= AT_MOST * empty)
    measure_host(result, driver, graphs, captured["the schedule"])


def measure_host(result, driver, graphs, captured):
    graph, nodes = captured
    calls = Calls(driver)
    found = calls.of(lambda: [driver.replay(graph, graphs.stream) for _ in range(REPLAYS)])
    driver.synchronize(graphs.stream)
    result.figure(f"calls of the driver in {REPLAYS} replays", f"{found} ({calls.source})")
    result.claim("no call of the host but the graph's launch", sum(found.values()) == REPLAYS)
    result.figure("nodes of the graph", f"{nodes}")
    result.claim("no byte copied", set(nodes) == {"kernel"})


def measure_sizes(result, driver, library, place):
    stream = driver.stream()
    for groups in GROUPS:
        points = []
        for phases in PHASES:
            device = Device(library.run(place.file(artifact(groups, phases))), stream)
            graph, _ = driver.capture(stream, lambda device=device: [device.update() for _ in range(NODES)])
            times = medians(driver, stream, {"": graph}, rounds=31, replays=10)[""]
            points.append([phases, statistics.median(times) / NODES])
            device.close()
        result.curves[f"{groups:,} groups" if groups > 1 else "1 group"] = points
        result.figure(f"the kernel, {groups:,} groups" if groups > 1 else "the kernel, 1 group",
                      "; ".join(f"{phases:,} phases {time:.2f} µs" for phases, time in points))


def run(place):
    driver, result = Driver(), Result()
    library = Library(place.prepared)
    measure_replay(result, driver, library, place)
    measure_sizes(result, driver, library, place)
    return result
