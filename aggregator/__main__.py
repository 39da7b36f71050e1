"""``python -m aggregator``: the same as ``fedqi-aggregator``."""

from aggregator.cli import main

main(prog_name="fedqi-aggregator")
