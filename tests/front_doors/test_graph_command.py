"""``arrangements graph``: its answers, the files it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
from front_doors.tools import call, contents

import arrangements as ar

# Six regions in a circle: three lines through the origin of the plane.
CSV = "a,b,y\n1,0,1\n0,1,2\n1,1,3\n2,2,4\n"
ROWS = [[1, 0], [0, 1], [1, 1], [2, 2]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(CSV)
    return path


def test_the_summary(data: Path) -> None:
    answer = call("arrangements", "graph", data, "--drop", "y")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "6 regions, 6 pairs of neighbours",
        "walls of a region: 2 to 2, 2 on average",
        "diameter 3, the number of hyperplanes",
    ]
    facts = call("arrangements", "graph", data, "--drop", "y", "--json").json
    assert (facts["regions"], facts["edges"], facts["diameter"]) == (6, 6, 3)
    assert (facts["walls_least"], facts["walls_mean"], facts["walls_most"]) == (2, 2.0, 2)
    assert facts["digest"] == ar.DataMatrix.from_array(ROWS).digest
    assert facts["file"] is None


def test_graphml(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "regions.graphml"
    answer = call("arrangements", "graph", data, "--drop", "y", "-o", out)
    assert answer.out.splitlines()[-1] == f"written to {out}"
    read = nx.read_graphml(out, node_type=int)
    assert nx.is_isomorphic(read, nx.cycle_graph(6))
    patterns = [read.nodes[node]["pattern"] for node in range(6)]
    lines = call("arrangements", "enumerate", data, "--drop", "y").out.splitlines()
    assert patterns == lines
    for a, b, row in read.edges(data="hyperplane"):
        flipped = [i for i in range(4) if patterns[a][i] != patterns[b][i]]
        assert flipped == ([2, 3] if row == 2 else [row])


def test_edge_list(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "regions.csv"
    facts = call("arrangements", "graph", data, "--drop", "y", "-o", out, "--json").json
    assert facts["file"] == str(out)
    lines = out.read_text().splitlines()
    assert lines[0] == "region,neighbour,hyperplane"
    assert len(lines) == 7


@pytest.mark.parametrize("name", ["regions.txt", "regions", "data.csv", "missing/regions.csv"])
def test_files_that_cannot_be_are_refused_before_work(
    data: Path, tmp_path: Path, name: str
) -> None:
    before = contents(tmp_path)
    answer = call("arrangements", "graph", data, "--drop", "y", "-o", tmp_path / name)
    assert answer.code == 2
    assert answer.message.startswith("error: ")
    assert contents(tmp_path) == before
