#!/usr/bin/env python3
"""`lrc compile --emit`: files that other programs link and load, and what stands in the way of one.

    emit_test.py LRC
"""
import ctypes
import os
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LRC = os.path.abspath(sys.argv[1])
SENTENCE = "warmup 6% linear then cosine to 0.01x"
FACTS = ("--run", "100K steps", "--peak", "3e-4")
GROUPS = """policy grouped version 3 {
  run 1000 steps
  peak 3e-4
  lr = warmup 10% linear then cosine to 0.1x
  weight_decay = 0.1
  group norms matches "*norm*" { weight_decay = 0 }
  group head matches "head.*" { lr = constant }
  on plateau of val_loss falling for 3 evals { lr by 0.5, not below 0.01x }
}
"""
BINARY_FORMS = ("object", "shared")
TEXT_FORMS = ("canonical", "ir", "llvm", "asm", "ptx", "c", "cuda")


def lrc(*arguments, **options):
    environment = dict(os.environ, NO_COLOR="1", **options.pop("environment", {}))
    return subprocess.run([LRC, *map(str, arguments)], capture_output=True, env=environment, **options)


def emit(form, *arguments, policy=SENTENCE, facts=FACTS):
    result = lrc("compile", policy, *facts, "--emit", form, *arguments)
    if result.returncode != 0:
        raise AssertionError(result.stderr.decode())
    return result.stdout


def evaluated(policy, facts, steps, *arguments):
    """By step: the bits of each output, from the interpreter."""
    at = ",".join(map(str, steps))
    text = lrc("eval", policy, *facts, "--at", at, "--format", "csv", *arguments).stdout.decode()
    rows = [line.split(",") for line in text.splitlines()[1:]]
    return {int(row[0]): [bits(float(value)) for value in row[1:]] for row in rows}


def bits(value):
    return struct.pack("<d", value).hex()


class Shared:
    """A shared library in this process."""

    def __init__(self, folder, name, slots, **emitted):
        path = Path(folder, f"{name}.so")
        path.write_bytes(emit("shared", **emitted))
        self.library, self.name, self.slots = ctypes.CDLL(str(path)), name, slots

    def values(self, step, factors=None):
        room = (ctypes.c_double * self.slots)()
        given = None if factors is None else (ctypes.c_double * len(factors))(*factors)
        function = self.library[f"{self.name}_values"]
        function.restype, function.argtypes = None, [ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]
        function(step, room, given)
        return [bits(value) for value in room]

    def output(self, name, step):
        function = self.library[f"{self.name}_{name}"]
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_int64]
        return bits(function(step))

    def hash(self):
        return (ctypes.c_char * 70).in_dll(self.library, f"{self.name}_hash").value.decode()


class Files(unittest.TestCase):
    def test_the_bytes_do_not_depend_on_place_and_time(self):
        with tempfile.TemporaryDirectory() as folder:
            for form in TEXT_FORMS + BINARY_FORMS:
                path = Path(folder, form)
                result = lrc("compile", SENTENCE, *FACTS, "--emit", form, "-o", path, cwd=folder)
                self.assertEqual((0, b"", b""), (result.returncode, result.stdout, result.stderr), form)
                self.assertEqual(path.read_bytes(), emit(form), form)

    def test_canonical_text_is_that_of_hash(self):
        self.assertEqual(lrc("hash", "--canonical", SENTENCE).stdout, emit("canonical"))
        self.assertEqual(0, lrc("compile", SENTENCE, "--emit", "canonical").returncode)

    def test_texts_show_what_they_are(self):
        self.assertRegex(emit("ir").decode(), r"(?m)^    r2 = small_progress \(t - 6000\)/94000$")
        self.assertIn("define void @lrc_policy_values(i64", emit("llvm").decode())
        self.assertIn("lrc_policy_values:", emit("asm").decode())
        self.assertIn("fadd", emit("asm", "--target", "aarch64").decode())
        self.assertIn(".target sm_90", emit("ptx", "--target", "sm_90").decode())

    # Replaced by a file, /dev/null would fill the disk of everybody.
    def test_what_is_no_file_is_written_to(self):
        with tempfile.TemporaryDirectory() as folder:
            pipe = Path(folder, "pipe")
            os.mkfifo(pipe)
            reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
            self.assertEqual(0, lrc("compile", SENTENCE, "--emit", "canonical", "-o", pipe).returncode)
            self.assertEqual(emit("canonical"), reader.communicate(timeout=20)[0])
            self.assertTrue(pipe.is_fifo())

    def test_a_name_of_ones_own(self):
        self.assertIn("define double @mine_lr(i64", emit("llvm", "--name", "mine").decode())


class Libraries(unittest.TestCase):
    def test_a_shared_library_needs_nothing_and_has_the_interpreters_bits(self):
        steps = [0, 1, 5999, 6000, 6001, 53000, 53001, 99999, 100000, 2**62]
        with tempfile.TemporaryDirectory() as folder:
            library = Shared(folder, "lrc_policy", 1)
            wanted = evaluated(SENTENCE, FACTS, steps)
            for step in steps:
                self.assertEqual(wanted[step], library.values(step), step)
                self.assertEqual(wanted[step], [library.output("lr", step)], step)
            needed = subprocess.run(["readelf", "--dynamic", Path(folder, "lrc_policy.so")], capture_output=True, text=True)
            self.assertNotIn("NEEDED", needed.stdout)

    def test_groups_and_rules(self):
        with tempfile.TemporaryDirectory() as folder:
            policy = Path(folder, "grouped.lrp")
            policy.write_text(GROUPS)
            library = Shared(folder, "grouped", 6, policy=policy, facts=())
            for step in (0, 99, 100, 500, 1000):
                outside = evaluated(policy, (), [step])[step]
                norms = evaluated(policy, (), [step], "--group", "norms")[step]
                head = evaluated(policy, (), [step], "--group", "head")[step]
                self.assertEqual(outside + norms + head, library.values(step), step)
                self.assertEqual(outside[1], library.output("weight_decay", step))
            at_rest, halved = library.values(500, [1.0]), library.values(500, [0.5])
            self.assertEqual(at_rest, library.values(500))
            self.assertEqual(bits(struct.unpack("<d", bytes.fromhex(at_rest[0]))[0] * 0.5), halved[0])

    def test_the_hash_is_that_of_the_policy_with_its_facts(self):
        with tempfile.TemporaryDirectory() as folder:
            library = Shared(folder, "lrc_policy", 1)
            self.assertRegex(emit("ir").decode(), f"with its facts: {library.hash()}\n")

    def test_an_object_links_into_a_c_program(self):
        program = """
            #include <stdint.h>
            #include <stdio.h>
            double lrc_policy_lr(int64_t step);
            int main(void) { return printf("%a\\n", lrc_policy_lr(6000)) < 0; }
        """
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "policy.o").write_bytes(emit("object"))
            Path(folder, "main.c").write_text(program)
            subprocess.run(["cc", "-o", "main", "main.c", "policy.o"], cwd=folder, check=True)
            said = subprocess.run([Path(folder, "main")], capture_output=True, text=True).stdout
            self.assertEqual(3e-4, float.fromhex(said))

    def test_wide_integers_need_no_library(self):
        for target in ("x86-64", "aarch64"):
            code = emit("object", "--target", target, facts=("--run", f"{2**63 - 1} steps", "--peak", "1"))
            with tempfile.NamedTemporaryFile() as file:
                file.write(code)
                file.flush()
                undefined = subprocess.run(["nm", "-u", file.name], capture_output=True, text=True)
                self.assertEqual("", undefined.stdout, target)


class Refusals(unittest.TestCase):
    def refused(self, code, *arguments, policy=SENTENCE, facts=FACTS, environment=None):
        result = lrc("compile", policy, *facts, "--emit", *arguments, environment=environment or {})
        self.assertEqual((code, b""), (result.returncode, result.stdout), arguments)
        return result.stderr.decode()

    def test_targets_that_do_not_go_with_the_form(self):
        self.assertIn("x86-64-v3", self.refused(2, "shared", "--target", "sm_90"))
        self.assertIn("sm_90", self.refused(2, "ptx", "--target", "x86-64"))
        self.assertIn("same for all machines", self.refused(2, "ir", "--target", "x86-64"))

    def test_names_that_are_none(self):
        for name in ("3d", "a-b", "a b", "é"):
            self.assertIn("--name", self.refused(2, "object", "--name", name))

    def test_an_unknown_form(self):
        self.refused(2, "exe")

    def test_a_missing_fact_is_asked_for(self):
        self.assertIn("E0401", self.refused(1, "object", facts=()))

    def test_an_output_that_would_hide_a_function(self):
        policy = 'policy p version 1 { run 10 steps\n values = 1 }'
        with tempfile.NamedTemporaryFile(suffix=".lrp") as file:
            file.write(policy.encode())
            file.flush()
            self.assertIn("`p_values`", self.refused(3, "object", policy=file.name, facts=()))

    def test_an_output_that_would_hide_a_function_of_a_gpu(self):
        for output in ("eval", "reaction", "update"):
            with tempfile.NamedTemporaryFile(suffix=".lrp", mode="w") as file:
                file.write(f"policy p version 1 {{ run 10 steps\n {output} = 1 }}")
                file.flush()
                self.assertIn(f"`p_{output}`", self.refused(3, "ptx", policy=file.name, facts=()))
                self.assertIn(f"p_{output}", emit("asm", policy=file.name, facts=()).decode())

    # The arithmetic's functions have names that nobody can give.
    def test_an_output_that_is_called_like_the_arithmetic(self):
        with tempfile.TemporaryDirectory() as folder:
            policy = Path(folder, "lrc1.lrp")
            policy.write_text("policy lrc1 version 1 { run 10 steps\n peak 1\n lr = polynomial(0.9) to 0\n pow = 0.25 }")
            shared = Shared(folder, "lrc1", 2, policy=policy, facts=())
            for step, expected in evaluated(policy, (), range(10)).items():
                self.assertEqual(expected, [shared.output("lr", step), shared.output("pow", step)])

    def test_a_path_that_cannot_be_written(self):
        self.assertIn("E0004", self.refused(3, "object", "-o", "/nowhere/at/all.o"))

    def test_without_ptxas(self):
        said = self.refused(3, "cubin", environment={"LRC_PTXAS": "/nowhere/ptxas"})
        self.assertIn("CUDA Toolkit", said)

    def test_without_the_library_that_emits(self):
        with tempfile.TemporaryDirectory() as folder:
            binary = Path(folder, "lrc")
            binary.write_bytes(Path(LRC).read_bytes())
            binary.chmod(0o755)
            result = subprocess.run([binary, "compile", SENTENCE, *FACTS, "--emit", "object"], capture_output=True)
            self.assertEqual(3, result.returncode)
            self.assertIn(b"liblrc_emit.so", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
