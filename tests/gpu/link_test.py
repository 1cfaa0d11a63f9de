#!/usr/bin/env python3
"""A user's own kernel calls lrc_eval: compiled, assembled and linked for every GPU, without one.

    link_test.py LRC ROOT TOOLS    TOOLS holds what scripts/install-cuda-tools puts there

What is missing on this machine is said, and what needs it is left out.
"""
import ctypes
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from user_kernel import kernel

LRC, ROOT, TOOLS = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve()
EXAMPLE = ROOT / "examples/cuda_link"
ARCHITECTURES = ["sm_75", "sm_80", "sm_90", "sm_100", "sm_120"]
PLACES = os.pathsep.join([str(Path(LRC).parent), os.environ["PATH"], "/usr/local/cuda/bin", str(TOOLS)])

def run(*words, folder=None):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, "PATH": PLACES})
    if done.returncode != 0:
        raise AssertionError(f"{words} ended with {done.returncode}: {done.stderr}{done.stdout}")
    return done.stdout


def schedule(architecture, path, name="lrc"):
    run(LRC, "compile", "--emit", "ptx", "--target", architecture, "--name", name, "-o", path, EXAMPLE / "schedule.lrp")
    return path


def symbols(cubin):
    """Of an ELF file of 64 bits: which global symbols it defines, and which it lacks. What begins with `.` is the GPU's
    own."""
    sections_at, = struct.unpack_from("<Q", cubin, 40)
    size, count = struct.unpack_from("<HH", cubin, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", cubin, sections_at + size * k) for k in range(count)]
    defined, missing = set(), set()
    for _, kind, _, _, begin, length, link, _, _, entry in sections:
        if kind != 2:  # SHT_SYMTAB
            continue
        names = sections[link][4]
        for at in range(begin, begin + length, entry):
            name_at, info, _, section, _, _ = struct.unpack_from("<IBBHQQ", cubin, at)
            name = cubin[names + name_at:cubin.index(b"\0", names + name_at)].decode()
            if info >> 4 and not name.startswith("."):
                (missing if section == 0 else defined).add(name)
    return defined, missing


def lacks(*programs):
    """Which of the programs are not on this machine, in words; empty where all are."""
    absent = [program for program in programs if shutil.which(program, path=PLACES) is None]
    return f"{' and '.join(absent)} of the CUDA Toolkit not found" if absent else ""


def nv_jit_link():
    return next(iter(sorted(TOOLS.glob("libnvJitLink.so*"))), None)


class NvJitLink:
    PTX = 2

    def __init__(self, library, architecture):
        self.library, self.version = ctypes.CDLL(str(library)), library.name.rsplit(".", 1)[1]
        self.handle = ctypes.c_void_p()
        option = (ctypes.c_char_p * 1)(f"-arch={architecture}".encode())
        self.call("Create", ctypes.byref(self.handle), ctypes.c_uint32(1), option)

    def call(self, name, *arguments):
        result = getattr(self.library, f"__nvJitLink{name}_{self.version}_0")(*arguments)
        if result != 0:
            raise AssertionError(f"nvJitLink{name} gave {result}: {self.bytes('ErrorLog').decode() if self.handle else ''}")

    def bytes(self, what):
        size = ctypes.c_size_t()
        self.call(f"Get{what}Size", self.handle, ctypes.byref(size))
        found = ctypes.create_string_buffer(size.value + 1)
        self.call(f"Get{what}", self.handle, found)
        return found.raw[:size.value]

    def linked(self, *texts):
        for text in texts:
            data = text.encode() + b"\0"
            self.call("AddData", self.handle, ctypes.c_int(self.PTX), data, ctypes.c_size_t(len(data)), b"code")
        self.call("Complete", self.handle)
        cubin = self.bytes("LinkedCubin")
        self.call("Destroy", ctypes.byref(self.handle))
        return cubin


class Link(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def needs(self, reason):
        if reason:
            self.skipTest(reason)

    def assert_whole(self, cubin, *kernels):
        defined, missing = symbols(cubin)
        self.assertEqual(set(), missing)
        self.assertLessEqual({*kernels, "lrc_eval", "lrc_update"}, defined)

    def test_the_example_is_built_as_its_page_says(self):
        self.needs(lacks("nvcc", "ptxas", "nvlink"))
        commands, = re.findall(r"^```sh\n(.*?)^```$", (EXAMPLE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
        for file in EXAMPLE.iterdir():
            shutil.copy(file, self.folder)
        for architecture in ARCHITECTURES:
            text = commands.replace("sm_90", architecture).replace("../../runtime", str(ROOT / "runtime"))
            run("sh", "-e", "-c", text, folder=self.folder)
            self.assert_whole((self.folder / "sgd.cubin").read_bytes(), "sgd")
            run("nvcc", f"-arch={architecture}", "-dlink", "sgd.o", "schedule.cubin", "-o", "linked.o", folder=self.folder)

    def test_a_kernel_without_the_schedule_is_seen_to_lack_it(self):
        self.needs(lacks("ptxas"))
        (self.folder / "kernel.ptx").write_text(kernel("mine"))
        run("ptxas", "-c", "-arch=sm_90", "kernel.ptx", "-o", "kernel.cubin", folder=self.folder)
        defined, missing = symbols((self.folder / "kernel.cubin").read_bytes())
        self.assertEqual({"mine"}, defined)
        self.assertIn("lrc_eval", missing)

    def test_two_policies_in_one_program(self):
        self.needs(lacks("ptxas", "nvlink"))
        objects = []
        for name, text in (("first", None), ("second", None), ("mine", kernel("mine", "first")),
                           ("yours", kernel("yours", "second"))):
            path = self.folder / f"{name}.ptx"
            schedule("sm_90", path, name) if text is None else path.write_text(text)
            run("ptxas", "-c", "-arch=sm_90", path, "-o", path.with_suffix(".cubin"))
            objects.append(path.with_suffix(".cubin"))
        run("nvlink", "-arch=sm_90", *objects, "-o", self.folder / "linked.cubin")
        defined, missing = symbols((self.folder / "linked.cubin").read_bytes())
        self.assertEqual(set(), missing)
        self.assertLessEqual({"mine", "yours", "first_eval", "second_eval"}, defined)

    def test_nv_jit_link(self):
        library = nv_jit_link()
        self.needs("" if library else f"libnvJitLink not found in {TOOLS}")
        for architecture in ARCHITECTURES:
            ptx = schedule(architecture, self.folder / "schedule.ptx").read_text()
            self.assert_whole(NvJitLink(library, architecture).linked(kernel("mine"), ptx), "mine")

    def test_nv_jit_link_says_what_is_missing(self):
        library = nv_jit_link()
        self.needs("" if library else f"libnvJitLink not found in {TOOLS}")
        with self.assertRaisesRegex(AssertionError, "lrc_eval"):
            NvJitLink(library, "sm_90").linked(kernel("mine"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)  # with the reason of a skip
