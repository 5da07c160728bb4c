"""Volumes receiving at least a dose, in closed form, for solids of revolution in a dose that grows linearly along u.

`h` is the height along u at which the dose is reached, measured from the solid's centre; sheet `dvh`, section 9.
"""

from math import acos, log, pi, sqrt


def sphere(h: float, radius: float) -> float:
    """Return the volume of a ball beyond height h."""
    h = min(max(h, -radius), radius)
    return pi * (2 * radius**3 / 3 - radius**2 * h + h**3 / 3)


def cylinder_along(h: float, radius: float, height: float) -> float:
    """Return the volume beyond h of a cylinder whose axis is u."""
    return pi * radius**2 * (height / 2 - min(max(h, -height / 2), height / 2))


def cylinder_across(h: float, radius: float, height: float) -> float:
    """Return the volume beyond h of a cylinder whose axis is perpendicular to u."""
    h = min(max(h, -radius), radius)
    return height * (radius**2 * acos(h / radius) - h * sqrt(radius**2 - h**2))


def cone_along(h: float, radius: float, height: float) -> float:
    """Return the volume beyond h of a cone whose apex points along u."""
    h = min(max(h, -height / 2), height / 2)
    return pi * radius**2 * (height / 2 - h) ** 3 / (3 * height**2)


def cone_across(h: float, radius: float, height: float) -> float:
    """Return the volume beyond h of a cone whose axis is perpendicular to u."""
    a = min(abs(h), radius)
    whole = pi * radius**2 * height / 3
    if a == 0.0:
        return whole / 2
    s = sqrt(radius**2 - a**2)
    beyond = height / (3 * radius) * (radius**3 * acos(a / radius) - 2 * a * radius * s)
    beyond += height / (3 * radius) * a**3 * log((radius + s) / a)
    return beyond if h > 0 else whole - beyond
