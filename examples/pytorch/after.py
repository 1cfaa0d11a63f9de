"""Trains on the digits with a policy: a warmup, then a cosine to a hundredth."""
import torch
import lrc.torch

import digits

UPDATES = 300
torch.set_num_threads(1)
train_images, train_labels, test_images, test_labels = digits.load()
model = digits.network()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
scheduler = lrc.torch.Scheduler(optimizer, "warmup 10% then cosine to 0.01x", run=f"{UPDATES} steps", peak=1e-2)

for number, batch in enumerate(digits.batches(UPDATES)):
    loss = torch.nn.functional.cross_entropy(model(train_images[batch]), train_labels[batch])
    optimizer.zero_grad()
    loss.backward()
    if number % 30 == 0:
        print(f"update {number:3}  lr {scheduler.get_last_lr()[0]:.6f}  loss {loss.item():.4f}")
    optimizer.step()
    scheduler.step()

torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, "digits.pt")
print(f"accuracy {digits.accuracy(model, test_images, test_labels):.3f}")
