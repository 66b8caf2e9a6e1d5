"""What `from_torch` sees of PyTorch, without PyTorch: tensors, layers, losses, optimizers.

The class names are those of torch, because that is what duck typing goes by.  A tensor
refuses what a real one refuses: ``numpy()`` while it is on a device, needs a gradient, or
holds bfloat16.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


class Tensor:
    def __init__(self, values: Any, kind: str = "float32", *, parameter: bool = False) -> None:
        self.values = rounded(values, kind)
        self.kind = kind
        self.on_device = parameter
        self.needs_gradient = parameter

    def _like(self, **changes: Any) -> Tensor:
        other = Tensor(self.values, self.kind)
        other.on_device, other.needs_gradient = self.on_device, self.needs_gradient
        for name, value in changes.items():
            setattr(other, name, value)
        return other

    def detach(self) -> Tensor:
        return self._like(needs_gradient=False)

    def cpu(self) -> Tensor:
        return self._like(on_device=False)

    def double(self) -> Tensor:
        return self._like(kind="float64", values=np.asarray(self.values, dtype=np.float64))

    def is_floating_point(self) -> bool:
        return self.kind in ("float32", "float64", "bfloat16")

    def numpy(self) -> np.ndarray:
        if self.needs_gradient:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        if self.on_device or self.kind == "bfloat16":
            raise TypeError(f"can't convert {self.kind} device type tensor to numpy")
        return self.values

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, *_: Any, **__: Any) -> np.ndarray:
        return self.numpy()


def rounded(values: Any, kind: str) -> np.ndarray:
    """Numbers as a tensor of this kind holds them."""
    if kind != "bfloat16":
        return np.array(values, dtype=kind)
    bits = np.array(values, dtype=np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    return bits.view(np.float32)


class Module:
    def __init__(self, **parameters: Tensor) -> None:
        self._own = parameters

    def named(self) -> Iterator[tuple[str, Tensor]]:
        yield from self._own.items()

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        return self.named()

    def parameters(self) -> Iterator[Tensor]:
        return (tensor for _, tensor in self.named())

    def state_dict(self) -> dict[str, Tensor]:
        return dict(self.named())


class Linear(Module):
    def __init__(self, weight: Any, bias: Any = None, kind: str = "float32") -> None:
        own = {"weight": Tensor(weight, kind, parameter=True)}
        if bias is not None:
            own["bias"] = Tensor(bias, kind, parameter=True)
        super().__init__(**own)


class ReLU(Module):
    pass


class LeakyReLU(Module):
    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope


class BatchNorm1d(Module):
    """Affine unless asked otherwise; its buffers are named after its parameters, as torch does."""

    def __init__(self, scale: Any = None, shift: Any = None, eps: float = 1e-5) -> None:
        own = {}
        if scale is not None:
            own = {
                name: Tensor(v, "float64", parameter=True)
                for name, v in (("weight", scale), ("bias", shift))
            }
        super().__init__(**own)
        self.eps = eps

    def state_dict(self) -> dict[str, Tensor]:
        buffers = {
            name: Tensor([0.0]) for name in ("running_mean", "running_var", "num_batches_tracked")
        }
        return {**super().state_dict(), **buffers}


class Tanh(Module):
    pass


class Sigmoid(Module):
    pass


class Loss:
    def __init__(self, reduction: str = "mean") -> None:
        self.reduction = reduction


class MSELoss(Loss):
    pass


class L1Loss(Loss):
    pass


class HuberLoss(Loss):
    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta


class SmoothL1Loss(Loss):
    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta


class BCEWithLogitsLoss(Loss):
    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(reduction)
        self.weight, self.pos_weight = weight, pos_weight


class CrossEntropyLoss(Loss):
    def __init__(
        self, weight: Any = None, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> None:
        super().__init__(reduction)
        self.weight, self.label_smoothing = weight, label_smoothing


class Sequential(Module):
    def __init__(self, *layers: Module) -> None:
        super().__init__()
        self._layers = layers

    def __iter__(self) -> Iterator[Module]:
        return iter(self._layers)

    def named(self) -> Iterator[tuple[str, Tensor]]:
        for index, layer in enumerate(self._layers):
            for name, tensor in layer.named():
                yield f"{index}.{name}", tensor

    def state_dict(self) -> dict[str, Tensor]:
        return {
            f"{index}.{name}": tensor
            for index, layer in enumerate(self._layers)
            for name, tensor in layer.state_dict().items()
        }


class Optimizer:
    def __init__(self, parameters: Any, **options: Any) -> None:
        given = list(parameters)
        groups = given if given and isinstance(given[0], dict) else [{"params": given}]
        self.defaults = {"lr": 0.1, "weight_decay": 0.0, **options}
        self.param_groups = [{**self.defaults, **group} for group in groups]


class SGD(Optimizer):
    pass


class Adam(Optimizer):
    pass


class AdamW(Optimizer):
    pass


class RMSprop(Optimizer):
    pass


def model(
    hidden: Any,
    output: Any,
    *,
    hidden_bias: Any = None,
    output_bias: float | None = None,
    kind: str = "float32",
    between: Module | None = None,
) -> Sequential:
    last = None if output_bias is None else [output_bias]
    return Sequential(
        Linear(hidden, hidden_bias, kind), between or ReLU(), Linear([output], last, kind)
    )
