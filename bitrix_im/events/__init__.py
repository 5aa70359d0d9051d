"""What happens in a portal, as it happens."""

from .marks import FileMark, Mark, MemoryMark

__all__ = ["FileMark", "Mark", "MemoryMark"]
