"""What every command of ``fedqi`` shares: its exit codes, and how an error is told."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import click

from fedqi.errors import ConfigurationError, FedQIError

P = ParamSpec("P")

EXIT_CODES = """\b
Exit codes: 0 done; 2 usage or configuration; 3 definition; 4 data quality;
5 policy or too few sites; 6 protocol; 7 connection."""


def failing_clearly(command: Callable[P, None]) -> Callable[P, None]:
    """Print an error as one message and leave with its exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except FedQIError as error:
            fail(error)
        except OSError as error:
            if error.filename is None:
                raise
            fail(
                ConfigurationError(
                    f"{error.filename}: {error.strerror}; check the path, its permissions and the "
                    "space on the disk"
                )
            )

    return run


def fail(error: FedQIError) -> None:
    """Print an error and leave with its exit code."""
    tell(error)
    sys.exit(error.exit_code)


def tell(error: FedQIError) -> None:
    """Print an error."""
    click.echo(f"{type(error).__name__}: {error}", err=True)
