"""What is measured, what it is compared with, and what would be good: P1–P3 and P5–P11 of the design."""
from dataclasses import dataclass, field

MILLISECOND = 1e6  # times are nanoseconds


@dataclass
class Row:
    key: str
    text: str
    worker: str  # of run.py's WORKERS
    measurement: str  # as the worker calls it
    fresh: bool = False  # once in a new process, each round


@dataclass
class Ratio:
    """`of` takes at most so many times what `to` takes."""

    text: str
    of: str
    to: str
    at_most: float
    why: str = ""  # it is missed, where it is


@dataclass
class Time:
    """`of` takes less than so many nanoseconds."""

    text: str
    of: str
    at_most: float
    why: str = ""


@dataclass
class Slope:
    """Of the line through the logarithms of sizes and times."""

    text: str
    of: dict  # size: key
    at_most: float
    why: str = ""


@dataclass
class Goal:
    name: str
    title: str
    rows: list  # others are compared with the first
    claims: list = field(default_factory=list)
    milliseconds: float = 2  # of one row in one round

    @property
    def file_name(self):
        return self.name.split(", ")[0] + ".json"


def phases(count):
    return Row(f"bound {count}", f"{count:,} phases, text to bound program", "lrc", f"phases bound {count}")


LENGTHS = (625, 1_250, 2_500, 5_000, 10_000)

GOALS = [
    Goal(
        "P1, P2",
        "one evaluation of `warmup 6% linear then cosine to 0.01x`",
        [
            Row("c", "C, own polynomial, contraction off", "lrc", "c"),
            Row("fused", "C, own polynomial, fused multiply-adds", "lrc", "c fused"),
            Row("libm", "C, libm's cos", "lrc", "c libm"),
            Row("jit", "JIT, one slot", "lrc", "jit"),
            Row("values", "JIT, all slots to memory", "lrc", "jit values"),
            Row("interpreter", "interpreter", "lrc", "interpreter"),
            Row("schedule", "interpreter, as a Schedule", "lrc", "interpreter schedule"),
            Row("luajit", "LuaJIT, in its own loop", "lrc", "luajit"),
            Row("muparser", "muParser", "lrc", "muparser"),
            Row("optax", "optax, jitted, from Python", "python", "optax"),
            Row("c chained", "C, each call waits for the one before", "lrc", "c chained"),
            Row("fused chained", "C, fused, each call waits", "lrc", "c fused chained"),
            Row("jit chained", "JIT, each call waits", "lrc", "jit chained"),
            Row("interpreter chained", "interpreter, each call waits", "lrc", "interpreter chained"),
        ],
        [
            Ratio("P1: JIT against C", "jit", "c", 1.1),
            Ratio("P1: JIT against C, each call waits", "jit chained", "c chained", 1.1),
            Ratio("P2: interpreter against C", "interpreter", "c", 3),
        ],
    ),
    Goal(
        "P3",
        "one update of 64 parameter groups, each with its factor",
        [
            Row("c", "C loop", "lrc", "groups c 64"),
            Row("jit", "Schedule::values(), JIT", "lrc", "groups jit 64"),
            Row("interpreter", "Schedule::values(), interpreter", "lrc", "groups interpreter 64"),
            Row("step lr", "LibTorch StepLR::step()", "libtorch", "step lr 64"),
            Row("lambda lr", "torch LambdaLR.step()", "python", "lambda lr 64"),
        ],
        [
            Ratio("P3: JIT against a C loop", "jit", "c", 1.1, "what Schedule does around the loop counts, too"),
            Ratio("P3: JIT against LibTorch StepLR", "jit", "step lr", 1 / 50, "the C loop itself needs about 1/30"),
            Ratio("P3: JIT against torch LambdaLR", "jit", "lambda lr", 1 / 1000, "the C loop itself needs about 1/1,000"),
        ],
    ),
    Goal(
        "P5",
        "the whole curve, 100,000 updates, one core",
        [
            Row("c", "C, vectorised by the compiler", "lrc", "curve c"),
            Row("fused", "C, vectorised, fused multiply-adds", "lrc", "curve c fused"),
            Row("libmvec", "C with libmvec's cos", "lrc", "curve libmvec"),
            Row("memset", "memset of the buffer", "lrc", "curve memset"),
            Row("jit", "JIT, the whole curve", "lrc", "curve jit"),
            Row("steps", "JIT, step by step", "lrc", "curve jit steps"),
            Row("numpy", "numpy", "python", "curve numpy"),
            Row("optax", "optax, vmapped and jitted", "python", "curve optax"),
        ],
        [
            Ratio("P5: against vectorised C", "jit", "c", 1.0),
            Ratio("P5: against libmvec", "jit", "libmvec", 0.8),
            Ratio("P5: against memset", "jit", "memset", 4, "a polynomial a value; C needs twice as long"),
        ],
    ),
    Goal(
        "P6",
        "`lrc check` of one file, fork to exit",
        [
            Row("empty", "an empty static program", "lrc", "process empty"),
            Row("true", "/bin/true", "lrc", "process true"),
            Row("version", "lrc --version", "lrc", "process lrc version"),
            Row("text", "lrc check of a sentence", "lrc", "process lrc check text"),
            Row("file", "lrc check of a file", "lrc", "process lrc check file"),
        ],
        [
            Ratio("P6: against an empty static program", "file", "empty", 10, "ANTLR learns the grammar anew in each process"),
            Time("P6: fork to exit", "file", 10 * MILLISECOND),
        ],
        milliseconds=10,
    ),
    Goal(
        "P7",
        "1,000 files in one process",
        [
            Row("read", "reading them", "lrc", "read folder"),
            Row("check", "lrc check of the folder", "lrc", "process lrc check folder"),
        ],
        [Time("P7: lrc check of 1,000 files", "check", 200 * MILLISECOND, "parsing, exact numbers and memory, on two cores")],
        milliseconds=20,
    ),
    Goal(
        "P8",
        "cold process, text to a value from compiled code",
        [
            Row("llvm", "a static LLVM that returns from main", "lrc", "process llvm"),
            Row("eval", "lrc eval --backend jit", "lrc", "process lrc eval jit"),
        ],
        [Ratio("P8: against LLVM alone", "eval", "llvm", 4)],
        milliseconds=10,
    ),
    Goal(
        "P9",
        "live process, text to callable",
        [
            Row("muparser", "muParser, expression to first value", "lrc", "muparser callable"),
            Row("bound", "text to bound program", "lrc", "callable bound"),
            Row("lljit", "LLJIT alone, from bitcode", "lljit", "lljit"),
            Row("jit", "text to JIT-compiled function", "lrc", "callable jit"),
            Row("program", "bound program to JIT-compiled function", "lrc", "callable jit of program"),
            Row("cached", "text to function, first hit in a process", "cached", "callable cached", fresh=True),
        ],
        [
            Ratio("P9: interpreter tier against muParser (for exprtk)", "bound", "muparser", 10, "checked, hashed and bound in exact numbers"),
            Ratio("P9: JIT tier against LLJIT alone", "jit", "lljit", 1.3, "ours begins with the text and optimises"),
            Time("P9: cache hit", "cached", 0.2 * MILLISECOND, "half of it is text to bound program, the rest finds, reads, hashes and maps the entry"),
        ],
        milliseconds=12,
    ),
    Goal(
        "P10",
        "10,000 phases",
        [
            Row("sequential", "construction of torch SequentialLR", "python", "sequential lr 10000"),
            *map(phases, LENGTHS),
            Row("step 8", "interpreter, one step of 8 phases", "lrc", "phases interpreter 8"),
            Row("step", "interpreter, one step of 10,000", "lrc", "phases interpreter 10000"),
            Row("jit step 8", "JIT, one step of 8 phases", "lrc", "phases jit 8"),
            Row("jit step", "JIT, one step of 10,000", "lrc", "phases jit 10000"),
        ],
        [
            Ratio("P10: text to bound against SequentialLR", "bound 10000", "sequential", 1, "parsing alone takes longer"),
            Ratio("P10: interpreter, a step against that of 8 phases", "step", "step 8", 4),
            Ratio("P10: JIT, a step against that of 8 phases", "jit step", "jit step 8", 4),
            Slope("P10: growth, log-log slope", {n: f"bound {n}" for n in LENGTHS}, 1.15),
        ],
    ),
    Goal(
        "P11",
        "one update of 10,000 parameter groups",
        [
            Row("lambda lr", "torch LambdaLR.step()", "python", "lambda lr 10000"),
            Row("c", "C loop", "lrc", "groups c 10000"),
            Row("interpreter", "Schedule::values(), interpreter", "lrc", "groups interpreter 10000"),
            Row("jit", "Schedule::values(), JIT", "lrc", "groups jit 10000"),
        ],
        [Ratio("P11: JIT against torch LambdaLR", "jit", "lambda lr", 1 / 500)],
    ),
]
