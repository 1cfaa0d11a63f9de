"""A policy as an Optax schedule.

    optimizer = optax.adamw(lrc.optax.schedule(policy, run="100K steps", peak=3e-4))
"""
from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any

import jax
import numpy
from jax import numpy as jnp

from lrc.policy import Policy, Run, compile

# Updates whose values are put on the device as a table: 4 MiB of float32. Longer runs ask the host.
TABLE_LIMIT = 1 << 20


def schedule(
    policy: Policy | Run | str | PathLike[str], *, output: str = "lr", group: str | int = 0, table_limit: int = TABLE_LIMIT, **facts: Any
) -> Callable[[Any], Any]:
    """A function of the update's number (a scalar or an array of integers) that jit, vmap and scan take. Its
    float32 is the policy's binary64, rounded once. Rules are at rest: a schedule of Optax has no state.
    A run of at most `table_limit` updates that holds its last value behind its end is a table on the device. Any other,
    and one with rules, is jax.pure_callback."""
    if not isinstance(policy, Run):
        policy = (policy if isinstance(policy, Policy) else compile(policy)).bind(**facts)
    run = policy
    if run.updates is not None and run.updates <= table_limit and run.is_constant(output, group, run.updates):
        return _table(run, output, group, run.updates)
    return _callback(run, output, group)


def _table(run: Run, output: str, group: str | int, updates: int) -> Callable[[Any], Any]:
    table = jnp.asarray(run.values(range(updates + 1), output=output, group=group).astype(numpy.float32))

    def value(count: Any) -> Any:
        return table[jnp.clip(jnp.asarray(count), 0, updates)]

    return value


def _callback(run: Run, output: str, group: str | int) -> Callable[[Any], Any]:
    def on_host(count: Any) -> Any:
        steps = numpy.maximum(numpy.asarray(count), 0)
        values = run.values(steps.reshape(-1), output=output, group=group).astype(numpy.float32)
        return values.reshape(steps.shape)

    def value(count: Any) -> Any:
        number = jnp.asarray(count)
        return jax.pure_callback(on_host, jax.ShapeDtypeStruct(number.shape, jnp.float32), number, vmap_method="expand_dims")

    return value
