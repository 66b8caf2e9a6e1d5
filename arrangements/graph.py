"""Graphs of an arrangement, in networkx: which regions are neighbours, which flats contain which."""

from __future__ import annotations

import csv
import io
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.arguments import whole_number
from arrangements.errors import ArgumentError
from arrangements.extras import extra
from arrangements.flats import Flat, FlatsByRank
from arrangements.io import atomic_write, check_writable
from arrangements.packing import Packed, pack
from arrangements.patterns import CompletePatterns
from arrangements.progress import Listener, Meter, session_listener

_ATTEMPTS = 64
"""Sets of random keys tried; one fails with probability N^2 / 2^65."""


def region_graph(patterns: CompletePatterns, *, progress: Listener = session_listener) -> Any:
    """Return the region graph: regions are adjacent when one hyperplane separates them.

    Parameters
    ----------
    patterns : CompletePatterns
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Returns
    -------
    networkx.Graph
        Node i is pattern i.  Each edge has the attribute ``hyperplane``: the first row of the
        data that lies on the hyperplane crossed (`Arrangement.representatives`).

    Raises
    ------
    ArgumentError
        When `patterns` is not a complete list: edges of a subset prove nothing.

    Notes
    -----
    *Algorithm.* See `adjacent_regions`.  A straight path between generic points of two
    regions crosses each hyperplane that separates them once, so distances in the graph
    are Hamming distances over hyperplanes; in the whole space the diameter is the number m
    of hyperplanes.

    *Exactness.* No arithmetic: patterns are compared bit by bit.

    *Cost.* That of `adjacent_regions`, and about a microsecond and a kilobyte for each edge,
    which networkx takes.

    *Growth.* ``N * n`` for n rows with N patterns.

    Examples
    --------
    >>> from arrangements.enumeration import enumerate_patterns
    >>> graph = region_graph(enumerate_patterns([[1, 0], [0, 1], [1, 1]]))
    >>> sorted(graph.degree)
    [(0, 2), (1, 2), (2, 2), (3, 2), (4, 2), (5, 2)]
    >>> graph.edges[0, 1]["hyperplane"]
    0
    """
    with extra:
        import networkx as nx

    edges = adjacent_regions(patterns, progress=progress)
    names = patterns.arrangement.representatives
    graph = nx.Graph()
    graph.add_nodes_from(range(len(patterns)))
    for hyperplane, row in enumerate(names):
        pairs = edges[edges[:, 2] == hyperplane, :2]
        graph.add_edges_from(pairs.tolist(), hyperplane=row)
    return graph


def poset_of_regions(
    patterns: CompletePatterns, base: int = 0, *, progress: Listener = session_listener
) -> Any:
    """Return the poset of regions: the region graph, directed away from one region.

    Parameters
    ----------
    patterns : CompletePatterns
    base : int
        The number of the least region.
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Returns
    -------
    networkx.DiGraph
        The Hasse diagram: an edge leads to the region that covers, with ``hyperplane`` as in
        `region_graph`.  Each node has its ``rank``, the number of hyperplanes that separate it
        from the base.

    Raises
    ------
    ArgumentError
        When there is no such region.

    Notes
    -----
    A region lies below another when every hyperplane that separates it from the base
    separates the other, too.  Of a simplicial arrangement it is a lattice.

    *Algorithm and cost.* Those of `region_graph`: crossing a hyperplane changes the rank by one.

    *Growth.* ``N * n`` for n rows with N patterns.

    *Reference.* Bjorner, Edelman and Ziegler 1990.

    Examples
    --------
    >>> from arrangements.enumeration import enumerate_patterns
    >>> poset = poset_of_regions(enumerate_patterns([[1, 0], [0, 1]]), base=3)
    >>> sorted(poset.edges), dict(poset.nodes(data="rank"))
    ([(1, 0), (2, 0), (3, 1), (3, 2)], {0: 2, 1: 1, 2: 1, 3: 0})
    """
    with extra:
        import networkx as nx

    base = whole_number("base", base)
    if base >= len(patterns):
        raise ArgumentError(f"base = {base}, but regions are numbered 0 to {len(patterns) - 1}")
    edges = adjacent_regions(patterns, progress=progress)
    names = patterns.arrangement.representatives
    sides = patterns.activations()[:, list(names)]
    ranks = (sides != sides[base]).sum(axis=1).tolist()
    poset = nx.DiGraph()
    poset.add_nodes_from((region, {"rank": rank}) for region, rank in enumerate(ranks))
    for first, second, hyperplane in edges.tolist():
        lower, upper = sorted((first, second), key=ranks.__getitem__)
        poset.add_edge(lower, upper, hyperplane=names[hyperplane])
    return poset


def adjacent_regions(
    patterns: CompletePatterns, *, progress: Listener = session_listener
) -> npt.NDArray[np.intp]:
    """Return the pairs of regions that one hyperplane separates, as a table.

    Parameters
    ----------
    patterns : CompletePatterns
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Returns
    -------
    (E, 3) intp
        Two patterns, the smaller number first, and the hyperplane between them (its number
        in `Arrangement.representatives`); sorted by hyperplane, then by patterns.

    Raises
    ------
    ArgumentError
        When `patterns` is not a complete list.

    Examples
    --------
    >>> import arrangements as ar
    >>> patterns = ar.enumerate_patterns([[1, 0], [0, 1]])
    >>> len(ar.adjacent_regions(patterns))  # four quadrants in a ring
    4

    Notes
    -----
    *Algorithm.* A region's neighbour across a hyperplane has the pattern with the rows of
    that hyperplane flipped, if it is a pattern at all.  Each pattern is hashed by the
    exclusive or of random 64-bit keys, one for each hyperplane with an active first row; a
    flip is one more exclusive or.  Keys are drawn until all hashes differ; then a flip has at
    most one candidate, which is compared with it bit by bit.

    *Exactness.* Hashes propose, bits decide: equal patterns have equal hashes, so none is
    missed.

    *Cost.* N searches in a sorted table for each hyperplane: about 10^7 a second.

    *Growth.* ``N * n`` for n rows with N patterns.
    """
    if not isinstance(patterns, CompletePatterns):
        raise ArgumentError(
            f"patterns = {patterns!r} is not complete, and the neighbours of a subset are not "
            "those of the arrangement; use enumerate_patterns"
        )
    arrangement = patterns.arrangement
    sides = patterns.activations()[:, list(arrangement.representatives)]
    hashes, keys = _hashed(sides)
    order = np.argsort(hashes)
    ascending = hashes[order]
    masks = _flips(patterns)
    meter = Meter(progress, "joining regions", "hyperplanes", len(masks))
    parts = [np.empty((0, 3), dtype=np.intp)]
    for hyperplane, mask in enumerate(masks):
        # Every edge has one end on the positive side.
        here = np.flatnonzero(sides[:, hyperplane])
        place = np.searchsorted(ascending, hashes[here] ^ keys[hyperplane])
        there = order[np.minimum(place, len(order) - 1)]
        equal = ((patterns.packed[here] ^ mask) == patterns.packed[there]).all(axis=1)
        pairs = np.sort(np.column_stack([here[equal], there[equal]]), axis=1)
        pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
        parts.append(np.column_stack([pairs, np.full(len(pairs), hyperplane)]))
        meter.advance()
    meter.finish()
    table = np.concatenate(parts).astype(np.intp)
    table.setflags(write=False)
    return table


def _hashed(
    sides: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return distinct hashes of distinct rows of bits, and the keys that make them."""
    for seed in range(_ATTEMPTS):
        size = sides.shape[1]
        keys = np.asarray(np.random.default_rng(seed).integers(2**64, size=size, dtype=np.uint64))
        hashes = np.zeros(len(sides), dtype=np.uint64)
        for column in range(size):
            hashes[sides[:, column]] ^= keys[column]
        if len(np.unique(hashes)) == len(hashes):
            return hashes, keys
    raise AssertionError(f"{len(sides)} distinct patterns collide under {_ATTEMPTS} sets of keys")


def _flips(patterns: CompletePatterns) -> Packed:
    """Return for each hyperplane the packed mask of its rows."""
    arrangement = patterns.arrangement
    return pack(arrangement.row_class == np.arange(arrangement.hyperplane_count)[:, np.newaxis])


class GraphFormat(Enum):
    """The files a region graph can be written to.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.GraphFormat.of("regions.graphml")
    <GraphFormat.GRAPHML: '.graphml'>
    """

    GRAPHML = ".graphml"
    """With the pattern of each region, for networkx, igraph, Gephi, yEd and others."""
    CSV = ".csv"
    """One line an edge: two regions and the hyperplane between them."""

    @classmethod
    def of(cls, path: str | Path) -> GraphFormat:
        """Return the format that a file's name asks for.

        Raises
        ------
        ArgumentError
            When its ending is of no format.
        """
        try:
            return cls(Path(path).suffix.lower())
        except ValueError:
            endings = " or ".join(member.value for member in cls)
            raise ArgumentError(f"{path} must end in {endings}") from None


def save_region_graph(
    patterns: CompletePatterns, path: str | Path, *, progress: Listener = session_listener
) -> None:
    """Write the region graph to a file, whole or not at all.

    Parameters
    ----------
    patterns : CompletePatterns
    path : str or Path
        Its ending chooses the `GraphFormat`.  Regions are numbered like the patterns;
        hyperplanes are named by their first rows.
    progress : Listener, optional
        Called with the number of hyperplanes done.

    Raises
    ------
    ArgumentError
        When the ending is unknown or the patterns are not complete.
    FileError
        When the file cannot be written.

    Notes
    -----
    *Growth.* ``N * n`` for n rows with N patterns.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import networkx as nx
    >>> import arrangements as ar
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "quadrants.graphml"
    ...     ar.save_region_graph(ar.enumerate_patterns([[1, 0], [0, 1]]), path)
    ...     graph = nx.read_graphml(path)
    >>> graph.number_of_nodes(), graph.number_of_edges()  # four quadrants in a ring
    (4, 4)
    """
    text = {GraphFormat.GRAPHML: _graphml, GraphFormat.CSV: _csv}[GraphFormat.of(path)]
    # Whatever the listener raises is none of the file's errors: work first, then write.
    check_writable(path)
    content = text(patterns, progress)
    with atomic_write(path) as stream:
        stream.write(content)


def _graphml(patterns: CompletePatterns, progress: Listener) -> bytes:
    with extra:
        import networkx as nx

    graph = region_graph(patterns, progress=progress)
    for region, pattern in enumerate(patterns):
        graph.nodes[region]["pattern"] = "".join("1" if bit else "0" for bit in pattern)
    stream = io.BytesIO()
    nx.write_graphml(graph, stream)
    return stream.getvalue()


def _csv(patterns: CompletePatterns, progress: Listener) -> bytes:
    edges = adjacent_regions(patterns, progress=progress)
    names = np.array(patterns.arrangement.representatives, dtype=np.intp)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("region", "neighbour", "hyperplane"))
    writer.writerows(zip(edges[:, 0], edges[:, 1], names[edges[:, 2]], strict=True))
    return text.getvalue().encode("ascii")


def intersection_lattice(flats: FlatsByRank) -> Any:
    """Return the intersection lattice: flats ordered by reverse inclusion.

    Parameters
    ----------
    flats : FlatsByRank
        As `flats` lists them.

    Returns
    -------
    networkx.DiGraph
        Nodes are the `Flat` records, with the attributes ``rank``, ``rows`` and ``moebius``;
        an edge leads from a flat to each one of the next rank inside it (the Hasse diagram,
        upwards from the whole space).  Inside a domain it is a semilattice.

    Raises
    ------
    ArgumentError
        When `flats` is anything else.

    Notes
    -----
    *Growth.* ``n**r`` for n rows of rank r.

    Examples
    --------
    >>> from arrangements.flats import flats
    >>> lattice = intersection_lattice(flats([[1, -1, 0], [1, 0, -1], [0, 1, -1]]))
    >>> lattice.number_of_nodes(), lattice.number_of_edges()
    (5, 6)
    """
    if not isinstance(flats, FlatsByRank):
        raise ArgumentError("flats are not what `flats` returns: intersection_lattice(flats(data))")
    with extra:
        import networkx as nx

    graph = nx.DiGraph()
    above: tuple[Flat, ...] = ()
    for level, covers in zip(flats.by_rank, flats.covers, strict=True):
        for flat, parents in zip(level, covers, strict=True):
            graph.add_node(flat, rank=flat.rank, rows=flat.rows, moebius=flat.moebius)
            graph.add_edges_from((above[parent], flat) for parent in parents)
        above = level
    return graph
