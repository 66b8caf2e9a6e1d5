"""Real measurements that installed packages ship: nothing is fetched.

Each function returns columns of numbers as their package has them, and a target.  What was left
out is said in its docstring; standardizing and rounding is the work of `data_sets`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """Columns as they were measured.

    Parameters
    ----------
    columns : (n, k) float64
    target : (n,) float64
        Numbers, or the labels -1 and 1.
    """

    columns: FloatArray
    target: FloatArray

    def only(self, *columns: int) -> Measured:
        """Return some columns."""
        return Measured(self.columns[:, list(columns)], self.target)

    def but_first(self, count: int) -> Measured:
        """Return all columns after the first ones."""
        return Measured(self.columns[:, count:], self.target)


def _classes(bunch: Any, first: int, *others: int) -> Measured:
    """Return the rows of some classes: the first of them is 1, the others are -1."""
    kept = np.isin(bunch.target, (first, *others))
    labels = np.where(bunch.target[kept] == first, 1.0, -1.0)
    return Measured(np.asarray(bunch.data[kept], np.float64), labels)


def iris() -> Measured:
    """Return sepal and petal sizes of iris: versicolor is -1, virginica 1; setosa is left out."""
    from sklearn.datasets import load_iris

    return _classes(load_iris(), 2, 1)


def iris_sepals() -> Measured:
    """Return the sizes of the sepals of all iris; the target is the petal's length."""
    from sklearn.datasets import load_iris

    data = load_iris().data
    return Measured(data[:, :2], data[:, 2])


def wine() -> Measured:
    """Return the analyses of wines: the first cultivar is 1, the two others are -1."""
    from sklearn.datasets import load_wine

    return _classes(load_wine(), 0, 1, 2)


def wine_second() -> Measured:
    """Return the analyses of wines: the second cultivar is 1, the two others are -1."""
    from sklearn.datasets import load_wine

    return _classes(load_wine(), 1, 0, 2)


def diabetes() -> Measured:
    """Return ten measurements of diabetes patients; the target is the progression."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return Measured(np.asarray(bunch.data, np.float64), np.asarray(bunch.target, np.float64))


def cancer() -> Measured:
    """Return thirty measurements of cell nuclei: benign is 1, malignant -1."""
    from sklearn.datasets import load_breast_cancer

    return _classes(load_breast_cancer(), 1, 0)


def digits(first: int, second: int) -> Measured:
    """Return 64 pixels of two handwritten digits: the first is 1, the second -1."""
    from sklearn.datasets import load_digits

    return _classes(load_digits(), first, second)


def linnerud(target: int) -> Measured:
    """Return chins, situps and jumps of twenty men; the target is weight, waist or pulse."""
    from sklearn.datasets import load_linnerud

    bunch = load_linnerud()
    return Measured(
        np.asarray(bunch.data, np.float64), np.asarray(bunch.target[:, target], np.float64)
    )


def photograph(name: str, step: int) -> Measured:
    """Return positions of every so-many-th pixel of a photograph; the target is its brightness."""
    from sklearn.datasets import load_sample_image

    image = np.asarray(load_sample_image(name), np.float64).mean(axis=2)[
        step // 2 :: step, step // 2 :: step
    ]
    return _on_grid(np.arange(image.shape[0]), np.arange(image.shape[1]), image)


def stocks(target: str, others: tuple[str, ...]) -> Measured:
    """Return monthly changes of share prices: the logarithm of this month's over last month's.

    Months without all of the prices are left out.
    """
    with _sample("Stocks.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(line for line in file if not line.startswith("#")))
    names = (*others, target)
    kept = [
        [float(line[name]) for name in names] for line in lines if all(line[name] for name in names)
    ]
    changes = np.diff(np.log(np.array(kept)), axis=0)
    return Measured(changes[:, :-1], changes[:, -1])


def google() -> Measured:
    """Return the changes of a share's price on the five days before; the target is today's size of it.

    The size is the logarithm of the day's highest price over its lowest: volatility.
    """
    with np.load(_sample("goog.npz")) as file:
        table = file["price_data"]
    spread = np.log(table["high"] / table["low"])
    return _lagged(spread, 5)


def brain_waves(channel: int, step: int) -> Measured:
    """Return four earlier values of an electroencephalogram; the target is the next one."""
    waves = np.fromfile(_sample("eeg.dat")).reshape(800, 4)
    return _lagged(waves[::step, channel], 4)


def membrane(step: int) -> Measured:
    """Return five earlier values of a current through a membrane; the target is the next one."""
    current = np.fromfile(_sample("membrane.dat"), np.float32).astype(np.float64)
    return _lagged(current[::step], 5)


def sea_floor(step: int) -> Measured:
    """Return latitudes and longitudes; the target is the height above the sea, or below it."""
    with np.load(_sample("topobathy.npz")) as file:
        heights = np.asarray(file["topo"], np.float64)
        latitude, longitude = file["latitude"], file["longitude"]
    return _on_grid(latitude[::step], longitude[::step], heights[::step, ::step])


def mountains(step: int) -> Measured:
    """Return positions around a fault; the target is the elevation there."""
    with np.load(_sample("jacksboro_fault_dem.npz")) as file:
        heights = np.asarray(file["elevation"], np.float64)[::step, ::step]
    return _on_grid(np.arange(heights.shape[0]), np.arange(heights.shape[1]), heights)


def karate() -> Measured:
    """Return two Laplacian coordinates of the members of a karate club, and how many friends they have.

    The coordinates are eigenvectors of the second and third smallest eigenvalue; the label says with whom
    a member went when the club split.
    """
    import networkx as nx

    graph = nx.karate_club_graph()
    laplacian = nx.laplacian_matrix(graph, weight=None).toarray().astype(float)
    vectors = upright(np.linalg.eigh(laplacian)[1][:, 1:3].T).T
    friends = np.array([degree for _, degree in graph.degree()], np.float64)
    went = np.array([graph.nodes[node]["club"] == "Officer" for node in graph])
    return Measured(np.column_stack([vectors, friends]), np.where(went, 1.0, -1.0))


def les_miserables() -> Measured:
    """Return degree, weighted degree and clustering of characters; the target is how far all others are.

    That is closeness centrality in the graph of who appears with whom in Les Miserables.
    """
    import networkx as nx

    graph = nx.les_miserables_graph()
    closeness, clustering = nx.closeness_centrality(graph), nx.clustering(graph)
    degree, weighted = dict(graph.degree()), dict(graph.degree(weight="weight"))
    columns = [[degree[node], weighted[node], clustering[node]] for node in graph]
    return Measured(np.array(columns, np.float64), np.array([closeness[node] for node in graph]))


def upright(vectors: FloatArray) -> FloatArray:
    """Return vectors with signs such that the entry of largest size is positive."""
    largest = np.abs(vectors).argmax(axis=1)
    signs = np.sign(vectors[np.arange(len(vectors)), largest])
    return np.asarray(vectors * signs[:, np.newaxis])


def _sample(name: str) -> Path:
    """Return where matplotlib has one of its sample files."""
    from matplotlib import cbook

    return Path(str(cbook.get_sample_data(name, asfileobj=False)))


def _lagged(series: FloatArray, count: int) -> Measured:
    windows = np.lib.stride_tricks.sliding_window_view(series, count + 1)
    return Measured(np.ascontiguousarray(windows[:, :-1]), np.ascontiguousarray(windows[:, -1]))


def _on_grid(down: Any, across: Any, values: FloatArray) -> Measured:
    rows, columns = np.meshgrid(down, across, indexing="ij")
    positions = np.column_stack([rows.ravel(), columns.ravel()]).astype(float)
    return Measured(positions, values.ravel())
