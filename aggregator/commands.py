"""What all commands share: the configuration file, and errors as messages with exit codes."""

import sys
from pathlib import Path
from typing import Any

import click

from aggregator.office import Office, open_office
from fedqi.errors import FedQIError

LONGEST = 1_000_000.0


def length_of_time(
    _context: click.Context, _parameter: click.Parameter, value: float | None
) -> float | None:
    """Refuse hours or minutes that are not above zero, endless, or "nan"."""
    if value is not None and not 0 < value <= LONGEST:
        raise click.BadParameter(f"{value}: expected more than 0 and at most {LONGEST:.0f}")
    return value


class Commands(click.Group):
    """A group whose errors are messages, with the exit code that their class names."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command; each error has the exit code of its class."""
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
