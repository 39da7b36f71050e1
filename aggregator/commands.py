"""What all commands share: the configuration file, and errors as messages with exit codes."""

import sys
from pathlib import Path
from typing import Any

import click

from aggregator.office import Office, open_office
from fedqi.errors import FedQIError


class Commands(click.Group):
    """A group whose errors are messages, with the exit code that their class names."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command; 1 other, 2 configuration, 5 policy, 6 protocol, 7 connection."""
        try:
            return super().invoke(context)
        except FedQIError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(error.exit_code)


def config_path(context: click.Context) -> Path:
    """Return the configuration file given to the command."""
    path: Path = context.find_root().obj
    return path


def office(context: click.Context) -> Office:
    """Open the aggregator that the configuration names."""
    return open_office(config_path(context))


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
