"""Printing costs: a line of JSON or a row of a table, and how ours stand to the others'."""

from collections.abc import Sequence

import click

from benchmarks.secagg_cost import Cost

HEADINGS = ("system", "client ms", "server ms", "total ms", "up MB", "down MB")
ROW = "{:<20}" + "{:>12}" * (len(HEADINGS) - 1)
NAMED_PARTS = {
    "  its open step alone": ("open_client_cpu_s", "open_server_cpu_s", "open_bytes"),
    "  its verification": ("verify_cpu_s", "verify_server_cpu_s", "verify_bytes"),
    "  its X25519": ("x25519_client_cpu_s", "", ""),
}


def as_json(costs: Sequence[Cost]) -> None:
    """Print one line per system.

    Parameters
    ----------
    costs
        In order.
    """
    for cost in costs:
        click.echo(cost.to_json())


def as_rows(costs: Sequence[Cost]) -> None:
    """Print a row per system, and a row for each part that is told apart.

    Parameters
    ----------
    costs
        In order; ours comes first and brings the headings.
    """
    for cost in costs:
        if cost.system == "fedqi":
            click.echo(ROW.format(*HEADINGS))
        seconds = (cost.client_cpu_s, cost.server_cpu_s, cost.total_cpu_s)
        sizes = (cost.bytes_up, cost.bytes_down)
        click.echo(ROW.format(cost.system, *map(_milli, seconds), *map(_mega, sizes)))
        for title, (client, server, size) in NAMED_PARTS.items():
            if client in cost.parts:
                click.echo(
                    ROW.format(
                        title,
                        _milli(cost.parts[client]),
                        _milli(cost.parts.get(server)),
                        "",
                        _mega(cost.parts.get(f"{size}_up")),
                        _mega(cost.parts.get(f"{size}_down")),
                    )
                )


def ratios(ours: Cost, others: Sequence[Cost]) -> None:
    """Print what each other system costs, in multiples of ours.

    Parameters
    ----------
    ours, others
        Of the same job.
    """
    for other in others:
        pairs = {
            "client": (other.client_cpu_s, ours.client_cpu_s),
            "server": (other.server_cpu_s, ours.server_cpu_s),
            "total": (other.total_cpu_s, ours.total_cpu_s),
            "bytes up": (other.bytes_up, ours.bytes_up),
        }
        told = ", ".join(f"{name} {theirs / own:,.3g}" for name, (theirs, own) in pairs.items())
        click.echo(f"{other.system} as multiples of fedqi: {told}")


def _milli(seconds: float | None) -> str:
    return "" if seconds is None else f"{1e3 * seconds:,.3f}"


def _mega(size: float | None) -> str:
    return "" if size is None else f"{size / 1e6:,.3f}"
