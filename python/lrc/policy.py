"""Policies and runs, over the C interface."""
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple

from lrc import _lrc, plot
from lrc.errors import Refused, WrongCall

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

# By lrc_policy_text, lrc_run_text, lrc_backend and lrc_outcome.
_NAME, _VERSION, _HASH, _CANONICAL, _NEEDS = range(5)
_RUN_POLICY, _RUN_VERSION, _RUN_HASH, _RUN_RUN_HASH, _LAYOUT_HASH, _FACTS, _BACKEND, _AGREEMENT, _UPDATE, _REPORT = range(10)
_BACKENDS = {"fastest": 0, "interpreter": 1, "native": 2}
_OUTCOMES = ("accepted", "not finite", "duplicate", "older", "conflicting", "unknown")

_SUFFIXES = (".lrp", ".lrpc")


def compile(text_or_path: str | PathLike[str]) -> Policy:
    """A policy from its text (one sentence, or what a file holds), or from a file: a path object, or a str that ends
    in .lrp or .lrpc."""
    if not isinstance(text_or_path, str):
        return Policy.open_file(text_or_path)
    if text_or_path.endswith(_SUFFIXES) and "\n" not in text_or_path:
        return Policy.open_file(text_or_path)
    return Policy.read_bytes(text_or_path.encode())


def load(path_or_bytes: str | PathLike[str] | bytes) -> Policy:
    """A policy from a file or from bytes: an artifact (`lrc compile -o`) or text."""
    if isinstance(path_or_bytes, bytes):
        return Policy.read_bytes(path_or_bytes)
    return Policy.open_file(path_or_bytes)


class Observation(NamedTuple):
    """What became of an observation: `accepted`, `not finite`, `duplicate`, `older` or `unknown`, and how many rules
    fired."""

    outcome: str
    fired: int


def _digits(value: Any) -> str | None:
    """A number, numpy's too, as a person writes it; nothing else. A float's shortest digits are exactly that float again."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return repr(int(value) if isinstance(value, Integral) else float(value))


def _fact(name: str, value: str | float | None, example: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    digits = _digits(value)
    if name == "peak" and digits is not None:
        return digits
    raise WrongCall(f"{name}={value!r} has no unit: write it as you would say it, such as {name}={example!r}")


def _texts(name: str, values: Sequence[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise WrongCall(f"{name} is a list of texts, such as {name}=[{values!r}]")
    return tuple(values)


class Policy(_lrc.Policy):
    """What `compile` and `load` give. May be used by several threads."""

    @property
    def name(self) -> str:
        """Empty for a sentence."""
        return self.get(_NAME)

    @property
    def version(self) -> int | None:
        digits = self.get(_VERSION)
        return int(digits) if digits else None

    @property
    def hash(self) -> str:
        """Of the meaning: `lrc1:…`."""
        return self.get(_HASH)

    @property
    def canonical(self) -> str:
        """The text that the hash is taken of."""
        return self.get(_CANONICAL)

    @property
    def needs(self) -> list[str]:
        """What a run must bring."""
        return self.get(_NEEDS).splitlines()

    def bind(
        self,
        *,
        run: str | None = None,
        peak: str | float | None = None,
        batch: str | None = None,
        rates: Sequence[str] = (),
        parameters: Mapping[str, str | float] | None = None,
        names: Sequence[str] = (),
        backend: str = "fastest",
    ) -> Run:
        """The policy with the facts of a run, at update 0. `names` are those of the tensors that the optimizer
        updates, for a policy with groups."""
        if backend not in _BACKENDS:
            raise WrongCall(f"backend={backend!r} is none of {', '.join(_BACKENDS)}")
        settings = tuple(f"{name}={_digits(value) or value}" for name, value in (parameters or {}).items())
        bound = self.bind_texts(
            Run,
            _fact("run", run, "100K steps"),
            _fact("peak", peak, "3e-4"),
            _fact("batch", batch, "512 samples"),
            _texts("rates", rates),
            settings,
            _texts("names", names),
            _BACKENDS[backend],
        )
        bound._names = len(names)
        return bound

    def values(
        self, steps: Iterable[int], *, output: str = "lr", group: str | int = 0, **facts: Any
    ) -> NDArray[numpy.float64]:
        """What the updates `steps` use, with rules at rest; `facts` as `bind` takes them."""
        return self.bind(**facts).values(steps, output=output, group=group)

    def plot(self, *, output: str = "lr", group: str | int = 0, **facts: Any) -> plot.Plot:
        """The curve, for a terminal (`print`), a notebook, or matplotlib (`.matplotlib(axes)`)."""
        return self.bind(**facts).plot(output=output, group=group)

    def __repr__(self) -> str:
        title = f"{self.name} version {self.version}" if self.name else "policy"
        return f"<lrc {title}, {self.hash[:13]}…>"


class Run(_lrc.Run):
    """A policy bound to the facts of a run, and where the run stands. `run(step)` is the lr of an update with rules at
    rest, wherever the clock stands; `run.value(output, group)` is what the coming update uses. Used by one thread at a
    time, but for `run(step)` and `values`."""

    _names: int

    @property
    def policy(self) -> str:
        """The policy's name."""
        return self.get(_RUN_POLICY)

    @property
    def version(self) -> int | None:
        digits = self.get(_RUN_VERSION)
        return int(digits) if digits and self.policy else None

    @property
    def hash(self) -> str:
        return self.get(_RUN_HASH)

    @property
    def run_hash(self) -> str:
        """Of the policy and its facts."""
        return self.get(_RUN_RUN_HASH)

    @property
    def layout_hash(self) -> str:
        """Of what a saved state holds."""
        return self.get(_LAYOUT_HASH)

    @property
    def facts(self) -> list[str]:
        return self.get(_FACTS).splitlines()

    @property
    def backend(self) -> str:
        return self.get(_BACKEND)

    @property
    def agreement(self) -> dict[str, str]:
        """What every process of a run must have alike."""
        lines = (line.partition(" ") for line in self.get(_AGREEMENT).splitlines())
        return {key: value for key, _, value in lines}

    @property
    def report(self) -> str:
        """What the last `load` changed by its word."""
        return self.get(_REPORT)

    def update(self) -> dict[str, Any]:
        """The coming update for a log: clock, values, phases."""
        return _object(self.get(_UPDATE))

    @property
    def group_of_names(self) -> list[int]:
        """Of each name that `bind` was given, its group: an index into `groups`."""
        return [self.group_of_name(name) for name in range(self._names)]

    def values(self, steps: Iterable[int], *, output: str = "lr", group: str | int = 0) -> NDArray[numpy.float64]:
        """What the updates `steps` use, with rules at rest."""
        import numpy

        if isinstance(steps, range):
            values = numpy.empty(len(steps), dtype=numpy.float64)
            self.fill_range(output, group, steps.start, steps.step, len(steps), values)
            return values
        wanted = numpy.ascontiguousarray(steps if hasattr(steps, "__len__") else list(steps))
        if wanted.size and not numpy.issubdtype(wanted.dtype, numpy.integer):
            raise WrongCall(f"updates are counted by integers, not by {wanted.dtype}")
        numbers = wanted.astype(numpy.int64, copy=False).reshape(-1)
        values = numpy.empty(numbers.size, dtype=numpy.float64)
        self.fill_at(output, group, numbers, values)
        return values.reshape(wanted.shape)

    def observe(self, metric: str, value: float, evaluation: int) -> Observation:
        """The metric had this value in its evaluation number `evaluation`; what rules do acts on the coming update."""
        outcome, fired = self.observe_outcome(metric, value, evaluation)
        if _OUTCOMES[outcome] == "conflicting":
            raise Refused(
                f"evaluation {evaluation} of {metric} was observed already with another value than {value!r}: "
                "an evaluation has one value; number evaluations by one counter, and reduce over processes first"
            )
        return Observation(_OUTCOMES[outcome], fired)

    def load(self, record: str, word: str | None = None) -> None:
        """Goes on from what `save` gave. One of another policy or of other facts is refused with a report, unless
        `word` says how to go on: `keep`, `rebind`, `rewarm over 500 steps`, `blend over 500 steps`, `rewind to 40000`."""
        self.load_record(record, word)

    def load_file(self, path: str | PathLike[str], word: str | None = None) -> None:
        """As `load`, from what `save_file` wrote; the generation before where the last one is damaged."""
        self.load_record_file(path, word)

    def event_lines(self) -> Iterator[str]:
        """The events that nobody took yet, as lines of JSON."""
        while (line := self.next_event()) is not None:
            yield line

    def events(self) -> Iterator[dict[str, Any]]:
        """The events that nobody took yet."""
        return map(_object, self.event_lines())

    def explain(self, step: int | None = None) -> str:
        """Why the values of update `step` (the coming one) are what they are."""
        return self.explain_update(self.step if step is None else step)

    def plot(self, *, output: str = "lr", group: str | int = 0) -> plot.Plot:
        return plot.of(self, output, group)

    def _repr_svg_(self) -> str:
        return self.plot()._repr_svg_()

    def __repr__(self) -> str:
        of = "without an end" if self.updates is None else f"of {self.updates:,}"
        return f"<lrc run of {self.policy or self.hash[:13] + '…'}, update {self.step:,} {of}>"

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a run is not pickled: pickle run.save(), a text, and give it to run.load()")



def _object(line: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(line)
    return parsed
