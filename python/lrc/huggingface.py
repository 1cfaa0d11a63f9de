"""A policy in the Trainer of transformers.

    optimizer, scheduler = lrc.huggingface.optimizers(model, policy, run="100K steps", peak=3e-4)
    trainer = Trainer(model=model, …, optimizers=(optimizer, scheduler), callbacks=[lrc.huggingface.Callback(scheduler)])
"""
from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from os import PathLike
from typing import Any

import torch
from transformers import TrainerCallback

import lrc.torch
from lrc.errors import Refused, ScheduleWarning
from lrc.policy import Policy


class Scheduler(lrc.torch.Scheduler):
    """Trainer logs `get_last_lr()` behind an update, beside its loss."""

    def get_last_lr(self) -> list[float]:
        """What the last update used, by parameter group of the optimizer; before the first one, what it will use."""
        if not self._used or "lr" not in self.run.outputs:
            return self.get_lr()
        return [self.used("lr", group) for group in range(len(self._group_of))]


def optimizers(
    model: torch.nn.Module,
    policy: Policy | str | PathLike[str],
    *,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
    options: Mapping[str, Any] | None = None,
    handled: tuple[str, ...] = (),
    resume: str | None = None,
    conflict: str = "error",
    freeze: bool = True,
    **facts: Any,
) -> tuple[torch.optim.Optimizer, Scheduler]:
    """What Trainer takes as `optimizers`: an optimizer of the policy's groups, made with `options`, and its scheduler,
    which `handled`, `resume`, `conflict` and `freeze` go to. `facts` as of `Policy.bind`."""
    made = optimizer(lrc.torch.parameter_groups(model, policy, **facts), **{"lr": 1.0, **(options or {})})
    return made, Scheduler(made, policy, handled=handled, resume=resume, conflict=conflict, freeze=freeze, **facts)


class Callback(TrainerCallback):
    """Compares the trainer's plan with the policy's, and gives evaluations to its rules: those of the training, of each
    metric the first one at an update. `sinks` get each event as a line of JSON; without any, `scheduler.events()` has them."""

    def __init__(self, scheduler: lrc.torch.Scheduler, *sinks: Callable[[str], object]) -> None:
        self.scheduler, self.sinks = scheduler, sinks
        self._training = False
        self._evaluated: dict[str, int] = {}  # the last update at which the metric was told

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        planned = self.scheduler.run.updates
        if planned is not None and planned != state.max_steps:
            warnings.warn(
                f"the trainer plans {state.max_steps:,} updates, and the policy's run has {planned:,}: the schedule "
                f"{'is cut off' if planned > state.max_steps else 'ends'} before the training does what it says. Bind it with "
                f"run=\"{state.max_steps} steps\", or set max_steps={planned}",
                ScheduleWarning,
                stacklevel=2,
            )
        self._both_begin_or_go_on(state.global_step)
        self._training = True
        self._evaluated.clear()

    def _both_begin_or_go_on(self, update: int) -> None:
        """They need not stand at one number: the trainer counts skipped updates, and a word may rewind the schedule."""
        stands = self.scheduler.last_epoch
        if stands == update or 0 < stands < update or (update > 0 and self.scheduler.run.report):
            return
        raise Refused(
            f"the trainer goes on at update {update}, and the schedule stands at {stands}: "
            + ("its state is not in this checkpoint. Go on from one that has the scheduler's, saved without save_only_model" if stands == 0
               else "it is another training's. Make both anew with lrc.huggingface.optimizers, or resume from a checkpoint")
        )

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        if not self._training:
            return
        for name, value in (metrics or {}).items():
            if isinstance(value, (int, float)) and self._evaluated.get(name) != state.global_step:
                self._evaluated[name] = state.global_step
                self.scheduler.observe(name, float(value), state.global_step)
        self._pass_events_on()

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._pass_events_on()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._training = False
        self._pass_events_on()

    def _pass_events_on(self) -> None:
        if not self.sinks:
            return
        for line in self.scheduler.run.event_lines():
            for sink in self.sinks:
                sink(line)
