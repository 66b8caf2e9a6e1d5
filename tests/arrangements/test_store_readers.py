"""A pattern store is a plain Parquet data set: DuckDB, polars, pandas and Dask read it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import arrangements as ar
from arrangements.enumeration.sweep import pieces
from arrangements.store import writer

N = 19
"""Rows: three bytes, the last with padding."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ar.PatternStore:
    """Patterns inside a cone, so that no row is active in just half of them; several parts."""
    patch = pytest.MonkeyPatch()
    patch.setattr(writer, "_GROUP", 100)
    patch.setattr(pieces, "_SMALLEST", 100)
    rows = np.random.default_rng(3).integers(-9, 10, (N, 4))
    folder = tmp_path_factory.mktemp("stores") / "patterns"
    cone = ar.Cone(((3, 1, 0, 1),))
    run = ar.store_patterns(rows, folder, within=cone, method=ar.Sweep(), witnesses=True)
    patch.undo()
    assert len(run.store.parts) > 3
    return run.store


@pytest.fixture(scope="module")
def active(store: ar.PatternStore) -> np.ndarray:
    """How often each row is active, by an independent list."""
    domain = store.arrangement.domain
    listed = ar.enumerate_patterns(store.arrangement.data, within=domain, method=ar.Incremental())
    counts = listed.activations().sum(axis=0)
    assert len(set(counts)) > 5
    return np.asarray(counts)


def files(store: ar.PatternStore) -> str:
    return str(store.folder / "*.parquet")


@pytest.mark.parametrize("row", [0, 7, 8, 17, 18])
def test_duckdb_filters_by_a_row(store: ar.PatternStore, active: np.ndarray, row: int) -> None:
    import duckdb

    bit = 8 * (row // 8) + 7 - row % 8
    query = f"SELECT count(*) FROM '{files(store)}' WHERE get_bit(pattern::BIT, {bit}) = 1"  # noqa: S608 - our own folder
    with duckdb.connect() as connection:
        assert connection.sql(query).fetchall() == [(active[row],)]


def test_duckdb_counts_and_joins(store: ar.PatternStore, tmp_path: Path) -> None:
    import duckdb

    other = tmp_path / "tilted"
    narrower = store.arrangement.domain & ar.Cone(((0, 1, 2, -1),))
    both = ar.store_patterns(store.arrangement.data, other, within=narrower).store
    with duckdb.connect() as connection:
        count = f"SELECT count(*), count(DISTINCT pattern) FROM '{files(store)}'"  # noqa: S608 - our own folder
        assert connection.sql(count).fetchall() == [(len(store), len(store))]
        join = f"SELECT count(*) FROM '{files(store)}' a JOIN '{files(both)}' b USING (pattern)"  # noqa: S608 - our own folder
        # Regions that meet the smaller cone meet the larger one.
        assert connection.sql(join).fetchall() == [(len(both),)]
        least = f"SELECT min(3 * w0 + w1 + w3) > 0 FROM '{files(store)}'"  # noqa: S608 - our own folder
        assert connection.sql(least).fetchall() == [(True,)]


@pytest.mark.parametrize("row", [0, 7, 8, 17, 18])
def test_polars_filters_by_a_row(store: ar.PatternStore, active: np.ndarray, row: int) -> None:
    import polars as pl

    byte = pl.col("pattern").bin.slice(row // 8, 1).bin.reinterpret(dtype=pl.UInt8)
    found = pl.scan_parquet(files(store)).filter(byte & (1 << row % 8) != 0).select(pl.len())
    assert found.collect().item() == active[row]


def test_polars_counts_and_joins(store: ar.PatternStore) -> None:
    import polars as pl

    frame = pl.scan_parquet(files(store))
    assert frame.select(pl.col("pattern").n_unique()).collect().item() == len(store)
    wanted = [row.tobytes() for row in ar.pack(store.sample(20, seed=0))]
    joined = frame.join(pl.LazyFrame({"pattern": wanted}), on="pattern").collect()
    assert sorted(joined["pattern"]) == sorted(wanted)


@pytest.mark.parametrize("row", [7, 17])
def test_pandas_reads_the_folder(store: ar.PatternStore, active: np.ndarray, row: int) -> None:
    import pandas as pd

    frame = pd.read_parquet(store.folder, columns=["pattern", "w1"])
    assert len(frame) == len(store)
    bit = frame["pattern"].map(lambda pattern: pattern[row // 8] >> row % 8 & 1)
    assert bit.sum() == active[row]


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_dask_reads_the_folder(store: ar.PatternStore) -> None:
    import dask.dataframe as dd

    frame = dd.read_parquet(store.folder)
    assert frame.npartitions >= 1
    assert len(frame) == len(store)
