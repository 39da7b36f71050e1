"""``python -m fedqi.simulation``: runs seeds and says what became of them."""

import json
import sys

import click

from fedqi.simulation.run import Tally, run_seeds

EPILOG = "Exit code 0: nothing was violated; 1: something was; 2: wrong usage."


@click.command(epilog=EPILOG)
@click.option("--seeds", default=300, show_default=True, help="How many seeds to run.")
@click.option("--start", default=0, show_default=True, help="The first seed.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(seeds: int, start: int, as_json: bool) -> None:
    """Simulate whole federations under faults and attacks drawn from seeds."""
    told = 0

    def progress(tally: Tally) -> None:
        nonlocal told
        for finding in tally.findings[told:]:
            told += 1
            place = f"seed {finding.seed}, event {finding.event}"
            click.echo(f"\n{place}: {finding.violation}\n{finding.regression()}", err=True)
        if tally.seeds % 100 == 0 or tally.seeds == seeds:
            click.echo(f"{tally.seeds} of {seeds} seeds, {told} violations", err=True)

    tally = run_seeds(range(start, start + seeds), progress)
    click.echo(json.dumps(tally.to_dict(), indent=1) if as_json else "\n".join(table(tally)))
    sys.exit(1 if tally.findings else 0)


def table(tally: Tally) -> list[str]:
    """Return the result as lines for people."""
    lines = [
        f"{tally.seeds} seeds: a release in {tally.released}, a part in {tally.partial}, "
        f"{len(tally.findings)} violations"
    ]
    for heading, counts in (
        ("jobs ended without a release, because", tally.ended),
        ("attacks carried out", tally.attacks),
    ):
        lines += ["", f"{heading}:"]
        lines += [f"{count:>8}  {name}" for name, count in sorted(counts.items())]
    return lines


if __name__ == "__main__":
    main()
