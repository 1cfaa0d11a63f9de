"""`pip install .` as one wheel: its tag, what it exports and imports, and that every Python of the machine from 3.11 on runs it."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
# With the libraries of the build that is tested, where it is said: they take minutes to compile.
BUILT = [f"-Ccmake.define.LRC_BUILT={sys.argv.pop(1)}", "-Cbuild-dir="] if len(sys.argv) > 1 else []
CALL = """
import lrc, sys, time
policy = lrc.compile("warmup 6% linear then cosine to 0.01x")
run = policy.bind(run="1000 steps", peak=1, backend="native")
for _ in range(5): run.advance()
again = policy.bind(run="1000 steps", peak=1)
again.load(run.save())
print(sys.version_info[:2], again.step, run(59), run(1000), run.backend, policy.values(range(3), run="1000 steps", peak=1)[2])
"""


def pythons():
    """Of the machine, from 3.11 on: version → command."""
    roots = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    if shutil.which("pyenv"):
        root = Path(subprocess.run(["pyenv", "root"], text=True, capture_output=True).stdout.strip())
        roots += sorted(root.glob("versions/*/bin"))
    found = {}
    for path in [sys.executable, *(path for root in roots for path in sorted(root.glob("python3.[0-9][0-9]")))]:
        result = subprocess.run([path, "-c", "import sys, ensurepip; print('%d.%d' % sys.version_info[:2])"], text=True, capture_output=True)
        if result.returncode == 0 and tuple(map(int, result.stdout.split("."))) >= (3, 11):
            found.setdefault(result.stdout.strip(), path)
    return found


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        built = subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder.name, *BUILT, str(ROOT)], text=True, capture_output=True)
        if built.returncode:
            raise AssertionError(built.stdout + built.stderr)
        cls.wheel, = cls.folder.glob("*.whl")

    def test_one_wheel_for_all(self):
        self.assertIn("-cp311-abi3-linux_", self.wheel.name)
        names = {Path(name).name for name in zipfile.ZipFile(self.wheel).namelist()}
        self.assertLessEqual({"_lrc.abi3.so", "liblrc.so.1", "liblrc_compiler.so", "libantlr4-runtime.so.4.9", "libfmt.so.9", "py.typed", "_lrc.pyi", "LICENSE"}, names)

    def test_only_the_stable_abi(self):
        try:
            import abi3audit  # noqa: F401
        except ImportError as missing:
            self.skipTest(f"abi3audit: {missing}")
        result = subprocess.run([sys.executable, "-m", "abi3audit", "--strict", "--report", str(self.wheel)], text=True, capture_output=True)
        self.assertEqual(0, result.returncode, result.stdout + result.stderr)
        self.assertIn('"is_abi3": true', result.stdout)

    def test_every_python(self):
        for version, command in pythons().items():
            with self.subTest(version):
                environment = self.folder / version
                python = environment / "bin/python"
                subprocess.run([command, "-m", "venv", environment], check=True)
                subprocess.run([python, "-m", "pip", "install", "-qq", str(self.wheel)], check=True, capture_output=True)
                clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LRC_LIBRARY_PATH")}
                result = subprocess.run([python, "-c", CALL], text=True, capture_output=True, cwd="/", env=clean)
                major, minor = version.split(".")
                self.assertEqual(f"({major}, {minor}) 5 1.0 0.01 native 0.05\n", result.stdout, result.stderr)
                print(f"runs under Python {version}")

    def test_types(self):
        try:
            import mypy  # noqa: F401
        except ImportError as missing:
            self.skipTest(f"mypy: {missing}")
        result = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, text=True, capture_output=True)
        self.assertEqual(0, result.returncode, result.stdout)
        user = self.folder / "user.py"
        user.write_text('import lrc\nrun = lrc.compile("constant").bind(peak=1.0)\nreveal_type(run(3))\nrun("x")\n')
        environment = {**os.environ, "MYPYPATH": str(ROOT / "python")}
        result = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--config-file=", str(user)], text=True, capture_output=True, env=environment)
        self.assertIn('Revealed type is "float"', result.stdout.replace("builtins.", ""))
        self.assertIn('incompatible type "str"; expected "int"', result.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
