#!/usr/bin/env python3
"""P4 of the goals: what the Python package costs, beside math.cos and torch's LambdaLR. Prints and never fails.

    PYTHONPATH=BUILD/python_package BUILD/python/bin/python bench/python_package.py

Every row is measured for some milliseconds in each of 25 rounds, in a random order; ratios are taken within a round.
"""
import math
import random
import statistics
import timeit

import torch

import lrc
import lrc.torch

GROUPS = 64
ONE = "policy one version 1 {\n run 10M steps\n peak 1e-3\n lr = warmup 1000 steps linear then cosine to 0.1x\n"
EACH = ONE + "".join(f'  group g{k} matches "l.{k}" {{ lr by {(k + 1) / 100} }}\n' for k in range(GROUPS))


def optimizer():
    groups = [{"params": [(f"l.{k}", torch.nn.Parameter(torch.zeros(1)))]} for k in range(GROUPS)]
    return torch.optim.SGD(groups, lr=1.0)


def lambda_lr():
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer(), [lambda step: min(1, (step + 1) / 1000)] * GROUPS)
    scheduler.optimizer.step()
    return scheduler.step


def ours(text):
    """What a trainer's update costs beside the optimizer: both hooks, and the call that the schedule does not need."""
    scheduler = lrc.torch.Scheduler(optimizer(), text + "}")
    made = scheduler.optimizer
    before, = made._optimizer_step_pre_hooks.values()
    after, = made._optimizer_step_post_hooks.values()

    def update():
        before(made, (), {})
        after(made, (), {})
        scheduler.step()
    return update


def main():
    run = lrc.compile(ONE + "}").bind()
    calls = {
        "math.cos": ("cos(0.5)", {"cos": math.cos}),
        "run(step)": ("run(5000)", {"run": run}),
        "run.evaluate(step)": ("evaluate(5000)", {"evaluate": run.evaluate}),
        "run.value()": ("value()", {"value": run.value}),
    }
    rows = {name: (timeit.Timer(code, globals=names), 20_000) for name, (code, names) in calls.items()}
    rows["LambdaLR, 64 groups"] = (timeit.Timer(lambda_lr()), 200)
    rows["lrc, 64 groups, one value"] = (timeit.Timer(ours(ONE)), 200)
    rows["lrc, 64 groups, 64 values"] = (timeit.Timer(ours(EACH)), 200)
    times = {name: [] for name in rows}
    for _ in range(25):
        for name in random.sample(list(rows), len(rows)):
            timer, count = rows[name]
            times[name].append(timer.timeit(count) / count)
    for name, measured in times.items():
        base = "LambdaLR, 64 groups" if "groups" in name else "math.cos"
        ratios = [mine / theirs for mine, theirs in zip(measured, times[base])]
        low, middle, high = statistics.quantiles(ratios, n=4)
        goal = {"math.cos": "≤ 3x", "LambdaLR, 64 groups": "≤ 0.15x"}[base]
        print(f"{name:28} {statistics.median(measured) * 1e9:10.1f} ns   {middle:.3g}x of {base} ({low:.3g}x – {high:.3g}x), goal {goal}")


if __name__ == "__main__":
    main()
