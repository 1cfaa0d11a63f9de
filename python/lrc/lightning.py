"""A policy in a LightningModule.

    def configure_optimizers(self):
        optimizer = AdamW(lrc.torch.parameter_groups(self, policy), lr=1.0)
        return lrc.lightning.configured(lrc.torch.Scheduler(optimizer, policy, run="100K steps", peak=3e-4))
"""
from __future__ import annotations

from typing import Any

from lrc.torch import Scheduler


def configured(scheduler: Scheduler, name: str = "lrc") -> dict[str, Any]:
    """What configure_optimizers returns: the interval is the step, for Lightning's logs; the schedule counts updates in any
    case."""
    return {
        "optimizer": scheduler.optimizer,
        "lr_scheduler": {"scheduler": scheduler, "interval": "step", "frequency": 1, "name": name},
    }
