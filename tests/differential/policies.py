"""Random policies of the whole language, as text and facts. What it is built on, tests/oracle/generate.py, covers what
there is an independent reading of; here is the rest, written down at once: nothing here knows what a text means.

A seed gives the same policy for ever on one version of these files.
"""
import math
import re
import sys
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "oracle"))
from generate import Generator, Parameter, Writer, decimal  # noqa: E402
from meaning import Chain, Cycle, Factor, Hold, Level, Quantity, Ramp  # noqa: E402

# Where policies stand, so that they find their modules.
FOLDER = Path(__file__).resolve().parent / "modules"
METRICS = ("loss", "val_loss", "grad_norm")
CONVENTIONS = ("torch", "hf", "timm", "optax", "composer", "megatron", "fairseq", "mmengine", "nanogpt", "deepspeed",
               "olmo", "torchtitan", "t5x", "t2t", "marian", "gpt_neox")
# Shapes: 0 at 0 and 1 at 1, exactly.
CURVES = {
    "bend": "curve bend(u, p) = 1 - (1 - u) ^ p",
    "wave": "curve wave(u) = 0.5 * havpi(u) + 0.5 * u",
    "quarter": "curve quarter(u) = sinpi(u / 2)",
    "fall": "curve fall(u) = exp2(u) - 1",
    "rise": "curve rise(u) = log2(1 + u)",
    "early": "curve early(u) = min(4 * u, 1)",
    "behind": "curve behind(u) = max(2 * u - 1, 0)",
    "flat": "curve flat(u) = tanh(5 * u) / tanh(5)",
    "half": "curve half(u) = u / (2 - u)",
    "root": "curve root(u) = sqrt(cospi((1 - u) / 2))",
}
ARGUMENTS = {"bend": "(3)"}
SCHEDULES = {
    "mine": "schedule mine(rise: duration, floor: level = 0, form: shape = linear) =\n  warmup rise then form to floor",
    "other": "schedule other(ends: %, times: number, low: x) = cosine to low until ends\n  then exponential by times per step",
    "held": "schedule kept(for_long: steps, times: number = 2) = hold for for_long * times then linear to 0,\n"
            "  past end repeat",
}


@dataclass(frozen=True)
class Text:
    """A schedule or a phase that is written already."""
    text: str


def ends_in_ramp(schedule):
    return isinstance(schedule, Chain) and isinstance(schedule.phases[-1], Ramp) and not schedule.phases[-1].over


class EverythingWriter(Writer):
    def text(self, phase):
        return phase.text

    def schedule(self, schedule):
        return schedule.text if isinstance(schedule, Text) else super().schedule(schedule)


class Everything(Generator):
    def __init__(self, seed):
        self.in_policy, self.shapes, self.calls, self.lets, self.outer_lets = False, [], [], [], []
        self.expression_share, self.long_share, self.digits = 0.0, 0.0, 0
        super().__init__(seed)
        self.writer = EverythingWriter(self.chance)

    def roll(self, share):
        return self.chance.random() < share

    def pick(self, *choices):
        return self.chance.choice(choices)

    def share(self, low, high):
        return Fraction(self.chance.randint(low, high), 100)

    # Facts.

    def choose_facts(self):
        super().choose_facts()
        while not self.has_run and self.roll(0.6):
            super().choose_facts()
        self.lines = []
        self.run_unit = None
        if self.has_run:
            word = self.declarations[-1][0].split()[-1]
            self.run_unit = word if word.endswith("s") else word + "s"
        if self.roll(0.3):
            self.measure_seconds()
        self.grows = self.has_run and self.run_unit != "steps" and self.roll(0.5)
        if self.grows:
            self.grow()
        if self.roll(0.5):
            self.expression_share = self.pick(0.1, 0.3)
        if self.roll(0.3):
            self.long_share, self.digits = self.pick(0.3, 0.7), self.pick(7, 12, 16, 22)

    def measure_seconds(self):
        per_step = self.pick(Fraction(1, 4), Fraction(3, 10), Fraction(2), Fraction(7, 3).limit_denominator(1))
        self.steps_per["seconds"] = 1 / per_step
        rate = f"1 step = {self.writer.number(per_step)} seconds"
        self.declarations.append((rate, ["--rate", rate]))
        self.units = (*self.units, "seconds")

    def grow(self):
        """One rate jumps, in the clock of the run; lengths then keep to that clock, so that they fit."""
        unit, write = self.run_unit, self.writer.quantity
        self.units = (unit, "%")
        at = [self.quantity(self.run * part / 100) for part in sorted(self.chance.sample(range(5, 90), 2))]
        samples = 1 / self.steps_per["samples"]
        old = self.declarations.pop(0)[0]
        grown = [int(samples * factor) for factor in self.pick((2, 4), (3, 5), (4, 32))]
        if self.roll(0.5):
            steps = self.pick(1, 2, 4)
            parts = [f"growing to {samples + (grown[0] - samples) * steps} samples over {write(at[0])} "
                     f"in steps of {grown[0] - samples} samples"]
        else:
            parts = [f"growing to {size} samples at {write(place)}" for size, place in zip(grown, at)]
        self.lines.append(", ".join([old, *parts[:self.pick(1, 2)]]))

    # Quantities, levels and factors as expressions: `parameter` is what is written in place of the number.

    def quantity(self, steps, in_cycle=False, or_zero=False, may_be_named=True):
        quantity = super().quantity(steps, in_cycle, or_zero, may_be_named)
        if quantity.parameter or quantity.number < 1 or not self.roll(self.long_share):
            return quantity
        return replace(quantity, number=quantity.number - Fraction(self.chance.randint(1, 10**6), 10**self.digits))

    def named(self, value, type_name):
        found = super().named(value, type_name)
        if found.parameter or value.number == 0 or not self.roll(self.expression_share):
            return found
        if not Fraction(1, 10**6) < value.number < 10**9:
            return found
        return replace(value, parameter=self.expression(value, type_name))

    def expression(self, value, type_name):
        write, half = self.writer.value, replace(value, number=value.number / 2)
        choices = [f"2 * {write(half)}", f"{write(half)} + {write(half)}", f"1 * {write(value)}",
                   f"3 * {write(value)} - 2 * {write(value)}"]
        if type_name == "%" and 1 <= value.number <= 100:
            choices += [f"{self.writer.number(value.number / 100)} of run"]
            choices += [f"{write(value)} + 0.5 steps - 0.5 steps"] if not self.grows else []
            choices += [f"1/{math.ceil(100 / value.number)} of run"] if value.number < 10 else []
        if isinstance(value, Quantity) and not self.in_call and self.steps(value) > 4:
            choices += [f"{write(value)} {how}" for how in ("rounded down", "rounded to even")] * 2
            choices.append(f"{write(value)} rounded{' up' if self.roll(0.5) else ''}")
            choices += [f"{write(value)} rounded up of the float product"] * 2 if type_name == "%" and self.has_run else []
        if isinstance(value, Level):
            if not value.relative and self.in_policy:
                choices += [f"finished at step {self.chance.randint(0, 1999)}"] * 3
            if self.in_policy and not self.in_call:
                choices.append(self.let(write(value)))
        if isinstance(value, Factor):
            choices += ["2 ^ -0.5", "exp2(-1)", "min(0.7, 0.9)", "sqrt(0.5)", "exp(-1)", "ln(2)", f"max({write(value)}, 0.5)"]
        return self.chance.choice(choices)

    def let(self, value):
        name = f"n{len(self.lets) + len(self.outer_lets)}"
        self.chance.choice([self.lets, self.outer_lets]).append(f"let {name} = {value}")
        return name

    # Phases.

    def phase(self, length, place):
        if self.grows and place.in_cycle or not self.roll(0.4) or (length is None and not self.has_run):
            return self.plain_phase(length, place)
        kinds = [self.shaped, self.power] + ([] if self.grows else [self.growing_cycle])
        if not place.in_cycle:
            kinds.append(self.formula_phase)
        if length is not None and length.word == "for" and not self.must_say_from(place):
            kinds.append(self.anneal)
        if length is None and not place.in_cycle and not self.in_call:
            kinds.append(self.table)
        if place.depth < 3:
            kinds += [self.repeated] + ([self.repeat_times] if length is not None or self.has_run else [])
        if place.in_cycle and length is not None and not self.grows:
            kinds.append(self.hold_of_cycle)
        return Text(self.chance.choice(kinds)(length, place))

    def plain_phase(self, length, place):
        """Where the batch grows, cycles in cycles and the halves of `cycle` would differ in updates."""
        phase = super().phase(length, replace(place, depth=3) if self.grows and place.in_cycle else place)
        return Hold(length, self.level()) if self.grows and isinstance(phase, Cycle) else phase

    def clauses_of(self, length, place, share=0.25):
        start = self.start(place, share, or_zero=False)
        return ([f"from {self.writer.level(start)}"] if start else []) + self.writer.length(length)

    def to(self, place, or_zero=True):
        return f"to {self.writer.level(self.level(or_zero))}"

    def form(self):
        """A shape as one writes it in a phase."""
        if self.shapes and self.roll(0.7):
            name = self.chance.choice(self.shapes)
            return name + ARGUMENTS.get(name, "")
        head, *power = self.writer.shape(self.shape(may_be_reversed=False))
        return " ".join([head, *power])

    def shape_name(self):
        """A shape as an argument."""
        plain = [name for name in self.shapes if name not in ARGUMENTS]
        return self.chance.choice([*plain, *plain, "linear", "cosine", "sqrt", "smoothstep", "tanh", "square"])

    def shaped(self, length, place):
        reverse = "reversed " if self.roll(0.2) else ""
        return self.writer.shuffled(reverse + self.form(), [self.to(place, self.roll(0.3))] + self.clauses_of(length, place))

    def anneal(self, length, place):
        clauses = [self.writer.quantity(length.quantity)] + ([self.form()] if self.roll(0.6) else [])
        return " ".join(["anneal", *clauses, *([self.to(place, self.roll(0.3))] if self.roll(0.7) else [])])

    def power(self, length, place):
        exponent = self.pick("-0.5", "-1", "-0.25", "0.5", "-1.7")
        timescale = self.quantity(place.about * self.share(1, 200), place.in_cycle)
        clauses = [f"timescale {self.writer.quantity(timescale)}"] + self.clauses_of(length, place)
        return self.writer.shuffled(f"power {exponent}", clauses)

    def table(self, length, place):
        offsets = sorted(self.chance.sample(range(5, 100), self.pick(1, 2, 3, 5)))
        positions = [self.quantity(place.position + place.about * Fraction(offset, 100)) for offset in offsets]
        positions.sort(key=self.steps)
        return "table " + ", ".join(f"{self.writer.quantity(position)} {self.writer.level(self.level())}"
                                    for position in positions)

    def formula_phase(self, length, place):
        return " ".join([f"({self.of_update()} {self.pick('+', '*')} {self.formula(2)})", *self.writer.length(length)])

    def turns(self):
        """What cycles may do from one to the next."""
        found = [f"growing by {self.pick('1.5', '2', '3')}"] if self.roll(0.3) else []
        found += [f"peak by {self.pick('0.5', '0.9')}"] if self.peak is not None and self.roll(0.2) else []
        found += [f"swing by {self.pick('0.5', '0.75')}"] if self.roll(0.2) else []
        return found + ([f"at most {self.chance.randint(1, 5)} {self.pick('cycles', 'cycles')}"] if self.roll(0.3) else [])

    def repeated(self, length, place):
        period = self.quantity(place.about * self.share(5, 60), place.in_cycle)
        inside = replace(place, position=Fraction(0), about=self.steps(period), in_cycle=True, depth=place.depth + 1)
        clauses = [f"every {self.writer.quantity(period)}"] + self.turns() + self.writer.length(length)
        return self.writer.shuffled("repeat", clauses) + f" {{ {self.writer.chain(self.body(inside))} }}"

    def repeat_times(self, length, place):
        count = self.chance.randint(1, 6)
        inside = replace(place, position=Fraction(0), about=place.about / count, in_cycle=True, depth=place.depth + 1)
        swing = [f"swing by {self.pick('0.5', '0.75')}"] if self.roll(0.2) else []
        clauses = [f"{count} times"] + swing + self.writer.length(length)
        return self.writer.shuffled("repeat", clauses) + f" {{ {self.writer.chain(self.body(inside))} }}"

    def growing_cycle(self, length, place):
        low, high = self.ordered_levels()
        if self.size(low) == self.size(high):
            high = replace(high, number=high.number + 1)
        period = self.quantity(place.about * self.share(5, 60), place.in_cycle)
        up = [f"up {self.pick('0.3', '0.25', '1/3', '0.75')}"] if self.roll(0.4) else []
        form = [self.form()] if self.roll(0.8) else []
        between = f"between {self.writer.level(low)} and {self.writer.level(high)}"
        clauses = [between, f"every {self.writer.quantity(period)}"] + up + form + self.turns()
        return self.writer.shuffled("cycle", clauses + self.writer.length(length))

    def hold_of_cycle(self, length, place):
        level = [self.writer.level(self.level())] if self.roll(0.5) or self.must_say_from(place) else []
        return " ".join(["hold", *level, f"for 0.{self.chance.randint(1, 9)}% of cycle"])

    # Formulas of the update: plain numbers.

    def formula(self, depth):
        if depth == 0 or self.roll(0.2):
            return self.operand()
        one, other = self.formula(depth - 1), self.formula(depth - 1)
        unary = self.pick("sqrt", "exp2", "log2", "sinpi", "cospi", "havpi", "tanh", "exp", "ln")
        return self.pick(f"({one} + {other})", f"({one} - {other})", f"({one} * {other})", f"({one} / {other})",
                         f"min({one}, {other})", f"max({one}, {other})", f"({one}) ^ {self.pick('2', '0.5', '-1')}",
                         f"{unary}({one})", f"exp2(-{one})")

    def operand(self):
        return self.writer.number(Fraction(self.chance.randint(1, 999), 100)) if self.roll(0.2) else self.of_update()

    def of_update(self):
        unit = self.chance.choice([unit for unit in self.units if unit != "%"])
        choices = [f"position in {unit}", f"elapsed in {unit}", f"noise(seed: {self.chance.randint(0, 2**64 - 1)})"]
        return self.chance.choice(choices + ["progress"] * (2 * self.has_run))

    # Schedules.

    def schedule(self, depth=0):
        if depth > 1 or not self.roll(0.45):
            return super().schedule(depth)
        kinds = [self.arithmetic, self.of_formula]
        if depth == 0 and self.has_run and not self.grows:
            kinds += [self.stretched] * 3
        if self.peak is not None and self.has_run:
            kinds += [self.standard, self.standard]
        if self.calls and self.has_run and self.peak is not None:
            kinds += [self.own, self.own]
        return Text(self.chance.choice(kinds)(depth))

    def operand_schedule(self, depth):
        text = self.writer.schedule(self.schedule(depth + 1))
        return f"({text}{self.conventions(0.1, whole=False)})"

    def arithmetic(self, depth):
        self.in_call += 1
        one = f"({self.writer.schedule(Chain(self.chain()))}{self.conventions(0.1, whole=False)})"
        level = self.writer.level(self.level(may_be_named=False))
        decay = f"(exponential by {self.pick('0.5', '0.99', '0.999')} per {self.pick('step', '10 steps')})"
        wave = "(cycle triangular between 0.5 and 1 every 7 steps)"
        found = self.pick(f"{one} + {self.operand_schedule(depth)}", f"{one} * {decay}", f"{one} * {wave}",
                          f"{one} + {level}", f"{one} / 2", f"0.5 * {one}", f"{one} - {level}",
                          f"max({one}, {level})", f"min({one}, {self.operand_schedule(depth)})",
                          f"{one} * (0.5 + 0.5 * noise(seed: {self.chance.randint(0, 99)}))")
        self.in_call -= 1
        return found

    def of_formula(self, depth):
        return f"({self.formula(3)})"

    def stretched(self, depth):
        """Jumps and a schedule that is held, where a frame of fine positions is around them."""
        level, at = self.writer.level(self.level(False)), sorted(self.chance.sample(range(1, 99), 3))
        places = ", ".join(self.writer.quantity(self.quantity(self.run * place / 100, may_be_named=False)) for place in at)
        each = f", held each {self.writer.quantity(self.quantity(self.run * self.share(1, 9)))}" if self.roll(0.5) else ""
        return f"step from {level} by 0.5 at {places}{each}, {self.extend()}"

    def extend(self):
        end = Quantity(decimal(self.run * self.share(120, 300), self.pick(0, 3, 12, 16)) + 1, "steps")
        return f"extend to {self.writer.quantity(end)} keep value at {self.chance.randint(20, 60)}%"

    def some_duration(self, low=1, high=20):
        return self.writer.quantity(self.quantity(self.run * self.share(low, high)))

    def standard(self, depth):
        self.in_call += 1
        level, shape, d = self.writer.level(self.level(False)), self.shape_name(), self.some_duration
        found = self.pick(
            f"wsd({d()}, decay: {d()}, shape: {shape}, floor: {level})", f"wsd({d()})", "onecycle()",
            f"onecycle(peak_at: {d(10, 60)}, start: {level}, shape: {shape})", f"sgdr({d(5, 40)}, growth: 2, peaks: 0.5)",
            f"sgdr(period: {d(5, 40)}, floor: {level})", f"noam({d()})", f"infinite({d()}, {d()}, level: {level})",
            f"power_law({d()}, {d()}, exponent: -0.7)", f"llm_pretraining(warmup: {d()}, floor: {level})",
            f"supervised_fine_tuning(warmup: {d()})", f"rlhf({d()})", f"preference_tuning({d()})", "lora()",
            "embedding_training()", "bert_fine_tuning()")
        self.in_call -= 1
        return found

    def own(self, depth):
        name = self.chance.choice(self.calls)
        self.in_call += 1
        level = self.writer.level(self.level(False, may_be_named=False))
        share = f"{self.chance.randint(1, 60)}%"
        found = {
            "mine": f"mine({self.some_duration()}, form: {self.shape_name()}, floor: {level})",
            "other": f"other({share}, 0.{self.chance.randint(1, 99)}, 0.{self.chance.randint(1, 99)}x)",
            "held": f"kept({self.writer.number(max(Fraction(1, 10), decimal(self.run * self.share(1, 20), 1)))} steps)",
            "shared": f"shared({share})",
        }[name]
        self.in_call -= 1
        return found

    # Conventions, each behind a comma.

    def conventions(self, share, whole=True, turns_back=False):
        found = []
        if self.roll(share):
            late = f" late {self.chance.randint(1, 9)} steps" if self.roll(0.3) else ""
            found.append(f"sample {self.pick('start', 'middle', 'end')}{late}")
        if self.roll(share) and self.has_run:
            found.append(f"past end {self.pick('hold', 'continue', 'error', *(('mirror', 'repeat') * turns_back))}")
        if self.roll(share / 2):
            found.append(f"held each {self.pick('3 steps', '2.5 steps', 'step')}")
        if not found and self.roll(share):
            found.append(f"like {self.chance.choice(CONVENTIONS[:-1] if not turns_back else CONVENTIONS)}")
        if whole and self.has_run and not self.grows and self.roll(share / 2):
            found.append(self.life())
        return "".join(f", {each}" for each in found)

    def life(self):
        at, extent = f"{self.chance.randint(20, 60)}%", self.run * self.share(5, 25)
        over = self.writer.quantity(self.quantity(extent, may_be_named=False))
        return self.pick(f"rewarm over {over} at {at}", f"blend from {self.pick('constant', '(linear to 0)')} over {over} at {at}",
                         self.extend())

    # Whole policies.

    def case(self):
        return self.whole_sentence() if self.roll(0.25) else self.whole_policy()

    def whole_sentence(self):
        if self.grows:
            return self.whole_policy()
        case = self.sentence()
        if ", extend" in case.text:
            return case
        turns_back = ends_in_ramp(case.outputs[0].schedule)
        return replace(case, text=case.text + self.conventions(0.15, turns_back=turns_back))

    def whole_policy(self):
        self.in_policy = True
        self.shapes = self.chance.sample(sorted(CURVES), self.pick(0, 0, 1, 2, 3))
        self.calls = self.chance.sample(sorted(SCHEDULES), self.pick(0, 0, 1, 2))
        definitions = [CURVES[name] for name in self.shapes] + [SCHEDULES[name] for name in self.calls]
        if self.roll(0.1):
            definitions.insert(0, "use shared")
            self.shapes.append("late")
            self.calls.append("shared")
        self.parameter_share = self.pick(0.0, 0.1, 0.3)
        outputs, names, policy_lines = [], ["lr"], []
        names += self.chance.sample(["weight_decay", "momentum", "beta2", "my_out"], self.pick(0, 1, 1, 2))
        items = self.output_lines(names, outputs)
        groups, clamps = self.groups(outputs), self.clamp_lines(outputs)
        lines, flags = self.around(outputs)
        policy_lines += self.lines + lines + clamps + self.remarks(names) + self.rules(names)
        policy_lines += [self.conventions(0.08, whole=False).removeprefix(", ")]
        self.chance.shuffle(policy_lines)
        policy_lines = [f"  {line}" for line in [*self.lets, *policy_lines, *items, *groups] if line]
        text = "\n".join([*definitions, *self.outer_lets, "policy p version 1 {", *policy_lines, "}", *self.tests(flags)]) + "\n"
        return self.as_case(text, flags)

    def as_case(self, text, flags):
        from generate import Case
        return Case(self.seed, text, flags, self.facts, [])

    def output_lines(self, names, outputs):
        peaks = {name: [3e-4, 1.0, 0.1] if name == "lr" else [None, None, 0.1, 2.5] for name in names}
        lines = []
        for name in names:
            output = self.output(name, peaks[name])
            outputs.append(output)
            text = self.writer.schedule(output.schedule)
            if ", extend" not in text:
                text += self.conventions(0.15, turns_back=ends_in_ramp(output.schedule))
            if name != "lr" and self.roll(0.3):
                text = self.pick("lr ^ 2", "1 - lr", "min(lr, 0.5)",
                                 "lr" if not self.mirrored(outputs[0]) else "mirror lr between 0.5 and 0.9", f"lr * {self.formula(1)}", "(linear from 0.9 to 0.5) * lr", "lr / 3 + 0.01")
            lines.append(f"{name} = {text}")
        self.chance.shuffle(lines)
        return lines

    def mirrored(self, output):
        """Whether `mirror` may follow it."""
        return isinstance(output.schedule, Chain) and all(isinstance(phase, (Ramp, Hold, Cycle))
                                                          for phase in output.schedule.phases)

    def around(self, outputs):
        lines, flags = super().around(outputs)
        lines = [self.with_range(line) for line in lines]
        if "--peak" not in flags and self.roll(0.3):
            lines = ["param peak: rate = " + line.removeprefix("peak ") if re.fullmatch(r"peak [^=]*", line) else line
                     for line in lines]
        return lines, flags

    def with_range(self, line):
        """A parameter of kind `x` with a value gets a range that holds it, now and then."""
        if line.startswith("param") and ": x = " in line and self.roll(0.3):
            return line + " in 0.000001x .. 20000x"
        return line

    def clamp_lines(self, outputs):
        lines = []
        for output in outputs:
            self.peak = output.peak
            limits = self.clamp() if self.roll(0.3) else None
            lines += [f"clamp {output.name} to {self.range_text(limits)}"] if limits else []
        return lines

    def remarks(self, names):
        """What changes no bits, and what scales a peak."""
        lines = ['owner "nobody"'] if self.roll(0.1) else []
        if self.has_run:
            lines += [f"stop at {self.chance.randint(10, 100)}%"] if self.roll(0.1) else []
            lines += [f'mark "half" at {self.chance.randint(1, 99)}%'] if self.roll(0.1) else []
            claims = ("never above 1e300", "never below 0", "continuous", "rises until 10%", "falls after 20% until 30%",
                      "reaches 0.5", "ends at 0.5")
            lines += [f"require lr {self.chance.choice(claims)}"] if self.roll(0.2) else []
        if self.roll(0.1):
            lines.append(f"scale lr {self.pick('linear', 'sqrt')} with batch from {self.chance.randint(1, 512)} samples")
        return lines

    def tests(self, flags):
        if not self.roll(0.15):
            return []
        words = {"--rate": "", "--set": "", "--run": "run ", "--batch": "batch ", "--peak": "peak "}
        facts = [words[flag] + value.replace("=", " = ", flag == "--set") for flag, value in zip(flags[::2], flags[1::2])]
        given = f" with {', '.join(facts)}" if facts else ""
        return [f'test "nothing" for p{given} {{ lr at step 3 is 0.5 within 1e3 lr at step 0 is 1 }}']

    def rules(self, names):
        if not self.roll(0.3):
            return []
        found = [f"on {self.trigger()} {{ {' '.join(self.reactions(names))} }}" for _ in range(self.pick(1, 1, 2, 3))]
        return found + ([f"metric {', '.join(METRICS)}"] if self.roll(0.5) else [])

    def trigger(self):
        metric, count = self.chance.choice(METRICS), self.chance.randint(1, 9)
        conditions = [f"cooldown {count} {self.pick('evals', 'eval')}"] if self.roll(0.3) else []
        conditions += [f"after {self.chance.randint(1, 50)} steps"] if self.roll(0.3) else []
        counting = ["counting nonfinite"] if self.roll(0.3) else []
        threshold = [f"threshold 0.01 {self.pick('relative', 'absolute')}"] if self.roll(0.4) else []
        trigger, more = self.pick(
            (f"plateau of {metric} {self.pick('falling', 'rising')} for {count} evals", threshold + counting),
            (f"spike of {metric} above 2.5 times its mean over {count * 7} steps", []),
            (f"nonfinite {', '.join(self.chance.sample(METRICS, self.pick(1, 2)))}", []),
            (f"threshold of {metric} {self.pick('above', 'below')} 1.5", counting))
        return ", ".join([trigger, *conditions, *more])

    def reactions(self, names):
        found = []
        for name in self.chance.sample(names, self.pick(1, len(names))):
            by = self.pick("0.5", "0.1", "0.9", "2")
            duration = f" for {self.chance.randint(1, 60)} steps" if self.roll(0.4) else ""
            limits = [f"not below {self.pick('0', '0.001')}"] if by != "2" and self.roll(0.5) else []
            if not duration and (not limits or self.roll(0.3)):
                limits.append(f"at most {self.chance.randint(1, 9)} times")
            limits += ["ignoring changes under 1e-8"] if self.roll(0.2) else []
            found.append(f"{name} by {by}{duration}" + "".join(f", {limit}" for limit in limits))
        return found + [f"signal {signal}" for signal in ("diverged", "early_stop") if self.roll(0.2)]

    def groups(self, outputs):
        found = []
        for number in range(self.pick(0, 0, 1, 2, 3)):
            group = self.group(f"g{number}", outputs)
            if group.schedules or group.factors or group.clamps:
                found.append(self.group_text(group))
        if self.roll(0.15):
            found.append(f'group cold matches "cold.*" {{ frozen{self.pick("", " for 3 steps", " until 5 steps")} lr by 2 }}')
        if self.roll(0.15):
            count = self.chance.randint(1, 6)
            found.append(f'group layers matches "layers.{{i}}.*", "h.{{i}}.*" of {count} {{ lr by 0.9 ^ ({count} - i) }}')
        return found


def facts_of(flags):
    """Flags of the command as fields of task.h."""
    facts = {"rates": [], "parameters": []}
    for flag, value in zip(flags[::2], flags[1::2]):
        if flag == "--rate":
            facts["rates"].append(value)
        elif flag == "--set":
            facts["parameters"].append(value.split("=", 1))
        else:
            facts[flag.removeprefix("--")] = value
    return facts


def policy(seed):
    case = Everything(seed).case()
    return {"seed": seed, "path": str(FOLDER / "here.lrp"), "text": case.text, **facts_of(case.flags)}
