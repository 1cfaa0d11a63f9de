"""Several processes under one policy: they agree on what they do, reduce what they observe, and go on after a crash.

    torchrun --nproc-per-node 8 examples/pytorch/ranks.py OUT --kill 3@25
    torchrun --nproc-per-node 8 examples/pytorch/ranks.py OUT

--kill RANK@UPDATE ends that rank by SIGKILL, and torchrun ends the others. Started again they go on from the last
checkpoint, and end with the same bits as a run that nobody killed. OUT gets checkpoint.pt, log.txt (update, LR and
reduced loss as hex floats) and weights.txt, the digest of the weights.
"""
import argparse
import hashlib
import os
import signal
from datetime import timedelta

import torch
import torch.distributed as distributed

import digits
import lrc.torch

POLICY = """policy ranks version 1 {
  peak 0.5
  run 60 steps
  lr = warmup 10% then cosine to 0.1x
  momentum = 0.9
  on plateau of loss falling for 2 evals, threshold 0.02 relative { lr by 0.5, not below 0.05x }
}
"""
UPDATES, EVALUATE, CHECKPOINT = 60, 5, 10


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--kill", metavar="RANK@UPDATE", default="")
    return parser.parse_args()


def average_gradients(model):
    """One sum in one order: DistributedDataParallel lays its buckets out anew after a restart, and adds in another."""
    flat = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    distributed.all_reduce(flat)
    offset = 0
    for parameter in model.parameters():
        size = parameter.numel()
        parameter.grad.copy_(flat[offset : offset + size].view_as(parameter) / distributed.get_world_size())
        offset += size


def save(path, **parts):
    torch.save({name: part.state_dict() for name, part in parts.items()}, path + ".new")
    os.replace(path + ".new", path)


def load(path, **parts):
    saved = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(saved[name])


def main():
    options = arguments()
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", timeout=timedelta(seconds=60))
    rank, ranks = distributed.get_rank(), distributed.get_world_size()
    images, labels, _, _ = digits.load()
    model = digits.network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0, momentum=0.9)
    scheduler = lrc.torch.Scheduler(optimizer, POLICY)
    checkpoint, log = f"{options.out}/checkpoint.pt", open(f"{options.out}/log.txt", "a") if rank == 0 else None
    if os.path.exists(checkpoint):
        load(checkpoint, model=model, optimizer=optimizer, scheduler=scheduler)
    agreement = lrc.torch.Agreement(timeout=60)
    first = scheduler.run.step
    for update, batch in enumerate(digits.batches(UPDATES - first, 64, first), first):
        agreement.check_every(10, scheduler.run)
        if options.kill == f"{rank}@{update}":
            os.kill(os.getpid(), signal.SIGKILL)
        mine = batch[rank::ranks]
        loss = torch.nn.functional.cross_entropy(model(images[mine]), labels[mine])
        optimizer.zero_grad()
        loss.backward()
        average_gradients(model)
        lr = scheduler.value("lr")
        optimizer.step()
        reduced = agreement.reduce("batch loss", loss.item(), update)
        if (update + 1) % EVALUATE == 0:
            with torch.no_grad():
                part = torch.nn.functional.cross_entropy(model(images[rank::ranks]), labels[rank::ranks]).item()
            agreement.observe(scheduler, "loss", part, update + 1)
        if rank == 0:
            print(update, lr.hex(), reduced.hex(), file=log, flush=True)
            if (update + 1) % CHECKPOINT == 0:
                save(checkpoint, model=model, optimizer=optimizer, scheduler=scheduler)
    if rank == 0:
        weights = b"".join(parameter.detach().numpy().tobytes() for parameter in model.parameters())
        with open(f"{options.out}/weights.txt", "w") as file:
            file.write(hashlib.sha256(weights).hexdigest() + "\n")
    distributed.destroy_process_group()


main()
