"""Which measure a person means: a file, one of a job known here, or one of the catalogue."""

import contextlib
from pathlib import Path

from fedqi import engine
from fedqi.errors import ConfigurationError, DefinitionError
from fedqi.measures import Measure
from site_agent import jobs
from site_agent.state import StateDirectory
from site_agent.work import read_spec, stored_measure


def find_definition(wanted: str, state: StateDirectory | None) -> Measure:
    """Return a measure by file or name.

    A file comes first, then a job: its definition is the one that the figures rest on.

    Parameters
    ----------
    wanted
        Path of a YAML file, or a measure's id, or id and version as ``hf-readmission@1.0.0``.
    state
        Has the measures of the jobs; None where there is no agent yet.

    Raises
    ------
    DefinitionError
        If there is no such measure, or it is not valid.
    ConfigurationError
        If jobs here have several versions of it.
    """
    if not Path(wanted).is_file() and state is not None:
        name, _, version = wanted.partition("@")
        found = [m for m in known(state) if m.id == name and version in ("", m.version)]
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(sorted(f"{m.id}@{m.version}" for m in found))
            raise ConfigurationError(f"jobs here have several versions: name one of {named}")
    return engine.find_measure(wanted)


def known(state: StateDirectory) -> list[Measure]:
    """Return the measures of the jobs that are known here, each once."""
    found: dict[str, Measure] = {}
    for record in jobs.all_records(state):
        # A job may have been declined before its measures came, or for being none at all.
        with contextlib.suppress(DefinitionError):
            for planned in read_spec(record).measures:
                found[planned.digest] = stored_measure(state, planned)
    return list(found.values())
