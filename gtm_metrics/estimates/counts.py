"""Counts as arrays, refused where they cannot be counts."""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray: TypeAlias = NDArray[np.float64]


def as_counts(name: str, values: ArrayLike) -> FloatArray:
    """The values as float64, None read as NaN.

    Raises ValueError when one of them is negative or infinite.
    """
    counts = np.asarray(values, dtype=np.float64)
    if np.any(counts < 0) or np.any(np.isinf(counts)):
        raise ValueError(f"{name} holds a negative or infinite count; counts are 0 or more")
    return counts


def as_part_of(part_name: str, part: ArrayLike, whole_name: str, whole: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both as float64, broadcast against each other.

    Raises ValueError when a part is larger than its whole, or either is no count.
    """
    parts, wholes = np.broadcast_arrays(as_counts(part_name, part), as_counts(whole_name, whole))
    if np.any(parts > wholes):
        raise ValueError(f"{part_name} exceeds {whole_name}: the first counts some of the second")
    return parts, wholes
