"""``python -m benchmarks.secagg``: secure aggregation beside the cost nobody can avoid."""

import click

from benchmarks import secagg_limit, secagg_sessions
from benchmarks.secagg_cost import Cost

BASELINES = {"limit": secagg_limit.measure}
HEADINGS = ("system", "clients CPU s", "server CPU s", "total CPU s", "up MB", "down MB")


@click.command()
@click.option("--n", "sites", default=24, show_default=True, help="Sites.")
@click.option("--d", "length", default=1_000, show_default=True, help="Numbers in a vector.")
@click.option("--drop", "dropped", default=0, show_default=True, help="Sites lost on the way.")
@click.option("--steps", default=10, show_default=True, help="Steps of the job.")
@click.option("--against", default="limit", show_default=True, help="Names, with commas between.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per system.")
def main(sites: int, length: int, dropped: int, steps: int, against: str, as_json: bool) -> None:
    """Time one process with all SITES; costs are per step, all clients together.

    "limit" is n AES-CTR keystreams and additions per site and n additions at the server.
    """
    names = against.split(",")
    if unknown := set(names) - set(BASELINES):
        raise click.UsageError(f"unknown: {sorted(unknown)}; there are {sorted(BASELINES)}")
    ours = secagg_sessions.measure(sites, length, dropped, steps)
    costs = [ours, *(BASELINES[name](sites, length, steps) for name in names)]
    if as_json:
        click.echo("\n".join(cost.to_json() for cost in costs))
    else:
        _print_table(costs)


def _print_table(costs: list[Cost]) -> None:
    click.echo("".join(f"{heading:>15}" for heading in HEADINGS))
    for cost in costs:
        seconds = (cost.client_cpu_s, cost.server_cpu_s, cost.total_cpu_s)
        megabytes = (cost.bytes_up / 1e6, cost.bytes_down / 1e6)
        figures = [f"{value:15.4f}" for value in seconds] + [f"{v:15.3f}" for v in megabytes]
        click.echo(f"{cost.system:>15}" + "".join(figures))
    ours = costs[0]
    for cost in costs[1:]:
        click.echo(
            f"against {cost.system}: {ours.total_cpu_s / cost.total_cpu_s:.1f} times the processor "
            f"time, {ours.bytes_up / cost.bytes_up:.1f} times the bytes up"
        )


if __name__ == "__main__":
    main()
