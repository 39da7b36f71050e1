"""``python -m site_agent`` is ``fedqi-site``."""

from site_agent.cli import main

main(prog_name="fedqi-site")
