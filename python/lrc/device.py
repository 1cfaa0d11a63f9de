"""A policy inside a captured CUDA graph: what lrc.torch.DeviceScheduler is.

    optimizer = AdamW(model.parameters(), lr=1.0, fused=True, capturable=True)
    scheduler = lrc.torch.DeviceScheduler(optimizer, policy, run="100K steps", peak=3e-4)
    with torch.cuda.graph(graph):
        scheduler.step()        # at the head of the update
        loss(batch).backward()
        optimizer.step()
    for batch in data:
        graph.replay()          # no host work for the schedule, and nothing is copied

The optimizer's numbers are views of memory that a kernel of `step` writes. It counts the update before, lets rules judge
what was observed, and writes what the coming update uses: the bits of lrc.torch.Scheduler, rounded once to float32.
"""
from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from os import PathLike
from typing import Any, NamedTuple

import torch

from lrc import _lrc
from lrc.attach import (
    Attached, Target, assignment, bound_run, hooked, is_nested, names_of, number_at, number_of, only_makes_state, only_one, put_number,
    record_of, slot_of, state_of, targets_of, uncompiled, why_used,
)
from lrc.errors import Refused, WrongCall
from lrc.policy import Policy, Run

# By lrc_device_place and lrc_run_text.
_DOUBLE, _FLOAT, _STEPS, _SAMPLES, _TOKENS, _SKIPPED, _METRIC, _EVALUATION = range(8)
_AGREEMENT = 7

_TYPES = {torch.float64: "<f8", torch.float32: "<f4", torch.int64: "<i8"}

# Which numbers torch 2.13 reads on the device where they are tensors, by how the optimizer updates. Any other it asks the
# host for, by Tensor.item or a comparison, which a captured graph does once at most. "single" is capturable with
# foreach=False or differentiable=True.
_LR = frozenset({"lr"})
_READ_ON_DEVICE = {
    "fused": dict.fromkeys(("Adagrad", "Adam", "AdamW", "SGD"), _LR),
    "capturable": dict.fromkeys(("ASGD", "Adadelta", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop"), _LR),
    "single": {
        "Adadelta": frozenset({"eps"}), "Adam": _LR | {"eps"}, "AdamW": _LR | {"eps"}, "Adamax": _LR | {"betas", "eps"},
        "NAdam": _LR | {"eps"}, "RAdam": _LR | {"eps"}, "RMSprop": frozenset({"eps"}),
    },
}


class Clock(NamedTuple):
    """int64 tensors on the device: updates applied while the coming one runs, what they took, and updates skipped."""

    steps: torch.Tensor
    samples: torch.Tensor
    tokens: torch.Tensor
    skipped: torch.Tensor


class _Memory:
    """One number in the schedule's memory, as torch and others take memory over; keeps that memory alive."""

    def __init__(self, device: _lrc.Device, place: int, index: int, dtype: torch.dtype) -> None:
        self.device = device
        self.__cuda_array_interface__ = {
            "shape": (), "typestr": _TYPES[dtype], "data": (device.address(place, index), False), "version": 3,
        }


class _Accelerator:
    """The GPU that an optimizer's parameters are on."""

    def __init__(self, device: torch.device) -> None:
        if device.type != "cuda":
            raise Refused(
                f"the optimizer's parameters are on {device}, and DeviceScheduler computes on an NVIDIA GPU, in CUDA graphs: move the "
                "model to a GPU before the optimizer is made, or use lrc.torch.Scheduler"
            )
        self.device, self.index = device, device.index or 0

    def view(self, memory: _Memory) -> torch.Tensor:
        return torch.as_tensor(memory, device=self.device)

    def stream(self) -> int:
        return int(torch.cuda.current_stream(self.device).cuda_stream)

    def is_capturing(self) -> bool:
        return bool(torch.cuda.is_current_stream_capturing())


class _Entry(NamedTuple):
    """A number of the optimizer that an output sets."""

    group: int  # of the optimizer
    key: str
    item: int | None  # of a pair
    slot: int
    on_device: bool  # a view, and not a number that was written once because it never moves


class DeviceScheduler(Attached):
    """`step()` at the head of each update, captured or not, and nothing else: the numbers that the optimizer reads on the
    device are views of what it writes. A number that the optimizer reads on the host is written once where the policy
    never moves it, and refused otherwise. Parameters of frozen groups have an lr of 0, and keep their gradients.

    `policy`, `groups`, `handled`, `resume` and facts as of lrc.torch.Scheduler; `tensor` is for handled outputs.
    `tensors`   further numbers that the optimizer reads on the device: of another library, or in compiled code.
    `found_inf` of mixed precision: the torch.amp.GradScaler, for a fused optimizer; or a float32 tensor on the device that
                is not 0 once the update was skipped. Such an update does not count.
    `samples`, `tokens`  that an update takes, for `clock`.
    `events`    that wait on the device until `events()` is called; those above it are counted. A power of two.
    `stream`    the torch.cuda.Stream of all updates; otherwise the current one of each call.
    `hooks`     False: the update is not made by `optimizer.step` where Python sees it, and nobody checks that each has
                its `step()`.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        policy: Policy | Run | str | PathLike[str],
        *,
        groups: Sequence[str | int] | None = None,
        handled: Sequence[str] = (),
        tensors: Sequence[str] = (),
        found_inf: torch.Tensor | torch.amp.GradScaler | None = None,
        samples: int = 0,
        tokens: int = 0,
        events: int = 1024,
        stream: torch.cuda.Stream | None = None,
        resume: str | None = None,
        hooks: bool = True,
        **facts: Any,
    ) -> None:
        optimizer = hooked(optimizer)
        only_one(optimizer)
        _must_be_capturable(optimizer)
        self.optimizer, self.resume = optimizer, resume
        self.run = bound_run(policy, names_of(optimizer), facts)
        self._group_of = assignment(self.run, optimizer, groups)
        targets = targets_of(self.run, optimizer, self._group_of, frozenset(handled), reader="tensor")
        self._entries = _entries(self.run, optimizer, targets, frozenset(tensors))
        self._accelerator = _Accelerator(_device_of(optimizer))
        self._stream = stream
        self._take_flag(found_inf)
        flag = 0 if self._flag is None else self._flag.data_ptr()
        self._device = _lrc.Device.open(self.run, self._accelerator.index, flag, samples, tokens, events)
        self.clock = Clock(*(self._view(place, 0, torch.int64) for place in (_STEPS, _SAMPLES, _TOKENS, _SKIPPED)))
        self._numbers: list[torch.Tensor | float] = [self._number(entry) for entry in self._entries]
        self._foreign = why_used(self.run, optimizer)
        self._begun = False  # whether `step` was called for an update that the optimizer has not made
        self._observed: set[str] = set()  # since the last `step`
        self._captured = False  # whether a `step` was: replays are updates, too, which Python does not see
        self._attach()
        self._hooks = self._hooked(hooks)

    # --------------------------------------------------------------------------------------------- the trainer's calls

    @uncompiled
    def step(self) -> None:
        """Launches the kernel, which counts the update before and writes the numbers of the coming one."""
        self._check()
        if self._begun:
            raise Refused(
                "scheduler.step() was called twice for one update of the optimizer: call it once, at the head of the update, "
                f"and not for each micro-batch. Where a GradScaler left the update out, make the optimizer with {_fused(self.optimizer)} "
                "and the scheduler with found_inf=scaler; where optimizer.step() is nowhere called, pass hooks=False"
            )
        self._device.update(self._stream_handle())
        self._begun = self._counts_calls
        self._captured = self._captured or self._accelerator.is_capturing()
        self._observed.clear()

    def tensor(self, output: str = "lr", group: int = 0) -> torch.Tensor:
        """Of an output in a parameter group of the optimizer: what the running update uses, as a view that stays."""
        return self._view_of(group, self._slot(output, group))

    def value(self, output: str = "lr", group: int = 0) -> float:
        """The same with all its bits, for a log. Waits for the device."""
        return float(self._view(_DOUBLE, self._slot(output, group), torch.float64))

    def get_last_lr(self) -> list[float]:
        """What the running update uses, by parameter group of the optimizer; the optimizer's own where the policy has no lr.
        Waits for the device."""
        if "lr" not in self.run.outputs:
            return [number_of(group["lr"]) for group in self.optimizer.param_groups]
        return [self.value("lr", group) for group in range(len(self._group_of))]

    def observe(self, metric: str, value: torch.Tensor | float, evaluation: torch.Tensor | int | None = None) -> None:
        """The metric has this value in its next evaluation, or in the one that is given; rules judge it at the next
        `step`. Operations on the device alone where both are tensors or the second is left out: it may be captured."""
        index = self._metric(metric)
        if self._accelerator.is_capturing():
            self._refuse_in_capture(metric, value, evaluation)  # it observes nothing yet
        elif self._counts_calls and not self._captured:  # Python sees each update, and no replay
            self._refuse_twice(metric)
        with torch.no_grad():
            _put(self._view(_METRIC, index, torch.float64), value)
            number = self._view(_EVALUATION, index, torch.int64)  # after the value: it tells that there is one
            number.add_(1) if evaluation is None else _put(number, evaluation)

    def events(self) -> Iterator[dict[str, Any]]:
        """What happened and nobody took yet, by the run on the host and then on the device. Never waits for the device."""
        lines = iter(self._device.next_event, None)
        return chain(self.run.events(), map(json.loads, lines))

    # ------------------------------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """As of lrc.torch.Scheduler, which may go on from it, and the other way round. Waits for the device."""
        self._pull()
        return state_of(self.run, self._group_of)

    def load_state_dict(self, state_dict: dict[str, Any], word: str | None = None) -> None:
        """As of lrc.torch.Scheduler. Captured graphs stay as they are, and go on from there."""
        word = word or self.resume
        if word is not None and word.strip() == "keep":
            raise Refused(
                "`keep` goes on with the policy that the state was saved with, and the GPU's code is that of another: make the "
                "DeviceScheduler with that policy, and capture again"
            )
        before = self.run.save()
        self.run.load(record_of(state_dict), word)
        try:
            self._refuse_a_way()
        except Refused:
            self.run.load(before)
            raise
        self._device.push(self.run, self._stream_handle())
        self._state_came(word)
        self._begun = False
        self._observed.clear()

    def agreement_text(self) -> str:
        """What every process of a run must have alike, the device's bits with it. Waits for the device."""
        self._pull()
        return self.run.get(_AGREEMENT) + self._device.agreement(self._stream_handle())

    def _pull(self) -> None:
        self._device.pull(self.run, self._stream_handle())

    def _refuse_a_way(self) -> None:
        """A word may lead to a number over many updates that else never moves."""
        for entry, number in zip(self._entries, self._numbers):
            if not entry.on_device and self._coming(entry.slot) != number:
                raise Refused(
                    f"on the way that the word takes, `{entry.key}` of the optimizer's group {entry.group} begins at "
                    f"{self._coming(entry.slot):g} and not at {number:g}, and {type(self.optimizer).__name__} reads it on the host: "
                    "go on with `rebind`, or with lrc.torch.Scheduler until the way is over"
                )

    def _refuse_in_capture(self, metric: str, value: torch.Tensor | float, evaluation: torch.Tensor | int | None) -> None:
        if not (isinstance(value, torch.Tensor) and isinstance(evaluation, (torch.Tensor, type(None)))):
            raise Refused(
                f"a captured graph would observe the number {value!r} of {metric} again and again: give a tensor on the device, and no "
                "number of the evaluation or a tensor"
            )
        for each in (value, evaluation):
            if each is not None and each.device != self._accelerator.device:
                raise Refused(
                    f"{metric} is observed from a tensor on {each.device}, whose copy to {self._accelerator.device} waits for it, which ends a "
                    f"capture: give a tensor on {self._accelerator.device}, or observe between the replays"
                )

    def _refuse_twice(self, metric: str) -> None:
        if metric in self._observed:
            raise Refused(
                f"{metric} was observed twice before one update: rules would see the second only. Observe once an update, or reduce first"
            )
        self._observed.add(metric)

    # -------------------------------------------------------------------------------------------------------- the hooks

    def _hooked(self, hooks: bool) -> list[Any]:
        optimizer = self.optimizer
        self._counts_calls = hooks
        result = [
            optimizer.register_load_state_dict_post_hook(self._after_load),
            optimizer.register_state_dict_post_hook(self._after_save),
        ]
        if hooks:
            result.append(optimizer.register_step_pre_hook(uncompiled(self._before_update)))
        return result

    def _before_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        if not self._begun:
            if is_nested(optimizer) or self._only_makes_state():
                return
            raise Refused(
                "optimizer.step() comes without scheduler.step() before it: the schedule would stand still. Call scheduler.step() at "
                "the head of each update, in the captured region too"
            )
        self._begun = False
        found = getattr(optimizer, "found_inf", None)  # GradScaler's, for a fused optimizer
        if self._fills_flag and self._flag is not None:
            self._flag.zero_() if found is None else self._flag.copy_(found)
        elif found is not None and self._flag is None:
            raise Refused("a GradScaler may skip this update, which the schedule would count: make the scheduler with found_inf=scaler")

    def _only_makes_state(self) -> bool:
        """As attach.only_makes_state, where the lr is none of the numbers that were put there."""
        ours = any(number is number_at(self.optimizer.param_groups[entry.group], entry.key, entry.item)
                   for entry, number in zip(self._entries, self._numbers) if entry.key == "lr")
        return not ours and only_makes_state(self.optimizer)

    def _after_load(self, optimizer: torch.optim.Optimizer) -> None:
        self._pull()
        self._optimizer_came()
        self._attach()

    def _after_save(self, optimizer: torch.optim.Optimizer, state_dict: dict[str, Any]) -> None:
        """A saved optimizer has plain numbers, those of the coming update."""
        self._pull()
        for entry in self._entries:
            put_number(state_dict["param_groups"][entry.group], entry.key, entry.item, self._coming(entry.slot))

    def _take_flag(self, found_inf: torch.Tensor | torch.amp.GradScaler | None) -> None:
        device = self._accelerator.device
        self._fills_flag = isinstance(found_inf, torch.amp.GradScaler)
        if isinstance(found_inf, torch.amp.GradScaler):
            if not all(group.get("fused") for group in self.optimizer.param_groups):
                raise Refused(
                    "a GradScaler asks the host whether to make the update, unless the optimizer is fused: make it with "
                    + _fused(self.optimizer)
                )
            found_inf = torch.zeros((), dtype=torch.float32, device=device)
        if found_inf is not None and (found_inf.numel() != 1 or found_inf.dtype != torch.float32 or found_inf.device != device):
            raise WrongCall(
                f"found_inf is one float32 on {device}, not {found_inf.numel()} of {found_inf.dtype} on {found_inf.device}"
            )
        self._flag = found_inf

    # ------------------------------------------------------------------------------------------------------ the numbers

    def _slot(self, output: str, group: int) -> int:
        if output not in self.run.outputs:
            raise WrongCall(f"the run has no output {output!r}; it has {', '.join(self.run.outputs)}")
        return slot_of(self.run, self.run.outputs.index(output), self._group_of[group])

    def _metric(self, name: str) -> int:
        if name not in self.run.metrics:
            raise WrongCall(f"no rule observes {name!r}; they observe {', '.join(self.run.metrics) or 'nothing'}")
        return self.run.metrics.index(name)

    def _view(self, place: int, index: int, dtype: torch.dtype) -> torch.Tensor:
        return self._accelerator.view(_Memory(self._device, place, index, dtype))

    def _view_of(self, group: int, slot: int) -> torch.Tensor:
        """In float64 for parameters of that type; fused kernels take float32 in any case."""
        options = self.optimizer.param_groups[group]
        wide = not options.get("fused") and all(parameter.dtype == torch.float64 for parameter in options["params"])
        return self._view(_DOUBLE, slot, torch.float64) if wide else self._view(_FLOAT, slot, torch.float32)

    def _coming(self, slot: int) -> float:
        """By the run on the host."""
        group, output = divmod(slot, len(self.run.outputs))
        return self.run.value(output, group)

    def _number(self, entry: _Entry) -> torch.Tensor | float:
        return self._view_of(entry.group, entry.slot) if entry.on_device else self._coming(entry.slot)

    def _attach(self) -> None:
        """To the dicts that are the optimizer's groups now: loading a state replaces them."""
        for entry, number in zip(self._entries, self._numbers):
            put_number(self.optimizer.param_groups[entry.group], entry.key, entry.item, number)

    def _stream_handle(self) -> int:
        return self._accelerator.stream() if self._stream is None else int(self._stream.cuda_stream)

    def _check(self) -> None:
        if self._foreign is not None:
            raise Refused(self._foreign)
        groups = self.optimizer.param_groups
        if len(groups) != len(self._group_of):
            raise Refused(
                f"the optimizer has {len(groups)} parameter groups, and the schedule was opened for {len(self._group_of)}: give all of them "
                "to the optimizer at once, or detach() this scheduler, make a new one and capture again"
            )
        for entry, number in zip(self._entries, self._numbers):
            present = number_at(groups[entry.group], entry.key, entry.item)
            # The kernel's writing is not counted by torch; another hand's is.
            ours = present is number and number._version == 0 if entry.on_device else present == number
            if not ours:
                raise Refused(
                    f"another hand wrote `{entry.key}` of the optimizer's group {entry.group}. A number has one writer: take the other "
                    "scheduler, callback or assignment away, or leave this output out of the policy"
                )


# ------------------------------------------------------------------------------------------------------------- attaching


def _device_of(optimizer: torch.optim.Optimizer) -> torch.device:
    devices = {parameter.device for group in optimizer.param_groups for parameter in group["params"]}
    if len(devices) == 1:
        return devices.pop()
    raise Refused(
        f"the optimizer's parameters are on {', '.join(sorted(map(str, devices)))}, and a schedule's memory is on one device: "
        "make an optimizer and a DeviceScheduler for each"
    )


def _must_be_capturable(optimizer: torch.optim.Optimizer) -> None:
    """By the step that torch wrote, which asks for it while a stream is captured."""
    name = type(optimizer).__name__
    if not type(optimizer).step.__module__.startswith("torch.optim."):
        return
    for index, group in enumerate(optimizer.param_groups):
        if group.get("fused") and group.get("capturable") is False:
            raise Refused(
                f"torch captures no update of {name} whose group {index} has capturable=False, fused or not: make it with fused=True, capturable=True"
            )


def _fused(optimizer: torch.optim.Optimizer) -> str:
    return "fused=True, capturable=True" if "capturable" in optimizer.defaults else "fused=True"


def _entries(run: Run, optimizer: torch.optim.Optimizer, targets: list[Target], tensors: frozenset[str]) -> list[_Entry]:
    result = []
    for group, key, *slots in targets:
        on_device = key in tensors | _read_on_device(optimizer, group)
        for item, slot in enumerate(slots):
            if slot < 0:
                continue
            if not on_device:
                _must_not_move(run, optimizer, group, key, slot)
            result.append(_Entry(group, key, item if len(slots) == 2 else None, slot, on_device))
    return result


def _read_on_device(optimizer: torch.optim.Optimizer, group: int) -> frozenset[str]:
    options = optimizer.param_groups[group]
    way = "fused" if options.get("fused") else "capturable" if options.get("capturable") else None
    if way == "capturable" and (options.get("foreach") is False or options.get("differentiable")):
        way = "single"
    # By its own class: what a subclass does with a number, nobody knows.
    if way is None or not type(optimizer).__module__.startswith("torch.optim."):
        return frozenset()
    return _READ_ON_DEVICE[way].get(type(optimizer).__name__, frozenset())


def _must_not_move(run: Run, optimizer: torch.optim.Optimizer, group: int, key: str, slot: int) -> None:
    of_run, output = divmod(slot, len(run.outputs))
    if run.is_constant(output, of_run):
        return
    name = type(optimizer).__name__
    raise Refused(
        f"{name} reads `{key}` of its group {group} on the host, which a captured graph does once, and the policy moves {run.outputs[output]}: "
        f"it would be frozen. {_fix(name, key, run.outputs[output])}"
    )


def _fix(name: str, key: str, output: str) -> str:
    fused, capturable, single = (key in _READ_ON_DEVICE[way].get(name, ()) for way in ("fused", "capturable", "single"))
    if capturable or single:
        others = "" if single and capturable else ", foreach=False" if single else ", without foreach=False and differentiable=True"
        return f"Make it with capturable=True{others}{', fused=True or not' if fused else ''}: then it reads a tensor on the device"
    if fused:
        return "Make it with fused=True: then it reads a tensor on the device"
    if key == "weight_decay":
        return (
            "Say handled=['weight_decay'], make the optimizer with weight_decay=0, and before its step multiply the parameters of group g by "
            "1 - scheduler.tensor('lr', g) * scheduler.tensor('weight_decay', g), which is what AdamW does; or keep it constant in the policy"
        )
    return (
        f"Keep {output} constant in the policy; or say handled=['{output}'] and let your own kernel read scheduler.tensor('{output}'); or, where "
        f"this optimizer reads it on the device all the same (another library's, compiled code), say tensors=['{key}']"
    )


def _put(place: torch.Tensor, value: torch.Tensor | float) -> None:
    if isinstance(value, torch.Tensor):
        place.copy_(value.detach().reshape(()))
    else:
        place.fill_(value)
