"""Region graphs against comparing all pairs of patterns; their distances; files; zonotopes."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from oracles import families
from oracles.families import Rows
from zoo import Matrix, exact, matrices, matrices_and_normals

import arrangements as ar
from arrangements import graph as graph_room

SMALL = {
    "braid 4": families.braid(4),
    "type B 3": families.type_b(3),
    "threshold 3": families.threshold(3),
    "resonance 4": families.resonance(4),
    "grid": families.small_grid(),
    "moment curve": families.moment_curve(8, 4),
    "degenerate": [[1, 0], [0, 1], [1, 0], [2, 0], [-1, 0], [0, 0], [1, 1]],
    "one row": [[3, 1]],
    "zero": [[0, 0]],
}


def sides(patterns: ar.CompletePatterns) -> np.ndarray:
    return patterns.activations()[:, list(patterns.arrangement.representatives)]


@given(matrices_and_normals(max_rows=6, max_columns=3))
@settings(max_examples=60)
def test_neighbours_differ_in_one_hyperplane(
    drawn: tuple[Matrix, list[tuple[int, ...]]],
) -> None:
    rows, normals = drawn
    arrangement = ar.Arrangement(rows, domain=ar.Cone.from_normals(normals))
    patterns = ar.enumerate_patterns(arrangement)
    table = sides(patterns)
    expected = set()
    for i, j in itertools.combinations(range(len(patterns)), 2):
        different = np.flatnonzero(table[i] != table[j])
        if len(different) == 1:
            expected.add((i, j, arrangement.representatives[different[0]]))
    graph = ar.region_graph(patterns)
    edges = {(min(i, j), max(i, j), row) for i, j, row in graph.edges(data="hyperplane")}
    assert edges == expected
    assert sorted(graph.nodes) == list(range(len(patterns)))
    if len(patterns):
        assert nx.is_connected(graph)


@pytest.mark.parametrize("name", SMALL)
def test_distances_are_hamming_distances(name: str) -> None:
    patterns = ar.enumerate_patterns(SMALL[name])
    graph = ar.region_graph(patterns)
    table = sides(patterns).astype(int)
    hamming = (table[:, np.newaxis] != table).sum(axis=2)
    for i, lengths in nx.all_pairs_shortest_path_length(graph):
        assert [lengths[j] for j in range(len(patterns))] == hamming[i].tolist()
    assert nx.diameter(graph) == patterns.arrangement.hyperplane_count


def test_the_graph_of_ninety_thousand_threshold_functions() -> None:
    patterns = ar.enumerate_patterns(families.threshold(5))
    edges = ar.adjacent_regions(patterns)
    # Faces of codimension one: the regions of the arrangement on each hyperplane.
    assert len(edges) == ar.is_simplicial(families.threshold(5)).facets
    assert len(patterns) == 94_572
    graph = ar.region_graph(patterns)
    assert graph.number_of_edges() == len(edges)
    far = nx.single_source_shortest_path_length(graph, 0)
    table = sides(patterns)
    assert [far[j] for j in range(len(patterns))] == (table != table[0]).sum(axis=1).tolist()
    assert max(far.values()) == 32


def test_colliding_hashes_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = ar.enumerate_patterns(families.threshold(3))
    expected = ar.adjacent_regions(patterns)
    seeds = []
    original = np.random.default_rng

    class Constant:
        def integers(self, _bound: int, size: int, dtype: type) -> np.ndarray:
            return np.ones(size, dtype=dtype)

    def generator(seed: int) -> object:
        seeds.append(seed)
        return Constant() if seed < 2 else original(seed)

    monkeypatch.setattr(graph_room.np.random, "default_rng", generator)
    assert np.array_equal(ar.adjacent_regions(patterns), expected)
    assert seeds == [0, 1, 2]


def test_a_subset_has_no_region_graph() -> None:
    subset = ar.sample_patterns(families.threshold(3), 5, seed=0)
    for question in (ar.region_graph, ar.adjacent_regions, ar.zonotope_vertices):
        with pytest.raises(ar.ArgumentError, match="not complete"):
            question(subset)  # type: ignore[operator]


@pytest.mark.parametrize("rows", [families.threshold(3), SMALL["degenerate"], [[0, 0]]])
def test_files(rows: Rows, tmp_path: Path) -> None:
    patterns = ar.enumerate_patterns(rows)
    graph = ar.region_graph(patterns)
    ar.save_region_graph(patterns, tmp_path / "graph.graphml")
    ar.save_region_graph(patterns, tmp_path / "graph.csv")
    read = nx.read_graphml(tmp_path / "graph.graphml", node_type=int)
    assert set(read.nodes) == set(graph.nodes)
    assert {frozenset(e[:2]): e[2] for e in read.edges(data="hyperplane")} == {
        frozenset(e[:2]): e[2] for e in graph.edges(data="hyperplane")
    }
    for node, text in read.nodes(data="pattern"):
        assert [bit == "1" for bit in text] == patterns[node].tolist()
    header, *lines = (tmp_path / "graph.csv").read_text().splitlines()
    assert header == "region,neighbour,hyperplane"
    listed = [tuple(map(int, line.split(","))) for line in lines]
    assert set(listed) == {(min(a, b), max(a, b), h) for a, b, h in graph.edges(data="hyperplane")}
    with pytest.raises(ar.ArgumentError, match=r"must end in \.graphml or \.csv"):
        ar.save_region_graph(patterns, tmp_path / "graph.txt")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["graph.csv", "graph.graphml"]


def test_a_lattice_is_made_of_flats() -> None:
    with pytest.raises(ar.ArgumentError, match=r"intersection_lattice\(flats\(data\)\)"):
        ar.intersection_lattice([[1, 0], [0, 1]])  # type: ignore[arg-type]


@given(matrices(max_rows=6, max_columns=3))
@settings(max_examples=50)
def test_zonotope_vertices_are_where_weights_are_largest(rows: Matrix) -> None:
    patterns = ar.enumerate_patterns(rows)
    vertices = ar.zonotope_vertices(patterns)
    matrix = exact(rows)
    assert len({vertices[i] for i in range(len(vertices))}) == len(patterns)
    for index in range(len(patterns)):
        vertex, w = vertices[index], patterns.witness(index)
        # The largest value of w on the zonotope is the sum of |w.x_i|.
        support = sum(abs(sum(x * c for x, c in zip(row, w, strict=True))) for row in matrix)
        assert sum(v * c for v, c in zip(vertex, w, strict=True)) == support
        signed = [
            [x if on else -x for x in row] for row, on in zip(matrix, patterns[index], strict=True)
        ]
        assert vertex == tuple(sum(column, Fraction(0)) for column in zip(*signed, strict=True))


def test_zonotopes_of_domains_and_floats() -> None:
    vertices = ar.zonotope_vertices(ar.enumerate_patterns([[0.5, 0], [0, 0.25]]))
    assert vertices.floats().tolist() == [[-0.5, -0.25], [0.5, -0.25], [-0.5, 0.25], [0.5, 0.25]]
    with pytest.raises(ar.ArgumentError, match="domain"):
        ar.zonotope_vertices(ar.enumerate_patterns(ar.Arrangement.affine([[1]], [1])))
