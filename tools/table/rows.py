"""One line of the table: a trained network against the certified optimum."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from data_sets import DATA_SETS
from problems import LOSSES, Setting, neurons
from trainers import TRAINERS

import convex_program as cx

WIDTHS = (10, 50)
SEED = 0
"""Of first weights and batches, in every line."""
OPTIMUM = "optimum"
"""The method of the line about the best network found."""


@dataclass(frozen=True, order=True)
class Key:
    """What a line is about.

    Parameters
    ----------
    data, loss, method : str
    width : int
        0 for the optimum, whose width is found and not given.
    """

    data: str
    loss: str
    method: str = OPTIMUM
    width: int = 0

    @property
    def claim(self) -> str:
        """Return the name of its claim file."""
        last = self.method.lower() + (f"-{self.width}" if self.width else "")
        return f"{self.data}-{self.loss}-{last}.claim"


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Parameters
    ----------
    data, loss, method : str
    width, seed : int
    rows, columns, rank : int
        Of the data, the column of ones counted.
    patterns : int
        Activation patterns there are at most (Cover).
    beta : float
    objective : float
        Of the network, rounded up.
    lower : float
        No network of any width is below; rounded down.
    gap : float
        Objective less bound, over the objective; rounded up.
    active : int
        Neurons of the network that contribute.
    level : str
        "proved" or "rigorous", of the bound.
    claim : str
        File, and empty where a bound is only rigorous.
    sha256 : str
        Of the file.
    """

    data: str
    loss: str
    method: str
    width: int
    seed: int
    rows: int
    columns: int
    rank: int
    patterns: int
    beta: float
    objective: float
    lower: float
    gap: float
    active: int
    level: str
    claim: str
    sha256: str

    @property
    def key(self) -> Key:
        """Return what it is about."""
        return Key(self.data, self.loss, self.method, self.width)

    @classmethod
    def names(cls) -> list[str]:
        """Return the columns of the table."""
        return [field.name for field in dataclasses.fields(cls)]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)


def keys(names: list[str] | None = None) -> Iterator[list[Key]]:
    """Yield the keys of each data set and loss together, the optimum first."""
    for data, loss in product(names or DATA_SETS, LOSSES):
        trained = [Key(data, loss, *each) for each in product(TRAINERS, WIDTHS)]
        yield [Key(data, loss), *trained]


def setting_of(key: Key) -> Setting:
    """Return the data set and the loss of a key."""
    return Setting(DATA_SETS[key.data], key.loss)


def finished(key: Key, setting: Setting, best: cx.Bracket, folder: Path) -> Row:
    """Train where the key says so; write the claim; return the line.

    Parameters
    ----------
    key : Key
    setting : Setting
    best : Bracket
        The certified optimum.
    folder : Path
        Of the claim files.
    """
    bracket = best
    if key.method != OPTIMUM:
        network = TRAINERS[key.method].network(setting.problem, key.width, SEED)
        bracket = cx.Bracket(network, best.certificate)
    proved = bracket.level is cx.Level.PROVED
    if proved:
        cx.save_claim(bracket.claim(), folder / key.claim)
    rows, columns = setting.problem.data.shape
    return Row(
        **dataclasses.asdict(key),
        seed=SEED,
        rows=rows,
        columns=columns,
        rank=setting.rank,
        patterns=setting.patterns(),
        beta=setting.problem.decay,
        objective=bracket.upper,
        lower=bracket.lower,
        gap=bracket.relative_gap,
        active=neurons(bracket.network),
        level=bracket.level.value,
        claim=key.claim if proved else "",
        sha256=digest(folder / key.claim) if proved else "",
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
