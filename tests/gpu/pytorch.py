"""A training step of PyTorch in a CUDA graph: lrc.torch.DeviceScheduler inside it, against a tensor that the host fills before each
replay, and against a new capture for each learning rate.
"""
import statistics
import struct
import sys
import time

from driver import Driver
from part import Result, Skipped
from schedule import Library

TITLE = "PyTorch, a captured training step"
WIDTH, BATCH = 1024, 64
REPLAYS = 10_000
ROUNDS, UPDATES, CAPTURES = 11, 200, 10


def imported(place):
    sys.path.insert(0, str(place.prepared / "python"))
    try:
        import numpy  # noqa: F401  torch takes memory over with it
        import torch
        if not torch.cuda.is_available():
            raise Skipped("this PyTorch finds no CUDA device")
        import lrc.torch
        return torch, lrc.torch.DeviceScheduler
    except ImportError as error:
        raise Skipped(f"PyTorch with CUDA, NumPy and the package lrc are needed ({error})") from None


class Step:
    """A network with an optimizer, and one update of it as a graph."""

    def __init__(self, torch, lr, schedule=None):
        torch.manual_seed(1)
        self.torch = torch
        self.model = torch.nn.Sequential(torch.nn.Linear(WIDTH, WIDTH), torch.nn.ReLU(), torch.nn.Linear(WIDTH, WIDTH)).cuda()
        self.images = torch.randn(BATCH, WIDTH, device="cuda")
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr, capturable=True)
        self.scheduler = schedule(self.optimizer) if schedule else None

    def update(self):
        if self.scheduler:
            self.scheduler.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.model(self.images).square().mean().backward()
        self.optimizer.step()

    def warm_up(self):
        stream = self.torch.cuda.Stream()
        stream.wait_stream(self.torch.cuda.current_stream())
        with self.torch.cuda.stream(stream):
            for _ in range(3):
                self.update()
        self.torch.cuda.current_stream().wait_stream(stream)

    def capture(self):
        graph = self.torch.cuda.CUDAGraph()
        with self.torch.cuda.graph(graph):
            self.update()
        return graph


def microseconds(torch, body, updates):
    """Of one update, the host's work included: the median of rounds."""
    times = []
    for _ in range(ROUNDS):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(updates):
            body()
        torch.cuda.synchronize()
        times.append(1e6 * (time.perf_counter() - begin) / updates)
    return statistics.median(times)


def bits_of(value):
    return struct.pack("<f", value)


class Host:
    """The run on the host, at an update."""

    def __init__(self, library, artifact):
        import ctypes
        self.library, self.run = library, library.run(artifact)
        self.values = (ctypes.c_double * self.run.slots)()

    def next(self):
        self.library.lrc_values(self.run.handle, self.values)
        self.library.lrc_advance(self.run.handle)
        return self.values[0]

    def at(self, update):
        while self.run.step() < update:
            self.library.lrc_advance(self.run.handle)
        self.library.lrc_values(self.run.handle, self.values)
        return self.values[0]


def check_replays(result, torch, step, graph, host):
    """3 updates to warm up, none by the capture."""
    wrong = 0
    for replayed in range(1, REPLAYS + 1):
        graph.replay()
        if replayed % 97 == 0:
            used = float(step.optimizer.param_groups[0]["lr"])
            wrong += bits_of(used) != bits_of(host.at(2 + replayed))
    result.figure("replays", f"{REPLAYS:,}; every 97th learning rate read back, {wrong} with other bits than the host's")
    result.claim("the optimizer's learning rate is the host's", wrong == 0)


def run(place):
    Driver()
    torch, scheduler = imported(place)
    result = Result()
    library, policy = Library(place.prepared), place.file("goal.lrpc")
    result.figure("PyTorch", f"{torch.__version__}, {torch.cuda.get_device_name()}")
    tensor = lambda: torch.tensor(1e-3, device="cuda")  # noqa: E731

    inside = Step(torch, tensor(), lambda optimizer: scheduler(optimizer, policy))
    inside.warm_up()
    graph = inside.capture()
    check_replays(result, torch, inside, graph, Host(library, policy))
    of_inside = microseconds(torch, graph.replay, UPDATES)

    filled = Step(torch, tensor())
    filled.warm_up()
    filled_graph, host = filled.capture(), Host(library, policy)

    def fill_and_replay():
        filled.optimizer.param_groups[0]["lr"].fill_(host.next())
        filled_graph.replay()

    of_filled = microseconds(torch, fill_and_replay, UPDATES)
    of_nothing = microseconds(torch, filled_graph.replay, UPDATES)

    captured, host = Step(torch, 1e-3), Host(library, policy)
    captured.warm_up()

    def capture_and_replay():
        captured.optimizer.param_groups[0]["lr"] = host.next()
        captured.capture().replay()

    of_captured = microseconds(torch, capture_and_replay, CAPTURES)
    for what, figure in (("a constant rate", of_nothing), ("DeviceScheduler in the graph", of_inside),
                         ("the host fills a tensor", of_filled), ("captured again", of_captured)):
        result.figure(f"one update, {what}", f"{figure:.1f} µs")
    return result
