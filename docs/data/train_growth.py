"""Train the network of the PyTorch tutorial and save its weights (needs torch)."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

HERE = Path(__file__).parent
table = np.loadtxt(HERE / "growth.csv", delimiter=",", skiprows=1)
X = torch.tensor(table[:, :2])
y = torch.tensor(table[:, 2:])

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(2, 10), torch.nn.ReLU(), torch.nn.Linear(10, 1)
).double()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-3)
loss = torch.nn.MSELoss()
for _ in range(20_000):
    optimizer.zero_grad()
    loss(model(X), y).backward()
    optimizer.step()

save_file(model.state_dict(), HERE / "growth.safetensors")
