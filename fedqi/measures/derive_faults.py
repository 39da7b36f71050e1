"""What keeps a derivation from being evaluated."""

from collections.abc import Iterator

from fedqi.measures.dataset import DATE_WANTED, Dataset
from fedqi.measures.derive import Derivation, Derivations
from fedqi.measures.refusals import nearest


def derivation_faults(derivations: Derivations, dataset: Dataset) -> Iterator[str]:
    """Yield what keeps derivations from being evaluated, each with its place."""
    if not derivations:
        return
    yield from _role_faults(dataset)
    lower = {name.lower() for name in dataset.columns}
    for name, derivation in derivations.items():
        if name.lower() in lower:
            yield f"derive.{name}: a column has this name already (upper and lower case aside)"
        lower.add(name.lower())
        for fault in _faults(derivation, dataset):
            yield f"derive.{name}: {fault}"


def _role_faults(dataset: Dataset) -> Iterator[str]:
    needed = {
        "dataset.subject": dataset.subject,
        "dataset.key": dataset.key,
        "dataset.time.start": None if dataset.time is None else dataset.time.start,
    }
    for role, named in needed.items():
        if named is None:
            yield f"derive compares rows of one subject in the order of start and key: {role} lacks"


def _faults(derivation: Derivation, dataset: Dataset) -> Iterator[str]:
    columns = dataset.columns
    role = "after" if derivation.after is not None else "before"
    for key, name in ((role, derivation.anchor), (derivation.kind, derivation.taken)):
        if name is not None and name not in columns:
            yield f"{key} names the unknown column {name!r}: {nearest(name, columns)}"
            return
    if columns[derivation.anchor].type != "date":
        kind = columns[derivation.anchor].type
        yield f"{role} names column {derivation.anchor!r} of type {kind}, {DATE_WANTED}"
    if derivation.taken in dataset.identifying:
        yield f"{derivation.kind} takes {derivation.taken!r}, which identifies a patient or a unit"
    noun = getattr(derivation, derivation.kind)
    if derivation.taken is None and noun.lower() not in dataset.grain.lower().split():
        yield (
            f"{derivation.kind} names {noun!r}, but a row is one {dataset.grain!r} by "
            "dataset.grain; a derivation looks at other rows of the same table"
        )
    ahead = derivation.after is not None and dataset.time is not None
    if ahead and derivation.within is not None and dataset.time is not None:
        yield from _follow_up_faults(derivation.within, dataset.time.follow_up or 0)


def _follow_up_faults(within: int, follow_up: int) -> Iterator[str]:
    if within > follow_up:
        yield (
            f"looks {within} days ahead, so dataset.time.follow_up must be at least {within} days "
            f"(found {follow_up}): before that a period has not been seen to its end"
        )
