"""Lines for people on standard error, and text made fit for a terminal."""

import sys

__all__ = ["say", "visible"]


def visible(text: str) -> str:
    """Return `text` with every character that does not print replaced: a structure's name may hold terminal codes."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def say(*parts: str | None) -> None:
    """Write one line on standard error: the parts that are there, separated by colons."""
    sys.stderr.write(": ".join(visible(part) for part in parts if part) + "\n")
