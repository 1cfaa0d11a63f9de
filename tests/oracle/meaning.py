"""What a policy means, read from the rules alone: the section *Meaning* of the language, M1 to M10.

Nothing here comes from the compiler. Boundaries are exact fractions; the published formulas are evaluated by mpmath
with 240 bits and rounded once where the rules have a binary64. It is slow and plain on purpose.
"""
import math
import sys
from dataclasses import dataclass
from fractions import Fraction

import mpmath

LARGEST = sys.float_info.max
SMALLEST_NORMAL = sys.float_info.min
PRECISE = mpmath.MPContext()
PRECISE.prec = 240


class Refused(Exception):
    """The policy has no meaning; `codes` are the mistakes found, any of which may be the one that is reported."""

    def __init__(self, *codes):
        super().__init__(*codes)
        self.codes = frozenset(codes)


# What is written.

@dataclass(frozen=True)
class Quantity:
    """A duration or a position; without a unit it is a number of a list, which takes its unit from the next one."""
    number: Fraction
    unit: str | None
    parameter: str | None = None


@dataclass(frozen=True)
class Level:
    """`0.1x` is relative, a share of the peak (M2)."""
    number: Fraction
    relative: bool
    parameter: str | None = None


@dataclass(frozen=True)
class Factor:
    number: Fraction
    parameter: str | None = None


@dataclass(frozen=True)
class Shape:
    name: str
    power: Fraction | None = None
    is_reversed: bool = False


@dataclass(frozen=True)
class Length:
    """`for D`, `until P`, or the `last D` of a cooldown."""
    word: str
    quantity: Quantity


@dataclass(frozen=True)
class Over:
    """The interval that a ramp spans: `over D` has no first position, `over P .. Q` has both (M1)."""
    first: Quantity | None
    last: Quantity


@dataclass(frozen=True)
class Ramp:
    """`word` is warmup, cooldown, exponential, or ramp where the shape's name is the phase's word."""
    word: str
    length: Length | None = None
    shape: Shape = Shape("linear")
    start: Level | None = None
    target: Level | None = None
    over: Over | None = None


@dataclass(frozen=True)
class Hold:
    length: Length | None = None
    level: Level | None = None


@dataclass(frozen=True)
class Decay:
    """`by F per U`, a curve, or `by F every U`, a staircase."""
    word: str
    by: Factor
    period: Quantity
    length: Length | None = None
    start: Level | None = None


@dataclass(frozen=True)
class StepAt:
    by: Factor
    positions: tuple[Quantity, ...]
    length: Length | None = None
    start: Level | None = None


@dataclass(frozen=True)
class Rsqrt:
    timescale: Quantity | None = None
    length: Length | None = None
    start: Level | None = None


@dataclass(frozen=True)
class Repeat:
    period: Quantity
    body: tuple
    growth: Fraction = Fraction(1)
    length: Length | None = None
    swing: Fraction = Fraction(1)


@dataclass(frozen=True)
class Cycle:
    shape: Shape
    low: Level
    high: Level
    period: Quantity
    length: Length | None = None


@dataclass(frozen=True)
class Chain:
    """Phases joined by `then`."""
    phases: tuple


@dataclass(frozen=True)
class Plain:
    """A level where a schedule may stand."""
    level: Level


@dataclass(frozen=True)
class Combined:
    """`min(…)` or `max(…)` of whole schedules (M9)."""
    word: str
    operands: tuple


# Numbers.

def nearest(fraction):
    return fraction.numerator / fraction.denominator


def power(base, exponent):
    """base ^ exponent, correctly rounded and never beyond the largest double."""
    if exponent == 0:
        return 1.0
    if base == 0:
        return 0.0
    return float(min(PRECISE.power(base, exponent), PRECISE.mpf(LARGEST)))


def formula(name, exponent, u):
    """M8: the published shapes."""
    if name in ("linear", "triangular"):
        return u
    if name == "cosine":
        return float((1 - PRECISE.cospi(u)) / 2)
    if name == "quarter_cosine":
        return 1.0 - float(PRECISE.cospi(u / 2))
    if name == "sqrt":
        return math.sqrt(u)
    if name == "square":
        return u * u
    if name == "polynomial":
        return 1.0 - power(1.0 - u, nearest(exponent))
    if name == "smoothstep":
        return u * u * (3.0 - 2.0 * u)
    if name == "tanh":
        return float(PRECISE.tanh(3 * PRECISE.mpf(u)) / PRECISE.tanh(3))
    raise KeyError(name)


def rise(shape, u):
    """M8: s(u), limited to [0, 1]; `reversed S` is 1 - s(1 - u)."""
    if shape.is_reversed:
        share = 1.0 - formula(shape.name, shape.power, 1.0 - u)
    else:
        share = formula(shape.name, shape.power, u)
    return min(max(share, 0.0), 1.0)


# The run around a policy.

@dataclass(frozen=True)
class Facts:
    """Steps per unit, and the length of the run in steps, None where it is not known (M3, M5)."""
    steps_per: dict
    run: Fraction | None

    def steps(self, quantity):
        if quantity.unit == "%":
            if self.run is None:
                raise Refused("E0401")
            return quantity.number * self.run / 100
        return quantity.number * self.steps_per[quantity.unit]


@dataclass(frozen=True)
class Reached:
    """A level that a phase starts from or has: `x`, `absolute`, or `zero`, which is both (M9)."""
    kind: str
    value: float


ZERO = Reached("zero", 0.0)
PEAK = Reached("x", 1.0)


def level_of(written):
    value = nearest(written.number)
    if value == 0:
        return ZERO
    return Reached("x" if written.relative else "absolute", value)


@dataclass(frozen=True)
class Setting:
    """What the phases of one output are placed in. An output may have no peak (M2)."""
    facts: Facts
    peak: float | None

    def absolute(self, level):
        """M9: multiplied by the peak once, last; no infinity leaves a policy."""
        if level.kind != "x":
            return level.value
        if self.peak is None:
            raise Refused("E0105")
        return min(level.value * self.peak, LARGEST)

    def alike(self, one, other):
        """M9: the ends of a ramp in one kind; where one is absolute, the other is multiplied first."""
        if "absolute" in (one.kind, other.kind):
            return "absolute", self.absolute(one), self.absolute(other)
        kind = "zero" if one.kind == other.kind == "zero" else "x"
        return kind, one.value, other.value

    def handed_over(self, level):
        """A level grown beyond the largest double is handed over as the largest double, absolutely."""
        if level.kind == "x" and level.value * self.peak > LARGEST:
            return Reached("absolute", LARGEST)
        return level


# Phases that are placed on the run.

class Placed:
    """A phase and the half-open interval that it owns; `end` is None where it goes on for ever (M5)."""
    reads_end = False
    marks = ()

    def __init__(self, setting, start, end):
        self.setting, self.start, self.end = setting, start, end

    def owner(self, position):
        """The innermost phase that holds the position, and the end of it and of all around it (M6)."""
        return self, self.end

    def reached(self, position):
        """The level handed over where the phase ends or is cut (M1)."""
        return self.value(position)


class PlacedRamp(Placed):
    """M1, M7, M8. A warmup is read at the end of the update (M6)."""

    def __init__(self, phase, setting, start, end, before, in_cycle):
        super().__init__(setting, start, end)
        self.phase = phase
        self.reads_end = phase.word == "warmup"
        self.from_level = level_of(phase.start) if phase.start else before
        self.to_level = level_of(phase.target) if phase.target else {"warmup": PEAK, "cooldown": ZERO}[phase.word]
        self.first, self.last = self.span()
        self.kind, self.a, self.b = setting.alike(self.from_level, self.to_level)
        self.marks = (self.first, self.last)
        self.largest = max(setting.absolute(self.from_level), setting.absolute(self.to_level))
        if phase.word == "exponential":
            self.check_ratio()

    def span(self):
        facts, over = self.setting.facts, self.phase.over
        if over is None:
            if self.end is None:
                raise Refused("E0401")
            return self.start, self.end
        if over.first is None:
            return self.start, self.start + facts.steps(over.last)
        first, last = facts.steps(over.first), facts.steps(over.last)
        if last <= first:
            raise Refused("E0505")
        return first, last

    def check_ratio(self):
        if self.a == 0 or self.b == 0:
            raise Refused("E0504")
        if not SMALLEST_NORMAL <= self.b / self.a <= LARGEST:
            raise Refused("E0506")

    def value(self, position):
        if position >= self.last:
            return Reached(self.kind, self.b)
        if position <= self.first:
            return Reached(self.kind, self.a)
        u = nearest((position - self.first) / (self.last - self.first))
        if self.phase.word == "exponential":
            value = self.a * power(self.b / self.a, u)
        else:
            value = self.a + (self.b - self.a) * rise(self.phase.shape, u)
        return Reached(self.kind, min(max(value, min(self.a, self.b)), max(self.a, self.b)))

    def reached(self, position):
        """M1: a whole phase hands over exactly its `to`, in the kind it is written in."""
        if position >= self.last:
            return self.to_level
        if position <= self.first:
            return self.from_level
        return self.value(position)


class PlacedHold(Placed):
    def __init__(self, phase, setting, start, end, before, in_cycle):
        super().__init__(setting, start, end)
        self.level = level_of(phase.level) if phase.level else before
        self.largest = setting.absolute(self.level)

    def value(self, position):
        return self.level


class PlacedFactors(Placed):
    """M8: f ^ count, where the count is decided exactly."""

    def __init__(self, phase, setting, start, end, before, in_cycle):
        super().__init__(setting, start, end)
        self.from_level = level_of(phase.start) if phase.start else before
        self.factor = nearest(phase.by.number)
        self.largest = setting.absolute(self.from_level)

    def after(self, count):
        value = self.from_level.value * power(self.factor, nearest(Fraction(count)))
        return Reached(self.from_level.kind, min(value, LARGEST))

    def value(self, position):
        return self.after(self.count(position))

    def reached(self, position):
        """M5: a jump exactly at the end does not happen."""
        if position == self.start:
            return self.from_level
        return self.after(self.count_before(position))


class PlacedDecay(PlacedFactors):
    def __init__(self, phase, setting, start, end, before, in_cycle):
        super().__init__(phase, setting, start, end, before, in_cycle)
        self.stairs = phase.word == "every"
        self.period = setting.facts.steps(phase.period)
        self.marks = tuple(start + self.period * number for number in (1, 2, 3, 7))

    def count(self, position):
        passed = (position - self.start) / self.period
        return math.floor(passed) if self.stairs else passed

    def count_before(self, position):
        passed = (position - self.start) / self.period
        return math.ceil(passed) - 1 if self.stairs else passed


def with_units(positions):
    """A number without a unit takes the unit of the next one that has any; a parameter lends none."""
    found, unit = [], None
    for position in reversed(positions):
        if position.parameter or position.unit:
            unit = None if position.parameter else position.unit
            found.append(position)
        elif unit is None:
            raise Refused("E0104")
        else:
            found.append(Quantity(position.number, unit))
    return found


class PlacedStepAt(PlacedFactors):
    def __init__(self, phase, setting, start, end, before, in_cycle):
        super().__init__(phase, setting, start, end, before, in_cycle)
        self.marks = tuple(setting.facts.steps(position) for position in with_units(phase.positions))
        if min(self.marks) < start:
            raise Refused("E0505")

    def count(self, position):
        return sum(1 for mark in self.marks if mark <= position)

    def count_before(self, position):
        return sum(1 for mark in self.marks if mark < position)


class PlacedRsqrt(Placed):
    """M8: A * sqrt(T / (T + t)); T without a timescale is the phase's start in the run."""

    def __init__(self, phase, setting, start, end, before, in_cycle):
        super().__init__(setting, start, end)
        self.from_level = level_of(phase.start) if phase.start else before
        self.timescale = setting.facts.steps(phase.timescale) if phase.timescale else start
        if self.timescale == 0:
            raise Refused("E0503")
        self.largest = setting.absolute(self.from_level)

    def value(self, position):
        share = nearest(self.timescale / (self.timescale + position - self.start))
        return Reached(self.from_level.kind, self.from_level.value * math.sqrt(share))


class Swung:
    """A phase in cycle n of a repeat whose swing changes: E + (v - E)*f^n, in that order (P8)."""

    def __init__(self, phase, setting, anchor, factor):
        self.phase, self.setting, self.anchor, self.factor = phase, setting, anchor, factor
        self.reads_end = phase.reads_end

    def swung(self, level):
        return Reached("absolute", self.anchor + (self.setting.absolute(level) - self.anchor) * self.factor)

    def value(self, position):
        return self.swung(self.phase.value(position))


class PlacedRepeat(Placed):
    """M7: each cycle starts as the first did. A last cycle that is cut is allowed (M5)."""

    def __init__(self, phase, setting, start, end, before, in_cycle):
        super().__init__(setting, start, end)
        self.body, self.growth, self.before, self.cycles = phase.body, phase.growth, before, {}
        self.swing = phase.swing
        self.period = setting.facts.steps(phase.period)
        if self.growth.denominator != 1 and end is None:
            raise Refused("E0401")
        phases = self.placed(start, start + self.period)
        second = start + self.period
        if self.growth != 1 and (end is None or second < end):
            self.placed(second, second + self.period * self.growth)
        self.largest = max(phase.largest for phase in phases)
        if self.swing != 1:
            self.anchor = setting.absolute(phases[-1].reached(second))
        self.marks = self.first_marks()

    def first_marks(self):
        marks, first, length = [], self.start, self.period
        for _ in range(4):
            for phase in self.placed(first, first + length):
                marks += [first, phase.end, *phase.marks[:2]]
            first, length = first + length, length * self.growth
            if self.end is not None and first >= self.end:
                break
        return marks

    def placed(self, first, last):
        if (first, last) not in self.cycles:
            self.cycles[first, last] = place(self.body, self.setting, first, last, self.before, True)
        return self.cycles[first, last]

    def cycle(self, position, ends_there=False):
        """The cycle that holds the position, or else the one that ends there or is cut there."""
        if self.growth == 1:
            passed = (position - self.start) / self.period
            first = self.start + self.period * (math.ceil(passed) - 1 if ends_there else math.floor(passed))
            return first, first + self.period
        first, length = self.start, self.period
        while first + length < position or (first + length == position and not ends_there):
            first, length = first + length, length * self.growth
        return first, first + length

    def owner(self, position):
        first, last = self.cycle(position)
        inner = next(phase for phase in self.placed(first, last) if position < phase.end)
        found, end = inner.owner(position)
        return self.in_cycle(found, first), end if self.end is None else min(end, self.end)

    def in_cycle(self, phase, first):
        """As the phase is in the cycle that begins there; a power of two to a whole number is exact."""
        if self.swing == 1:
            return phase
        number, begin, length = 0, self.start, self.period
        while begin < first:
            number, begin, length = number + 1, begin + length, length * self.growth
        return Swung(phase, self.setting, self.anchor, float(self.swing) ** number)

    def reached(self, position):
        """A whole cycle hands over what its last phase does, one of no length the level its body starts from."""
        if position == self.start:
            phases = self.placed(self.start, self.start + self.period)
            inner = next(phase for phase in phases if phase.start != phase.end)
            return self.swung(inner.reached(self.start), self.start)
        first, last = self.cycle(position, ends_there=True)
        phases = self.placed(first, last)
        if position == last:
            return self.swung(phases[-1].reached(last), first)
        inner = next(phase for phase in phases if phase.start < position <= phase.end)
        return self.swung(inner.reached(position), first)

    def swung(self, level, first):
        return level if self.swing == 1 else self.in_cycle(self, first).swung(level)


def placed_cycle(phase, setting, start, end, before, in_cycle):
    """M8: a whole period is up in its first half, from the low level, and down in the other."""
    half = Length("for", Quantity(phase.period.number / 2, phase.period.unit))
    up = Ramp("ramp", half, phase.shape, phase.low, phase.high)
    down = Ramp("ramp", None, phase.shape, None, phase.low)
    return PlacedRepeat(Repeat(phase.period, (up, down)), setting, start, end, before, in_cycle)


FORMS = {Ramp: PlacedRamp, Hold: PlacedHold, Decay: PlacedDecay, StepAt: PlacedStepAt, Rsqrt: PlacedRsqrt,
         Repeat: PlacedRepeat, Cycle: placed_cycle}


def boundaries(phases, facts, start, end):
    """M5: the exact edges of the phases; the one without a length takes what the others leave."""
    sized = next((number for number, phase in enumerate(phases) if phase.length is None), len(phases))
    edges = [start]
    for phase in phases[:sized]:
        edges.append(end_of(phase.length, edges[-1], facts, end))
    if sized == len(phases):
        if end is not None and edges[-1] != end:
            raise Refused("E0502")
        return edges
    rest = [facts.steps(phase.length.quantity) for phase in phases[sized + 1:]]
    if rest and end is None:
        raise Refused("E0401")
    edges.append(end - sum(rest) if rest else end)
    if end is not None and edges[-1] < edges[-2]:
        raise Refused("E0502")
    for steps in rest:
        edges.append(edges[-1] + steps)
    return edges


def end_of(length, start, facts, end):
    steps = facts.steps(length.quantity)
    if length.word == "for":
        return start + steps
    if length.word == "until":
        if steps < start:
            raise Refused("E0505")
        return steps
    if end is None:
        raise Refused("E0401")
    if end - steps != start:
        raise Refused("E0502")
    return end


def place(phases, setting, start, end, incoming, in_cycle=False):
    """M7: every phase starts at the level handed over by the one before it.

    Behind a mistake the others are looked for as well; where phases do not fit, as if each had one step.
    """
    placed, level, codes = [], incoming, set()
    try:
        edges = boundaries(phases, setting.facts, start, end)
    except Refused as refused:
        codes |= refused.codes
        edges = [start + number for number in range(len(phases) + 1)]
    for phase, first, last in zip(phases, edges, edges[1:]):
        try:
            placed.append(FORMS[type(phase)](phase, setting, first, last, level, in_cycle))
        except Refused as refused:
            codes |= refused.codes
            continue
        if last is not None:
            level = setting.handed_over(placed[-1].reached(last))
    if codes:
        raise Refused(*codes)
    return placed


# Mistakes that need no place in the run to be seen.

def chain_mistakes(phases, in_cycle):
    """M1: two phases without a length in a row, or something after a phase that ends with the run."""
    opened = False
    for number, phase in enumerate(phases):
        word = phase.length.word if phase.length else None
        if opened and word in (None, "until") or word == "last" and number < len(phases) - 1:
            yield "E0501"
        opened = opened or word is None
        yield from phase_mistakes(phase, in_cycle)


def phase_mistakes(phase, in_cycle):
    """A length of zero (M5), a part that this version leaves out of cycles, and what the phase's form asks for."""
    lengths = [phase.length and phase.length.quantity, getattr(phase, "period", None)]
    lengths.append(getattr(phase, "timescale", None))
    if isinstance(phase, Ramp) and phase.over and phase.over.first is None:
        lengths.append(phase.over.last)
    for quantity in lengths:
        if quantity and quantity.number == 0 and not (phase.length and phase.length.word == "until"):
            yield "E0110"
    if in_cycle and (phase.length and phase.length.word != "for" or isinstance(phase, StepAt)):
        yield "E0302"
    yield from FORM_MISTAKES.get(type(phase), lambda *_: ())(phase, in_cycle)


def ramp_mistakes(phase, in_cycle):
    """M7: a ramp says its `to`; `over P .. Q` its `from` (M1); an exponential has no zero end (M8)."""
    if phase.word in ("ramp", "exponential") and phase.target is None:
        yield "E0304"
    if phase.over and phase.over.first:
        if in_cycle:
            yield "E0302"
        if phase.start is None:
            yield "E0304"
    if phase.word == "exponential" and any(level and level.number == 0 for level in (phase.start, phase.target)):
        yield "E0504"


def cycle_mistakes(phase, in_cycle):
    """M8: a cycle starts from its low level; 0 is comparable with both kinds (M9)."""
    low, high = level_of(phase.low), level_of(phase.high)
    literal = not phase.low.parameter and not phase.high.parameter
    if literal and (low.kind == high.kind or ZERO in (low, high)) and low.value > high.value:
        yield "E0110"


def repeat_mistakes(phase, in_cycle):
    if phase.growth < 1:
        yield "E0110"
    yield from chain_mistakes(phase.body, True)


def rsqrt_mistakes(phase, in_cycle):
    if in_cycle and phase.timescale is None:
        yield "E0304"


def step_mistakes(phase, in_cycle):
    try:
        with_units(phase.positions)
    except Refused as refused:
        yield from refused.codes


FORM_MISTAKES = {Ramp: ramp_mistakes, Cycle: cycle_mistakes, Repeat: repeat_mistakes, Rsqrt: rsqrt_mistakes,
                 StepAt: step_mistakes}


# Schedules and policies.

def starts_from(phase):
    """M7: the first phase starts at 0 if it is a warmup and at 1x otherwise."""
    if isinstance(phase, Repeat):
        return starts_from(phase.body[0])
    return ZERO if isinstance(phase, Ramp) and phase.word == "warmup" else PEAK


class ChainCurve:
    def __init__(self, phases, setting):
        mistakes = set(chain_mistakes(phases, False))
        if mistakes - {"E0504"}:  # All others leave something without a length or a level.
            raise Refused(*mistakes)
        try:
            self.phases = place(phases, setting, Fraction(0), setting.facts.run, starts_from(phases[0]))
        except Refused as refused:
            raise Refused(*mistakes, *refused.codes) from None
        if mistakes:
            raise Refused(*mistakes)
        self.setting, self.end = setting, self.phases[-1].end
        self.largest = max(phase.largest for phase in self.phases)
        ends = [phase.end for phase in self.phases if phase.end is not None]
        self.marks = ends + [mark for phase in self.phases for mark in phase.marks]

    def value(self, step):
        """M6: the phase that holds the update's start owns it, and limits its reading point."""
        position = Fraction(step)
        if self.end is not None and position >= self.end:
            return self.at_end()
        phase = next(phase for phase in self.phases if phase.end is None or position < phase.end)
        owner, end = phase.owner(position)
        if owner.reads_end:
            position = position + 1 if end is None else min(position + 1, end)
        return self.setting.absolute(owner.value(position))

    def at_end(self):
        """M5: the end of the run has the level reached; a phase of no length there does not happen."""
        last = [phase for phase in self.phases if phase.start != phase.end][-1]
        return self.setting.absolute(last.reached(self.end))


class CombinedCurve:
    """M9: operands are whole schedules, combined update by update."""

    def __init__(self, combined, setting):
        self.select = {"min": min, "max": max}[combined.word]
        self.operands = all_or_refused(curve_of(operand, setting) for operand in combined.operands)
        self.largest = max(operand.largest for operand in self.operands)
        self.marks = [mark for operand in self.operands for mark in operand.marks]

    def value(self, step):
        return self.select(operand.value(step) for operand in self.operands)


def curve_of(schedule, setting):
    """A function that gives the curve of what is written, or raises Refused."""
    if isinstance(schedule, Combined):
        return lambda: CombinedCurve(schedule, setting)
    phases = (Hold(level=schedule.level),) if isinstance(schedule, Plain) else schedule.phases
    return lambda: ChainCurve(phases, setting)


def all_or_refused(builders):
    """What all of these build; if any is refused, the mistakes of all of them."""
    built, codes = [], set()
    for build in builders:
        try:
            built.append(build())
        except Refused as refused:
            codes |= refused.codes
    if codes:
        raise Refused(*codes)
    return built


@dataclass(frozen=True)
class Output:
    name: str
    peak: float | None
    schedule: object
    clamp: tuple[Level, Level] | None = None


@dataclass(frozen=True)
class Group:
    """By the name of the output: assignments, factors and clamps."""
    name: str
    schedules: dict
    factors: dict
    clamps: dict


class Policy:
    """Every output inside and outside of every group."""

    def __init__(self, facts, outputs, groups):
        self.outputs, self.groups = outputs, {group.name: group for group in groups}
        self.settings = {output.name: Setting(facts, output.peak) for output in outputs}
        written = {(output.name, None): output.schedule for output in outputs}
        written |= {(name, group.name): schedule for group in groups for name, schedule in group.schedules.items()}
        builders = [curve_of(schedule, self.settings[name]) for (name, _), schedule in written.items()]
        self.curves = dict(zip(written, all_or_refused(builders)))
        self.marks = [mark for curve in self.curves.values() for mark in curve.marks]

    def curve(self, output, group):
        return self.curves.get((output.name, group), self.curves[output.name, None])

    def value(self, output, group, step):
        """M10: curve, group factors, the policy's clamp, then the group's."""
        value = self.curve(output, group).value(step)
        if group is not None:
            value *= nearest(self.groups[group].factors.get(output.name, Factor(Fraction(1))).number)
        clamps = [output.clamp, group and self.groups[group].clamps.get(output.name)]
        for low, high in filter(None, clamps):
            absolute = self.settings[output.name].absolute
            value = min(max(value, absolute(level_of(low))), absolute(level_of(high)))
        return value

    def largest(self, output, group):
        factor = self.groups[group].factors.get(output.name) if group else None
        return self.curve(output, group).largest * max(1.0, nearest(factor.number) if factor else 1.0)
