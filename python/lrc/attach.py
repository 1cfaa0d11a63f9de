"""A policy on an optimizer: which group of the policy each parameter group is, and where each output goes. What both
schedulers of lrc.torch do alike."""
from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from types import CodeType, FrameType
from typing import Any, ParamSpec, TypeVar

import torch

from lrc.errors import Refused, WrongCall
from lrc.policy import Policy, Run, compile

_STATE = "lrc torch 1"
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

PAIRS = {"beta1": ("betas", 0), "beta2": ("betas", 1)}


class Attached:
    """Whoever writes an optimizer's numbers, by hooks that are its methods: one for each optimizer."""

    run: Run
    optimizer: torch.optim.Optimizer
    _group_of: list[int]  # of each of the optimizer's groups, the run's
    _hooks: list[Any]
    _foreign: str | None  # why the optimizer's numbers seem to be another update's
    _trusted_at: int | None = None  # the update at which a loaded optimizer may have another one's

    def keep_clock(self) -> None:
        """The optimizer's loaded state comes from another schedule, and this one stands where it should."""
        self._foreign, self._trusted_at = None, self.run.step

    def _state_came(self, word: str | None) -> None:
        """The schedule's. After a word, or a rule between the two savings, the optimizer's that belongs to it has other
        numbers; at 0 it may be a used one's."""
        self._foreign = self._trusted_at = None
        if word or self.run.metrics or self.run.step == 0:
            self.keep_clock()

    def _optimizer_came(self) -> None:
        """The optimizer's state, before the schedule's or after it."""
        trusted = self._trusted_at == self.run.step
        self._foreign = None if trusted else why_foreign(self.run, self.optimizer, self._group_of)

    def detach(self) -> None:
        """Takes the hooks off the optimizer, whose numbers stay as they are."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()


def put_number(group: dict[str, Any], key: str, item: int | None, number: Any) -> None:
    """As a parameter group's `key`, or as one of the pair that stands there."""
    if item is None:
        group[key] = number
    else:
        pair = list(group[key])
        pair[item] = number
        group[key] = tuple(pair)


def number_at(group: dict[str, Any], key: str, item: int | None) -> Any:
    """What stands there; what is no pair where one is asked for, as a whole."""
    present = group.get(key)
    return present if item is None or not isinstance(present, (tuple, list)) else present[item]


# What TorchDynamo does with the frames of this thread: None outside of what it traces, and of what compiled code calls.
_tracing = getattr(torch._C._dynamo.eval_frame, "get_eval_frame_callback", None)
_traced = torch.compiler.is_dynamo_compiling


def uncompiled(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """As torch.compiler.disable, which takes longer than an update of the schedule: it is asked only where something is
    being compiled. A traced hook would be compiled anew for each value."""
    disabled: Callable[_Parameters, _Result] = torch.compiler.disable(function)
    if _tracing is None:
        return disabled

    @functools.wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        # What is traced takes the first to be true, and does not ask the second, of which Dynamo would warn.
        if _traced() or _tracing() is not None:
            return disabled(*args, **kwargs)
        return function(*args, **kwargs)

    return call


# What torch puts around the step of each class of optimizer that one was made of: it calls the hooks.
_HOOKED_STEP: CodeType = getattr(torch.optim.Optimizer.profile_hook_step(lambda optimizer: None), "__code__")


def is_nested(optimizer: torch.optim.Optimizer) -> bool:
    """Whether a hook is called by a step that another step of the optimizer calls, as `super().step()` does: torch calls
    the hooks at both where the base class has been made into an optimizer, too. By the stack, since a step that raised
    calls no hook that could count it out again."""
    frame: FrameType | None = sys._getframe(1)
    steps = 0
    while frame is not None and steps < 2:
        steps += frame.f_code is _HOOKED_STEP and frame.f_locals.get("self") is optimizer
        frame = frame.f_back
    return steps == 2


def only_makes_state(optimizer: torch.optim.Optimizer) -> bool:
    """Whether the step is none of the trainer's but torch.distributed.checkpoint's, which makes an optimizer's state by
    one with an lr of 0 and gradients of zeros. It moves nothing, and is no update."""
    groups = optimizer.param_groups
    if optimizer.state or any("lr" not in group or number_of(group["lr"]) != 0 for group in groups):
        return False
    gradients = [parameter.grad for group in groups for parameter in group["params"] if parameter.grad is not None]
    return bool(gradients) and not any(bool(gradient.any()) for gradient in gradients)


def bound_run(policy: Policy | Run | str | PathLike[str], names: list[str], facts: Mapping[str, Any]) -> Run:
    if isinstance(policy, Run):
        if facts:
            raise WrongCall(f"the run is bound already: {', '.join(facts)} cannot be given again")
        return policy
    if not isinstance(policy, Policy):
        policy = compile(policy)
    return policy.bind(names=names, **facts)


def hooked(given: Any) -> torch.optim.Optimizer:
    """The optimizer whose hooks are called. A wrapper that is one in name only has no hooks of its own: Accelerate's
    calls the step of the one in it once an update."""
    optimizer = given
    while isinstance(optimizer, torch.optim.Optimizer) and not hasattr(optimizer, "_optimizer_step_pre_hooks"):
        optimizer = getattr(optimizer, "optimizer", None)
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"{type(given).__name__} is no torch.optim.Optimizer and has none as its `optimizer`: give the one that makes the updates"
        )
    return optimizer


def choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise WrongCall(f"{name}={value!r} is none of {', '.join(choices)}")


def only_one(optimizer: torch.optim.Optimizer) -> None:
    for hook in optimizer._optimizer_load_state_dict_post_hooks.values():
        if isinstance(getattr(hook, "__self__", None), Attached):
            raise Refused("the optimizer has an lrc scheduler already: call its detach() first, or put both policies into one")


def names_of(optimizer: torch.optim.Optimizer) -> list[str]:
    """Of all parameters, group by group; none where a group does not know them."""
    groups = optimizer.param_groups
    if not all("param_names" in group for group in groups):
        return []
    return [name for group in groups for name in group["param_names"]]


def assignment(run: Run, optimizer: torch.optim.Optimizer, groups: Sequence[str | int] | None) -> list[int]:
    """Of each parameter group of the optimizer, the group of the run."""
    count = len(optimizer.param_groups)
    if groups is not None:
        if len(groups) != count:
            raise WrongCall(f"groups names {len(groups)} groups, and the optimizer has {count}")
        return [_index(run, group) for group in groups]
    if len(run.groups) == 1:
        return [0] * count
    of_names = run.group_of_names
    if len(of_names) != sum(len(group["params"]) for group in optimizer.param_groups):
        raise Refused(
            f"the policy has groups ({', '.join(filter(None, run.groups))}), and the optimizer's parameters have no names to find "
            "theirs by: give the optimizer lrc.torch.parameter_groups(model, policy), or say groups=[…], one for each "
            "parameter group of the optimizer"
        )
    names = iter(of_names)
    return [_single(run, index, {next(names) for _ in group["params"]}) for index, group in enumerate(optimizer.param_groups)]


def _index(run: Run, group: str | int) -> int:
    if isinstance(group, int):
        return group
    if group not in run.groups:
        raise WrongCall(f"the run has no group {group!r}; it has {', '.join(map(repr, run.groups))}")
    return run.groups.index(group)


def _single(run: Run, index: int, found: set[int]) -> int:
    if len(found) == 1:
        return found.pop()
    named = ", ".join(repr(run.groups[group]) for group in sorted(found))
    raise Refused(
        f"the optimizer's group {index} mixes parameters of the policy's groups {named}, which have numbers of their own: "
        "give the optimizer lrc.torch.parameter_groups(model, policy)"
    )


def slot_of(run: Run, output: int, group: int) -> int:
    """As lrc_values orders them."""
    return group * len(run.outputs) + output


Target = tuple[int, str, int] | tuple[int, str, int, int]


def targets_of(
    run: Run, optimizer: torch.optim.Optimizer, group_of: list[int], handled: frozenset[str], reader: str = "value"
) -> list[Target]:
    """Where each output goes: (group of the optimizer, key, slot), or two slots of a pair."""
    unknown = handled - set(run.outputs)
    if unknown:
        raise WrongCall(f"handled names {', '.join(sorted(unknown))}, of which the policy says nothing; it has {', '.join(run.outputs)}")
    outputs = [output for output in run.outputs if output not in handled]
    missing = [output for output in outputs if not all(_has(group, output) for group in optimizer.param_groups)]
    if missing:
        raise Refused(
            f"nobody acts on {', '.join(missing)}: {type(optimizer).__name__} has no such number in every parameter group. Say "
            f"handled={missing!r} and read it with scheduler.{reader}({missing[0]!r}), or take it out of the policy"
        )
    targets: list[Target] = []
    for index, group in enumerate(group_of):
        slots = {output: slot_of(run, run.outputs.index(output), group) for output in outputs}
        targets += [(index, output, slot) for output, slot in slots.items() if output not in PAIRS]
        if slots.keys() & PAIRS.keys():
            targets.append((index, "betas", slots.get("beta1", -1), slots.get("beta2", -1)))
    return targets


def _has(group: dict[str, Any], output: str) -> bool:
    if output in PAIRS:
        return len(group.get("betas", ())) == 2
    value = group.get(output)
    return isinstance(value, (int, float, torch.Tensor)) and not isinstance(value, bool)


def number_of(value: Any) -> float:
    return float(value.item() if isinstance(value, torch.Tensor) else value)


def rounds_to(wanted: float, present: Any) -> bool:
    """A tensor holds the value rounded to its type."""
    if not isinstance(present, torch.Tensor):
        return math.isnan(wanted)
    return bool(torch.tensor(wanted, dtype=present.dtype) == present.detach().cpu())


def why_foreign(run: Run, optimizer: torch.optim.Optimizer, group_of: list[int]) -> str | None:
    """A loaded optimizer has the numbers of the update that was coming when it was saved. Where they are not those of
    the run's clock, the scheduler's own state is still to be loaded, or was never saved."""
    used = why_used(run, optimizer)
    if used is not None:
        return used
    for index, group in enumerate(optimizer.param_groups):
        if index >= len(group_of) or "lr" not in run.outputs:
            return None
        found, wanted = number_of(group["lr"]), run.value("lr", group_of[index])
        if found != wanted and not rounds_to(wanted, group["lr"]):
            return (
                f"the optimizer's loaded state had lr {found:g} in group {index}, and update {run.step}, where the "
                f"schedule stands, uses {wanted:g}: the scheduler's state was not loaded with it. Load it too "
                "(scheduler.load_state_dict); or, where the optimizer comes from another schedule and this one is "
                "right, call scheduler.keep_clock()"
            )
    return None


_INITIAL = 1  # updates that torch.distributed.checkpoint leaves in a state that it made


def why_used(run: Run, optimizer: torch.optim.Optimizer) -> str | None:
    """A schedule at its start on an optimizer that is not, by its own count of updates where it has one."""
    applied = 0 if run.step else max(map(_count_of, optimizer.state.values()), default=0)
    if applied <= _INITIAL:
        return None
    return (
        f"the optimizer's state is that of {applied} updates, and the schedule stands at update 0: the scheduler's state was not loaded with "
        "it. Load it too (scheduler.load_state_dict); or, where a schedule is to start on a used optimizer, as for fine-tuning, call "
        "scheduler.keep_clock()"
    )


def _count_of(state: Any) -> int:
    """Of one parameter's updates: Adam and its like have it."""
    step = state.get("step") if isinstance(state, Mapping) else None
    is_number = isinstance(step, (int, float)) or isinstance(step, torch.Tensor) and step.numel() == 1
    return int(number_of(step)) if is_number else 0


def state_of(run: Run, group_of: list[int]) -> dict[str, Any]:
    """Plain types only. `record` is all of it; the rest is for readers."""
    return {
        "format": _STATE,
        "record": run.save(),
        "last_epoch": run.step,
        "_step_count": run.step + 1,
        "_last_lr": [run.value("lr", group) for group in group_of if "lr" in run.outputs],
    }


def record_of(state_dict: dict[str, Any]) -> str:
    record = state_dict.get("record")
    if state_dict.get("format") == _STATE and isinstance(record, str):
        return record
    raise Refused(
        "this is no state of lrc.torch.Scheduler but another scheduler's: the checkpoint was written with another "
        f"schedule (its fields: {', '.join(map(str, state_dict))}). Start the policy where that run stands, or "
        "go on with the scheduler that wrote it"
    )
