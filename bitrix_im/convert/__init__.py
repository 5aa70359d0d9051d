"""From decoded JSON to models, through everything that PHP makes of JSON."""

from .converter import make_converter, structure
from .field import Shape, Wire, camel_case, joined, strict, wired
from .frozen import EMPTY, FrozenDict

__all__ = [
    "EMPTY",
    "FrozenDict",
    "Shape",
    "Wire",
    "camel_case",
    "joined",
    "make_converter",
    "strict",
    "structure",
    "wired",
]
