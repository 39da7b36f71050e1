"""How the demonstration speaks on a terminal."""

import sys
from collections.abc import Callable
from textwrap import fill

import click

WIDTH = 96
BAR = 30


def heading(text: str) -> None:
    """Print the title of a chapter."""
    click.echo()
    click.secho(text, bold=True)


def say(text: str) -> None:
    """Print a paragraph."""
    click.echo(fill(text, WIDTH, initial_indent="  ", subsequent_indent="  "))


def show(text: str) -> None:
    """Print lines as they are, indented."""
    for line in text.rstrip().splitlines():
        click.echo(f"    {line}")


def bar(what: str, total: int) -> Callable[[int], None]:
    """Return a function that draws how many of ``total`` are done.

    On a terminal the line is drawn over; elsewhere only the full bar is printed.
    """

    def draw(done: int) -> None:
        finished = done >= total
        if not (finished or sys.stdout.isatty()):
            return
        filled = BAR * done // max(total, 1)
        line = f"  {what:<24} [{'#' * filled}{'.' * (BAR - filled)}] {done} of {total}"
        click.echo(f"\r{line}" if sys.stdout.isatty() else line, nl=finished)

    return draw
