"""The commands that write, check, describe and convert patterns."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from arrangements.arrangement import Arrangement
from arrangements.cli.answer import print_json
from arrangements.cli.options import (
    Dask,
    DataFile,
    Json,
    ThreadCount,
    TimeLimit,
)
from arrangements.cli.session import Exit, Session, caution, check_outputs
from arrangements.cli.table import TableOptions
from arrangements.cli.workers import workers
from arrangements.enumeration import (
    StreamStopped,
    enumerate_patterns,
    stream_patterns,
)
from arrangements.errors import ArgumentError
from arrangements.packing import Packed, unpack
from arrangements.patterns import CompletePatterns
from arrangements.store import (
    PatternFormat,
    PatternStore,
    StoreRun,
    load_patterns,
    load_store,
    open_patterns,
    save_csv,
    save_patterns,
    store_patterns,
    verify_patterns,
)

_LINES = 1 << 16
"""Patterns formatted at once."""


def enumerate_(
    data: DataFile,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="File.npz with the proof, file.csv, or a folder (Parquet)."
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a folder that is unfinished or damaged.")
    ] = False,
    options: TableOptions,
    as_json: Json = False,
    witnesses: Annotated[
        bool, typer.Option("--witnesses", help="Write weight vectors into the folder too.")
    ] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Keep nothing: patterns go out as they are found.")
    ] = False,
    threads: ThreadCount = 1,
    dask: Dask = None,
    max_regions: Annotated[
        int | None,
        typer.Option(
            "--max-regions", "--limit-regions", min=0, help="Stop after so many patterns."
        ),
    ] = None,
    max_bytes: Annotated[
        int | None,
        typer.Option(
            "--max-bytes", "--limit-bytes", min=0, help="Stop when a folder holds so many bytes."
        ),
    ] = None,
    time_limit: TimeLimit = None,
) -> None:
    """List every activation pattern, with a proof that none is missing.

    Without `--out` the patterns go to stdout, one line of 0 and 1 each; `--stream` writes
    them in the order in which they are found, in little memory.  A folder holds any number of
    patterns, and what was stopped there goes on with `--resume`.

    Example: `arrangements enumerate data.csv --drop y --bias -o patterns`
    """
    with Session() as session, workers(threads, dask) as executor:
        kind = _checked(out, data)
        folder = out if kind is PatternFormat.PARQUET else None
        if stream and (out is not None or as_json):
            raise ArgumentError("--stream writes to stdout: leave out --out and --json")
        if not stream and folder is None and max_regions is not None:
            raise ArgumentError("--max-regions is a limit of --stream or of a folder: name one")
        if folder is None and (resume or witnesses or max_bytes is not None):
            raise ArgumentError(
                "--resume, --witnesses and --max-bytes are for a folder: name one by --out"
            )
        table = options.read(data)
        doubt = caution(Arrangement(table.matrix))
        if folder is not None:
            session.keep(f"finished parts are in {folder}; the same command with --resume goes on")
            run = store_patterns(
                table.matrix,
                folder,
                witnesses=witnesses,
                resume=resume,
                executor=executor,
                max_regions=max_regions,
                max_seconds=time_limit,
                max_bytes=max_bytes,
                progress=session.listen,
            )
            _report(run, doubt, as_json=as_json)
        elif stream:
            batches = stream_patterns(
                table.matrix,
                executor=executor,
                max_regions=max_regions,
                max_seconds=time_limit,
                progress=session.listen,
            )
            for batch in batches:
                _write(batch.packed, table.matrix.shape[0])
            typer.echo(batches.completion.summary(), err=True)
            if isinstance(batches.completion, StreamStopped):
                raise typer.Exit(Exit.LIMIT)
        else:
            session.limit(time_limit)
            patterns = enumerate_patterns(table.matrix, executor=executor, progress=session.listen)
            _hand_over(patterns, out, kind, session, doubt, as_json=as_json)


def _report(run: StoreRun, doubt: str | None, *, as_json: bool) -> None:
    """Say what is in a folder now, and leave with 3 when that is not everything."""
    if as_json:
        done = {"added": run.added, "remade": run.remade, "balance": run.workload.balance}
        print_json(_facts(run.store) | done | {"caution": doubt})
    else:
        typer.echo(run.summary())
        typer.echo(f"written to {run.store.folder}")
    if run.limit is not None:
        raise typer.Exit(Exit.LIMIT)


def _hand_over(
    patterns: CompletePatterns,
    out: Path | None,
    kind: PatternFormat | None,
    session: Session,
    doubt: str | None,
    *,
    as_json: bool,
) -> None:
    """Write a list to its file, or to stdout."""
    n = patterns.arrangement.shape[0]
    if out is not None and kind is PatternFormat.CSV:
        save_csv([patterns.packed], n, out, progress=session.listen)
    elif out is not None:
        save_patterns(patterns, out)
    if as_json:
        print_json(
            {
                "patterns": len(patterns),
                "proof": patterns.completion.kind,
                "caution": doubt,
                "file": None if out is None else str(out),
                "digest": patterns.arrangement.data.digest,
            }
        )
    elif out is None:
        _write(patterns.packed, n)
    else:
        typer.echo(patterns.summary())
        typer.echo(f"written to {out}")


def verify(
    patterns: Annotated[
        Path, typer.Argument(exists=True, help="File or folder written by `enumerate`.")
    ],
    *,
    data: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Check that they belong to this data."),
    ] = None,
    options: TableOptions,
    threads: ThreadCount = 1,
    time_limit: TimeLimit = None,
    as_json: Json = False,
) -> None:
    """Check the proof of patterns again, line by line; of a folder also every checksum.

    Example: `arrangements verify patterns`
    """
    with Session() as session, workers(threads, None, aside=True) as executor:
        session.keep("nothing was found wrong until then")
        session.limit(time_limit)
        if data is None and options.given:
            raise ArgumentError(
                "--columns, --drop, --bias, --as-float and --rank describe --data: give it"
            )
        complete = True
        facts: dict[str, Any]
        if patterns.is_dir():
            store = open_patterns(patterns)
            check = verify_patterns(store, executor=executor, progress=session.listen)
            digest, complete = store.arrangement.data.digest, check.complete
            proof = None if store.completion is None else store.completion.kind
            facts = {"patterns": check.count, "proof": proof, "realized": check.realized}
            summary = check.summary()
        else:
            loaded = load_patterns(patterns)
            digest = loaded.arrangement.data.digest
            facts = {"patterns": len(loaded), "proof": loaded.completion.kind, "realized": True}
            summary = loaded.summary()
        same = None
        if data is not None:
            table = options.read(data)
            same = table.matrix.digest == digest
        if as_json:
            print_json(facts | {"complete": complete, "digest": digest, "same_data": same})
        else:
            typer.echo(summary)
            if same is not None:
                typer.echo("they belong to this data" if same else "they belong to OTHER data")
    if same is False or not complete:
        raise typer.Exit(Exit.REFUSED)


class _To(Enum):
    """What a folder of patterns can be turned into."""

    CSV = "csv"
    NPZ = "npz"


def export(
    patterns: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder written by `enumerate`.")
    ],
    *,
    to: Annotated[_To, typer.Option("--to", help="csv: text; npz: a list with its proof.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File to write; beside the folder by default."),
    ] = None,
    time_limit: TimeLimit = None,
) -> None:
    """Turn a finished folder of patterns into one file.

    Text takes two bytes for each row of each pattern.  An NPZ file is a list: it is made in memory.

    Example: `arrangements export patterns --to csv`
    """
    with Session() as session:
        session.limit(time_limit)
        target = patterns.with_suffix(f".{to.value}") if out is None else out
        if PatternFormat.of(target).value != to.value:
            raise ArgumentError(f"--out: {target} does not end in .{to.value}, as --to asks")
        check_outputs({"--out": target}, [])
        store = open_patterns(patterns)
        if not store.is_complete:
            raise ArgumentError(f"{patterns} is unfinished; `enumerate --resume` goes on with it")
        if to is _To.NPZ:
            save_patterns(load_store(store, progress=session.listen), target)
        else:
            packed = (batch.packed for batch in store.batches())
            save_csv(packed, store.arrangement.shape[0], target, progress=session.listen)
        typer.echo(f"{len(store):,} patterns written to {target}")


def describe(folder: Path, *, as_json: bool) -> None:
    """Say what a folder of patterns holds."""
    store = open_patterns(folder)
    if as_json:
        print_json(_facts(store))
        return
    typer.echo(store.summary())
    typer.echo(f"{store.size:,} bytes in {len(store.parts):,} parts")
    typer.echo(f"found by {', '.join(store.methods)}")
    typer.echo("witnesses are stored too" if store.has_witnesses else "no witnesses are stored")


def _facts(store: PatternStore) -> dict[str, Any]:
    n, d = store.arrangement.shape
    return {
        "patterns": len(store),
        "complete": store.is_complete,
        "proof": None if store.completion is None else store.completion.kind,
        "folder": str(store.folder),
        "parts": len(store.parts),
        "bytes": store.size,
        "rows": n,
        "columns": d,
        "rank": store.arrangement.rank,
        "methods": list(store.methods),
        "witnesses": store.has_witnesses,
        "digest": store.arrangement.data.digest,
    }


def _checked(out: Path | None, data: Path) -> PatternFormat | None:
    """Return what is to be written, after looking whether it can be."""
    if out is None:
        return None
    try:
        kind = PatternFormat.of(out)
    except ArgumentError as error:
        raise ArgumentError(f"--out: {error}") from None
    if kind is not PatternFormat.PARQUET or not os.path.isdir(out):  # noqa: PTH112 - Path.is_dir raises for too long names
        check_outputs({"--out": out}, [data])
        if kind is PatternFormat.PARQUET and out.exists():
            raise ArgumentError(f"--out: {out} is a file; name a folder for the patterns")
    return kind


def _write(packed: Packed, n: int) -> None:
    """Write patterns to stdout, one line of 0 and 1 each."""
    for start in range(0, len(packed), _LINES):
        part = unpack(packed[start : start + _LINES], n)
        lines = np.full((len(part), n + 1), ord("\n"), np.uint8)
        lines[:, :n] = part + np.uint8(ord("0"))
        typer.echo(lines.tobytes().decode("ascii"), nl=False)
