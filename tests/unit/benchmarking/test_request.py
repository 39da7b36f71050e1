from pathlib import Path
from typing import Any

import pytest

import fedqi
from fedqi.benchmarking.request import MAXIMUM_SITES, check_measures, check_sites
from fedqi.charter import collection_faults
from fedqi.errors import ConfigurationError, FedQIError, PolicyError
from tests.unit.benchmarking.collaborative import counted_measure
from tests.unit.commands.files import SITES, counted, table


def test_the_rule_of_a_job_is_the_rule_of_a_rehearsal() -> None:
    assert collection_faults(()) == ["no measure is named"]
    with pytest.raises(PolicyError, match="no measure is named"):
        check_measures([])
    with pytest.raises(PolicyError, match="named twice"):
        check_measures([counted_measure(), counted_measure("higher")])
    check_measures([counted_measure(), counted_measure(name="other")])


def test_a_column_of_patients_does_not_become_thousands_of_sites() -> None:
    with pytest.raises(ConfigurationError, match="check which column names the sites"):
        check_sites([str(number) for number in range(MAXIMUM_SITES + 1)])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"measures": "m.yaml"}, "fedqi.load_measure"),
        ({"analyses": []}, "found none, expected at least one"),
        ({"drop": {"h01": "nothing"}}, "no message is called 'nothing', expected one of advert"),
    ],
)
def test_slips_of_a_programmer(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    asked: dict[str, Any] = {
        "measures": counted_measure(),
        "sources": fedqi.split(table(tmp_path, SITES), by="hospital"),
    }
    with pytest.raises(FedQIError) as caught:
        fedqi.benchmark(**asked | changes)
    assert told in str(caught.value)


def test_one_analysis_may_be_named_alone(tmp_path: Path) -> None:
    sources = fedqi.split(table(tmp_path), by="hospital")
    run = fedqi.benchmark(fedqi.load_measure(counted(tmp_path)), sources, analyses="crude")
    assert run.result.results[0].denominator == 600


def test_numbers_that_no_charter_has() -> None:
    with pytest.raises(ConfigurationError, match="collusion bound -1"):
        fedqi.Policy(collusion_bound=-1)
    with pytest.raises(ConfigurationError, match="1 others"):
        fedqi.Policy(min_others=1)
