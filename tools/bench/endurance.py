"""Stores of patterns that are killed, run out of disk, lose parts; and the memory they take.

    .venv/bin/python tools/bench/endurance.py kill [--times 50] [--seed 0] [--folder FOLDER]
    .venv/bin/python tools/bench/endurance.py damage [--folder FOLDER]
    .venv/bin/python tools/bench/endurance.py memory [--long] [--folder FOLDER]

`kill` stores the 15,028,134 regions of {0,1}^6 x 1 undisturbed; then again, killing the process at
random moments and going on, until it was killed so many times, and compares set and proof each
time a store is complete.  `damage` cuts, alters and removes parts, forbids writing, and fills a
small file system (a tmpfs, which takes root).  `memory` stores larger and larger data and
prints peak memory against regions; with --long up to 1.29e8.  Exit status 1 when anything
differs.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import arrangements as ar

BITS = 6
_DISK = 12
"""Megabytes of the small file system: fewer than the patterns take when compressed."""
SIZES = [(60, 5), (100, 5)]
LONG_SIZES = [(150, 5), (200, 5)]


def cube() -> list[list[int]]:
    """Return {0,1}^6 x 1: threshold functions of six variables."""
    return [[*point, 1] for point in itertools.product((0, 1), repeat=BITS)]


def floats(n: int, d: int) -> Any:
    """Return normal random floats."""
    return np.random.default_rng(0).standard_normal((n, d))


def store(data: Any, folder: Path) -> ar.PatternStore:
    """Begin a store, or go on with it."""
    return ar.store_patterns(data, folder, resume=True).store


def fingerprint(patterns: ar.PatternStore) -> tuple[int, str, str]:
    """Return what two equal stores have in common: the set, in order, and the proof."""
    words = np.concatenate([batch.packed for batch in patterns.batches()]).view(np.uint64)[:, 0]
    words.sort()
    if (words[1:] == words[:-1]).any():
        sys.exit("a pattern is stored twice")
    completion = patterns.completion
    if completion is None:
        sys.exit("the store is not complete")
    return len(words), hashlib.sha256(words.tobytes()).hexdigest(), repr(completion)


def child(*words: str) -> subprocess.Popen[bytes]:
    """Start this script again: a process of its own, that may be killed."""
    command = [sys.executable, __file__, *words]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - this script


def system(*words: str) -> bool:
    """Run a command of the system; return whether it succeeded."""
    return subprocess.run(words, check=False).returncode == 0  # noqa: S603 - mount and umount


def kill(folder: Path, times: int, seed: int) -> None:
    """Kill a run at random moments; the set and the proof must be those of an undisturbed one."""
    whole = folder / "undisturbed"
    shutil.rmtree(whole, ignore_errors=True)
    began = time.monotonic()
    if child("run", "--folder", str(whole)).wait() != 0:
        sys.exit("the undisturbed run failed")
    seconds = time.monotonic() - began
    expected = fingerprint(ar.open_patterns(whole))
    print(f"undisturbed: {expected[0]:,} patterns in {seconds:.0f} s", flush=True)
    rng = np.random.default_rng(seed)
    killed = completed = 0
    while killed < times:
        again = folder / "killed"
        shutil.rmtree(again, ignore_errors=True)
        here = 0
        while True:
            process = child("run", "--folder", str(again))
            try:
                # Half the time of a whole run: most attempts are killed, and all get somewhere.
                process.wait(rng.uniform(0.0, seconds / 2) if killed < times else None)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                killed += 1
                here += 1
                continue
            if process.returncode != 0:
                sys.exit(f"a run that went on failed with status {process.returncode}")
            break
        if fingerprint(ar.open_patterns(again)) != expected:
            sys.exit("another set or another proof")
        completed += 1
        print(f"complete after {here} kills: the same set, the same proof", flush=True)
    print(f"{killed} kills, {completed} complete stores")


def damage(folder: Path) -> None:
    """Damage parts, forbid writing, fill the disk: clear errors, and nothing valid is lost."""
    target = folder / "damaged"
    shutil.rmtree(target, ignore_errors=True)
    expected = fingerprint(store(cube(), target))
    parts = sorted(target.glob("*.parquet"))
    content = bytearray(parts[0].read_bytes())
    content[len(content) // 2] ^= 1
    parts[0].write_bytes(content)
    parts[1].write_bytes(parts[1].read_bytes()[:-100])
    parts[2].unlink()
    run = ar.store_patterns(cube(), target, resume=True)
    if run.remade != 3 or fingerprint(run.store) != expected:  # noqa: PLR2004 - as many as were hurt
        sys.exit(f"{run.remade} parts made again")
    print("a bit flipped, a tail cut, a part gone: 3 parts made again, the same set and proof")
    disk = folder / "disk"
    disk.mkdir(exist_ok=True)
    if not system("mount", "-t", "tmpfs", "-o", f"size={_DISK}m", "tmpfs", str(disk)):
        print("no small file system: mounting a tmpfs takes root")
        return
    try:
        _full(disk)
    finally:
        system("umount", str(disk))


def _full(disk: Path) -> None:
    try:
        store(cube(), disk / "store")
    except ar.FileError as error:
        print(f"full disk: {error}")
    else:
        sys.exit("the disk was not full")
    kept = ar.open_patterns(disk / "store")
    before = len(kept)
    print(f"{before:,} patterns in {len(kept.parts)} parts are still valid")
    system("mount", "-o", "remount,size=1g", str(disk))
    run = ar.store_patterns(cube(), disk / "store", resume=True)
    completion = run.store.completion
    if completion is None or run.added + before != len(run.store):
        sys.exit("going on with more room lost something")
    print(f"with more room {run.added:,} more, complete by {completion.kind}")


def memory(folder: Path, *, long: bool) -> None:
    """Print peak memory and bytes on disk against regions."""
    print(f"{'data':>8s} {'regions':>12s} {'CPU s':>8s} {'peak MB':>8s} {'of packed bytes':>16s}")
    for n, d in SIZES + (LONG_SIZES if long else []):
        target = folder / f"floats-{n}x{d}"
        shutil.rmtree(target, ignore_errors=True)
        process = child("run", "--folder", str(target), "--size", str(n), str(d))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{n} x {d} failed with status {process.returncode}")
        patterns = ar.open_patterns(target)
        packed = len(patterns) * ((n + 7) // 8)
        on_disk = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
        seconds = usage.ru_utime + usage.ru_stime
        print(f"{n:>5d}x{d:<2d} {len(patterns):12,} {seconds:8.1f} {usage.ru_maxrss / 1024:8.0f} "
              f"{on_disk / packed:16.3f}", flush=True)  # fmt: skip
        shutil.rmtree(target)


def main() -> None:
    """Run one of the trials."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("trial", choices=["kill", "damage", "memory", "run"])
    parser.add_argument("--folder", type=Path, default=Path("bench-output/endurance"))
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, nargs=2)
    parser.add_argument("--long", action="store_true")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.trial == "run":
        store(floats(*given.size) if given.size else cube(), given.folder)
        print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB", flush=True)
    elif given.trial == "kill":
        kill(given.folder, given.times, given.seed)
    elif given.trial == "damage":
        damage(given.folder)
    else:
        memory(given.folder, long=given.long)


if __name__ == "__main__":
    main()
