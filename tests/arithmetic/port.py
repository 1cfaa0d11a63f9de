"""The Python of grammar/arithmetic.md, as the module `arithmetic`; its line numbers are the page's."""
import re
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "grammar/arithmetic.md"


def read_page():
    text, program = PAGE.read_text(), []
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        program += [""] * (text.count("\n", 0, block.start(1)) - len(program)) + block.group(1).splitlines()
    module = types.ModuleType("arithmetic")
    exec(compile("\n".join(program), str(PAGE), "exec"), module.__dict__)
    return module


arithmetic = read_page()
