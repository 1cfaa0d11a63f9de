"""Policies in another layout: the same words with other white space and comments between them."""
import random
import re

# As grammar/Lrc.g4 reads them, written a second time.
TOKEN = re.compile(r"""
    (?P<space>[ \t\r\n\f\v]+)
  | (?P<comment>\#[^\r\n]*)
  | (?P<text>"[^"\r\n]*")
  | (?P<number>(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?(?:Ki|Mi|[KMBT])?(?![A-Za-z_](?<!x)))
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<sign>\.\.|.)
""", re.VERBOSE)
BYTE_ORDER_MARK = "\ufeff"


def scan(text):
    """(kind, text) of what is no white space, in order; `6%` and `0.1x` are two."""
    found, at = [], len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0
    while at < len(text):
        match = TOKEN.match(text, at)
        at = match.end()
        if match.lastgroup != "space":
            found.append((match.lastgroup, match.group()))
    return found


def words(text):
    return [token for kind, token in scan(text) if kind != "comment"]


def comments(text):
    return [token.rstrip(" \t\f\v") for kind, token in scan(text) if kind == "comment"]


def may_touch(before, after):
    """Whether two tokens stay two tokens, or mean the same, without white space between them."""
    return before[-1] in "(){},=:\"" or after[0] in "(){},=:%\"" or (after == "x" and before[-1].isdigit())


def relayout(text, seed):
    choose = random.Random(seed)
    line_end = choose.choice(["\n", "\n", "\r\n", "\r"])
    ends, remarks = choose.choice([0.05, 0.2, 0.6]), choose.choice([0, 0.02, 0.2])
    count, before, built = 0, None, choose.choice(["", "", BYTE_ORDER_MARK])
    for token in words(text) + [""]:
        gap = choose.choice(["", " ", " ", "  ", "\t", " \f"])
        while choose.random() < ends:
            gap += line_end + choose.choice(["", "  ", "\t"])
        while choose.random() < remarks:
            count += 1
            gap += choose.choice(["#", "# ", "#!  "]) + f"{count} é then {{ \" , " + choose.choice(["", "  ", "\t"]) + line_end
        if gap == "" and before is not None and token and not may_touch(before, token):
            gap = " "
        built += gap + token
        before = token
    return built
