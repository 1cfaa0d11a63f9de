"""A policy as a PyTorch scheduler.

    optimizer = AdamW(lrc.torch.parameter_groups(model, policy), lr=0.0)
    scheduler = lrc.torch.Scheduler(optimizer, policy, run="100K steps", peak=3e-4)

The schedule's clock is the number of updates that the optimizer applied. It is counted where they happen, by hooks of the
optimizer: calls of `scheduler.step()` may come once an update, once a micro-batch, once a process, once an epoch or
not at all, and the schedule is the same.
"""
from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, NamedTuple, ParamSpec, TypeVar

import torch
from torch.optim.lr_scheduler import LRScheduler

from lrc import _lrc
from lrc.agree import Agreement, Disagreement, RankMissing
from lrc.errors import Refused, ScheduleWarning, WrongCall
from lrc.policy import Observation, Policy, Run, compile

__all__ = ["Agreement", "Disagreement", "RankMissing", "Scheduler", "parameter_groups"]

_STATE = "lrc torch 1"
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
_PAIRS = {"beta1": ("betas", 0), "beta2": ("betas", 1)}


def parameter_groups(
    model: torch.nn.Module | Iterable[tuple[str, torch.nn.Parameter]], policy: Policy | Run | str | PathLike[str], **facts: Any
) -> list[dict[str, Any]]:
    """The parameter groups of an optimizer: one for each set of the policy's groups that has parameters, with their
    names. Parameters that need no gradient are left out; those of frozen groups are in. `facts` as of `Policy.bind`."""
    named = model.named_parameters() if isinstance(model, torch.nn.Module) else model
    parameters = [(name, tensor) for name, tensor in named if tensor.requires_grad]
    if not parameters:
        raise WrongCall("no parameter needs a gradient: there is nothing to make groups of")
    run = _bound(policy, [name for name, _ in parameters], facts)
    members: dict[int, list[tuple[str, torch.nn.Parameter]]] = {}
    for parameter, group in zip(parameters, run.group_of_names):
        members.setdefault(group, []).append(parameter)
    return [{"params": members[group]} for group in sorted(members)]


def _bound(policy: Policy | Run | str | PathLike[str], names: list[str], facts: Mapping[str, Any]) -> Run:
    if isinstance(policy, Run):
        if facts:
            raise WrongCall(f"the run is bound already: {', '.join(facts)} cannot be given again")
        return policy
    if not isinstance(policy, Policy):
        policy = compile(policy)
    return policy.bind(names=names, **facts)


# What TorchDynamo does with the frames of this thread: None outside of what it traces, and of what compiled code calls.
_tracing = getattr(torch._C._dynamo.eval_frame, "get_eval_frame_callback", None)


def _uncompiled(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """As torch.compiler.disable, which takes longer than an update of the schedule: it is asked only where something is
    being compiled. A traced hook would be compiled anew for each value."""
    disabled: Callable[_Parameters, _Result] = torch.compiler.disable(function)
    if _tracing is None:
        return disabled

    @functools.wraps(function)
    def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        return function(*args, **kwargs) if _tracing() is None else disabled(*args, **kwargs)

    return call


class _TensorEntry(NamedTuple):
    """A number of the optimizer that is a tensor: it is filled in place, so that compiled code and captured graphs
    see the new value and nothing is compiled again."""

    group: int
    key: str
    item: int | None  # of a pair
    tensor: torch.Tensor
    slot: int


class Scheduler(LRScheduler):
    """Sets what a policy schedules (lr, momentum, betas from beta1 and beta2, weight_decay, eps, any other number of
    the optimizer that an output is named after) to what the coming update uses.

    `policy`   text, path, Policy, or Run; with the facts that `Policy.bind` takes: run, peak, batch, rates, parameters.
    `groups`   of each parameter group of the optimizer, the policy's group; found by the parameters' names where the
               optimizer knows them (`parameter_groups`, or an optimizer that was given named parameters).
    `handled`  outputs that the trainer acts on itself: it reads them with `value("grad_clip")`.
    `clock`    "optimizer": the optimizer's hooks count its updates. "calls": each call of `step` is one update, for an
               optimizer whose hooks are not called (its step is inside compiled code, or is another library's).
    `resume`   how a state of another policy or of other facts is gone on from, such as "rewarm over 500 steps".
    `conflict` "error" or "warn" when another hand writes a number that the policy schedules.
    `freeze`   whether requires_grad of the parameters of frozen groups follows the policy.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        policy: Policy | Run | str | PathLike[str],
        *,
        groups: Sequence[str | int] | None = None,
        handled: Sequence[str] = (),
        clock: str = "optimizer",
        resume: str | None = None,
        conflict: str = "error",
        freeze: bool = True,
        **facts: Any,
    ) -> None:
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not a torch.optim.Optimizer")
        _choice("clock", clock, ("optimizer", "calls"))
        _choice("conflict", conflict, ("error", "warn"))
        _only_one(optimizer)
        self.optimizer = optimizer
        self.clock, self.resume, self.conflict, self.freeze = clock, resume, conflict, freeze
        self.run = _bound(policy, _names(optimizer), facts)
        self._group_of = _assignment(self.run, optimizer, groups)
        self._targets = _targets(self.run, optimizer, self._group_of, frozenset(handled))
        self._calls = _Calls()
        self._foreign: str | None = None  # why the optimizer's numbers seem to be another update's
        self._used: list[float] = []
        self._thaw_at = [self.run.frozen_until(group) for group in self._group_of]
        self._thaws = self.freeze and any(self._thaw_at)
        self._tensors = _tensor_entries(optimizer, self._targets)
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", _number(group["lr"]))
        self.base_lrs = [_number(group["initial_lr"]) for group in optimizer.param_groups]
        self._hooks = [optimizer.register_load_state_dict_post_hook(self._after_load)]
        if clock == "optimizer":
            self._hooks.append(optimizer.register_step_pre_hook(_uncompiled(self._before_update)))
            self._hooks.append(optimizer.register_step_post_hook(_uncompiled(self._after_update)))
        self._attach()
        vanishing = _vanishing(self.run, optimizer, self._group_of)
        if vanishing is not None:
            warnings.warn(vanishing, ScheduleWarning, stacklevel=2)

    # --------------------------------------------------------------------------------------------- the trainer's calls

    @_uncompiled
    def step(self, epoch: int | None = None) -> None:
        """One call an update, if you like; with clock="calls" it is the update. Moves nothing else."""
        if epoch is not None:
            raise WrongCall("the clock is not set from outside: load a state, with the word `rewind to N` if need be")
        if self.clock == "calls":
            self._check()
            self._advance()
            return
        message = self._calls.called(self.last_epoch)
        if message is not None:
            warnings.warn(message, ScheduleWarning, stacklevel=3)  # behind the decorator

    def get_lr(self) -> list[float]:
        """Of the coming update, by parameter group of the optimizer."""
        return [self.value("lr", group) for group in range(len(self._group_of))]

    def get_last_lr(self) -> list[float]:
        """As `get_lr`: what the optimizer's groups hold. What the last update used is `used("lr")`."""
        return self.get_lr()

    def value(self, output: str = "lr", group: int = 0) -> float:
        """What the coming update uses, in a parameter group of the optimizer."""
        return self.run.value(output, self._group_of[group])

    def used(self, output: str = "lr", group: int = 0) -> float:
        """What the last applied update used: the number to log beside its loss."""
        if not self._used:
            raise WrongCall("no update was applied yet")
        return self._used[_slot(self.run, self.run.outputs.index(output), self._group_of[group])]

    def observe(self, metric: str, value: float, evaluation: int) -> Observation:
        """As `Run.observe`; what rules do is in the optimizer at once."""
        observation = self.run.observe(metric, value, evaluation)
        self._write()
        return observation

    def events(self) -> Iterator[dict[str, Any]]:
        return self.run.events()

    def keep_clock(self) -> None:
        """The optimizer's loaded state comes from another schedule, and this one stands where it should."""
        self._foreign = None

    def detach(self) -> None:
        """Takes the hooks off the optimizer, whose numbers stay."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    # ------------------------------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """Plain types only: it loads with weights_only=True. `record` is all of it; the rest is for readers."""
        return {
            "format": _STATE,
            "record": self.run.save(),
            "last_epoch": self.last_epoch,
            "_step_count": self._step_count,
            "_last_lr": self.get_lr(),
        }

    def load_state_dict(self, state_dict: dict[str, Any], word: str | None = None) -> None:
        """Goes on from a state, before or after the optimizer's own is loaded. One of another policy or of other facts
        is refused with a report, unless `word` (or `resume`) says how to go on."""
        record = state_dict.get("record")
        if state_dict.get("format") != _STATE or not isinstance(record, str):
            raise Refused(
                "this is no state of lrc.torch.Scheduler but another scheduler's: the checkpoint was written with another "
                f"schedule (its fields: {', '.join(map(str, state_dict))}). Start the policy where that run stands, or "
                "go on with the scheduler that wrote it"
            )
        self.run.load(record, word or self.resume)
        self._foreign = None
        self._calls = _Calls()
        self._attach()

    # -------------------------------------------------------------------------------------------------------- the hooks

    def _before_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        self._check()

    def _after_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        # A fused optimizer is called by GradScaler in any case and skips the update by itself.
        found_inf = getattr(optimizer, "found_inf", None)
        if found_inf is None or not float(found_inf):
            self._advance()

    def _after_load(self, optimizer: torch.optim.Optimizer) -> None:
        self._foreign = self._why_foreign()
        self._put_tensors_back()
        self._attach()

    def _advance(self) -> None:
        """An update was applied: the next one's values, in the optimizer."""
        self._used = self._values
        self._writer.advance()
        self._after_move()

    # ------------------------------------------------------------------------------------------------------ the numbers

    def _attach(self) -> None:
        """To the dicts that are the optimizer's groups now: loading a state replaces them."""
        filled = {(entry.group, entry.key) for entry in self._tensors}
        plain = [target for target in self._targets if target[:2] not in filled]
        self._written_targets = plain
        self._writer = _lrc.Writer(self.run, self.optimizer.param_groups, plain)
        self._versions: dict[int, int] = {}
        self._frozen: list[bool | None] = [None] * len(self._group_of)
        self._write()

    def _write(self) -> None:
        self._writer.write()
        self._after_move()

    def _after_move(self) -> None:
        self.last_epoch = self.run.step
        self._step_count = self.last_epoch + 1
        self._values = self._writer.values()
        for entry in self._tensors:
            self._fill(entry)
        if self._thaws:
            self._freeze()

    def _fill(self, entry: _TensorEntry) -> None:
        with torch.no_grad():
            entry.tensor.fill_(self._writer.value(entry.slot))
        self._versions[id(entry.tensor)] = entry.tensor._version

    def _freeze(self) -> None:
        for index, until in enumerate(self._thaw_at):
            frozen = self.last_epoch < until
            if until == 0 or self._frozen[index] == frozen:
                continue
            self._frozen[index] = frozen
            for parameter in self.optimizer.param_groups[index]["params"]:
                parameter.requires_grad_(not frozen)
                if frozen:
                    parameter.grad = None

    # --------------------------------------------------------------------------------------------- other hands' writing

    def _check(self) -> None:
        if self._foreign is not None:
            raise Refused(self._foreign)
        changed = self._writer.check(self.optimizer.param_groups)
        if changed == -1:
            self._take_new_groups()
        elif changed is not None:
            group, key = self._written_targets[changed][:2]
            self._report_conflict(group, key, self.optimizer.param_groups[group].get(key))
        for entry in self._tensors:
            if not self._is_ours(entry):
                present = _entry_of(self.optimizer, entry)
                self._report_conflict(entry.group, entry.key, present)
                self._put_tensors_back()
                self._fill(entry)

    def _is_ours(self, entry: _TensorEntry) -> bool:
        return _entry_of(self.optimizer, entry) is entry.tensor and self._versions[id(entry.tensor)] == entry.tensor._version

    def _report_conflict(self, group: int, key: str, found: Any) -> None:
        wanted = [self._wanted(slot) for slot in self._slots(group, key)]
        message = (
            f"another hand wrote `{key}` of the optimizer's group {group}: it is {_shown(found)}, and the policy says "
            f"{', '.join(f'{value:g}' for value in wanted)} for update {self.last_epoch}. A number has one writer: take "
            "the other scheduler, callback or assignment away, or leave this output out of the policy"
        )
        if self.conflict == "error":
            raise Refused(message)
        warnings.warn(message + " (the policy's value is used)", ScheduleWarning, stacklevel=4)
        self._writer.write()

    def _slots(self, group: int, key: str) -> list[int]:
        return [slot for target in self._targets if target[:2] == (group, key) for slot in target[2:] if slot >= 0]

    def _wanted(self, slot: int) -> float:
        return self._writer.value(slot)

    def _take_new_groups(self) -> None:
        """Groups were added, or the list was replaced without load_state_dict."""
        groups = self.optimizer.param_groups
        if len(groups) != len(self._group_of) and len(self.run.groups) > 1:
            raise Refused(
                f"the optimizer has {len(groups)} parameter groups, and the policy was given {len(self._group_of)}: which of "
                "the policy's groups a new one belongs to is not known. Give all of them to the optimizer at once "
                "(lrc.torch.parameter_groups; frozen ones cost nothing until they thaw), or make a new Scheduler"
            )
        self._group_of = [*self._group_of, *[0] * (len(groups) - len(self._group_of))][: len(groups)]
        self._thaw_at = [self.run.frozen_until(group) for group in self._group_of]
        self._thaws = self.freeze and any(self._thaw_at)
        handled = frozenset(self.run.outputs) - {_PAIRS.get(t[1], (t[1],))[0] for t in self._targets} - set(_PAIRS)
        self._targets = _targets(self.run, self.optimizer, self._group_of, handled)
        self._tensors = _tensor_entries(self.optimizer, self._targets)
        self._attach()

    def _why_foreign(self) -> str | None:
        """A loaded optimizer has the numbers of the update that was coming when it was saved. Where they are not those
        of this clock, the scheduler's own state is still to be loaded, or was never saved."""
        for index, group in enumerate(self.optimizer.param_groups):
            if index >= len(self._group_of) or "lr" not in self.run.outputs:
                return None
            found, wanted = _number(group["lr"]), self.value("lr", index)
            if found != wanted and not _rounds_to(wanted, group["lr"]):
                return (
                    f"the optimizer's loaded state had lr {found:g} in group {index}, and update {self.last_epoch}, where the "
                    f"schedule stands, uses {wanted:g}: the scheduler's state was not loaded with it. Load it too "
                    "(scheduler.load_state_dict); or, where the optimizer comes from another schedule and this one is "
                    "right, call scheduler.keep_clock()"
                )
        return None

    def _put_tensors_back(self) -> None:
        """Loading an optimizer puts copies where our tensors were, which compiled code does not know."""
        for entry in self._tensors:
            group = self.optimizer.param_groups[entry.group]
            if entry.item is None:
                group[entry.key] = entry.tensor
            else:
                pair = list(group[entry.key])
                pair[entry.item] = entry.tensor
                group[entry.key] = tuple(pair)


class _Calls:
    """Whether the trainer calls `step` once an update; says once what else it does."""

    _WITHOUT_UPDATE = (
        "scheduler.step() was called {calls} times for one update of the optimizer: the schedule moved once, since it counts "
        "updates. Gradient accumulation that calls it for each micro-batch does this, and so does a scheduler that went through "
        "accelerator.prepare(), which calls it once per process: don't prepare it, and drop the call or make it once an "
        "update. If the optimizer did apply updates (its step is inside compiled code), pass clock=\"calls\""
    )
    _MANY_UPDATES = (
        "scheduler.step() was called after {updates} updates of the optimizer, as for each epoch (Lightning's default interval): "
        "the schedule moved with every update, not once. Drop the call, or set the interval to the step"
    )

    def __init__(self) -> None:
        self._last: int | None = None
        self._repeated = 1
        self._said = False

    def called(self, updates: int) -> str | None:
        before, self._last = self._last, updates
        self._repeated = self._repeated + 1 if updates == before else 1
        if self._said or before is None:
            return None
        if self._repeated > 1:
            self._said = True
            return self._WITHOUT_UPDATE.format(calls=self._repeated)
        if updates - before > 1:
            self._said = True
            return self._MANY_UPDATES.format(updates=updates - before)
        return None


# ------------------------------------------------------------------------------------------------------------- attaching


def _choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise WrongCall(f"{name}={value!r} is none of {', '.join(choices)}")


def _only_one(optimizer: torch.optim.Optimizer) -> None:
    for hook in optimizer._optimizer_load_state_dict_post_hooks.values():
        if isinstance(getattr(hook, "__self__", None), Scheduler):
            raise Refused("the optimizer has an lrc scheduler already: call its detach() first, or put both policies into one")


def _names(optimizer: torch.optim.Optimizer) -> list[str]:
    """Of all parameters, group by group; none where a group does not know them."""
    groups = optimizer.param_groups
    if not all("param_names" in group for group in groups):
        return []
    return [name for group in groups for name in group["param_names"]]


def _assignment(run: Run, optimizer: torch.optim.Optimizer, groups: Sequence[str | int] | None) -> list[int]:
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


def _slot(run: Run, output: int, group: int) -> int:
    """As lrc_values orders them."""
    return group * len(run.outputs) + output


_Target = tuple[int, str, int] | tuple[int, str, int, int]


def _targets(run: Run, optimizer: torch.optim.Optimizer, group_of: list[int], handled: frozenset[str]) -> list[_Target]:
    """Where each output goes: (group of the optimizer, key, slot), or two slots of a pair."""
    unknown = handled - set(run.outputs)
    if unknown:
        raise WrongCall(f"handled names {', '.join(sorted(unknown))}, of which the policy says nothing; it has {', '.join(run.outputs)}")
    outputs = [output for output in run.outputs if output not in handled]
    missing = [output for output in outputs if not all(_has(group, output) for group in optimizer.param_groups)]
    if missing:
        raise Refused(
            f"nobody acts on {', '.join(missing)}: {type(optimizer).__name__} has no such number in every parameter group. Say "
            f"handled={missing!r} and read it with scheduler.value({missing[0]!r}), or take it out of the policy"
        )
    targets: list[_Target] = []
    for index, group in enumerate(group_of):
        slots = {output: _slot(run, run.outputs.index(output), group) for output in outputs}
        targets += [(index, output, slot) for output, slot in slots.items() if output not in _PAIRS]
        if slots.keys() & _PAIRS.keys():
            targets.append((index, "betas", slots.get("beta1", -1), slots.get("beta2", -1)))
    return targets


def _has(group: dict[str, Any], output: str) -> bool:
    if output in _PAIRS:
        return len(group.get("betas", ())) == 2
    value = group.get(output)
    return isinstance(value, (int, float, torch.Tensor)) and not isinstance(value, bool)


def _tensor_entries(optimizer: torch.optim.Optimizer, targets: list[_Target]) -> list[_TensorEntry]:
    entries = []
    for target in targets:
        group, key, *slots = target
        present = optimizer.param_groups[group][key]
        if isinstance(present, torch.Tensor):
            entries.append(_TensorEntry(group, key, None, present, slots[0]))
        elif len(slots) == 2:
            tensors = [(k, present[k], slot) for k, slot in enumerate(slots) if isinstance(present[k], torch.Tensor) and slot >= 0]
            entries += [_TensorEntry(group, key, k, tensor, slot) for k, tensor, slot in tensors]
    return _unshared(optimizer, entries)


def _unshared(optimizer: torch.optim.Optimizer, entries: list[_TensorEntry]) -> list[_TensorEntry]:
    """torch gives each group the default's one tensor: groups with values of their own need one each."""
    slots: dict[int, int] = {}
    result = []
    for entry in entries:
        if slots.setdefault(id(entry.tensor), entry.slot) != entry.slot:
            entry = entry._replace(tensor=entry.tensor.clone())
            if entry.item is None:
                optimizer.param_groups[entry.group][entry.key] = entry.tensor
        result.append(entry)
    return result


def _entry_of(optimizer: torch.optim.Optimizer, entry: _TensorEntry) -> Any:
    present = optimizer.param_groups[entry.group].get(entry.key)
    return present if entry.item is None or not isinstance(present, (tuple, list)) else present[entry.item]


_LEAST_OF_FLOAT16 = 2.0**-24  # its smallest number above 0
_UPDATES_LOOKED_AT = 1_000


def _vanishing(run: Run, optimizer: torch.optim.Optimizer, group_of: list[int]) -> str | None:
    """Whether parameters in float16 meet an lr that rounds to 0 in it, at one of a thousand updates over the run."""
    if "lr" not in run.outputs or run.updates is None:
        return None
    steps = range(0, run.updates, max(1, run.updates // _UPDATES_LOOKED_AT))
    for index, group in enumerate(optimizer.param_groups):
        if all(parameter.dtype != torch.float16 for parameter in group["params"]):
            continue
        for step, value in zip(steps, run.values(steps, group=group_of[index])):
            if 0 < value < _LEAST_OF_FLOAT16 / 2:
                return (
                    f"lr is {value:.2g} at update {step} in group {index}, whose parameters are float16: that type has nothing between 0 "
                    "and 6e-08, so such updates vanish. Keep master weights in float32, or `clamp lr to 6e-8 .. 1` in the policy"
                )
    return None


def _number(value: Any) -> float:
    return float(value.item() if isinstance(value, torch.Tensor) else value)


def _rounds_to(wanted: float, present: Any) -> bool:
    """A tensor holds the value rounded to its type."""
    if not isinstance(present, torch.Tensor):
        return math.isnan(wanted)
    return bool(torch.tensor(wanted, dtype=present.dtype) == present.detach().cpu())


def _shown(value: Any) -> str:
    return f"{_number(value):g}" if isinstance(value, (int, float, torch.Tensor)) else repr(value)
