"""What every command of ``fedqi-site`` shares: how an error is told."""

import functools
from collections.abc import Callable
from typing import ParamSpec

import click

from fedqi.errors import FedQIError

P = ParamSpec("P")


def plain_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Turn the project's errors into one message and their exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except FedQIError as error:
            click.echo(f"Error: {error}", err=True)
            raise SystemExit(error.exit_code) from None

    return wrapped
