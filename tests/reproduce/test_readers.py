"""Files of MNIST and CIFAR-10: read as they are defined, or refused with a reason."""

from __future__ import annotations

import gzip
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from readers import FormatError, read_cifar10, read_idx, read_mnist
from tasks import Task, from_files
from tool_rooms import TOOLS

PICTURES = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]) + bytes([1, 2, 3, 4, 5, 255])
LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 3])


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_idx_files_plain_and_gzipped(tmp_path: Path) -> None:
    expected = [[[1, 2, 3]], [[4, 5, 255]]]
    assert read_idx(put(tmp_path, "plain", PICTURES)).tolist() == expected
    assert read_idx(put(tmp_path, "packed.gz", gzip.compress(PICTURES))).tolist() == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\x08",
        PICTURES[:-1],
        PICTURES + b"\0",
        PICTURES[:9],
        b"\0\0\x0d" + PICTURES[3:],
        b"\0\0\x08\0",
        gzip.compress(PICTURES, mtime=0)[:-9],
        pickle.dumps([1, 2, 3]),
    ],
)
def test_what_is_no_idx_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, "wrong", content)
    with pytest.raises(FormatError, match="wrong"):
        read_idx(path)


def test_mnist_is_pictures_and_labels(tmp_path: Path) -> None:
    put(tmp_path, "train-images-idx3-ubyte", PICTURES)
    with pytest.raises(FormatError, match="train-labels-idx1-ubyte"):
        read_mnist(tmp_path)
    put(tmp_path, "train-labels-idx1-ubyte.gz", gzip.compress(LABELS))
    pictures, labels = read_mnist(tmp_path)
    assert pictures.tolist() == [[1, 2, 3], [4, 5, 255]]
    assert labels.tolist() == [7, 3]
    put(tmp_path, "train-labels-idx1-ubyte", bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]))
    with pytest.raises(FormatError, match="2 pictures"):
        read_mnist(tmp_path)


def test_cifar_in_its_binary_version(tmp_path: Path) -> None:
    record = bytes([6]) + bytes(range(256)) * 12
    path = put(tmp_path, "data_batch_1.bin", record + bytes([9]) + bytes(3072))
    pictures, labels = read_cifar10(path)
    assert labels.tolist() == [6, 9]
    assert pictures.shape == (2, 3072)
    assert pictures[0, :3].tolist() == [0, 1, 2]
    for wrong in (b"", record[:-1], bytes([10]) + bytes(3072)):
        with pytest.raises(FormatError):
            read_cifar10(put(tmp_path, "data_batch_2.bin", wrong))


class Trap:
    """An object whose pickle would leave a file behind, if somebody loaded it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.path,)  # type: ignore[return-value]


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    left = tmp_path / "left-behind"
    path = put(tmp_path, "data_batch_1", pickle.dumps(Trap(left)))
    with pytest.raises(FormatError, match=r"binary version"):
        read_cifar10(path)
    with pytest.raises(FormatError, match=r"binary version"):
        from_files(tmp_path, 0)
    assert not left.exists()


def test_the_command_refuses_a_folder_without_files(tmp_path: Path) -> None:
    command = [
        sys.executable,
        str(TOOLS / "reproduce"),
        "--out",
        str(tmp_path / "out"),
        "--files",
        str(tmp_path),
    ]
    refused = subprocess.run(  # noqa: S603 - our own tool
        command, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "data_batch_1.bin" in refused.stderr


def test_files_become_tasks_of_two_classes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 200, dtype=np.uint8)
    pixels = rng.integers(0, 256, (200, 784), dtype=np.uint8)
    head = bytes([0, 0, 8, 3, 0, 0, 0, 200, 0, 0, 0, 28, 0, 0, 0, 28])
    put(tmp_path, "train-images-idx3-ubyte", head + pixels.tobytes())
    put(tmp_path, "train-labels-idx1-ubyte", bytes([0, 0, 8, 1, 0, 0, 0, 200]) + labels.tobytes())
    (task,) = from_files(tmp_path, 0)
    count = int(np.isin(labels, (3, 8)).sum())
    assert len(task.train) + len(task.test) == count
    assert set(task.train_labels) | set(task.test_labels) == {1.0, -1.0}


def test_tasks_are_standardized_by_the_rows_to_train_on() -> None:
    rows = np.column_stack([np.arange(40.0), np.full(40, 7.0)])
    task = Task.split("ramp", rows, np.where(np.arange(40) < 20, 1.0, -1.0), 0)
    assert task.train.shape == (30, 2)  # the constant column is left out, a bias is added
    assert task.train[:, 0].mean() == pytest.approx(0, abs=1e-12)
    assert task.train[:, 0].std() == pytest.approx(1)
    assert (task.test[:, 1] == 1).all()
    assert task.accuracy(lambda X: -X[:, 0]) > 0.6
