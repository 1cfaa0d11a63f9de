"""Event lines in the loggers that people have. A sink is called with an event, one line of JSON.

    for line in scheduler.run.event_lines(): sink(line)

What is a number becomes a metric of the event's update, `lrc/KIND/FIELD`; every event is counted in `lrc/events/KIND`. Labels are
what they are for the whole run: the policy, its hash and that of the run.
"""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lrc.policy import Run


def labels(run: Run) -> dict[str, str]:
    """What tells this run's schedule from others."""
    return {"lrc.policy": run.policy, "lrc.version": str(run.version or ""), "lrc.hash": run.hash, "lrc.run_hash": run.run_hash}


def _numbers(prefix: str, value: Any) -> dict[str, float]:
    if isinstance(value, bool) or value is None:
        return {}
    if isinstance(value, (int, float)):
        return {prefix: float(value)}
    items = value.items() if isinstance(value, Mapping) else ()
    return {name: number for key, part in items for name, number in _numbers(f"{prefix}/{key}", part).items()}


class _Sink:
    """Turns lines into metrics; `_log` is the logger's."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def __call__(self, line: str) -> None:
        event = json.loads(line)
        kind, update = str(event.pop("event")), int(event.pop("update", 0))
        self._counts[kind] += 1
        self._log({f"lrc/events/{kind}": float(self._counts[kind]), **_numbers(f"lrc/{kind}", event)}, update)

    def values(self, run: Run) -> None:
        """The coming update's values, in each group."""
        names = [(output, group) for output in run.outputs for group in run.groups]
        metrics = {f"lrc/{output}" + (f"/{group}" if group else ""): run.value(output, group) for output, group in names}
        self._log(metrics, run.step)

    def _log(self, metrics: dict[str, float], update: int) -> None:
        raise NotImplementedError


class MLflow(_Sink):
    """Into the active run of mlflow, or `run_id`; the hashes are tags. Where groups are joined, a dot stands for the plus
    of their names, which mlflow takes in none: `lrc/lr/norms.head`."""

    def __init__(self, run: Run, run_id: str | None = None) -> None:
        import mlflow

        super().__init__()
        self._client = mlflow.MlflowClient()
        active = mlflow.active_run()
        if run_id is None and active is None:
            raise ValueError("no run of mlflow is active: open one with mlflow.start_run(), or give run_id")
        self._run_id: str = run_id or active.info.run_id
        for name, value in labels(run).items():
            self._client.set_tag(self._run_id, name, value)

    def _log(self, metrics: dict[str, float], update: int) -> None:
        for name, value in metrics.items():
            self._client.log_metric(self._run_id, name.replace("+", "."), value, step=update)


class WandB(_Sink):
    """Into a run of wandb (`wandb.init()`); the hashes are in its config. Metrics have `lrc/update` as their axis."""

    def __init__(self, run: Run, wandb_run: Any) -> None:
        super().__init__()
        self._wandb = wandb_run
        self._wandb.config.update(labels(run))
        self._wandb.define_metric("lrc/update")
        self._wandb.define_metric("lrc/*", step_metric="lrc/update")

    def _log(self, metrics: dict[str, float], update: int) -> None:
        self._wandb.log({**metrics, "lrc/update": update})


class TensorBoard(_Sink):
    """Into a torch.utils.tensorboard.SummaryWriter."""

    def __init__(self, run: Run, writer: Any) -> None:
        super().__init__()
        self._writer = writer
        self._writer.add_text("lrc", "\n".join(f"    {name} {value}" for name, value in labels(run).items()))

    def _log(self, metrics: dict[str, float], update: int) -> None:
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, update)
