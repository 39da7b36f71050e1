"""Every configuration error names the file, the key, what was found and what is expected."""

from pathlib import Path

import pytest

from fedqi.engine import Database
from fedqi.errors import ConfigurationError
from site_agent.config import TEMPLATE, load_config

GOOD = """\
site: "230019"
aggregator: localhost:7443
state_dir: state
data:
  default: {path: stays.csv, mapping: {stay_id: id}}
  measures:
    copd: {path: copd.parquet}
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "agent.yaml"
    file.write_text(text)
    return file


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, GOOD))
    assert config.state_dir == tmp_path / "state"
    assert config.source("hf").table == tmp_path / "stays.csv"
    assert config.source("hf").mapping == {"stay_id": "id"}
    assert config.source("copd").table == tmp_path / "copd.parquet"
    assert (config.approval, config.min_others) == ("manual", 2)


def test_the_template_is_valid(tmp_path: Path) -> None:
    text = TEMPLATE.format(site="north", aggregator="aggregator.example.org:7443")
    assert load_config(write(tmp_path, text)).site == "north"


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (('site: "230019"\n', ""), "site", "found nothing"),
        (('"230019"', "230019"), "site", "put it in quotes"),
        (('"230019"', '"../x"'), "site", "1 to 64 letters"),
        (("localhost:7443", "https://x"), "aggregator", "host:port"),
        (("localhost:7443", "localhost:99999"), "aggregator", "host:port"),
        (("state_dir:", "statedir:"), "statedir", "unknown key"),
        (("{path: copd.parquet}", "{}"), "data.measures.copd", "either path, or database"),
        (("{path: copd.parquet}", "{table: t}"), "data.measures.copd", "both database and table"),
        (("path: copd.parquet", "path: x, table: t"), "data.measures.copd", "either path, or"),
        (("path: copd", "timeout: 9, path: copd"), "data.measures.copd", "either path, or"),
        (("{stay_id: id}", "7"), "data.default.mapping", "a mapping's file or name"),
        (("{stay_id: id}", "{stay_id: 7}"), "data.default.mapping", "names in quotes"),
        (("{stay_id: id}", "{}, time_zone: UTC"), "data.default", "time_zone only beside a map"),
        (
            ("path: copd.parquet", "table: t, database: postgresql://a:hidden@h/d"),
            "data.measures.copd",
            "has a password in it",
        ),
        (("data:", "approval: maybe\ndata:"), "approval", "'automatic' or 'manual'"),
        (("data:", "min_others: 0\ndata:"), "min_others", "greater than or equal to 1"),
    ],
)
def test_wrong_key_is_named(tmp_path: Path, change: tuple[str, str], key: str, words: str) -> None:
    file = write(tmp_path, GOOD.replace(*change))
    with pytest.raises(ConfigurationError) as caught:
        load_config(file)
    assert f"{file}: {key}: found" in str(caught.value)
    assert words in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_table_in_a_database(tmp_path: Path) -> None:
    of_database = "{database: postgresql://reader@db/dwh, table: quality.stays, password_file: pw}"
    config = load_config(write(tmp_path, GOOD.replace("{path: copd.parquet}", of_database)))
    expected = Database("postgresql://reader@db/dwh", "quality.stays", tmp_path / "pw")
    assert config.source("copd").table == expected


def test_all_wrong_keys_are_reported_at_once(tmp_path: Path) -> None:
    file = write(tmp_path, 'site: ""\naggregator: x\nstate_dir: s\ndata: {}\n')
    with pytest.raises(ConfigurationError) as caught:
        load_config(file)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["a: [", "- a list", "", "just text"])
def test_not_a_mapping(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"agent\.yaml"):
        load_config(write(tmp_path, text))


def test_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="fedqi-site init"):
        load_config(tmp_path / "none.yaml")


def test_measure_without_source(tmp_path: Path) -> None:
    text = GOOD.replace("  default: {path: stays.csv, mapping: {stay_id: id}}\n", "")
    config = load_config(write(tmp_path, text))
    with pytest.raises(ConfigurationError, match=r"data\.measures\.hf or data\.default"):
        config.source("hf")


def test_the_documented_configuration_is_valid(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "site-agent.md").read_text()
    sample = page.split("```yaml\n")[1].split("```")[0]
    config = load_config(write(tmp_path, sample))
    assert config.source("copd-readmission").table == tmp_path / "copd.parquet"
    assert isinstance(config.source("ami-readmission").table, Database)
