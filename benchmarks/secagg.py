"""``python -m benchmarks.secagg``: secure aggregation beside other systems and the limit."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from benchmarks import competitors, secagg_limit, secagg_memory, secagg_sessions, secagg_table
from benchmarks.secagg_cost import Cost, cheapest
from fedqi.secagg.parameters import default_collusion_bound, reconstruction_threshold


@dataclass(frozen=True, slots=True)
class Job:
    """What all systems are asked to do.

    Parameters
    ----------
    sites, length, dropped, steps
        n, d, K and T.
    repeat
        Runs of which the cheapest counts.
    """

    sites: int
    length: int
    dropped: int
    steps: int
    repeat: int

    @property
    def threshold(self) -> int:
        """Shares that rebuild a secret: the same for all systems that share secrets."""
        return reconstruction_threshold(self.sites, default_collusion_bound(self.sites))


def _fedqi(job: Job) -> Cost:
    return cheapest(
        lambda: secagg_sessions.measure(job.sites, job.length, job.dropped, job.steps), job.repeat
    )


def _limit(job: Job) -> list[Cost]:
    return [cheapest(lambda: secagg_limit.measure(job.sites, job.length), job.repeat)]


def _flower(job: Job) -> list[Cost]:
    sizes = (job.sites, job.length, job.dropped, job.threshold)
    return competitors.run("benchmarks.secagg_flower", sizes)


def _tenseal(job: Job) -> list[Cost]:
    sizes = (job.sites, job.length, job.repeat)
    return competitors.run("benchmarks.secagg_tenseal", sizes)


OTHERS: Mapping[str, Callable[[Job], list[Cost]]] = {
    "flwr": _flower,
    "tenseal": _tenseal,
    "limit": _limit,
}


@click.command()
@click.option("--n", "sites", default=24, show_default=True, help="Sites.")
@click.option("--d", "length", default=1_000, show_default=True, help="Numbers in a vector.")
@click.option(
    "--drop", "dropped", default=0, show_default=True, help="Sites lost before their first input."
)
@click.option("--steps", default=10, show_default=True, help="Steps of the job, the first open.")
@click.option(
    "--against", default="limit", show_default=True, help="flwr, tenseal, limit; commas between."
)
@click.option(
    "--repeat", default=3, show_default=True, help="Runs, the cheapest counts; flwr runs once."
)
@click.option("--memory", is_flag=True, help="Peak memory of the aggregator at n/4, n/2 and n.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per system.")
def main(
    sites: int,
    length: int,
    dropped: int,
    steps: int,
    against: str,
    repeat: int,
    memory: bool,
    as_json: bool,
) -> None:
    """Measure the processor time and the bytes of one step, all parties in this process.

    client_cpu_s is of ONE client (the mean over those that stay), server_cpu_s of the server,
    total_cpu_s of all parties, bytes of all clients together. Ours is the mean over the steps of
    a job: one open, the others closed. The open step alone stands in open_*, the verification
    (round 5), which no other system has and no other figure contains, in verify_*. "limit" is
    n AES-CTR keystreams and additions per client and n additions at the server; X25519 is apart.
    Turning messages into bytes is charged to nobody, in any system.
    """
    if memory:
        for figures in secagg_memory.measure(sites, length, dropped, steps):
            click.echo(json.dumps(figures))
        return
    job = Job(sites, length, dropped, steps, repeat)
    names = [name for name in against.split(",") if name]
    if unknown := set(names) - set(OTHERS):
        raise click.UsageError(f"unknown: {sorted(unknown)}; there are {sorted(OTHERS)}")
    show = secagg_table.as_json if as_json else secagg_table.as_rows
    ours = _fedqi(job)
    show([ours])
    others: list[Cost] = []
    for name in names:
        measured = _measured(name, job)
        show(measured)
        others += measured
    if not as_json:
        secagg_table.ratios(ours, others)


def _measured(name: str, job: Job) -> list[Cost]:
    try:
        return OTHERS[name](job)
    except competitors.CompetitorError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
