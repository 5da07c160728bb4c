"""Decimal strings to binary64, for the millions of digits of a contour stack."""

import numpy as np
import numpy.typing as npt

from propel_core.numerics._jit import kernel
from propel_core.units import FloatArray

__all__ = ["parse"]

_POWERS = np.array([float(f"1e{exponent}") for exponent in range(23)])
_MOST = 2**53 // 10 - 1


def _parse(text: npt.NDArray[np.uint8], values: FloatArray) -> bool:
    r"""Fill `values` from decimals separated by backslashes; return whether all were read, each exactly.

    A whole number of at most 2**53 times or over a power of ten up to 22 is the product or quotient of two exactly
    represented numbers, and one operation rounds it correctly (Clinger 1990, doi 10.1145/93542.93557). Anything else
    (more digits, a greater exponent, a sign alone, a letter) is left to the caller: the answer is False.
    """
    count = 0
    i, n = 0, text.size
    while i < n:
        while i < n and text[i] == 32:
            i += 1
        negative = False
        if i < n and (text[i] == 45 or text[i] == 43):
            negative = text[i] == 45
            i += 1
        digits, decimals, whole = 0, 0, 0
        point = False
        while i < n and (48 <= text[i] <= 57 or (text[i] == 46 and not point)):
            if text[i] == 46:
                point = True
            else:
                if whole > _MOST:
                    return False
                whole = whole * 10 + (int(text[i]) - 48)
                digits += 1
                decimals += 1 if point else 0
            i += 1
        power = -decimals
        if digits > 0 and i < n and (text[i] == 101 or text[i] == 69):
            i += 1
            downwards = i < n and text[i] == 45
            if i < n and (text[i] == 45 or text[i] == 43):
                i += 1
            exponent, digits = 0, 0
            while i < n and 48 <= text[i] <= 57 and digits < 3:
                exponent = exponent * 10 + (int(text[i]) - 48)
                digits += 1
                i += 1
            power += -exponent if downwards else exponent
        while i < n and text[i] == 32:
            i += 1
        if digits == 0 or abs(power) > 22 or count == values.size or (i < n and text[i] != 92) or i == n - 1:
            return False
        value = float(whole) / _POWERS[-power] if power < 0 else float(whole) * _POWERS[power]
        values[count] = -value if negative else value
        count += 1
        i += 1
    return count == values.size


parse = kernel(_parse)
