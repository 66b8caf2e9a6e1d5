"""Certified optima beside other solvers of the same program: objective and gap against time.

    python tools/bench/peers.py [--seconds 120] [--out bench-output] [NAME ...]

Six small data sets (normal features and targets with a column of ones, and diabetes), beta 5 % of
the one that zeroes the network.  Contestants, each in a process of its own that is ended at the
limit, all on one core:

    working set    this project; rigorous bound after every round
    listed         this project; all patterns listed, one conic program, proved bound
    cvxpy          the program over all patterns as its authors print it, Clarabel's defaults
    adelie         group lasso with cone constraints; patterns from this project
    scnn           augmented Lagrangian over 1,000 sampled patterns
    Adam           100 neurons, full batch, restarts until the limit

What is not installed is left out, and said so.  Every objective is that of a network, evaluated
here; *excess* is its relative distance from the best certified bound.  Times are seconds of
processor time, imports and compilation left out.
"""

from __future__ import annotations

import argparse
import csv
import logging
import multiprocessing
import os
import queue
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from all_patterns import ROWS

import arrangements as ar
import convex_program as cx
from convex_program.optimum import decayed_optimum

_SAMPLED = 1_000
_NEURONS = 100
_PATH = 100
"""Values of beta that adelie passes on its way; with fewer it stops early."""
_SMALLEST = 1e-14
"""Excesses below it are drawn there."""


@dataclass(frozen=True)
class Point:
    """A network at a time: its objective and, if there is one, a certified lower bound."""

    seconds: float
    objective: float
    lower: float | None = None


@dataclass(frozen=True)
class Line:
    """One row of the table."""

    data: str
    contestant: str
    seconds: float
    objective: float
    lower: float | None
    excess: float


Contestant = Callable[[cx.TrainingProblem], Iterator[Point]]


def working_set(problem: cx.TrainingProblem) -> Iterator[Point]:
    """Solve without a list."""
    times: list[float] = []
    began = time.process_time()
    best = decayed_optimum(
        problem,
        solver=cx.WorkingSet(1e-11),
        progress=lambda _: times.append(time.process_time() - began),
    )
    end = time.process_time() - began
    for seconds, done in zip(times, best.solution.rounds, strict=False):
        yield Point(seconds, done.objective, done.lower)
    yield Point(end, best.upper, best.lower)


def listed(problem: cx.TrainingProblem) -> Iterator[Point]:
    """List all patterns, solve, prove."""
    began = time.process_time()
    patterns = ar.enumerate_patterns(problem.arrangement)
    best = decayed_optimum(problem, patterns=patterns, solver=cx.FullPattern())
    yield Point(time.process_time() - began, best.upper, best.lower)


def cvxpy(problem: cx.TrainingProblem) -> Iterator[Point]:
    """Write the program down as printed, with an all-purpose modelling language."""
    import cvxpy as cp

    X, y = problem.features, problem.targets
    began = time.process_time()
    gates = ar.enumerate_patterns(problem.arrangement).activations()
    u, v = (cp.Variable((len(gates), X.shape[1])) for _ in range(2))
    outputs = cp.sum(cp.multiply(gates.T, X @ (u - v).T), axis=1)
    penalty = cp.sum(cp.norm(u, axis=1)) + cp.sum(cp.norm(v, axis=1))
    sides = np.where(gates.T, 1.0, -1.0)
    model = cp.Problem(
        cp.Minimize(0.5 * cp.sum_squares(outputs - y) + problem.decay * penalty),
        [cp.multiply(sides, X @ u.T) >= 0, cp.multiply(sides, X @ v.T) >= 0],
    )
    model.solve(solver=cp.CLARABEL)
    network = _network(np.r_[u.value, v.value], np.r_[np.ones(len(gates)), -np.ones(len(gates))])
    yield Point(time.process_time() - began, problem.objective(network))


def adelie(problem: cx.TrainingProblem) -> Iterator[Point]:
    """Solve the group lasso with one cone for every pattern and sign, along a path of beta."""
    import adelie as ad

    X, y = np.asfortranarray(problem.features), problem.targets
    n, d = X.shape
    began = time.process_time()
    gates = ar.enumerate_patterns(problem.arrangement).activations()
    count = len(gates)
    matrix = ad.matrix.convex_relu(X, np.asfortranarray(gates.T))
    zero, top = np.zeros(n), np.full(n, 1e300)
    cones = [
        ad.constraint.linear(
            np.ascontiguousarray(np.where(gate, 1.0, -1.0)[:, None] * X), zero, top
        )
        for gate in [*gates, *gates]
    ]
    state = ad.grpnet(
        matrix,
        ad.glm.gaussian(y),
        groups=d * np.arange(2 * count),
        constraints=cones,
        penalty=np.ones(2 * count),
        lmda_path=problem.decay / n * np.geomspace(20.0, 1.0, _PATH),
        intercept=False,
        early_exit=False,
        progress_bar=False,
        tol=1e-10,
    )
    blocks = np.asarray(state.betas[-1].toarray()).reshape(2 * count, d)
    if state.betas.shape[0] < _PATH:
        raise RuntimeError("stopped before the end of the path")
    network = _network(blocks, np.r_[np.ones(count), -np.ones(count)])
    yield Point(time.process_time() - began, problem.objective(network))


def scnn(problem: cx.TrainingProblem) -> Iterator[Point]:
    """Fit over sampled patterns with the authors' augmented Lagrangian, on the data as they are."""
    import torch
    from scnn.activations import sample_gate_vectors
    from scnn.metrics import Metrics
    from scnn.models import ConvexReLU
    from scnn.optimize import optimize_model
    from scnn.regularizers import NeuronGL1
    from scnn.solvers import AL

    torch.set_num_threads(1)
    X, y = problem.features.astype(np.float32), problem.targets.astype(np.float32)
    began = time.process_time()
    gates = sample_gate_vectors(0, X.shape[1], _SAMPLED)
    model = ConvexReLU(gates, bias=False)
    fitted, _ = optimize_model(
        model,
        AL(model),
        Metrics(),
        X,
        y,
        regularizer=NeuronGL1(problem.decay / len(y)),
        unitize_data=False,
        return_convex=True,
    )
    # parameters: positive and negative blocks, each (1, P, d)
    blocks = [np.asarray(part, dtype=float).reshape(-1, X.shape[1]) for part in fitted.parameters]
    signs = np.repeat([1.0, -1.0], [len(block) for block in blocks])
    yield Point(
        time.process_time() - began, problem.objective(_network(np.concatenate(blocks), signs))
    )


def adam(problem: cx.TrainingProblem) -> Iterator[Point]:
    """Train by gradient descent, again and again; report the best so far."""
    began = time.process_time()
    best = np.inf
    for seed in range(10):
        start = time.process_time() - began
        objectives = cx.train(
            problem, _NEURONS, method=cx.GradientDescent(steps=20_000, seed=seed)
        ).objectives
        end = time.process_time() - began
        for step in np.unique(np.geomspace(50, len(objectives) - 1, 12).astype(int)):
            if objectives[step] < best:
                best = float(objectives[step])
                yield Point(start + (end - start) * step / (len(objectives) - 1), best)


CONTESTANTS: dict[str, tuple[Contestant, str]] = {
    "working set": (working_set, "clarabel"),
    "listed": (listed, "cvxpy"),
    "cvxpy": (cvxpy, "cvxpy"),
    "adelie": (adelie, "adelie"),
    "scnn": (scnn, "scnn"),
    "Adam": (adam, "numpy"),
}
"""Each with the package it needs."""


def _network(blocks: Any, signs: Any) -> cx.Network:
    """Return the balanced network of some blocks; solvers' zeros are left out."""
    lengths = np.linalg.norm(blocks, axis=1)
    used = lengths > 1e-9 * lengths.max(initial=0.0)
    root = np.sqrt(lengths[used])
    return cx.Network(blocks[used] / root[:, None], signs[used] * root)


def warm_up() -> cx.TrainingProblem:
    """Return a small problem of the same kind, for which all of a program is needed."""
    return cx.TrainingProblem(*ROWS["peers-20x3"].data(), 0.2)


def _child(run: Contestant, problem: cx.TrainingProblem, results: Any, limit: float) -> None:
    # Peers print as they please; the table is for results.
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - it ends with the process
    warnings.simplefilter("ignore")
    logging.disable()
    try:
        # What a forked process pays once, imports and caches, is paid by everybody beforehand.
        next(iter(run(warm_up())), None)
        end = int(time.process_time() + limit)
        resource.setrlimit(resource.RLIMIT_CPU, (end, end + 5))
        for point in run(problem):
            results.put(point)
        results.put("")
    except Exception as error:  # noqa: BLE001 - a peer that fails is a result
        results.put(f"{type(error).__name__}: {error}".splitlines()[0][:100])


def measure(run: Contestant, problem: cx.TrainingProblem, limit: float) -> tuple[list[Point], str]:
    """Return what a contestant reached, and a remark if it did not come to its end."""
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    process = context.Process(target=_child, args=(run, problem, results, limit))
    process.start()
    points: list[Point] = []
    try:
        while True:
            # A process that has ended may still have something in the queue.
            ended = not process.is_alive()
            try:
                item = results.get(timeout=0.5)
            except queue.Empty:
                if not ended:
                    continue
                over = process.exitcode == -signal.SIGXCPU
                return points, "time is up" if over else f"died with exit code {process.exitcode}"
            if isinstance(item, str):
                return points, item
            points.append(item)
    finally:
        process.terminate()
        process.join()


def draw(lines: list[Line], path: Path) -> None:
    """Draw one panel a data set: excess over the certified bound against time."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    names = list(dict.fromkeys(line.data for line in lines))
    columns = min(3, len(names))
    figure, axes = plt.subplots(
        -(-len(names) // columns), columns, figsize=(4.2 * columns, 3.4 * -(-len(names) // columns)),
        squeeze=False, sharey=True, layout="constrained",
    )  # fmt: skip
    colours = {name: f"C{index}" for index, name in enumerate(CONTESTANTS)}
    for axis, data in zip(axes.ravel(), names, strict=False):
        for name, colour in colours.items():
            mine = [line for line in lines if (line.data, line.contestant) == (data, name)]
            if not mine:
                continue
            seconds = [max(1e-3, line.seconds) for line in mine]
            axis.plot(seconds, [max(_SMALLEST, line.excess) for line in mine], "o-",
                      color=colour, markersize=4, label=name)  # fmt: skip
            gaps = [
                (s, max(_SMALLEST, (line.objective - line.lower) / line.objective))
                for s, line in zip(seconds, mine, strict=True)
                if line.lower is not None
            ]
            if gaps:
                axis.plot(*zip(*gaps, strict=True), "--", color=colour, linewidth=1)
        axis.set(xscale="log", yscale="log", title=data.removeprefix("peers-"))
        axis.grid(alpha=0.3)
    for axis in axes.ravel()[len(names) :]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel("seconds of processor time")
    for axis in axes[:, 0]:
        axis.set_ylabel("relative excess")
    handles = {
        label: handle
        for axis in axes.ravel()
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles))
    figure.suptitle("Objective above the best certified bound (dashed: own certified gap)")
    figure.savefig(path, dpi=110)


def on_one_core() -> None:
    """Begin again where BLAS has one thread: others that wait for work would count as work."""
    alone = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    if not alone.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | alone)  # noqa: S606


def main() -> None:
    """Run the data sets asked for; write the table and the picture."""
    on_one_core()
    every = [name for name in ROWS if name.startswith("peers-")]
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"among {', '.join(every)}")
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="processor time for each contestant"
    )
    parser.add_argument("--out", type=Path, default=Path("bench-output"))
    given = parser.parse_args()
    if unknown := set(given.names) - set(every):
        sys.exit(f"no such data: {', '.join(sorted(unknown))}; known: {', '.join(every)}")
    present = {name: run for name, (run, needs) in CONTESTANTS.items() if find_spec(needs)}
    for name in CONTESTANTS.keys() - present.keys():
        print(f"{name} is not installed and left out")
    # Kernels are compiled before anything is timed, and inherited by the processes.
    small = warm_up()
    cx.global_optimum(small, solver=cx.WorkingSet())
    cx.global_optimum(small)
    lines: list[Line] = []
    print(f"{'data':15s} {'contestant':12s} {'seconds':>9s} {'objective':>16s} {'excess':>9s} gap")
    for data in given.names or every:
        X, y = ROWS[data].data()
        problem = cx.TrainingProblem(X, y, ROWS[data].part * cx.beta_max(X, y))
        runs = {name: measure(run, problem, given.seconds) for name, run in present.items()}
        bounds = [p.lower for points, _ in runs.values() for p in points if p.lower is not None]
        lower = max(bounds, default=0.0)
        for name, (points, remark) in runs.items():
            own = [
                Line(data, name, p.seconds, p.objective, p.lower, p.objective / lower - 1.0)
                for p in points
            ]
            lines += own
            if own:
                last = own[-1]
                gap = "" if last.lower is None else f"{1 - last.lower / last.objective:.1e}"
                print(f"{data:15s} {name:12s} {last.seconds:9.3f} {last.objective:16.12f} "
                      f"{last.excess:9.1e} {gap} {remark}", flush=True)  # fmt: skip
            else:
                print(f"{data:15s} {name:12s} {remark}", flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    with (given.out / "peers.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(Line.__annotations__)
        table.writerows(map(astuple, lines))
    draw(lines, given.out / "peers.png")
    print(f"{given.out}/peers.csv and {given.out}/peers.png written")


if __name__ == "__main__":
    main()
