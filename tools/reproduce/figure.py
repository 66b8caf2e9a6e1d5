"""What a figure is: the numbers it shows, and how they are drawn."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.pyplot as plt
from matplotlib.axes import Axes


class Figure(ABC):
    """One figure of the article with the numbers behind it; subclasses are frozen records."""

    name: ClassVar[str]
    """Of the files, and of the command's argument."""
    panels: ClassVar[int] = 1

    @classmethod
    @abstractmethod
    def computed(cls, seed: int = 0) -> Figure:
        """Compute the numbers."""

    @abstractmethod
    def columns(self) -> Mapping[str, Any]:
        """Return the numbers behind the picture, for a table."""

    @abstractmethod
    def draw(self, panels: Sequence[Axes]) -> None:
        """Draw them on as many axes as there are panels."""

    @abstractmethod
    def says(self) -> str:
        """Return in a sentence what it shows, with its numbers."""

    def write(self, folder: Path) -> list[Path]:
        """Write the picture and the table; return their paths."""
        picture, table = folder / f"{self.name}.png", folder / f"{self.name}.csv"
        canvas, axes = plt.subplots(
            1, self.panels, figsize=(5.5 * self.panels, 4), squeeze=False, layout="constrained"
        )
        self.draw(list(axes[0]))
        canvas.savefig(picture, dpi=150)
        plt.close(canvas)
        columns = self.columns()
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return [picture, table]
