"""``python -m benchmarks.hospitals``: every US hospital of the heart-failure data, one process."""

import json
import resource
import time
from collections.abc import Mapping
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import click

import fedqi
from fedqi.engine import load_measure, split, summarise

FOLDER = Path(str(files("fedqi"))) / "examples" / "cms-hrrp"
KILOBYTES_PER_MEGABYTE = 1024


def hospitals(most: int | None = None) -> tuple[Any, Mapping[str, Any]]:
    """Return the heart-failure measure and the sources of the hospitals that have cases.

    Parameters
    ----------
    most
        Only the first so many; all unless given.
    """
    measure = load_measure(FOLDER / "hf-readmission.yaml")
    sources = split(FOLDER / "hrrp_fy2024.csv.gz", by="facility_id")
    having = ((s, source) for s, source in sources.items() if summarise(measure, source).cells)
    return measure, dict(islice(having, most))


def measured(most: int | None = None) -> tuple[fedqi.Run, dict[str, float]]:
    """Run the masked benchmark and return it with its cost.

    Parameters
    ----------
    most
        As of :func:`hospitals`.

    Returns
    -------
    tuple
        The run; sites, seconds of processor time and megabytes at the peak of the process,
        which holds all sites and the aggregator.
    """
    measure, sources = hospitals(most)
    start = time.process_time()
    run = fedqi.benchmark(measure, sources)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_PER_MEGABYTE
    return run, {"sites": len(run.cohort), "cpu_s": round(seconds, 1), "peak_mb": round(peak)}


@click.command()
@click.option("--most", type=int, help="Only the first so many hospitals.")
def main(most: int | None) -> None:
    """Sum the heart-failure readmissions of all hospitals, masked, and print what it took."""
    click.echo(json.dumps(measured(most)[1]))


if __name__ == "__main__":
    main()
