"""Patterns on disk: what is stored is the list, whoever made it and however often it was stopped."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from executors import Forgetful
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from zoo import Matrix, huge_exponents, matrices

import arrangements as ar
from arrangements.enumeration.sweep import pieces as sweep_pieces
from arrangements.store import manifest, parts, writer

METHODS = [ar.Auto(), ar.DoubleDescription(), ar.Incremental(), ar.Sweep(), ar.Sweep(seed=3)]
FRESH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)


def cube(k: int) -> list[list[int]]:
    return [[*point, 1] for point in itertools.product((0, 1), repeat=k)]


def stored(store: ar.PatternStore) -> list[bytes]:
    return [row.tobytes() for batch in store.batches() for row in batch.packed]


def listed(data: Any, **options: Any) -> list[bytes]:
    return [row.tobytes() for row in ar.enumerate_patterns(data, **options).packed]


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Path]:
    """A new folder at each call."""
    numbers = itertools.count()
    return lambda: tmp_path / f"store{next(numbers)}"


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few patterns to a part, a row group and a piece."""
    monkeypatch.setattr(sweep_pieces, "_SMALLEST", 5)
    monkeypatch.setattr(writer, "_GROUP", 8)
    monkeypatch.setattr(parts, "_ROWS", 7)


@pytest.mark.parametrize("method", METHODS)
@given(rows=matrices(max_rows=8), witnesses=st.booleans())
@FRESH
def test_a_store_is_the_list_in_another_order(
    method: ar.Method, fresh: Callable[[], Path], rows: Matrix, *, witnesses: bool
) -> None:
    assume(not isinstance(method, ar.DoubleDescription) or method.supports(rows))
    run = ar.store_patterns(rows, fresh(), method=method, witnesses=witnesses)
    store = ar.open_patterns(run.store.folder)
    expected = listed(rows, method=ar.Incremental())
    assert sorted(stored(store)) == expected
    assert len(store) == len(expected)
    assert store.completion is not None
    assert store.completion.count == len(expected)
    assert run.limit is None
    check = ar.verify_patterns(store)
    assert (check.count, check.complete, check.realized) == (len(expected), True, witnesses)
    assert [row.tobytes() for row in ar.load_store(store).packed] == expected


@given(
    matrices(max_rows=7),
    st.lists(st.lists(st.integers(-2, 2), min_size=6, max_size=6), max_size=2),
    st.integers(0, 3),
)
@FRESH
def test_units_and_cones(
    fresh: Callable[[], Path], rows: Matrix, directions: list[list[int]], prefix: int
) -> None:
    arrangement = ar.Arrangement(rows)
    d = arrangement.shape[1]
    cone = ar.Cone(tuple(tuple(direction[:d]) for direction in directions))
    prefix = min(prefix, arrangement.hyperplane_count)
    folder = fresh()
    ar.store_patterns(rows, folder, within=cone, prefix=prefix, witnesses=True)
    store = ar.open_patterns(folder)
    expected = ar.enumerate_patterns(rows, within=cone, prefix=prefix, method=ar.Incremental())
    assert sorted(stored(store)) == [row.tobytes() for row in expected.packed]
    assert store.completion is not None
    assert store.completion.plan == expected.completion.plan
    assert [unit.count for unit in store.units] == [
        ar.count_regions(rows, within=unit) for unit in expected.completion.plan.units
    ]
    assert ar.verify_patterns(folder).complete
    assert len(ar.load_store(store)) == len(expected)


@given(huge_exponents(max_rows=5))
@FRESH
def test_witnesses_of_any_size_are_kept(fresh: Callable[[], Path], rows: Matrix) -> None:
    folder = fresh()
    ar.store_patterns(rows, folder, witnesses=True, method=ar.Incremental())
    assert ar.verify_patterns(folder).realized
    ar.load_store(ar.open_patterns(folder))


@pytest.mark.parametrize("bits", [62, 63, 64, 1000])
def test_witnesses_around_word_boundaries(fresh: Callable[[], Path], bits: int) -> None:
    # The sliver between w_2 = 0 and w_2 = 2^-bits w_1 needs a witness of that many bits.
    folder = fresh()
    ar.store_patterns([[0, 1], [1, -(2**bits)], [1, 0]], folder, witnesses=True)
    store = ar.open_patterns(folder)
    (batch,) = store.batches(witnesses=True)
    assert batch.witnesses is not None
    assert max(abs(x) for k in range(len(batch)) for x in batch.witnesses[k]) >= 2**bits
    assert ar.verify_patterns(store).realized


@pytest.mark.parametrize("pool", [ThreadPoolExecutor, ProcessPoolExecutor])
@pytest.mark.usefixtures("small_parts")
def test_whoever_works_the_store_is_the_same(
    fresh: Callable[[], Path], pool: type[Executor]
) -> None:
    alone, shared = fresh(), fresh()
    ar.store_patterns(cube(3), alone, method=ar.Sweep())
    with pool(2) as executor:  # type: ignore[call-arg]
        run = ar.store_patterns(cube(3), shared, method=ar.Sweep(), executor=executor)
    # Processes are new and have pieces of the usual size.
    assert stored(ar.open_patterns(shared)) == stored(ar.open_patterns(alone))
    assert len(run.store.parts) > 3
    assert run.workload.tasks == len(run.store.parts)
    assert "balance" in run.summary()


@pytest.mark.usefixtures("small_parts")
def test_lost_workers_cost_nothing_but_time(fresh: Callable[[], Path]) -> None:
    executor = Forgetful(lambda number: number % 3 == 0)
    run = ar.store_patterns(cube(3), fresh(), method=ar.Sweep(), executor=executor)
    # Parts and the final count lose answers alike.
    assert executor.lost > run.workload.retried > 0
    assert sorted(stored(run.store)) == listed(cube(3))


@pytest.mark.usefixtures("small_parts")
@given(stops=st.lists(st.integers(0, 104), max_size=6), workers=st.integers(0, 2))
@FRESH
def test_stopped_and_resumed_is_undisturbed(
    fresh: Callable[[], Path], stops: list[int], workers: int
) -> None:
    folder, whole = fresh(), fresh()
    undisturbed = ar.store_patterns(cube(3), whole, method=ar.Sweep()).store
    pool = ThreadPoolExecutor(workers) if workers else None
    for stop in stops:
        run = ar.store_patterns(
            cube(3), folder, method=ar.Sweep(), resume=True, max_regions=stop, executor=pool
        )
        assert (run.limit is None) == run.store.is_complete
        assert len(run.store) >= min(stop, 104)
        assert ar.verify_patterns(folder).complete == run.store.is_complete
    ar.store_patterns(cube(3), folder, method=ar.Sweep(), resume=True, executor=pool)
    assert contents(folder) == contents(whole)
    assert stored(ar.open_patterns(folder)) == stored(undisturbed)
    if pool is not None:
        pool.shutdown()


def contents(folder: Path) -> dict[str, Any]:
    """Return every file of a store; the manifest's lines in the order of the parts."""
    found: dict[str, Any] = {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name != manifest.MANIFEST
    }
    found["manifest"] = sorted((folder / manifest.MANIFEST).read_text().splitlines())
    return found


@pytest.mark.parametrize("limit", ["max_regions", "max_seconds", "max_bytes"])
@pytest.mark.usefixtures("small_parts")
def test_limits_leave_a_store_that_goes_on(fresh: Callable[[], Path], limit: str) -> None:
    folder = fresh()
    run = ar.store_patterns(cube(3), folder, method=ar.Sweep(), **{limit: 0})  # type: ignore[arg-type]
    assert run.limit is ar.Limit(limit.removeprefix("max_"))
    assert (len(run.store), run.store.completion, run.store.units) == (0, None, ())
    assert "unfinished" in run.summary()
    assert "unfinished" in ar.verify_patterns(folder).summary()
    with pytest.raises(ar.ArgumentError, match="no complete list"):
        ar.load_store(run.store)
    assert ar.store_patterns(cube(3), folder, method=ar.Sweep(), resume=True).limit is None
    with pytest.raises(ar.ArgumentError, match=f"{limit} = -1"):
        ar.store_patterns(cube(3), fresh(), **{limit: -1})  # type: ignore[arg-type]


def test_a_limit_of_time_stops_inside_a_part(fresh: Callable[[], Path]) -> None:
    run = ar.store_patterns(cube(4), fresh(), method=ar.Incremental(), max_seconds=1e-9)
    assert run.limit is ar.Limit.SECONDS
    assert len(run.store) == 0


@pytest.mark.usefixtures("small_parts")
def test_a_finished_store_is_left_alone(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(2), folder)
    before = contents(folder)
    run = ar.store_patterns(cube(2), folder, resume=True)
    assert (run.added, run.remade, run.limit) == (0, 0, None)
    assert contents(folder) == before
    with pytest.raises(ar.FileError, match="resume=True"):
        ar.store_patterns(cube(2), folder)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "a bit": lambda path: path.write_bytes(flipped(path.read_bytes(), len(path.read_bytes()) // 2)),
    "the first byte": lambda path: path.write_bytes(flipped(path.read_bytes(), 0)),
    "the end": lambda path: os.truncate(path, path.stat().st_size - 1),
    "everything": lambda path: path.write_bytes(b""),
    "the file": Path.unlink,
    "another part": lambda path: path.write_bytes(
        path.with_name(parts.Part(0, "", (), 0, "", ar.Statistics()).name).read_bytes()
    ),
}


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.usefixtures("small_parts")
def test_a_damaged_part_is_found_and_made_again(fresh: Callable[[], Path], damage: str) -> None:
    folder = fresh()
    store = ar.store_patterns(cube(3), folder, method=ar.Sweep()).store
    before = contents(folder)
    victim = store.parts[2].name
    DAMAGES[damage](folder / victim)
    with pytest.raises(ar.FileError, match=rf"{victim} missing or damaged; .*resume"):
        ar.verify_patterns(folder)
    run = ar.store_patterns(cube(3), folder, method=ar.Sweep(), resume=True)
    assert run.remade == 1
    assert run.added == store.parts[2].count
    assert contents(folder) == before
    assert ar.verify_patterns(folder).complete


def test_damage_is_noticed_by_who_only_reads(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(4), folder)
    path = folder / "part-0000000.parquet"
    content = path.read_bytes()
    before = stored(ar.open_patterns(folder))
    refused = 0
    for place in range(0, len(content), len(content) // 50):
        path.write_bytes(flipped(content, place))
        try:
            assert stored(ar.open_patterns(folder)) == before
        except ar.FileError as error:
            assert "damaged" in str(error)  # noqa: PT017 - some bytes do not matter
            refused += 1
    assert refused > 20


def test_what_a_killed_run_leaves_behind_is_removed(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(2), folder, max_regions=0)
    for name in ("part-0000007.parquet", ".part-0000000.parquet.123.tmp", "._manifest.jsonl.x"):
        (folder / name).write_bytes(b"half")
    ar.store_patterns(cube(2), folder, resume=True)
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock",
        "_manifest.jsonl",
        "part-0000000.parquet",
    ]


@pytest.mark.usefixtures("small_parts")
def test_a_manifest_cut_off_anywhere_goes_on(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(2), folder, method=ar.Sweep())
    before = contents(folder)
    text = (folder / manifest.MANIFEST).read_bytes()
    first = text.index(b"\n") + 1
    for length in range(first, len(text), 37):
        (folder / manifest.MANIFEST).write_bytes(text[:length])
        ar.open_patterns(folder)
        ar.store_patterns(cube(2), folder, method=ar.Sweep(), resume=True)
        assert contents(folder) == before
    (folder / manifest.MANIFEST).write_bytes(text[: first - 1])
    with pytest.raises(ar.FileError, match="no whole line"):
        ar.open_patterns(folder)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "a row": ({"data": [*cube(3)[:-1], [1, 1, 1, 2]]}, "other data"),
    "a row turned around": ({"data": [[-x for x in cube(3)[0]], *cube(3)[1:]]}, "other data"),
    "the order of rows": ({"data": cube(3)[::-1]}, "other data"),
    "the prefix": ({"prefix": 2}, "prefix = 0 .* prefix = 2"),
    "the cone": ({"within": ar.Cone(((1, 0, 0, 0),))}, "whole space"),
    "the method": ({"method": ar.Incremental()}, r"Sweep\(seed=0\), version 1"),
    "the seed": ({"method": ar.Sweep(seed=1)}, r"Sweep\(seed=0\), version 1"),
    "the witnesses": ({"witnesses": True}, "witnesses = False"),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("small_parts")
def test_another_question_is_refused_with_the_reason(
    fresh: Callable[[], Path], change: str
) -> None:
    folder = fresh()
    ar.store_patterns(cube(3), folder, method=ar.Sweep(), max_regions=30)
    before = contents(folder)
    options, reason = CHANGES[change]
    asked = {"data": cube(3), "method": ar.Sweep(), **options}
    with pytest.raises(ar.FileError, match=reason):
        ar.store_patterns(asked.pop("data"), folder, resume=True, **asked)
    assert contents(folder) == before


def test_another_version_of_a_method_is_refused(
    fresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fresh()
    ar.store_patterns(cube(3), folder, method=ar.Sweep(), max_regions=0)
    monkeypatch.setattr(ar.Sweep, "version", 2)
    for method in (None, ar.Sweep()):
        with pytest.raises(ar.FileError, match=r"begun with the method Sweep.*version"):
            ar.store_patterns(cube(3), folder, resume=True, method=method)


@pytest.mark.usefixtures("small_parts")
def test_another_way_to_cut_the_work_is_refused(
    fresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fresh()
    ar.store_patterns(cube(3), folder, method=ar.Sweep(), max_regions=50)
    monkeypatch.setattr(sweep_pieces, "_SMALLEST", 1 << 15)
    with pytest.raises(ar.FileError, match="other pieces of work"):
        ar.store_patterns(cube(3), folder, method=ar.Sweep(), resume=True)


def test_auto_goes_on_with_what_it_chose_elsewhere(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(3), folder, method=ar.Sweep(), max_regions=0)
    run = ar.store_patterns(cube(3), folder, resume=True)
    assert run.store.methods[0].startswith("Sweep(seed=0)")
    assert run.limit is None


def test_a_second_writer_is_refused(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(2), folder, max_regions=0)
    with (
        manifest.lock(folder),
        pytest.raises(ar.FileError, match="written by another process"),
    ):
        ar.store_patterns(cube(2), folder, resume=True)


def test_folders_that_are_none_are_refused(fresh: Callable[[], Path]) -> None:
    other = fresh()
    other.mkdir()
    (other / "thesis.tex").write_text("years of work")
    with pytest.raises(ar.FileError, match="holds other files"):
        ar.store_patterns(cube(2), other)
    with pytest.raises(ar.FileError, match=r"holds other files"):
        ar.store_patterns(cube(2), other, resume=True)
    with pytest.raises(ar.FileError, match="is a file"):
        ar.store_patterns(cube(2), other / "thesis.tex")
    with pytest.raises(ar.FileError, match="cannot be written"):
        ar.store_patterns(cube(2), other / "no" / "where")
    with pytest.raises(ar.FileError, match="no pattern store"):
        ar.open_patterns(other)
    with pytest.raises(ar.FileError, match="no pattern store"):
        ar.open_patterns(other / "no")
    assert contents_of(other) == ["thesis.tex"]


def contents_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_error_of_the_disk_keeps_what_is_done(
    fresh: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_pieces, "_SMALLEST", 5)
    monkeypatch.setattr(writer, "_GROUP", 8)
    folder, whole = fresh(), fresh()
    ar.store_patterns(cube(3), whole, method=ar.Sweep())
    synced, room = os.fsync, itertools.count()

    def full(descriptor: int) -> None:
        if next(room) >= 9:
            raise OSError(28, "No space left on device")
        synced(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(
            ar.FileError, match=r"No space left on device; \d finished parts stay"
        ) as caught:
            ar.store_patterns(cube(3), folder, method=ar.Sweep())
    assert not list(folder.glob("*.tmp"))
    # What the message counts is on the disk; a line whose syncing failed may be there as well.
    told = int(str(caught.value).partition("device; ")[2].split()[0])
    assert 0 < told <= len(ar.open_patterns(folder).parts)
    assert ar.verify_patterns(folder).count > 0
    ar.store_patterns(cube(3), folder, method=ar.Sweep(), resume=True)
    assert contents(folder) == contents(whole)


def test_indices_samples_and_membership(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(4), folder)
    store = ar.open_patterns(folder)
    everything = np.concatenate([ar.unpack(batch.packed, 16) for batch in store.batches()])
    assert len(everything) == len(store) == 1882
    some = [1881, 0, 7, 7, 1000]
    assert (store.take(some) == everything[some]).all()
    assert (store[-1] == everything[-1]).all()
    with pytest.raises(IndexError, match="0 to 1881"):
        store.take([1882])
    with pytest.raises(IndexError, match="pattern 1882"):
        store[1882]
    drawn = store.sample(100, seed=5)
    assert len(np.unique(drawn, axis=0)) == 100
    assert store.contains(drawn).all()
    with pytest.raises(ar.ArgumentError, match="count = 1883"):
        store.sample(1883, seed=0)
    # What an independent list says of random labellings.
    labellings = np.random.default_rng(0).random((300, 16)) < 0.5
    patterns = ar.enumerate_patterns(cube(4))
    mixed = np.concatenate([labellings, everything[::50]])
    assert store.contains(mixed).tolist() == [pattern in patterns for pattern in mixed]
    assert everything[3] in store
    assert not store.contains(np.empty((0, 16), bool)).size
    with pytest.raises(ar.ArgumentError, match=r"shape \(3, 15\)"):
        store.contains(np.zeros((3, 15)))


@pytest.mark.usefixtures("small_parts")
def test_indices_across_parts_and_row_groups(fresh: Callable[[], Path]) -> None:
    store = ar.store_patterns(cube(3), fresh(), method=ar.Sweep()).store
    assert len(store.parts) > 3
    everything = np.concatenate([ar.unpack(batch.packed, 8) for batch in store.batches()])
    assert [batch.start for batch in store.batches()][1] <= 14
    order = np.random.default_rng(0).permutation(104)
    assert (store.take(order) == everything[order]).all()
    assert [store[k].tolist() for k in range(104)] == everything.tolist()


def test_witnesses_that_were_not_stored_are_not_asked_for(fresh: Callable[[], Path]) -> None:
    store = ar.store_patterns(cube(2), fresh()).store
    with pytest.raises(ar.ArgumentError, match="witnesses=True"):
        list(store.batches(witnesses=True))


def test_a_method_that_forgets_is_found_out(fresh: Callable[[], Path]) -> None:
    class Forgets(ar.Incremental):
        def run(self, arrangement: ar.Arrangement, piece: ar.Unit) -> ar.BatchRun:
            for batch in super().run(arrangement, piece):
                yield ar.Batch(
                    batch.packed[1:], batch.witnesses.take(slice(1, None)), batch.mirrored
                )
            return None

    folder = fresh()
    with pytest.raises(ar.ProofError, match="their number is 14"):
        ar.store_patterns(cube(2), folder, method=Forgets())
    assert not ar.open_patterns(folder).is_complete


def rewritten(folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change the records of a manifest as a forger would."""
    path = folder / manifest.MANIFEST
    records = [json.loads(line) for line in path.read_text().splitlines()]
    change(records)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def forged(
    folder: Path, store: ar.PatternStore, packed: np.ndarray, points: np.ndarray | None
) -> None:
    """Put other patterns into the one part of a store, with checksum and size that fit."""
    import hashlib

    arrangement = store.arrangement
    kept = points is not None
    table = np.zeros((len(packed), 3), np.int64) if points is None else points
    batch = ar.Batch(packed, ar.Witnesses(table, (0, 1, 2), 3))
    schema = parts._schema(arrangement, witnesses=kept)
    import pyarrow.parquet as pq

    path = folder / store.parts[0].name
    pq.write_table(parts._table(batch, schema, witnesses=kept), path)
    content = path.read_bytes()

    def change(records: list[dict[str, Any]]) -> None:
        records[1] |= {
            "units": [[0, len(packed)]],
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }

    rewritten(folder, change)


FORGERIES: dict[str, tuple[Callable[[np.ndarray, np.ndarray], Any], str]] = {
    "one twice": (lambda p, w: (p[[0, *range(13)]], w[[0, *range(13)]]), "are the same"),
    "one missing": (lambda p, w: (p[:13], w[:13]), "says 14, and the store holds 13"),
    "a bit": (lambda p, w: (p ^ np.eye(14, 1, dtype=np.uint8), w), "does not realize"),
    "a witness": (lambda p, w: (p, w * (1 - 2 * np.eye(14, 1, -3, np.int64))), "pattern 3 does"),
    "a padding bit": (lambda p, w: (p | 16, w), "contradicts"),
    "on a boundary": (lambda p, w: (p, w * 0), "pattern 0 does not"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_parts_with_fitting_checksums_are_refused(
    fresh: Callable[[], Path], forgery: str
) -> None:
    folder = fresh()
    store = ar.store_patterns(cube(2), folder, witnesses=True).store
    (batch,) = store.batches(witnesses=True)
    assert batch.witnesses is not None
    change, reason = FORGERIES[forgery]
    forged(folder, store, *change(batch.packed.copy(), batch.witnesses.points))
    with pytest.raises(ar.ProofError, match=reason):
        ar.verify_patterns(folder)
    with pytest.raises(ar.ProofError):
        ar.load_store(ar.open_patterns(folder))


@pytest.mark.parametrize("row", range(4))
def test_rows_of_one_hyperplane_have_to_agree(fresh: Callable[[], Path], row: int) -> None:
    # Rows 0, 1 and 2 are one hyperplane and row 3 is none; no witnesses are stored.
    rows = [[1, 0, 0], [2, 0, 0], [-1, 0, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0]]
    folder = fresh()
    store = ar.store_patterns(rows, folder).store
    (batch,) = store.batches()
    packed = batch.packed.copy()
    packed[1, 0] ^= 1 << row
    forged(folder, store, packed, None)
    with pytest.raises(ar.ProofError, match="pattern 1 contradicts"):
        ar.verify_patterns(folder)


MANIFESTS: dict[str, Callable[[list[dict[str, Any]]], None]] = {
    "another kind": lambda r: r[0].update(kind="recipes"),
    "another schema": lambda r: r[0].update(schema=1),
    "a key less": lambda r: r[0].pop("group"),
    "methods of other units": lambda r: r[0].update(methods=[]),
    "a part twice, differently": lambda r: r.insert(2, {**r[1], "jobs": "0"}),
    "a part missing": lambda r: r.pop(1),
    "a part after the end": lambda r: r.append(r[1]),
    "a part of no unit": lambda r: r[1].update(units=[[1, 14]]),
    "a negative count": lambda r: r[1].update(units=[[0, -14]]),
    "patterns without bytes": lambda r: r[1].update(bytes=0),
    "a part that is a text": lambda r: r[1].update(part="0"),
    "too many proofs": lambda r: r[-1].update(proofs=2 * r[-1]["proofs"]),
    "an unknown proof": lambda r: r[-1]["proofs"][0].update(kind="trust me"),
    "not a record": lambda r: r.insert(1, []),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("change", MANIFESTS)
def test_manifests_that_contradict_themselves_are_refused(
    fresh: Callable[[], Path], change: str
) -> None:
    folder = fresh()
    ar.store_patterns(cube(2), folder)
    rewritten(folder, MANIFESTS[change])
    with pytest.raises(ar.FileError, match=r"_manifest\.jsonl"):
        ar.open_patterns(folder)


def test_a_line_that_stands_twice_counts_once(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(2), folder)
    rewritten(folder, lambda records: records.insert(2, records[1]))
    store = ar.open_patterns(folder)
    assert (len(store), len(store.parts)) == (14, 1)
    assert ar.verify_patterns(store).complete


def test_proofs_of_other_numbers_are_refused(fresh: Callable[[], Path]) -> None:
    for kind, count in (("cover", 13), ("count", 13)):
        folder = fresh()
        ar.store_patterns(cube(2), folder)
        proof = {"kind": kind, "count": count}
        rewritten(folder, lambda records, proof=proof: records[-1].update(proofs=[proof]))  # type: ignore[misc]
        with pytest.raises(ar.ProofError, match="says 13"):
            ar.verify_patterns(folder)
    folder = fresh()
    ar.store_patterns(cube(2), folder)
    tree = {"kind": "tree", "steps": "00", "multipliers": []}
    rewritten(folder, lambda records: records[-1].update(proofs=[tree]))
    with pytest.raises(ar.ProofError, match="trees"):
        ar.verify_patterns(folder)


def test_little_memory_takes_more_passes(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(4), folder)
    for memory in (16, 1600, 1 << 20):
        assert ar.verify_patterns(folder, memory=memory).count == 1882
    with pytest.raises(ar.ArgumentError, match="memory = 1"):
        ar.verify_patterns(folder, memory=1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_an_error(fresh: Callable[[], Path]) -> None:
    folder = fresh()
    ar.store_patterns(cube(2), folder, max_regions=0)
    folder.chmod(0o500)
    try:
        with pytest.raises(ar.FileError, match="cannot be written: Permission denied"):
            ar.store_patterns(cube(2), folder, resume=True)
    finally:
        folder.chmod(0o700)


def test_suffix_and_description_of_the_files(fresh: Callable[[], Path]) -> None:
    import pyarrow.parquet as pq

    rows = [[1, 0], [2, 0], [-1, 0], [0, 0], [1, 1]]
    folder = fresh()
    ar.store_patterns(rows, folder, witnesses=True)
    schema = pq.read_schema(folder / "part-0000000.parquet")
    assert schema.names == ["pattern", "w0", "w1", "witness"]
    said = json.loads(schema.metadata[b"arrangements"])
    assert said["rows"] == 5
    assert said["rank"] == 2
    assert said["row_class"] == [0, 0, 0, -1, 1]
    assert said["orientation"] == [1, 1, -1, 0, 1]
    assert said["data_sha256"] == ar.as_data_matrix(rows).digest
    assert "lowest" in said["bit_order"]
