"""The demonstration from beginning to end."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from fedqi.demo.chapters import (
    attack_chapter,
    benchmark_chapter,
    founding_chapter,
    report_chapter,
    totals_chapter,
)
from fedqi.demo.collaboratives import example_named
from fedqi.demo.federation import Federation
from fedqi.demo.hospitals import lay_out
from fedqi.demo.processes import services
from fedqi.demo.words import heading, say
from fedqi.errors import ConfigurationError

MARKER = ".fedqi-demo"
"""A file in folders that the demonstration made and may replace."""

FIRST_JOB, FORGED_JOB = "first-benchmark", "forged-benchmark"


def run_demo(example: str, sites: int, lost: int, out: Path) -> Path:
    """Run a federation on this machine, one process per party, and return the report's path.

    Parameters
    ----------
    example
        Name of the collaborative.
    sites
        Number of hospitals.
    lost
        Agents to kill before their first masked input; one more is killed after it.
    out
        Folder for everything; replaced if an earlier demonstration made it.

    Raises
    ------
    ConfigurationError
        If the folder is in use for something else, or the numbers do not fit.
    DemoError
        If a step does not happen.
    """
    chosen = example_named(example)
    prepare(out)
    heading(chosen.title)
    hospitals = lay_out(chosen, sites, out)
    say(
        f"{sites} hospitals, each with a folder that holds its own rows only: {out}/hospitals. "
        f"{chosen.attribution}"
    )
    with services() as running:
        federation = Federation(chosen, hospitals, out, running)
        founding_chapter(federation)
        victims = pick_victims(list(federation.hospitals), lost)
        benchmark_chapter(federation, FIRST_JOB, victims)
        totals_chapter(federation, FIRST_JOB)
        attack_chapter(federation, FIRST_JOB, FORGED_JOB)
        return report_chapter(federation, FIRST_JOB, victims)


def prepare(out: Path) -> None:
    """Make an empty folder, replacing an earlier demonstration only.

    Raises
    ------
    ConfigurationError
        If something else is there.
    """
    if out.exists():
        if not (out / MARKER).exists():
            raise ConfigurationError(
                f"{out} exists and is not an earlier demonstration; choose another --out"
            )
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / MARKER).touch()


def pick_victims(sites: Sequence[str], lost: int) -> list[str]:
    """Return the agents to kill: ``lost`` before their masked input, the last one after it.

    Raises
    ------
    ConfigurationError
        If there are too few sites for that.
    """
    if not 0 <= lost < len(sites) - 1:
        raise ConfigurationError(f"--drop {lost} does not fit {len(sites)} sites")
    return list(sites[1 : 2 + lost])
