"""A policy as a PyTorch scheduler.

    optimizer = AdamW(lrc.torch.parameter_groups(model, policy), lr=0.0)
    scheduler = lrc.torch.Scheduler(optimizer, policy, run="100K steps", peak=3e-4)

The schedule's clock is the number of updates that the optimizer applied. It is counted where they happen, by hooks of the
optimizer: calls of `scheduler.step()` may come once an update, once a micro-batch, once a process, once an epoch or
not at all, and the schedule is the same.
"""
from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from typing import Any, NamedTuple

import torch
from torch.optim.lr_scheduler import LRScheduler

from lrc import _lrc
from lrc.agree import Agreement, Disagreement, RankMissing
from lrc.attach import (
    PAIRS, Attached, Target, assignment, bound_run, choice, hooked, is_nested, names_of, number_at, number_of, only_makes_state,
    only_one, put_number, record_of, slot_of, state_of, targets_of, uncompiled, why_used,
)
from lrc.device import DeviceScheduler
from lrc.errors import Refused, ScheduleWarning, WrongCall
from lrc.policy import Observation, Policy, Run

__all__ = ["Agreement", "DeviceScheduler", "Disagreement", "RankMissing", "Scheduler", "parameter_groups"]


def parameter_groups(
    model: torch.nn.Module | Iterable[tuple[str, torch.nn.Parameter]], policy: Policy | Run | str | PathLike[str], **facts: Any
) -> list[dict[str, Any]]:
    """The parameter groups of an optimizer: one for each set of the policy's groups that has parameters, with their
    names. Parameters that need no gradient are left out; those of frozen groups are in. `facts` as of `Policy.bind`."""
    named = model.named_parameters() if isinstance(model, torch.nn.Module) else model
    parameters = [(name, tensor) for name, tensor in named if tensor.requires_grad]
    if not parameters:
        raise WrongCall("no parameter needs a gradient: there is nothing to make groups of")
    run = bound_run(policy, [name for name, _ in parameters], facts)
    members: dict[int, list[tuple[str, torch.nn.Parameter]]] = {}
    for parameter, group in zip(parameters, run.group_of_names):
        members.setdefault(group, []).append(parameter)
    return [{"params": members[group]} for group in sorted(members)]


class _TensorEntry(NamedTuple):
    """A number of the optimizer that is a tensor: it is filled in place, so that compiled code and captured graphs
    see the new value and nothing is compiled again."""

    group: int
    key: str
    item: int | None  # of a pair
    tensor: torch.Tensor
    slot: int


class Scheduler(Attached, LRScheduler):
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
    `freeze`   whether requires_grad of the parameters of frozen groups follows the policy; of those that needed a gradient.
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
        optimizer = hooked(optimizer)
        choice("clock", clock, ("optimizer", "calls"))
        choice("conflict", conflict, ("error", "warn"))
        only_one(optimizer)
        self.optimizer = optimizer
        self.clock, self.resume, self.conflict, self.freeze = clock, resume, conflict, freeze
        self.run = bound_run(policy, names_of(optimizer), facts)
        self._group_of = assignment(self.run, optimizer, groups)
        self._targets = targets_of(self.run, optimizer, self._group_of, frozenset(handled))
        self._calls = _Calls()
        self._foreign = why_used(self.run, optimizer)
        self._inside = self._nested = self._makes_state = False  # of a step; whether steps call one another
        self._used: list[float] = []
        self._thaw_at = [self.run.frozen_until(group) for group in self._group_of]
        self._thaws = self.freeze and any(self._thaw_at)
        self._needs_gradient = [_needs_gradient(group) for group in optimizer.param_groups]
        self._tensors = _tensor_entries(optimizer, self._targets)
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", number_of(group["lr"]))
        self.base_lrs = [number_of(group["initial_lr"]) for group in optimizer.param_groups]
        self._hooks = [optimizer.register_load_state_dict_post_hook(self._after_load)]
        if clock == "optimizer":
            self._hooks.append(optimizer.register_step_pre_hook(uncompiled(self._before_update)))
            self._hooks.append(optimizer.register_step_post_hook(uncompiled(self._after_update)))
        self._attach()
        never = _never_thawing(self.run, optimizer, self._thaw_at, self._needs_gradient) if freeze else None
        for wrong in (never, _vanishing(self.run, optimizer, self._group_of)):
            if wrong is not None:
                warnings.warn(wrong, ScheduleWarning, stacklevel=2)

    # --------------------------------------------------------------------------------------------- the trainer's calls

    @uncompiled
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
        """Of the coming update, by parameter group of the optimizer; the optimizer's own where the policy has no lr."""
        if "lr" not in self.run.outputs:
            return [number_of(group["lr"]) for group in self.optimizer.param_groups]
        return [self.value("lr", group) for group in range(len(self._group_of))]

    def get_last_lr(self) -> list[float]:
        """As `get_lr`: what the optimizer's groups hold. What the last update used is `used("lr")`."""
        return self.get_lr()

    @property
    def _last_lr(self) -> list[float]:  # what readers of torch's schedulers look at
        return self.get_last_lr()

    @_last_lr.setter
    def _last_lr(self, ignored: list[float]) -> None:  # wrappers write it, which moves nothing here
        pass

    def value(self, output: str = "lr", group: int = 0) -> float:
        """What the coming update uses, in a parameter group of the optimizer."""
        return self.run.value(output, self._group_of[group])

    def used(self, output: str = "lr", group: int = 0) -> float:
        """What the last applied update used: the number to log beside its loss."""
        if not self._used:
            raise WrongCall("no update was applied yet")
        return self._used[slot_of(self.run, self.run.outputs.index(output), self._group_of[group])]

    def observe(self, metric: str, value: float, evaluation: int) -> Observation:
        """As `Run.observe`; what rules do is in the optimizer at once."""
        observation = self.run.observe(metric, value, evaluation)
        self._write()
        return observation

    def events(self) -> Iterator[dict[str, Any]]:
        return self.run.events()

    # ------------------------------------------------------------------------------------------------------------ state

    def state_dict(self) -> dict[str, Any]:
        """Plain types only: it loads with weights_only=True. `record` is all of it; the rest is for readers."""
        return state_of(self.run, self._group_of)

    def load_state_dict(self, state_dict: dict[str, Any], word: str | None = None) -> None:
        """Goes on from a state, before or after the optimizer's own is loaded. One of another policy or of other facts
        is refused with a report, unless `word` (or `resume`) says how to go on."""
        word = word or self.resume
        self.run.load(record_of(state_dict), word)
        self._state_came(word)
        self._calls = _Calls()
        self._used = []
        self._attach()

    # -------------------------------------------------------------------------------------------------------- the hooks

    def _before_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        if self._inside and is_nested(optimizer):
            self._nested = True
            return
        self._inside = True
        self._makes_state = not optimizer.state and not self._wrote_lr() and only_makes_state(optimizer)
        if not self._makes_state:
            self._check()

    def _after_update(self, optimizer: torch.optim.Optimizer, args: Any, kwargs: Any) -> None:
        if self._nested and is_nested(optimizer):
            return
        self._inside = False
        if self._makes_state:
            return
        # A fused optimizer is called by GradScaler in any case and skips the update by itself.
        found_inf = getattr(optimizer, "found_inf", None)
        if found_inf is None or not float(found_inf):
            self._advance()

    def _after_load(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer_came()
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
        self._lr_at = next(((group, slot) for group, key, slot, *_ in plain if key == "lr"), None)
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
            self._require_gradients(index, not frozen)

    def _require_gradients(self, index: int, wanted: bool) -> None:
        """Of a group's parameters that needed one when the scheduler met them; the others are the trainer's."""
        for parameter, needed in zip(self.optimizer.param_groups[index]["params"], self._needs_gradient[index]):
            if not needed:
                continue
            parameter.requires_grad_(wanted)
            if wanted:
                vars(parameter).pop(_FROZEN, None)
            else:
                parameter.grad = None
                setattr(parameter, _FROZEN, True)

    def detach(self) -> None:
        """Takes the hooks off the optimizer, whose numbers stay as they are; frozen parameters need gradients again."""
        super().detach()
        for index, frozen in enumerate(self._frozen):
            if frozen:
                self._require_gradients(index, True)

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

    def _wrote_lr(self) -> bool:
        """Whether the first lr that the policy schedules is the very object that was put there."""
        if self._lr_at is not None:
            group, slot = self._lr_at
            return self.optimizer.param_groups[group].get("lr") is self._values[slot]
        return any(entry.key == "lr" and _entry_of(self.optimizer, entry) is entry.tensor for entry in self._tensors)

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
        self._needs_gradient += [_needs_gradient(group) for group in groups[len(self._needs_gradient) :]]
        handled = frozenset(self.run.outputs) - {PAIRS.get(t[1], (t[1],))[0] for t in self._targets} - set(PAIRS)
        self._targets = targets_of(self.run, self.optimizer, self._group_of, handled)
        self._tensors = _tensor_entries(self.optimizer, self._targets)
        self._attach()

    def _put_tensors_back(self) -> None:
        """Loading an optimizer puts copies where our tensors were, which compiled code does not know."""
        for entry in self._tensors:
            put_number(self.optimizer.param_groups[entry.group], entry.key, entry.item, entry.tensor)


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


# ------------------------------------------------------------------------------------------------- numbers that are tensors


def _tensor_entries(optimizer: torch.optim.Optimizer, targets: list[Target]) -> list[_TensorEntry]:
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


# Of a parameter that a policy froze: whoever meets it later, in another process or behind a scheduler that nobody
# detached, does not take that for the trainer's wish.
_FROZEN = "_lrc_frozen"
_NEVER = (1 << 63) - 1  # of frozen_until: the group does not thaw


def _needs_gradient(group: dict[str, Any]) -> list[bool]:
    return [parameter.requires_grad or hasattr(parameter, _FROZEN) for parameter in group["params"]]


def _never_thawing(run: Run, optimizer: torch.optim.Optimizer, thaw_at: list[int], needs_gradient: list[list[bool]]) -> str | None:
    """Whether the policy thaws a group under way of which the trainer froze everything."""
    for index, (until, needed) in enumerate(zip(thaw_at, needs_gradient)):
        if 0 < until < (run.updates or _NEVER) and not any(needed):
            return (
                f"the policy thaws group {index} of the optimizer at update {until}, and none of its parameters needs a gradient: they stay "
                "frozen. Call requires_grad_(True) on those that are to thaw, before the scheduler is made; the policy freezes them itself"
            )
    return None


def _entry_of(optimizer: torch.optim.Optimizer, entry: _TensorEntry) -> Any:
    return number_at(optimizer.param_groups[entry.group], entry.key, entry.item)


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


def _shown(value: Any) -> str:
    return f"{number_of(value):g}" if isinstance(value, (int, float, torch.Tensor)) else repr(value)
