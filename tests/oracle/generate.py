"""Random sentences and policy files: the structure that `meaning` reads, the same as text, and facts as flags.

A seed gives the same case for ever on one version of this file. About one case in ten has no meaning by chance, and
`with_mistake` plants one in a case that has.
"""
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from meaning import (Chain, Combined, Cycle, Decay, Factor, Facts, Group, Hold, Length, Level, Output, Over, Plain,
                     Quantity, Ramp, Repeat, Rsqrt, Shape, StepAt, with_units)

SHAPES = ("linear", "cosine", "quarter_cosine", "sqrt", "square", "smoothstep", "tanh", "triangular", "polynomial")
UNIT_CHOICES = (("steps",), ("steps", "%"), ("tokens", "%"), ("epochs", "steps", "%"),
                ("steps", "samples", "tokens", "epochs", "%"), ("steps", "samples", "tokens", "epochs", "%"))


@dataclass
class Parameter:
    name: str
    type: str
    value: Quantity | Level | Factor


@dataclass
class Case:
    """What is given to the compiler, and what it is made of."""
    seed: int
    text: str
    flags: list
    facts: Facts
    outputs: list
    groups: list = field(default_factory=list)


def decimal(value, digits):
    return Fraction(round(value * 10**digits), 10**digits)


class Writer:
    """Structure to text; every number, unit and order of clauses in one of the spellings that the language allows."""

    def __init__(self, chance):
        self.chance = chance

    def number(self, value):
        if value and not Fraction(1, 10**20) < value < 10**20:
            return f"{float(value):.0e}"
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        plain = f"{exact:f}"
        spellings = [plain] * 6 + [f"{exact.normalize():e}"]
        if plain.startswith("0."):
            spellings.append(plain[1:])
        if value.denominator == 1:
            spellings.append(plain + ".0")
            if len(plain) > 3:
                spellings.append(f"{value.numerator:_}")
            if value and value % 1000 == 0:
                spellings.append(plain[:-3] + "K")
        return self.chance.choice(spellings)

    def quantity(self, quantity):
        if quantity.parameter:
            return quantity.parameter
        number = self.number(quantity.number)
        if quantity.unit is None:
            return number
        if quantity.unit == "%":
            return number + "%"
        return f"{number} {self.chance.choice([quantity.unit, quantity.unit, quantity.unit[:-1]])}"

    def level(self, level):
        return level.parameter or self.number(level.number) + ("x" if level.relative else "")

    def factor(self, factor):
        return factor.parameter or self.number(factor.number)

    def value(self, value):
        spell = {Quantity: self.quantity, Level: self.level, Factor: self.factor}
        return spell[type(value)](replace(value, parameter=None))

    def shape(self, shape):
        name = ("reversed " if shape.is_reversed else "") + shape.name
        return [name] + ([f"power {self.number(shape.power)}"] if shape.power is not None else [])

    def period(self, quantity):
        """`every epoch` is `every 1 epochs`."""
        if quantity.number == 1 and quantity.unit != "%" and not quantity.parameter and self.chance.random() < 0.7:
            return quantity.unit[:-1]
        return self.quantity(quantity)

    def length(self, length):
        return [f"{length.word} {self.quantity(length.quantity)}"] if length else []

    def clauses(self, phase):
        """What most phases may say: the level they start from and their length."""
        start = getattr(phase, "start", None)
        return ([f"from {self.level(start)}"] if start else []) + self.length(phase.length)

    def shuffled(self, head, clauses):
        self.chance.shuffle(clauses)
        return " ".join([head, *clauses])

    def phase(self, phase):
        return getattr(self, type(phase).__name__.lower())(phase)

    def ramp(self, phase):
        clauses = [f"from {self.level(phase.start)}"] if phase.start else []
        if phase.target:
            clauses.append(f"to {self.level(phase.target)}")
        if phase.over:
            first = f"{self.quantity(phase.over.first)} .. " if phase.over.first else ""
            clauses.append(f"over {first}{self.quantity(phase.over.last)}")
        length = self.length(phase.length)
        if phase.word == "warmup":
            length = [length[0].removeprefix("for ")]
        head, *power = self.shape(phase.shape) if phase.word != "exponential" else ["exponential"]
        if phase.word in ("warmup", "cooldown"):
            is_default = phase.shape == Shape("linear") and self.chance.random() < 0.7
            return self.shuffled(phase.word, clauses + length + ([] if is_default else [head]) + power)
        return self.shuffled(head, clauses + length + power)

    def hold(self, phase):
        if phase.level is None:
            return self.shuffled(self.chance.choice(["hold", "constant"]), self.length(phase.length))
        head, level = self.chance.choice([("hold", ""), ("step", "to ")])
        return self.shuffled(head, [level + self.level(phase.level)] + self.length(phase.length))

    def decay(self, phase):
        head = self.chance.choice(["step", "exponential"]) if phase.word == "every" else "exponential"
        own = [f"by {self.factor(phase.by)}", f"{phase.word} {self.period(phase.period)}"]
        return self.shuffled(head, own + self.clauses(phase))

    def stepat(self, phase):
        positions = "at " + ", ".join(self.quantity(position) for position in phase.positions)
        return self.shuffled("step", [positions, f"by {self.factor(phase.by)}"] + self.clauses(phase))

    def rsqrt(self, phase):
        timescale = [f"timescale {self.quantity(phase.timescale)}"] if phase.timescale else []
        return self.shuffled("rsqrt", timescale + self.clauses(phase))

    def repeat(self, phase):
        growing = [f"growing by {self.number(phase.growth)}"] if phase.growth != 1 else []
        swing = [f"swing by {self.number(phase.swing)}"] if phase.swing != 1 else []
        clauses = [f"every {self.quantity(phase.period)}"] + growing + swing + self.clauses(phase)
        return self.shuffled("repeat", clauses) + f" {{ {self.chain(phase.body)} }}"

    def cycle(self, phase):
        between = f"between {self.level(phase.low)} and {self.level(phase.high)}"
        clauses = [between, f"every {self.quantity(phase.period)}"] + self.shape(phase.shape)
        return self.shuffled("cycle", clauses + self.clauses(phase))

    def chain(self, phases):
        text = self.phase(phases[0])
        for phase in phases[1:]:
            text += self.chance.choice([" then ", " then ", " then ", ", then ", " , then "]) + self.phase(phase)
        return text

    def schedule(self, schedule):
        if isinstance(schedule, Combined):
            return f"{schedule.word}({', '.join(self.schedule(operand) for operand in schedule.operands)})"
        return self.level(schedule.level) if isinstance(schedule, Plain) else self.chain(schedule.phases)


class Generator:
    """Random facts, then random schedules whose lengths mostly fit them."""

    def __init__(self, seed):
        self.seed, self.chance = seed, random.Random(seed)
        self.writer = Writer(self.chance)
        self.parameters, self.parameter_share = [], 0.0
        self.in_call, self.peak, self.absolute_share = 0, None, 0.0
        self.choose_facts()

    def choose_facts(self):
        chance = self.chance
        about = chance.choice([3, 5, 9, 20, 50, 100, 300, 997, 1000, 2000, 100000])
        samples = chance.choice([1, 2, 3, 7, 8, 32, 100, 512])
        tokens = chance.choice([Fraction(1), Fraction(3), Fraction(10), Fraction(128), Fraction(4096), Fraction(5, 2)])
        self.steps_per = {"steps": Fraction(1), "samples": Fraction(1, samples), "tokens": 1 / (samples * tokens)}
        unit = chance.choice(list(self.steps_per))
        number = max(1, round(about * chance.uniform(0.05, 0.7) / float(self.steps_per[unit])))
        self.steps_per["epochs"] = number * self.steps_per[unit]
        self.units = chance.choice(UNIT_CHOICES)
        run_unit = chance.choice([unit for unit in self.units if unit != "%"])
        run_number = decimal(about / self.steps_per[run_unit], chance.choice([0, 0, 0, 1, 2])) or Fraction(1)
        self.has_run = chance.random() < 0.9
        self.run = run_number * self.steps_per[run_unit]
        self.facts = Facts(self.steps_per, self.run if self.has_run else None)
        spell = self.writer.number
        # Each as a line of a file and as a flag.
        self.declarations = [
            (f"batch {samples} samples per step", ["--batch", f"{samples} samples"]),
            *((rate, ["--rate", rate]) for rate in (f"1 sample = {spell(tokens)} tokens",
                                                    f"1 epoch = {spell(Fraction(number))} {unit}"))]
        if self.has_run:
            run = self.writer.quantity(Quantity(run_number, run_unit))
            self.declarations.append((f"run {run}", ["--run", run]))

    # Quantities, levels, factors: literal or a parameter.

    def named(self, value, type_name):
        """The value as a parameter, now and then. What is 0 or at the ends of binary64 stays a number."""
        if self.chance.random() >= self.parameter_share or not Fraction(1, 10**6) < value.number < 10**12:
            return value
        name = f"p{len(self.parameters)}"
        self.parameters.append(Parameter(name, type_name, value))
        return replace(value, parameter=name)

    def quantity(self, steps, in_cycle=False, or_zero=False, may_be_named=True):
        units = [unit for unit in self.units if unit != "%" or self.has_run and not in_cycle]
        unit = self.chance.choice(units or ["steps"])
        value = steps / self.run * 100 if unit == "%" else steps / self.steps_per[unit]
        number = decimal(value, self.chance.choice([1, 2, 3] if value < 3 else [0, 0, 0, 1, 2, 3]))
        if number <= 0 and not or_zero:
            number = decimal(value, 3) or Fraction(1)
        quantity = Quantity(number, unit)
        return self.named(quantity, unit) if may_be_named else quantity

    def steps(self, quantity):
        return quantity.number * (self.run / 100 if quantity.unit == "%" else self.steps_per[quantity.unit])

    def level(self, or_zero=True, may_be_named=True):
        chance = self.chance
        relative = self.peak is not None and chance.random() >= self.absolute_share
        if or_zero and chance.random() < 0.15:
            return Level(Fraction(0), relative)
        if chance.random() < 0.004:
            number = chance.choice([Fraction(1, 10**200), Fraction(10**150), Fraction(1, 10**300)])
        elif relative:
            number = chance.choice([Fraction(1), Fraction(1, 2), Fraction(1, 10), Fraction(1, 100),
                                    Fraction(chance.randint(1, 3000), 1000), Fraction(chance.randint(1, 99), 10**5)])
        else:
            number = Fraction(chance.randint(1, 999), 10**chance.randint(2, 6))
        level = Level(number, relative)
        return self.named(level, "x" if relative else "number") if may_be_named else level

    def size(self, level):
        return float(level.number) * (self.peak if level.relative else 1.0)

    def ordered_levels(self):
        levels = [self.level(may_be_named=False), self.level(may_be_named=False)]
        return tuple(sorted(levels, key=self.size))

    def factor(self):
        chance = self.chance
        number = chance.choice([Fraction(1, 2), Fraction(1, 10), Fraction(19, 20), Fraction(2),
                                Fraction(chance.randint(1, 150), 100)])
        if chance.random() < (0.5 if self.peak and self.peak > 1 else 0.03):
            return Factor(Fraction(10**chance.choice([20, 150, 307])))
        return self.named(Factor(number), "number")

    def shape(self, may_be_reversed=True):
        name = self.chance.choice(SHAPES)
        exponent = None
        if name == "polynomial":
            exponent = self.chance.choice([Fraction(1, 4), Fraction(1, 2), Fraction(1), Fraction(3, 2), Fraction(3)])
        return Shape(name, exponent, may_be_reversed and self.chance.random() < 0.3)

    # Phases. `about` is roughly how many steps the phase has, `position` where it begins.

    def phase(self, length, place):
        kinds = ["ramp"] * 6 + ["hold"] * 3 + ["exponential"] * 2 + ["decay"] * 2 + ["rsqrt", "cycle"]
        if length:
            kinds += ["warmup"] * 3
        if not place.in_cycle:
            kinds.append("step_at")
        if place.depth < 3:
            kinds += ["repeat"] * 3
        kind = self.chance.choice(kinds)
        if kind in ("ramp", "exponential", "warmup"):
            return self.ramp(kind, length, place)
        return getattr(self, kind)(length, place)

    def must_say_from(self, place):
        return place.is_first and self.peak is None

    def start(self, place, share, or_zero=True):
        return self.level(or_zero) if self.chance.random() < share or self.must_say_from(place) else None

    def ramp(self, word, length, place):
        chance, or_zero = self.chance, word != "exponential"
        over = self.over(place) if chance.random() < 0.2 else None
        share = 0.97 if over and over.first else 0.3
        says_to = word != "warmup" or chance.random() < 0.4 or self.peak is None
        shape = self.shape(may_be_reversed=word == "warmup") if word != "exponential" else Shape("linear")
        return Ramp(word, length, shape, self.start(place, share, or_zero),
                    self.level(or_zero or chance.random() < 0.02) if says_to else None, over)

    def over(self, place):
        percent = self.chance.randint
        if place.in_cycle or self.chance.random() < 0.5:
            return Over(None, self.quantity(place.about * Fraction(percent(20, 200), 100), place.in_cycle))
        first = max(place.position + place.about * Fraction(percent(-50, 80), 100), Fraction(0))
        last = first + place.about * Fraction(percent(10, 150), 100)
        return Over(self.quantity(first, or_zero=True), self.quantity(last, or_zero=True))

    def hold(self, length, place):
        return Hold(length, self.start(place, 0.65))

    def decay(self, length, place):
        period = self.quantity(place.about * Fraction(self.chance.randint(3, 150), 100), place.in_cycle)
        if self.chance.random() < 0.1 and period.unit != "%":
            period = Quantity(Fraction(1), period.unit)
        word = self.chance.choice(["per", "every"])
        return Decay(word, self.factor(), period, length, self.start(place, 0.25))

    def step_at(self, length, place):
        offsets = [Fraction(self.chance.randint(1, 120), 100) for _ in range(self.chance.randint(1, 4))]
        positions = [self.quantity(place.position + place.about * offset, may_be_named=not self.in_call)
                     for offset in offsets]
        positions.sort(key=self.steps)
        for number, following in reversed(list(enumerate(positions[1:]))):
            lent = self.lent(positions[number + 1:])
            mistaken = not self.in_call and self.chance.random() < (0.05 if lent else 0.5)
            may_be_bare = not positions[number].parameter and self.chance.random() < 0.8
            if may_be_bare and (positions[number].unit == lent or mistaken):
                positions[number] = Quantity(positions[number].number, None)
        if self.in_call:
            positions = self.told_from_operands(positions)
        return StepAt(self.factor(), tuple(positions), length, self.start(place, 0.25))

    def told_from_operands(self, positions):
        """In a call, a number behind a position that has its unit would be the next operand."""
        with_unit = with_units(positions)[::-1]
        first = next(number for number, position in enumerate(positions) if position.unit)
        return positions[:first] + with_unit[first:]

    def lent(self, positions):
        """The unit that a number before these positions takes."""
        lender = next(position for position in positions if position.unit)
        return None if lender.parameter else lender.unit

    def rsqrt(self, length, place):
        timescale = None
        if place.in_cycle or self.chance.random() < (0.95 if place.is_first else 0.5):
            timescale = self.quantity(place.about * Fraction(self.chance.randint(1, 200), 100), place.in_cycle)
        return Rsqrt(timescale, length, self.start(place, 0.25))

    def cycle(self, length, place):
        low, high = self.ordered_levels()
        if self.size(low) == self.size(high):
            high = replace(high, number=high.number + 1)
        if self.chance.random() < 0.03:
            low, high = high, low
        period = self.quantity(place.about * Fraction(self.chance.randint(5, 130), 100), place.in_cycle)
        return Cycle(self.shape(), low, high, period, length)

    def repeat(self, length, place):
        period = self.quantity(place.about * Fraction(self.chance.randint(10, 130), 100), place.in_cycle)
        growth = Fraction(1)
        if self.chance.random() < 0.4:
            growth = self.chance.choice([Fraction(2), Fraction(3), Fraction(3, 2), Fraction(5, 4)])
        inside = Place(Fraction(0), self.steps(period), place.is_first, True, place.depth + 1)
        swing = self.chance.choice([Fraction(1)] * 3 + [Fraction(1, 2), Fraction(1, 4)])
        return Repeat(period, self.body(inside), growth, length, swing)

    # Phases in a row.

    def body(self, inside):
        """One cycle: lengths, and one phase that takes what is left."""
        count = self.chance.choice([1, 1, 2, 2, 3])
        opened = count - 1 if self.chance.random() < 0.8 else self.chance.randrange(count)
        cuts = sorted(Fraction(self.chance.randint(1, 99), 100) for _ in range(count - 1))
        return self.in_a_row([share * inside.about for share in (0, *cuts, 1)], opened, inside)

    def chain(self):
        chance = self.chance
        count = chance.choice([1, 2, 2, 3, 3, 4, 5])
        spread = 1.0 if chance.random() < 0.95 else 1.4
        cuts = sorted(spread * chance.random()**1.3 for _ in range(count - 1))
        if cuts and chance.random() < 0.06:
            cuts[-1] = 1.0
        edges = [Fraction(0), *(decimal(cut, 6) * self.run for cut in cuts), self.run]
        whole = Place(Fraction(0), self.run, True, False, 0)
        if self.has_run and chance.random() < 0.25 and (count > 1 or self.peak is not None):
            return self.with_cooldown(edges, whole)
        opened = count - 1 if chance.random() < 0.85 else chance.randrange(count)
        if chance.random() < (0.04 if self.has_run else 0.3):
            opened = count
        return self.in_a_row(edges, opened, whole)

    def with_cooldown(self, edges, whole):
        shape = self.shape() if self.chance.random() < 0.6 else Shape("linear")
        target = self.level() if self.chance.random() < 0.5 else None
        if len(edges) == 2:
            return (Ramp("cooldown", Length("last", Quantity(Fraction(100), "%")), shape, None, target),)
        last = self.quantity(self.run * Fraction(self.chance.randint(1, 60), 100))
        share = 1 - self.steps(last) / self.run
        before = self.in_a_row([edge * share for edge in edges[:-1]], len(edges) - 3, whole)
        return (*before, Ramp("cooldown", Length("last", last), shape, None, target))

    def in_a_row(self, edges, opened, whole):
        """Phases about from edge to edge, the one numbered `opened` without a length."""
        phases, position = [], edges[0]
        for number, end in enumerate(edges[1:]):
            about = end - (edges[number] if number > opened else position)
            length = self.length(position, end, about, whole, number < opened) if number != opened else None
            about = self.steps(length.quantity) - (position if length.word == "until" else 0) if length else about
            place = Place(position, max(about, whole.about / 1000), whole.is_first and number == 0, whole.in_cycle,
                          whole.depth)
            phases.append(self.phase(length, place))
            position += max(about, Fraction(0))
        return tuple(phases)

    def length(self, position, end, about, whole, may_be_until):
        chance = self.chance.random()
        if may_be_until and not whole.in_cycle and self.has_run and end == self.run and chance < 0.5:
            return Length("until", Quantity(Fraction(100), "%"))
        if may_be_until and not whole.in_cycle and chance < 0.06 and 0 < position == decimal(position, 6):
            return Length("until", Quantity(position, "steps"))
        if may_be_until and not whole.in_cycle and about > 0 and chance < 0.3:
            return Length("until", self.quantity(end))
        return Length("for", self.quantity(about if about > 0 else whole.about / 50, whole.in_cycle))

    def schedule(self, depth=0):
        chance = self.chance
        if depth < 2 and chance.random() < (0.2 if depth else 0.12):
            self.in_call += 1
            operands = tuple(self.schedule(depth + 1) for _ in range(chance.choice([2, 2, 3])))
            self.in_call -= 1
            return Combined(chance.choice(["min", "max"]), operands)
        if chance.random() < (0.3 if depth else 0.02):
            return Plain(self.level(may_be_named=False))
        return Chain(self.chain())

    # Whole cases.

    def output(self, name, peaks):
        self.peak, self.absolute_share = self.chance.choice(peaks), self.chance.choice([0, 0, 0.2, 0.5])
        return Output(name, self.peak, self.schedule())

    def sentence(self):
        output = self.output("lr", [1.0, 3e-4, 0.1, 6e-4, 25.0, 25.0])
        return self.as_sentence(output.schedule)

    def as_sentence(self, schedule):
        flags = [flag for _, flags in self.declarations for flag in flags] + ["--peak", repr(self.peak)]
        return Case(self.seed, self.writer.schedule(schedule), flags, self.facts, [Output("lr", self.peak, schedule)])

    def with_mistake(self, schedule):
        """The sentence with one mistake planted, and its code; None where the schedule has no place for it."""
        if not isinstance(schedule, Chain):
            return None
        found = [(phases, code) for plant in PLANTS for phases, code in plant(schedule.phases, self.facts.run)]
        if not found:
            return None
        phases, code = self.chance.choice(found)
        return self.as_sentence(Chain(phases)), code

    def clamp(self):
        """Clamps in one kind, so that the order of the levels is known."""
        low, high = self.ordered_levels()
        return (low, high) if low.relative == high.relative or low.number == 0 else None

    def policy_file(self):
        chance, write = self.chance, self.writer
        self.parameter_share = chance.choice([0.0, 0.1, 0.3])
        names = ["lr"] + chance.sample(["weight_decay", "momentum", "beta2", "my_out"], chance.choice([0, 1, 1, 2]))
        chance.shuffle(names)
        peaks = {name: [3e-4, 1.0, 0.1] if name == "lr" else [None, None, 0.1, 2.5] for name in names}
        outputs = [self.output(name, peaks[name]) for name in names]
        for number, output in enumerate(outputs):
            self.peak = output.peak
            outputs[number] = replace(output, clamp=self.clamp() if chance.random() < 0.3 else None)
        groups = [self.group(f"g{number}", outputs) for number in range(chance.choice([0, 1, 2, 3]))]
        groups = [group for group in groups if group.schedules or group.factors or group.clamps]
        lines, flags = self.around(outputs)
        lines += [f"clamp {each.name} to {self.range_text(each.clamp)}" for each in outputs if each.clamp]
        chance.shuffle(lines)
        lines += [f"{output.name} = {write.schedule(output.schedule)}" for output in outputs]
        lines += [self.group_text(group) for group in groups]
        text = "policy p version 1 {\n" + "\n".join(lines) + "\n}"
        return Case(self.seed, text, flags, self.facts, outputs, groups)

    def group(self, name, outputs):
        group = Group(name, {}, {}, {})
        for output in outputs:
            self.peak = output.peak
            if self.chance.random() < 0.3:
                group.schedules[output.name] = self.schedule()
            if self.chance.random() < 0.4:
                group.factors[output.name] = self.chance.choice([Factor(Fraction(0)), self.factor(), self.factor()])
            clamp = self.clamp() if self.chance.random() < 0.25 else None
            if clamp:
                group.clamps[output.name] = clamp
        return group

    def range_text(self, clamp):
        return f"{self.writer.level(clamp[0])} .. {self.writer.level(clamp[1])}"

    def group_text(self, group):
        items = [f"{name} = {self.writer.schedule(schedule)}" for name, schedule in group.schedules.items()]
        items += [f"{name} by {self.writer.factor(factor)}" for name, factor in group.factors.items()]
        items += [f"clamp {name} to {self.range_text(clamp)}" for name, clamp in group.clamps.items()]
        self.chance.shuffle(items)
        return f'group {group.name} matches "{group.name}.*" {{ {" ".join(items)} }}'

    def other_value(self, value):
        """A file has to fit the run with its own values too, so lengths are stated as they are set."""
        return None if isinstance(value, Quantity) else self.writer.value(replace(value, number=Fraction(7)))

    def around(self, outputs):
        """Facts and parameters: each a line of the file, or a flag, or both."""
        lines, flags = [], []
        peak = next(output.peak for output in outputs if output.name == "lr")
        for line, flag in [*self.declarations, (f"peak {peak!r}", ["--peak", repr(peak)])]:
            where = self.chance.choice(["line", "line", "flag", "flag", "both"])
            lines += [line] if where != "flag" else []
            flags += flag if where != "line" else []
        lines += [f"peak {each.name} = {each.peak!r}" for each in outputs if each.name != "lr" and each.peak]
        for parameter in self.parameters:
            value = self.writer.value(parameter.value)
            stated = self.chance.choice([value, None, self.other_value(parameter.value) or value])
            lines.append(f"param {parameter.name}: {parameter.type}" + (f" = {stated}" if stated else ""))
            flags += ["--set", f"{parameter.name}={value}"] if stated != value else []
        return lines, flags


@dataclass(frozen=True)
class Place:
    """Where a phase will stand, in steps."""
    position: Fraction
    about: Fraction
    is_first: bool
    in_cycle: bool
    depth: int


# Mistakes to plant: each gives changed phases and the code that the rules decide.

def with_phase(phases, number, phase):
    return (*phases[:number], phase, *phases[number + 1:])


def plant_zero_length(phases, run):
    for number, phase in enumerate(phases):
        if phase.length and phase.length.word == "for":
            zero = replace(phase, length=Length("for", Quantity(Fraction(0), "steps")))
            yield with_phase(phases, number, zero), "E0110"


def plant_open_twice(phases, run):
    for number, phase in enumerate(phases):
        if phase.length is None:
            yield (*phases[:number + 1], Hold(), *phases[number + 1:]), "E0501"


def plant_overrun(phases, run):
    if run is not None and (not phases[-1].length or phases[-1].length.word != "last"):
        yield (*phases, Hold(Length("for", Quantity(decimal(run, 0) + 1, "steps")))), "E0502"


def plant_until_in_cycle(phases, run):
    for number, phase in enumerate(phases):
        if isinstance(phase, Repeat):
            body = (Hold(Length("until", Quantity(Fraction(1), "steps"))), *phase.body)
            yield with_phase(phases, number, replace(phase, body=body)), "E0302"


def plant_in_ramps(phases, run):
    for number, phase in enumerate(phases):
        if isinstance(phase, Ramp) and phase.word == "ramp":
            yield with_phase(phases, number, replace(phase, target=None)), "E0304"
            zero = replace(phase, word="exponential", target=Level(Fraction(0), True))
            yield with_phase(phases, number, zero), "E0504"


def plant_high_first(phases, run):
    for number, phase in enumerate(phases):
        if isinstance(phase, Cycle):
            high = Cycle(phase.shape, Level(Fraction(3), True), Level(Fraction(0), False), phase.period, phase.length)
            yield with_phase(phases, number, high), "E0110"


def plant_no_unit(phases, run):
    for number, phase in enumerate(phases):
        if isinstance(phase, StepAt):
            positions = (*phase.positions, Quantity(Fraction(10**6), None))
            yield with_phase(phases, number, replace(phase, positions=positions)), "E0104"


PLANTS = (plant_zero_length, plant_open_twice, plant_overrun, plant_until_in_cycle, plant_in_ramps, plant_high_first,
          plant_no_unit)
