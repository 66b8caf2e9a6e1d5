"""A PyTorch user: train, watch the certified gap, get the better network back as a module."""

import numpy as np
import torch

import convex_program as cx

rng = np.random.default_rng(0)
X = rng.standard_normal((30, 2))
y = np.abs(X[:, 0]) - X[:, 1]
inputs, targets = torch.tensor(X), torch.tensor(y)[:, None]

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1)).double()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, weight_decay=1e-2)
loss = torch.nn.MSELoss()

_, problem = cx.from_torch(model, X, y, optimizer=optimizer, loss=loss)
gap = cx.Gap(problem, every=50)
for epoch in range(301):
    optimizer.zero_grad()
    loss(model(inputs), targets).backward()
    optimizer.step()
    gap(epoch, model)

first, last = gap.history[0], gap.history[-1]
assert last.objective < first.objective
assert last.lower >= first.lower
verdict = gap.verdict(model, solver=cx.Auto(time_limit=20.0))
assert verdict.lower <= verdict.best.upper <= verdict.upper

better = cx.to_torch(verdict.best.network, hidden_bias=True)
again, _ = cx.from_torch(better, X, y, weight_decay=1e-2, loss=loss)
assert abs(problem.objective(again) - verdict.best.upper) < 1e-6 * verdict.best.upper
print(verdict.summary())
