"""Saving and loading claims."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import arrangements as ar
from arrangements.io.files import file_error, read_rest
from arrangements.io.strict_json import parse_json
from convex_program.claim import Claim
from convex_program.errors import ClaimError
from convex_program.io.claims.packed import (
    KIND,
    MOST_HEAD,
    SCHEMAS,
    ClaimedData,
    Reader,
    read_packed,
    write_packed,
)
from convex_program.io.claims.plain import OLD_SCHEMA, read_plain
from convex_program.problem import TrainingProblem


def save_claim(claim: Claim, path: str | Path, *, where: str | None = None) -> None:
    """Write a claim, whole or not at all.

    Parameters
    ----------
    claim : Claim
    path : str or Path
    where : str, optional
        Leave the data out and say where they are instead; whoever checks then needs them.

    Examples
    --------
    >>> import tempfile
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cx.save_claim(cx.global_optimum(problem).claim(), folder + "/best.claim")

    Notes
    -----
    The file is written beside `path`, synced, and takes its name in the end: a process that is killed
    leaves the old file or the new one.  Its layout is a promise, see the page on claims.
    """
    if not isinstance(claim, Claim):
        raise ClaimError(f"{claim!r} is not a claim; save what optimum.claim() returns")
    with ar.atomic_write(path) as stream:
        write_packed(claim, stream, where)


def load_claim(path: str | Path, problem: TrainingProblem | None = None) -> Claim:
    """Read a claim; nothing in it is checked until `verify` does.

    Parameters
    ----------
    path : str or Path
    problem : TrainingProblem, optional
        Your own data: the claim must be about them.  Its loss, beta and other settings do not matter here.

    Raises
    ------
    ClaimError
        When the file is missing, not a whole claim, of an unknown schema, or about other data.

    Examples
    --------
    >>> import tempfile
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cx.save_claim(cx.global_optimum(problem).claim(), folder + "/best.claim")
    ...     claim = cx.load_claim(folder + "/best.claim")
    >>> float(claim.beta)
    0.5
    """
    if problem is None:
        return read_claim(path)
    data = ClaimedData(
        problem.gauge.exact_rows, problem.exact_targets, problem.sample_weight, problem.outputs
    )
    return read_claim(path, lambda _: data)


def read_claim(path: str | Path, given: Reader | None = None) -> Claim:
    """Read a claim; its data must be those that a function of its loss returns, if there is one.

    Raises
    ------
    ClaimError
        See `load_claim`.
    """
    try:
        with Path(path).open("rb") as stream:
            head = stream.readline(MOST_HEAD + 1)
            if head.endswith(b"\n") and _is_packed(head):
                return _packed(path, head, stream, given)
            content = read_rest(stream, path, head)
    except ar.FileError as error:
        raise ClaimError(str(error)) from None
    except FileNotFoundError:
        raise ClaimError(f"{path}: no such file") from None
    except OSError as error:
        failure = file_error(f"{path} cannot be read", error)
        if isinstance(failure, MemoryError):
            raise failure from None
        raise ClaimError(str(failure)) from None
    return _plain(path, content, given)


def _is(schema: Any, number: int) -> bool:
    """Whether a schema is that number; true and false are none."""
    return schema == number and not isinstance(schema, bool)


def _is_packed(head: bytes) -> bool:
    try:
        record = parse_json(head)
    except (ValueError, RecursionError):
        # it may be the first line of many, which are read together
        return any(b'"schema": %d,' % number in head for number in SCHEMAS)
    return isinstance(record, dict) and record.get("kind") == KIND and _is_head(record)


def _is_head(record: dict[str, Any]) -> bool:
    """Whether a record says that it is the head of a packed claim."""
    return any(_is(record.get("schema"), number) for number in SCHEMAS)


def _packed(path: str | Path, head: bytes, stream: IO[bytes], given: Reader | None) -> Claim:
    try:
        return read_packed(head, stream, given)
    except ClaimError as error:
        raise ClaimError(f"{path}: {error}") from None
    except RecursionError:
        raise ClaimError(f"{path} is nested too deeply") from None
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ClaimError(f"{path} is not a claim this version reads ({error})") from None


def _plain(path: str | Path, content: bytes, given: Reader | None) -> Claim:
    """Read schema 0, or say what the file is instead."""
    try:
        record = parse_json(content)
    except (ValueError, RecursionError) as error:
        raise ClaimError(f"{path} is not whole JSON ({error})") from None
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise ClaimError(f"{path} is not a claim (its kind is not {KIND!r})")
    if _is_head(record):
        raise ClaimError(
            f"{path} says that it has schema {record['schema']}, whose head is one line of JSON with "
            "binary sections behind it; this file is JSON throughout: save the claim again"
        )
    if not _is(record.get("schema"), OLD_SCHEMA):
        raise ClaimError(
            f"{path} has schema {record.get('schema')!r}; this version reads schemas "
            f"{OLD_SCHEMA} to {max(SCHEMAS)}"
        )
    try:
        claim = read_plain(record)
    except KeyError as error:
        raise ClaimError(f"{path} is not a whole claim: {error} is missing") from None
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ClaimError(f"{path} is not a claim this version reads ({error})") from None
    held = ClaimedData(claim.features, claim.targets, claim.weights)
    if given is not None and given(claim.loss) != held:
        raise ClaimError(f"{path}: the claim is about other data than those given")
    return claim
