"""The peers that are Python's: a worker like bench/worker.h, run by run.py in the environment that has them."""
import json
import math
import sys
import time
import warnings

MEASUREMENTS = {}


def measurement(name, *arguments):
    def add(prepare):
        MEASUREMENTS[name] = lambda: prepare(*arguments)
        return prepare

    return add


def optimizer_of(torch, groups):
    return torch.optim.SGD([{"params": [torch.nn.Parameter(torch.zeros(1))]} for _ in range(groups)], lr=3e-4)


def factor(step):
    if step < 6000:
        return (step + 1) / 6000
    return 1 + (0.01 - 1) * (0.5 - 0.5 * math.cos(math.pi * (min(step, 100000) - 6000) / 94000))


@measurement("lambda lr 64", 64)
@measurement("lambda lr 10000", 10_000)
def lambda_lr(groups):
    import torch

    optimizer = optimizer_of(torch, groups)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, [factor] * groups)
    optimizer.step()
    return scheduler.step


@measurement("sequential lr 10000", 10_000)
def sequential_lr(phases):
    import torch
    from torch.optim.lr_scheduler import LinearLR, SequentialLR

    def construct():
        optimizer = optimizer_of(torch, 1)
        parts = [LinearLR(optimizer, start_factor=0.5, end_factor=1.0, total_iters=5) for _ in range(phases)]
        return SequentialLR(optimizer, parts, milestones=[5 * k for k in range(1, phases)])

    return construct


@measurement("math.cos")
def math_cos():
    return lambda: math.cos(0.3)


@measurement("curve numpy")
def curve_numpy():
    import numpy

    steps = numpy.arange(100000, dtype=numpy.float64)
    values = numpy.empty(100000)

    def curve():
        values[:6000] = 3e-4 * ((steps[:6000] + 1) / 6000)
        values[6000:] = 3e-4 * (1 + (0.01 - 1) * (0.5 - 0.5 * numpy.cos(math.pi * ((steps[6000:] - 6000) / 94000))))

    return curve


def optax_schedule():
    import jax
    import optax

    return jax, optax.warmup_cosine_decay_schedule(3e-4 / 6000, 3e-4, 6000, 100000, 3e-6)


@measurement("optax")
def optax_value():
    jax, schedule = optax_schedule()
    compiled = jax.jit(schedule)
    compiled(7000).block_until_ready()
    return lambda: compiled(7000).block_until_ready()


@measurement("curve optax")
def curve_optax():
    jax, schedule = optax_schedule()
    compiled = jax.jit(jax.vmap(schedule))
    steps = jax.numpy.arange(100000)
    compiled(steps).block_until_ready()
    return lambda: compiled(steps).block_until_ready()


def timed(call, times):
    # The whole process: some peers compute in threads of their own.
    begin = time.process_time_ns()
    for _ in range(times):
        call()
    return time.process_time_ns() - begin


class Prepared:
    def __init__(self, name):
        self.call = MEASUREMENTS[name]()
        self.times = None

    def nanoseconds(self, wanted):
        if self.times is None:
            self.times = max(1, round(wanted / max(timed(self.call, 1), 1)))
            self.times = max(1, round(wanted / max(timed(self.call, self.times) / self.times, 1)))
        return timed(self.call, self.times) / self.times


def main():
    warnings.simplefilter("ignore")
    prepared = {}
    for line in sys.stdin:
        name, milliseconds = json.loads(line)
        try:
            if name not in prepared:
                prepared[name] = Prepared(name)
            answer = {"ns": prepared[name].nanoseconds(1e6 * milliseconds)}
        except Exception as error:  # whatever keeps a peer from being measured is the row's reason
            answer = {"reason": f"{type(error).__name__}: {error}".splitlines()[0]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
