"""Whether every process of a run does the same, over the trainer's own torch.distributed.

    agreement = lrc.torch.Agreement()                   # the default group's store; or store=, rank=, world_size=
    for batch in data:                                  # after a resume, if there was one
        agreement.check_every(100, scheduler.run)       # at the first of them, too
        ...
        agreement.observe(scheduler, "loss", loss, evaluation, how="mean")

Every rank makes the same calls in the same order. An exchange is one key a rank in the store, written once and read by
all; a rank that does not write within the timeout is named in the error of every other one, and a rank that comes
late gets the same error. It is the protocol of runtime/torch/agree.h, so that both may be in one run.
"""
from __future__ import annotations

import os
import struct
from collections import Counter
from datetime import timedelta
from typing import Any, Protocol, TypeVar

import torch.distributed as distributed

from lrc.errors import Refused, Unavailable, WrongCall
from lrc.policy import Run

__all__ = ["Agreement", "Disagreement", "RankMissing"]

_VERSION, _AGREEMENT = 1, 7  # lrc_run_text
_WAYS = ("mean", "rank 0", "identical")
# The keys of several agreements in one process stay apart: every process makes them in the same order.
_made: Counter[str] = Counter()


class Disagreement(Refused):
    """The processes of a run differ; `ranks` are those that do from most of the others."""

    def __init__(self, text: str, ranks: tuple[int, ...]) -> None:
        super().__init__(text)
        self.ranks = ranks


class RankMissing(Unavailable):
    """A rank did not come to where the others compare."""


_Told = TypeVar("_Told", covariant=True)


class _Observes(Protocol[_Told]):
    def observe(self, metric: str, value: float, evaluation: int) -> _Told: ...


class _HasRun(Protocol):
    """A scheduler. One that has an `agreement_text` of its own (DeviceScheduler: what its GPU has) compares that."""

    run: Run


class Agreement:
    """`timeout` in seconds, for a rank to come to a comparison. `prefix` keeps the keys apart from others in the store;
    one that is given must be new for each start of the run, where the store outlives it. Not for several threads."""

    def __init__(
        self,
        store: distributed.Store | None = None,
        rank: int | None = None,
        world_size: int | None = None,
        *,
        timeout: float = 60.0,
        prefix: str | None = None,
    ) -> None:
        if store is None:
            if not distributed.is_initialized():
                raise WrongCall("there is no process group yet: call torch.distributed.init_process_group first, or give a store")
            store = distributed.distributed_c10d._get_default_store()
        elif rank is None or world_size is None:
            raise WrongCall("a store does not know who is there: give rank and world_size with it")
        self.rank = distributed.get_rank() if rank is None else rank
        self.world_size = distributed.get_world_size() if world_size is None else world_size
        if not 0 <= self.rank < self.world_size:
            raise WrongCall(f"rank {self.rank} is not one of {self.world_size}")
        if prefix is None:
            # torchrun's restarts may find the store of the start before.
            start = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
            prefix = f"lrc/{start}/{_made[start]}"
            _made[start] += 1
        self._store, self._timeout, self._prefix = store, timeout, prefix
        self._exchanges = self._calls = 0
        self._failed: RankMissing | None = None  # for good: the ranks are no longer at one place

    def check(self, run: Run | _HasRun) -> None:
        """Compares name and version of the policy, hashes, clock, bits of the coming values and arithmetic modes. The Disagreement names each rank that
        differs from most of the others, the key and the values, and is the same on every rank."""
        own_text = getattr(run, "agreement_text", None)
        run = run if isinstance(run, Run) else run.run
        agreement = own_text() if own_text else run.get(_AGREEMENT)
        texts = self._exchange(f"policy {run.policy}\nversion {run.get(_VERSION)}\n{agreement}")
        try:
            self._refuse("the processes of this run do not agree", [_lines(text) for text in texts])
        except Disagreement as found:
            for rank in found.ranks:
                run.disagree(rank, "what the processes of the run do")
            raise

    def check_every(self, every: int, run: Run | _HasRun) -> None:
        """The same at the first of every `every` calls. Calls are counted, not updates, so that ranks whose clocks
        differ still meet."""
        if every < 1:
            raise WrongCall(f"check_every({every}, …): every how many calls the ranks compare is a number from 1 on")
        self._calls += 1
        if (self._calls - 1) % every == 0:
            self.check(run)

    def reduce(self, name: str, value: float, evaluation: int, how: str = "mean") -> float:
        """The one number of all ranks, with the same bits on each: their mean, summed from rank 0 upwards; that of
        rank 0; or the one that all have, else a Disagreement."""
        if how not in _WAYS:
            raise WrongCall(f"how={how!r} is none of {', '.join(_WAYS)}")
        what = f"{name} {evaluation}"
        values = self._exchange_numbers(what, value)
        if how == "identical":
            self._refuse("the processes of this run measured different values", [{what: repr(one)} for one in values])
        return _mean(values) if how == "mean" else values[0]

    def observe(
        self, run: _Observes[_Told], name: str, value: float, evaluation: int, how: str = "mean"
    ) -> _Told:
        """Observes the reduced number: of a Run, a Scheduler, or what else has `observe`."""
        return run.observe(name, self.reduce(name, value, evaluation, how), evaluation)

    def spread(self, run: Run, output: str = "lr", group: str | int = 0) -> float:
        """The largest less the smallest of one output's value over all ranks, for a metric: 0 as long as they agree."""
        values = self._exchange_numbers("spread", run.value(output, group))
        return max(values) - min(values)

    def _key(self, what: str | int) -> str:
        return f"{self._prefix}/{self._exchanges}/{what}"

    def _exchange(self, text: str) -> list[str]:
        """The texts of all ranks, by rank."""
        if self._failed is not None:
            raise self._failed
        try:
            texts = self._exchange_or_raise(text)
        except RankMissing as error:
            self._failed = error
            raise
        except RuntimeError as error:  # the store's connection
            self._failed = RankMissing(f"the store of the process group failed: {str(error).splitlines()[0]}")
            raise self._failed from error
        self._exchanges += 1
        return texts

    def _exchange_or_raise(self, text: str) -> list[str]:
        keys = [self._key(rank) for rank in range(self.world_size)]
        self._store.set(keys[self.rank], text)
        # Whoever comes to a verdict first writes it; that one counts for all.
        verdict = self._store.compare_set(self._key("verdict"), "", self._wait_for(keys) or "complete").decode()
        if verdict != "complete":
            raise RankMissing(verdict)
        texts = [self._store.get(key).decode() for key in keys]
        self._remove_old()
        return texts

    def _wait_for(self, keys: list[str]) -> str:
        """Nothing, or the error's text that names the ranks that did not come in time."""
        try:
            self._store.wait(keys, timedelta(seconds=self._timeout))
            return ""
        except RuntimeError:  # one may be late, or the connection be gone: check tells
            missing = [str(rank) for rank, key in enumerate(keys) if not self._store.check([key])]
        if not missing:
            return ""
        return (
            f"rank {', '.join(missing)} of {self.world_size} did not come within {round(self._timeout * 1000)} ms to where the "
            f"others compare (comparison {self._exchanges}): it is late, has stopped, or compares at other updates than they do"
        )

    def _remove_old(self) -> None:
        """What this rank wrote two exchanges ago: every rank has read it by now."""
        if self._exchanges < 2:
            return
        old = f"{self._prefix}/{self._exchanges - 2}"
        try:
            self._store.delete_key(f"{old}/{self.rank}")
            if self.rank == 0:
                self._store.delete_key(f"{old}/verdict")
        except RuntimeError:  # a store that cannot: it keeps them
            pass

    def _exchange_numbers(self, what: str, value: float) -> list[float]:
        """`what` must be alike everywhere, so that ranks that are out of step do not mix two metrics."""
        bits = struct.unpack("<Q", struct.pack("<d", value))[0]
        ranks = [_lines(text) for text in self._exchange(f"bits {bits}\nof {what}")]
        self._refuse("the processes of this run do not reduce the same", [{"of": lines["of"]} for lines in ranks])
        return [struct.unpack("<d", struct.pack("<Q", int(lines["bits"])))[0] for lines in ranks]

    def _refuse(self, title: str, ranks: list[dict[str, str]]) -> None:
        lines, odd = _differences(ranks)
        if lines:
            raise Disagreement("\n".join([f"{title}:", *lines]) + "\n", tuple(sorted(odd)))


def _lines(text: str) -> dict[str, str]:
    """By key; `values lr` is one of two words, and `device` before a key makes it one more."""
    result = {}
    for line in text.splitlines():
        words = 2 if line.removeprefix("device ").startswith("values ") else 1
        words += line.startswith("device ")
        parts = line.split(" ", words)
        result[" ".join(parts[:words])] = " ".join(parts[words:])
    return result


def _differences(ranks: list[dict[str, str]]) -> tuple[list[str], set[int]]:
    """A line for each key and each rank whose value is not the one that most have; of values that as many have, the one
    of the lowest rank counts."""
    lines, odd = [], set()
    for key in dict.fromkeys(key for rank in ranks for key in rank):
        values = [rank.get(key, "nothing") for rank in ranks]
        most = max(range(len(values)), key=lambda rank: (values.count(values[rank]), -rank))
        for rank, value in enumerate(values):
            if value != values[most]:
                lines.append(f"  rank {rank} has {key} {value}, rank {most} has {values[most]}")
                odd.add(rank)
    return lines, odd


def _mean(values: list[float]) -> float:
    total = 0.0
    for value in values:  # `sum` of Python 3.12 adds with compensation
        total += value
    return total / len(values)
