"""Short jobs, one after another, as a queue or a preemptible machine gives them: each goes on from the checkpoint of
the one before, and together they are one long job, to the bit.

    chained.py OUT 40      # the next 40 updates; again and again until `done`
"""
import hashlib
import os
import sys

import torch

import digits
import lrc.torch

out, share = sys.argv[1], int(sys.argv[2])
checkpoint = os.path.join(out, "checkpoint.pt")
UPDATES = 120
torch.set_num_threads(1)
images, labels, _, _ = digits.load()
model = digits.network()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.0)
scheduler = lrc.torch.Scheduler(optimizer, "warmup 10% then cosine to 0", run=f"{UPDATES} steps", peak=1e-2)
parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
if os.path.exists(checkpoint):
    for name, state in torch.load(checkpoint, weights_only=True).items():
        parts[name].load_state_dict(state)

first = scheduler.run.step
with open(os.path.join(out, "log.txt"), "a") as log:
    for number, batch in enumerate(digits.batches(min(share, UPDATES - first), 64, first), first):
        lr = scheduler.value("lr")
        loss = torch.nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(number, lr.hex(), loss.item().hex(), file=log)

torch.save({name: part.state_dict() for name, part in parts.items()}, checkpoint + ".new")
os.replace(checkpoint + ".new", checkpoint)
if scheduler.run.step == UPDATES:
    weights = b"".join(parameter.detach().numpy().tobytes() for parameter in model.parameters())
    print("done", hashlib.sha256(weights).hexdigest())
