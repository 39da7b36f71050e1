"""A wrong configuration is named by file, key and value."""

from pathlib import Path

import pytest

from aggregator.config import load_config, write_config
from aggregator.endpoints import read_endpoints
from fedqi.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("listen: nowhere", "key 'listen': found 'nowhere'"),
        ("colour: blue", "key 'colour'"),
        ("limits: {message_bytes: -1}", "key 'limits.message_bytes': found -1"),
        ("deadlines: {return: soon}", "key 'deadlines.return'"),
        ("listen: [", "not readable as YAML"),
        ("- a\n- b", "aggregator.yaml"),
    ],
)
def test_wrong_configuration(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "aggregator.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_config(path)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)


def test_every_wrong_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.yaml"
    path.write_text("listn: x\nlisten: 0.0.0.0:99999\n")
    with pytest.raises(ConfigurationError, match=r"expected host:port[^\n]*\n[^\n]*no such key"):
        load_config(path)


def test_state_directory_lies_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.yaml"
    write_config(path, {"state_directory": "here"})
    assert load_config(path).state_directory == tmp_path / "here"


def test_existing_configuration_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.yaml"
    path.write_text("advertised: agg.example.org\n")
    write_config(path, {"advertised": "other"})
    assert load_config(path).advertised == "agg.example.org"


def test_addresses_before_the_server_ran(tmp_path: Path) -> None:
    path = tmp_path / "aggregator.yaml"
    path.write_text("advertised: agg.example.org\nenrolment_listen: 0.0.0.0:1\n")
    assert read_endpoints(load_config(path))["enrolment"] == "agg.example.org:1"
    path.write_text("enrolment_listen: 0.0.0.0:0\n")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "endpoints.json").write_text("{")
    with pytest.raises(ConfigurationError, match="restart the server"):
        read_endpoints(load_config(path))
    (tmp_path / "state" / "endpoints.json").unlink()
    with pytest.raises(ConfigurationError, match="serve` first"):
        read_endpoints(load_config(path))
