"""Peer groups as a file: YAML of each group and its sites."""

from pathlib import Path

import yaml

from fedqi.errors import ConfigurationError


def read_segments(path: Path | None) -> dict[str, list[str]]:
    """Return peer group -> its sites; none without a file.

    Raises
    ------
    ConfigurationError
        If it is not YAML of groups with lists of sites.
    """
    if path is None:
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: not readable as YAML: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
        raise ConfigurationError(
            f"{path}: expected each peer group with the list of its sites, such as "
            "'rural: [north, south]'"
        )
    return {str(name): [str(site) for site in sites] for name, sites in content.items()}
