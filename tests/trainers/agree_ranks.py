"""One rank of agree_test.py, under torchrun with Gloo: each injection in turn, each with an agreement of its own.

    torchrun --nproc-per-node N agree_ranks.py OUT     # writes what every injection gave to OUT/RANK.json
"""
import ctypes
import json
import math
import sys
import time
from contextlib import contextmanager

import torch.distributed as distributed

import lrc
import lrc.agree

POLICY = "policy shared version 1 {\n  peak PEAK\n  run 100 steps\n  lr = warmup 10 steps then cosine to 0\n}\n"
WITH_RULE = """policy guarded version 1 {
  peak 0.1
  run 100 steps
  lr = cosine to 0
  on plateau of loss falling for 2 evals { lr by 0.5, not below 0.01x }
}
"""
UPWARD = 0x800  # FE_UPWARD of x86-64's fenv.h
libm = ctypes.CDLL("libm.so.6")

distributed.init_process_group("gloo")
RANK, RANKS = distributed.get_rank(), distributed.get_world_size()
ODD = RANK == RANKS // 2
results = {}


def bound(peak="0.1"):
    return lrc.compile(POLICY.replace("PEAK", peak)).bind()


def told(call):
    """What an error says and whom it names; nothing where there is none."""
    try:
        call()
    except (lrc.agree.Disagreement, lrc.agree.RankMissing) as error:
        return {"kind": type(error).__name__, "text": str(error), "ranks": list(getattr(error, "ranks", ()))}
    return None


@contextmanager
def rounding(mode):
    before = libm.fegetround()
    libm.fesetround(mode)
    yield
    libm.fesetround(before)


def injection(function):
    """Each begins with all ranks at one place: what is late or missing is so on purpose."""
    distributed.barrier()
    results[function.__name__] = function()


@injection
def alike():
    agreement, run = lrc.agree.Agreement(), bound()
    for _ in range(30):
        agreement.check_every(10, run)
        run.advance()
    return agreement.spread(run)


@injection
def another_file():
    return told(lambda: lrc.agree.Agreement().check(bound("0.2" if ODD else "0.1")))


@injection
def other_facts():
    policy = lrc.compile("policy open version 1 { peak 0.1\n lr = cosine to 0 }")
    run = policy.bind(run="200 steps" if ODD else "100 steps")
    return told(lambda: lrc.agree.Agreement().check(run))


@injection
def another_version():
    text = POLICY.replace("PEAK", "0.1")
    run = lrc.compile(text.replace("version 1", "version 2") if ODD else text).bind()
    return told(lambda: lrc.agree.Agreement().check(run))


@injection
def another_step():
    run = bound()
    if ODD:
        run.advance()
    return told(lambda: lrc.agree.Agreement().check(run))


@injection
def another_step_under_way():
    """A rank that skipped one update, found at the next comparison and not by a timeout."""
    agreement, run, updates = lrc.agree.Agreement(), bound(), 0

    def train():
        nonlocal updates
        for updates in range(20):
            agreement.check_every(5, run)
            if not (ODD and updates == 7):
                run.advance()

    return {**(told(train) or {}), "updates": updates}


@injection
def another_rounding():
    run, agreement = bound(), lrc.agree.Agreement()
    with rounding(UPWARD if ODD else 0):
        return told(lambda: agreement.check(run))


@injection
def missing():
    agreement, run, began = lrc.agree.Agreement(timeout=1.0), bound(), time.monotonic()
    error = None if ODD else told(lambda: agreement.check(run))
    return {"error": error, "seconds": time.monotonic() - began}


@injection
def late():
    agreement, run = lrc.agree.Agreement(timeout=1.0), bound()
    if ODD:
        time.sleep(3)
    first = told(lambda: agreement.check(run))
    assert told(lambda: agreement.check(run)) == first  # it stays so
    return first


@injection
def reduced():
    agreement, run = lrc.agree.Agreement(), lrc.compile(WITH_RULE).bind()
    value = 0.1 * (RANK + 1)
    mean = agreement.reduce("other", value, 1)
    outcomes = [agreement.observe(run, "loss", value, 1).outcome, run.observe("loss", mean, 1).outcome]
    outcomes.append(agreement.observe(run, "loss", value, 2, how="rank 0").outcome)
    outcomes.append(run.observe("loss", 0.1, 2).outcome)
    nan = agreement.reduce("other", math.nan if RANK == 0 else 1.0, 2)
    different = told(lambda: agreement.observe(run, "loss", value, 3, how="identical"))
    same = agreement.observe(run, "loss", 0.5, 4, how="identical").outcome
    return {"mean": mean.hex(), "outcomes": outcomes, "nan": math.isnan(nan), "different": different, "same": same,
            "record": run.save()}


@injection
def another_evaluation():
    agreement, run = lrc.agree.Agreement(), lrc.compile(WITH_RULE).bind()
    return told(lambda: agreement.observe(run, "loss", 1.0, 7 if ODD else 6))


distributed.barrier()
with open(f"{sys.argv[1]}/{RANK}.json", "w") as file:
    json.dump(results, file)
distributed.destroy_process_group()
