"""What the schedule's node adds to the replay of a graph, beside an empty kernel's node, and what the host does for it (P12 of the
goals); and how long the kernel takes for many groups and phases.
"""
import collections
import random
import statistics

from cupti import Cupti, NotMeasured
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
    result.figure("nodes of the graph", f"{nodes}")

    def replays():
        for _ in range(REPLAYS):
            driver.replay(graph, graphs.stream)

    def replays_to_their_end():
        replays()
        driver.synchronize(graphs.stream)

    try:
        cupti = Cupti()
        calls = cupti.calls(replays)
        driver.synchronize(graphs.stream)
        ran = traced(cupti.activities(replays_to_their_end))
    except NotMeasured as reason:
        result.figure("calls of the driver, and copies, in replays", f"not measured: {reason}")
        return
    result.figure(f"calls of the driver in {REPLAYS} replays, by CUPTI", f"{calls}")
    result.claim("no call of the host but the graph's launch", sum(calls.values()) == REPLAYS)
    result.figure(f"what the GPU ran in {REPLAYS} replays, by CUPTI", f"{ran}")
    result.claim("no byte copied", set(ran) == {"kernel"})


def traced(ran):
    """A trace that lacks kernels may lack copies, too."""
    wanted, got = REPLAYS * (1 + PAYLOAD), ran.get("kernel", 0)
    if got != wanted:
        raise NotMeasured(f"CUPTI traced {got:,} of {wanted:,} kernels")
    return ran


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
