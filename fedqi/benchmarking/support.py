"""Which cells of a model enough sites have; levels and terms that too few have are taken back.

A cell of the information matrix to which one site alone contributes would be that site's figure.
So before any model is summed, each site says for every pair of faces whether it has a patient
with both. A face is a level of a category, or for a number being above its least value, below
its greatest, and beyond the first knot of a spline. From the counts of sites everybody derives
the same smaller model in which every pair that occurs at all is held by at least m sites.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedqi.stats.regression_blocks import from_upper_triangle, upper_triangle
from fedqi.stats.regression_design import CategoryTerm, Design, SplineTerm, Term

Group = tuple[int, ...]
"""Faces that the model treats alike."""


@dataclass(frozen=True, slots=True)
class SupportedModel:
    """The model after levels and terms that too few sites have are taken back.

    Parameters
    ----------
    design
        Its columns.
    places
        Category -> place of each original level among the levels that are left.
    joined
        Category -> levels that joined its reference level.
    left_out
        Terms that are no longer in the model.
    """

    design: Design
    places: Mapping[str, tuple[int, ...]]
    joined: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...]

    def values(self, given: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Return covariates as this model has them: indices into the levels that are left."""
        found = {}
        for term in self.design.terms:
            own = given[term.name]
            if isinstance(term, CategoryTerm):
                own = np.asarray(self.places[term.name])[own.astype(int)]
            found[term.name] = own
        return found


def face_names(design: Design) -> tuple[str, ...]:
    """Return a name for each face, in the order of the claims."""
    names: list[str] = []
    for term in design.terms:
        if isinstance(term, CategoryTerm):
            names += [f"{term.name}[{level}]" for level in term.levels]
        else:
            names += [f"{term.name} above {term.lower:g}", f"{term.name} below {term.upper:g}"]
            if isinstance(term, SplineTerm):
                names.append(f"{term.name} beyond {term.knots[0]:g}")
    return tuple(names)


def claim_count(design: Design) -> int:
    """Return how many claims there are: pairs of faces, a face with itself included."""
    faces = len(face_names(design))
    return faces * (faces + 1) // 2


def claims(design: Design, values: Mapping[str, NDArray[Any]], rows: int) -> NDArray[np.int64]:
    """Return 0/1 for each pair of faces: whether any patient of this site has both.

    Parameters
    ----------
    design
        Columns of the measure's model.
    values
        Covariate -> its value in each pattern.
    rows
        Number of patterns.

    Returns
    -------
    ndarray of int64
        Upper triangle, shape ``(claim_count(design),)``.
    """
    present = np.column_stack(
        [np.zeros((rows, 0)), *[_faces(term, values[term.name]) for term in design.terms]]
    )
    return (upper_triangle(present.T @ present) > 0).astype(np.int64)


def _faces(term: Term, given: NDArray[Any]) -> NDArray[np.float64]:
    if isinstance(term, CategoryTerm):
        found = given[:, None] == np.arange(len(term.levels))
    else:
        sides = [given > term.lower, given < term.upper]
        sides += [given > term.knots[0]] if isinstance(term, SplineTerm) else []
        found = np.column_stack(sides)
    return np.asarray(found, dtype=np.float64)


def supported_model(design: Design, sites: NDArray[Any], minimum: int) -> SupportedModel:
    """Return the model in which every pair that occurs is held by at least m sites.

    A level that fewer than m sites have joins the reference level; so does the rarer level of a
    pair that occurs at fewer than m sites. Where the reference level itself is too rare it joins
    the commonest other one. A number on one side of whose bound fewer than m sites have patients
    is left out, and so is a category of which one level is left.

    Parameters
    ----------
    design
        Columns of the measure's model.
    sites
        Claims summed over sites.
    minimum
        m.
    """
    rule = _Joining(design, from_upper_triangle(sites, len(face_names(design))), minimum)
    while rule.joins_a_level() or rule.joins_a_pair():
        pass
    return rule.model()


class _Joining:
    """The groups of faces of each term, joined one step at a time; the same steps everywhere."""

    def __init__(self, design: Design, sites: NDArray[np.float64], minimum: int) -> None:
        self._design = design
        self._sites = sites
        self._minimum = minimum
        self._groups: dict[str, list[Group]] = {}
        first = 0
        for term in design.terms:
            width = len(face_names(Design((term,))))
            self._groups[term.name] = [(face,) for face in range(first, first + width)]
            first += width

    def held_by(self, a: Group, b: Group) -> int:
        """Return how many sites at least have a patient in both: joining loses no site."""
        return int(max(self._sites[i, j] for i in a for j in b))

    def joins_a_level(self) -> bool:
        """Take back the first level, or number, that too few sites have."""
        for name, groups in self._groups.items():
            for group in groups:
                if self.held_by(group, group) < self._minimum:
                    self._take_back(name, group)
                    return True
        return False

    def joins_a_pair(self) -> bool:
        """Take back the rarer part of the first pair that occurs, but at too few sites."""
        for (first, firsts), (second, seconds) in combinations(self._groups.items(), 2):
            for a in firsts:
                for b in seconds:
                    if 0 < self.held_by(a, b) < self._minimum:
                        self._take_back(*self._rarer((first, a), (second, b)))
                        return True
        return False

    def _rarer(self, *parts: tuple[str, Group]) -> tuple[str, Group]:
        categories = [part for part in parts if part[0] in self._categories]
        return min(categories or parts, key=lambda part: self.held_by(part[1], part[1]))

    @property
    def _categories(self) -> set[str]:
        return {term.name for term in self._design.terms if isinstance(term, CategoryTerm)}

    def _take_back(self, name: str, group: Group) -> None:
        groups = self._groups[name]
        if name not in self._categories or len(groups) <= 2:
            del self._groups[name]
            return
        others = [other for other in groups if other != group]
        # The reference group stands first; if it is the rare one, the commonest other takes it in.
        host = others[0]
        if group == groups[0]:
            host = max(others, key=lambda other: self.held_by(other, other))
        others.remove(host)
        self._groups[name] = [tuple(sorted(host + group)), *others]

    def model(self) -> SupportedModel:
        """Return what is left."""
        terms: list[Term] = []
        places: dict[str, tuple[int, ...]] = {}
        joined: dict[str, tuple[str, ...]] = {}
        for term in self._design.terms:
            if term.name not in self._groups:
                continue
            if not isinstance(term, CategoryTerm):
                terms.append(term)
                continue
            levels = self._levels(term)
            terms.append(CategoryTerm(term.name, tuple(group[0] for group in levels)))
            where = {level: place for place, group in enumerate(levels) for level in group}
            places[term.name] = tuple(where[level] for level in term.levels)
            if len(levels[0]) > 1:
                joined[term.name] = levels[0][1:]
        left_out = tuple(t.name for t in self._design.terms if t.name not in self._groups)
        return SupportedModel(Design(tuple(terms)), places, joined, left_out)

    def _levels(self, term: CategoryTerm) -> list[tuple[str, ...]]:
        """Return the levels of each group, the reference group first."""
        groups = self._groups[term.name]
        first = min(face for group in groups for face in group)
        return [tuple(term.levels[face - first] for face in group) for group in groups]
