"""The measures that come with the library, by name."""

from importlib.resources import as_file, files
from pathlib import Path

from fedqi.engine.loading import load_measure
from fedqi.errors import DefinitionError
from fedqi.measures import Measure
from fedqi.measures.refusals import nearest

_SUFFIX = ".yaml"
_FOLDER = files("fedqi").joinpath("catalogue")


def catalogue() -> dict[str, Measure]:
    """Return every measure of the catalogue, by name and in its order."""
    with as_file(_FOLDER) as folder:
        return {file.stem: load_measure(file) for file in sorted(folder.glob(f"*{_SUFFIX}"))}


def names() -> tuple[str, ...]:
    """Return the names of the catalogue without reading the measures."""
    found = (entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(_SUFFIX))
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found))


def find_measure(wanted: str | Path) -> Measure:
    """Read a measure from a file or from the catalogue.

    Parameters
    ----------
    wanted
        Path of a YAML file; or the name of a measure of the catalogue, where no such file is.

    Raises
    ------
    DefinitionError
        If there is neither such a file nor such a name, or the definition is not valid.
    """
    file = Path(wanted)
    name = str(wanted)
    if file.is_file() or file.suffix or len(file.parts) > 1:
        return load_measure(file)
    if name in names():
        with as_file(_FOLDER) as folder:
            return load_measure(folder / f"{name}{_SUFFIX}")
    raise DefinitionError(
        f"{name}: no file, and no measure of the catalogue: {nearest(name, names())}; "
        "'fedqi measure list' shows them all"
    )
