"""``cases``: the local keys behind a figure, into a file of their own; they go nowhere else."""

import csv
from io import StringIO
from pathlib import Path

from fedqi.engine.cases import CaseList, list_cases
from fedqi.measures import Measure
from fedqi.measures.cases import CaseSet
from site_agent.accesses import Access, now, record
from site_agent.approval import account
from site_agent.config import AgentConfig
from site_agent.definitions import find_definition
from site_agent.private_file import check_place, write_private
from site_agent.released_model import Model, find_model
from site_agent.sources import mapping_of, require_file
from site_agent.state import open_state

NO_MODEL = Model("", {})


def write_cases(
    config: AgentConfig, wanted: str, chosen: CaseSet, period: str, out: Path, job: str | None
) -> tuple[int, Model]:
    """List cases into a new file, and put on record that this was done.

    Parameters
    ----------
    config
        The configuration.
    wanted
        The measure; see :func:`site_agent.definitions.find_definition`.
    chosen
        Which set.
    period
        Which period, or ``all``.
    out
        The file; made with mode 0600.
    job
        Whose released model says what was to be expected, for ``unexpected``.

    Returns
    -------
    tuple
        How many cases, and by which model.

    Raises
    ------
    ConfigurationError
        If the place is not private or taken, or there is no such period or model.
    DefinitionError
        If there is no such measure, or it names no key.
    DataQualityError
        If the measure cannot be evaluated over the table.
    """
    state = open_state(config.state_dir)
    check_place(out)
    measure = find_definition(wanted, state)
    model = find_model(state, measure, job) if chosen == "unexpected" else NO_MODEL
    found = _listed(config, measure, chosen, period, model)
    size = len(found.rows)
    named = (measure.id, measure.version, measure.digest)
    access = Access(account(), now(), *named, chosen, period, size, model.name)
    # On record first: a list that nobody knows of must not exist.
    record(state, access)
    write_private(out, _text(found).encode())
    return size, model


def _listed(
    config: AgentConfig, measure: Measure, chosen: CaseSet, period: str, model: Model
) -> CaseList:
    source = config.source(measure.id)
    require_file(source)
    return list_cases(
        measure,
        source.table,
        chosen,
        period=period,
        mapping=mapping_of(source),
        coefficients=model.coefficients,
    )


def _text(found: CaseList) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(found.columns)
    writer.writerows(found.rows)
    return text.getvalue()
