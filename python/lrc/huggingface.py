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

from lrc.errors import Refused, ScheduleWarning
from lrc.policy import Policy
from lrc.torch import Scheduler, parameter_groups


def optimizers(
    model: torch.nn.Module,
    policy: Policy | str | PathLike[str],
    *,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
    options: Mapping[str, Any] | None = None,
    handled: tuple[str, ...] = (),
    **facts: Any,
) -> tuple[torch.optim.Optimizer, Scheduler]:
    """What Trainer takes as `optimizers`: an optimizer of the policy's groups, made with `options`, and its scheduler."""
    made = optimizer(parameter_groups(model, policy, **facts), **{"lr": 1.0, **(options or {})})
    return made, Scheduler(made, policy, handled=handled, **facts)


class Callback(TrainerCallback):
    """Compares the trainer's plan with the policy's, gives evaluations to its rules, and puts into the logs the lr that
    the last update used. `sinks` get each event as a line of JSON."""

    def __init__(self, scheduler: Scheduler, *sinks: Callable[[str], object]) -> None:
        self.scheduler, self.sinks = scheduler, sinks

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
        if state.global_step != self.scheduler.last_epoch:
            raise Refused(
                f"the trainer goes on at update {state.global_step}, and the schedule stands at {self.scheduler.last_epoch}: its state "
                "is not in this checkpoint"
            )

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        for name, value in (metrics or {}).items():
            if isinstance(value, (int, float)):
                self.scheduler.observe(name, float(value), state.global_step)
        self._pass_events_on()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        if logs is not None and "learning_rate" in logs and self.scheduler.last_epoch > 0:
            logs["learning_rate"] = self.scheduler.used("lr")
        self._pass_events_on()

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._pass_events_on()

    def _pass_events_on(self) -> None:
        for line in self.scheduler.run.event_lines():
            for sink in self.sinks:
                sink(line)
