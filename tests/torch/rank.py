"""A rank in Python of a run whose other ranks are in C++; agree_test.cpp starts it and reads what it prints.

    rank.py PORT RANK RANKS ADVANCED POLICY
"""
import sys

import lrc
import torch.distributed as distributed
from lrc.agree import Agreement, Disagreement

port, rank, ranks, advanced = map(int, sys.argv[1:5])
store = distributed.TCPStore("127.0.0.1", port, is_master=False)
agreement = Agreement(store, rank, ranks, prefix="lrc")
run = lrc.compile(sys.argv[5]).bind()
agreement.observe(run, "loss", 0.1 * (rank + 1), 1)
for _ in range(advanced):
    run.advance()
try:
    agreement.check(run)
except Disagreement as found:
    print(found, end="")
