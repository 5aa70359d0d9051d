"""A portal in files and tables: `export`, which stops and goes on."""

from .report import ExportReport, Progress
from .run import export
from .targets.base import TargetRefused

__all__ = ["ExportReport", "Progress", "TargetRefused", "export"]
