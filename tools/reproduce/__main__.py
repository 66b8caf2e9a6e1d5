"""Figures of the article, recomputed: pictures, and tables with the numbers behind them.

    .venv/bin/python tools/reproduce [NAME ...] [--out figures] [--seed 0] [--files FOLDER]

Without names all of them.  With a folder that holds files of MNIST (IDX) or CIFAR-10 (its
binary version) these join the table of accuracies, which is then the only one by default.
Each is one class in a module here; what it shows is asserted on its numbers, for twenty seeds,
in `tests/reproduce`.  Seconds are the processor's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from accuracy import Accuracy
from certified import CertifiedRuns, Success
from cones import Cones
from current import CurrentPatterns
from downhill import Downhill, MinimaGaps
from figure import Figure
from landscapes import Product, TwoNeurons
from minima import LocalMinima, Walkthrough
from moving import MovingPoint
from optimum import Sine
from orthogonal import Orthogonal
from patterns import FourPoints, UniquePatterns
from peer import PeerInstance
from readers import FormatError
from scene import Scene
from tasks import bundled, from_files
from time_profile import TimeProfile
from training import LargeStart, SmallStart, TwoPhases

FIGURES: dict[str, type[Figure]] = {
    figure.name: figure
    for figure in (
        TwoNeurons,
        Walkthrough,
        LocalMinima,
        Product,
        MovingPoint,
        FourPoints,
        Cones,
        Scene,
        UniquePatterns,
        CurrentPatterns,
        SmallStart,
        TwoPhases,
        LargeStart,
        Orthogonal,
        Sine,
        CertifiedRuns,
        MinimaGaps,
        Downhill,
        Success,
        Accuracy,
        TimeProfile,
        PeerInstance,
    )
}


def main() -> None:
    """Make the figures that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--out", type=Path, default=Path("figures"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--files", type=Path, help="a folder with files of MNIST or CIFAR-10")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in FIGURES]
    if unknown:
        parser.error(f"no figure is called {unknown[0]!r}; there are {', '.join(FIGURES)}")
    mpl.use("Agg")
    given.out.mkdir(parents=True, exist_ok=True)
    computed: dict[str, Callable[[int], Figure]] = {n: f.computed for n, f in FIGURES.items()}
    names = given.names or list(FIGURES)
    if given.files is not None:
        try:
            tasks = from_files(given.files, given.seed)
        except (FormatError, OSError) as error:
            parser.error(f"--files: {error}")
        names = given.names or [Accuracy.name]
        computed[Accuracy.name] = lambda seed: Accuracy.of([*bundled(seed), *tasks], seed)
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {name} ...", flush=True)
        began = time.process_time()
        figure = computed[name](given.seed)
        paths = figure.write(given.out)
        print(f"  {figure.says()}")
        print(f"  {', '.join(map(str, paths))} ({time.process_time() - began:.1f} s)", flush=True)
    print(f"{len(names)} figures in {given.out}; {time.process_time():.0f} s of processor time")


if __name__ == "__main__":
    main()
