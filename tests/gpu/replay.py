"""A graph of the schedule's node and of what a trainer does behind it, replayed, against the run on the host: updates that are
skipped, metrics that come, repeat themselves and are no number. Then the device goes back to a record, and again.
"""
import array
import ctypes

from driver import Driver
from part import Result
from schedule import DOUBLE, EVALUATION, FLOAT, METRIC, Device, Library

TITLE = "replays of the captured node against the host"
CHUNK = 50_000  # updates between two looks of the host
POLICY = """\
policy replay version 1 {
  peak 3e-4
  run 1M steps

  lr           = warmup 2% linear then cosine to 0.1x
  weight_decay = 0.1
  beta2        = hold 0.95 for 100K steps then linear to 0.99
  group embeddings matches "embed*" { lr by 0.5 }
  group no_decay matches "*.bias" { weight_decay = 0 }
  clamp lr to 1e-7 .. 3e-4

  metric loss, grad_norm, val_loss
  on nonfinite loss, grad_norm, cooldown 20 evals {
    lr by 0.5 for 1000 steps
    signal diverged
  }
  on spike of grad_norm above 4 times its mean over 200 steps, after 2000 steps {
    lr by 0.5 for 200 steps
  }
  on plateau of val_loss falling for 10 evals, threshold 1e-3 relative, counting nonfinite {
    lr by 0.9, at most 3 times
  }
}
"""


def scrambled(index):
    mask = (1 << 64) - 1
    bits = (index + 1) * 0x9E3779B97F4A7C15 & mask
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & mask
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & mask
    return bits ^ bits >> 31


def share(index):
    return (scrambled(index) >> 11) / 2.0**53


class Story:
    """What happens behind each update, by its number alone: whether it is skipped, and what the metrics are."""

    METRICS = ("loss", "grad_norm", "val_loss")

    @staticmethod
    def skipped(update):
        return share(update) < 0.01

    @classmethod
    def metrics(cls, update):
        """Pairs of a value and its evaluation. val_loss stays for 1,000 updates; a spike and a loss that is no number are rare."""
        loss = float("nan") if share(3 * update + 7_000_000_000) < 5e-4 else 2 + share(update + 1_000_000_000)
        norm = (40 if share(update + 2_000_000_000) < 5e-4 else 1) + share(update + 3_000_000_000)
        held = update // 1000
        return [(loss, update), (norm, update), (3 / (1 + held / 50) + 0.05 * share(held + 4_000_000_000), held)]


class Host:
    """What lrc_cuda.h says that the node does, by calls of lrc.h."""

    def __init__(self, library, artifact):
        self.run = library.run(artifact)
        self.library = library
        self.metrics = self.run.metrics()  # the order in which the device looks at them
        self.given = {}
        self.fired = 0

    def go(self, first, count):
        """The bits of the slots of `count` updates from number `first` on."""
        values = (ctypes.c_double * (count * self.run.slots))()
        at, stride, handle = ctypes.addressof(values), 8 * self.run.slots, self.run.handle
        for update in range(first, first + count):
            if update > 0:
                self.settle(update - 1)
                self.observe(update - 1)
            self.library.lrc_values(handle, at)
            at += stride
        return values

    def settle(self, update):
        if not Story.skipped(update):
            self.library.lrc_advance(self.run.handle)

    def observe(self, update):
        fired = ctypes.c_size_t()
        given = dict(zip(Story.METRICS, Story.metrics(update)))
        for name in self.metrics:
            value, evaluation = given[name]
            if self.given.get(name) == evaluation:
                continue
            self.given[name] = evaluation
            self.library.lrc_observe(self.run.handle, name.encode(), value, evaluation, ctypes.byref(fired))
            self.fired += fired.value


class Scenario(ctypes.Structure):
    """As in scenario.c."""

    _fields_ = [(name, ctypes.c_int64) for name in ("count", "slots", "metrics", "metric_stride")]
    _fields_ += [(name, ctypes.c_uint64) for name in (
        "values", "floats", "values_log", "floats_log", "skips", "metrics_in", "evaluations_in", "found_inf", "metric", "evaluation")]


class Replayed:
    """The device's side: the graph, and the tables that its second kernel reads and writes."""

    def __init__(self, driver, library, place):
        self.driver, self.stream = driver, driver.stream()
        self.run = library.run(place.file("replay.lrpc"))
        found_inf = driver.allocate(4)
        self.device = Device(self.run, self.stream, found_inf.value)
        self.numbers = [self.run.metrics().index(name) for name in Story.METRICS]
        metrics, slots = len(self.numbers), self.run.slots
        self.log = driver.allocate(8 * CHUNK * slots)
        self.floats = driver.allocate(4 * CHUNK * slots)
        self.tables = [driver.allocate(size * CHUNK) for size in (4, 8 * metrics, 8 * metrics)]
        stride = self.device.address(METRIC, 1) - self.device.address(METRIC, 0)
        self.scenario = driver.to_device(bytes(Scenario(
            0, slots, metrics, stride, self.device.address(DOUBLE), self.device.address(FLOAT), self.log.value, self.floats.value,
            *(table.value for table in self.tables), found_inf.value, self.device.address(METRIC, 0), self.device.address(EVALUATION, 0))))
        module = driver.module(place.file("scenario.ptx").read_text())
        self.kernel = driver.kernel(module, "scenario")
        self.graph, self.nodes = driver.capture(self.stream, self.body)

    def body(self):
        self.device.update()
        self.driver.launch(self.kernel, [self.scenario], stream=self.stream)

    def by_number(self, update):
        """The metrics in the order in which the device has them."""
        pairs = dict(zip(self.numbers, Story.metrics(update)))
        return [pairs[k] for k in sorted(pairs)]

    def write_tables(self, first, count):
        updates = range(first, first + count)
        pairs = [pair for update in updates for pair in self.by_number(update)]
        self.driver.write(self.tables[0], array.array("f", [1.0 if Story.skipped(update) else 0.0 for update in updates]).tobytes())
        self.driver.write(self.tables[1], array.array("d", [value for value, _ in pairs]).tobytes())
        self.driver.write(self.tables[2], array.array("q", [evaluation for _, evaluation in pairs]).tobytes())
        self.driver.write(self.scenario, (0).to_bytes(8, "little"))

    def go(self, first, count):
        self.write_tables(first, count)
        for _ in range(count):
            self.driver.replay(self.graph, self.stream)
        self.driver.synchronize(self.stream)
        size = count * self.run.slots
        return self.driver.to_host(self.log, 8 * size), self.driver.to_host(self.floats, 4 * size)

    def record(self):
        self.device.pull()
        return self.run.save()

    def again(self, record, first, count):
        """From a record in front of update `first`."""
        self.run.load(record)
        self.device.push()
        return self.go(first, count)


def differing(expected, used, width):
    if bytes(expected) == used:
        return 0
    expected = bytes(expected)
    return sum(expected[k:k + width] != used[k:k + width] for k in range(0, len(used), width))


def run(place):
    driver, result = Driver(), Result()
    library = Library(place.prepared)
    host, replayed = Host(library, place.file("replay.lrpc")), Replayed(driver, library, place)
    chunks = [(first, min(CHUNK, place.updates - first)) for first in range(0, place.updates, CHUNK)]
    half = len(chunks) // 2  # the chunk that is replayed once more, from the record in front of it
    wrong = wrong_floats = 0
    for number, (first, count) in enumerate(chunks):
        if number == half:
            before = replayed.record()
        expected = host.go(first, count)
        doubles, floats = replayed.go(first, count)
        wrong += differing(expected, doubles, 8)
        wrong_floats += differing(array.array("f", expected).tobytes(), floats, 4)
        if number == half:
            once = doubles, floats
    host.settle(place.updates - 1)
    host.observe(place.updates - 1)  # a record has what has come
    result.claim("the device's record is the host's", replayed.record() == host.run.save())
    result.claim("the bits of the host, in double and float", wrong == 0 and wrong_floats == 0)
    result.claim("one node of the schedule, and no copy", replayed.nodes == {"kernel": 2})
    result.claim("from a record, the same bits again", replayed.again(before, *chunks[half]) == once)
    skipped = sum(map(Story.skipped, range(place.updates)))
    result.figure("updates", f"{place.updates:,}, {skipped:,} of them skipped; rules fired {host.fired:,} times")
    result.figure("values with other bits than the host's", f"{wrong:,} of {place.updates * replayed.run.slots:,}; as float {wrong_floats:,}")
    result.figure("the code is from", replayed.device.origin())
    return result
