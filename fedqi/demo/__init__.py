"""The demonstration: a real federation on one machine, one process per party."""

from fedqi.demo.story import run_demo

__all__ = ["run_demo"]
