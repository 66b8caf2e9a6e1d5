"""What a figure is: the numbers it shows, and how they are drawn."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.pyplot as plt
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from PIL import Image


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
        canvas.savefig(picture, dpi=100)
        plt.close(canvas)
        # A palette makes a drawing half as large, and nobody sees it.
        Image.open(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(
            picture, optimize=True
        )
        columns = self.columns()
        with table.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))
        return [picture, table]


class Film(Figure):
    """A figure that moves: scenes, one after another, beside the picture and the table."""

    @property
    @abstractmethod
    def scenes(self) -> int:
        """How many there are."""

    @abstractmethod
    def draw_scene(self, axes: Axes, index: int) -> None:
        """Draw one of them."""

    def write(self, folder: Path) -> list[Path]:
        """Write the picture, the table and the film; return their paths."""
        film = folder / f"{self.name}.gif"
        canvas, axes = plt.subplots(figsize=(4.8, 3.2), layout="constrained")

        def scene(index: int) -> tuple[()]:
            axes.clear()
            self.draw_scene(axes, index)
            return ()

        moving = FuncAnimation(canvas, scene, frames=self.scenes, init_func=tuple)
        moving.save(film, PillowWriter(fps=8), dpi=70)
        plt.close(canvas)
        return [*super().write(folder), film]
