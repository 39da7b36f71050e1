"""What each question's sums were, step by step; the same question never takes another course."""

import json
from collections.abc import Mapping

from fedqi.errors import ConfigurationError, RemoteProtocolError
from fedqi.secagg.checks import ROUND_VERIFICATION
from site_agent.journal import canonical_json, replace_file
from site_agent.state import StateDirectory

FILE = "courses.json"
Courses = dict[str, dict[str, str]]
"""Course -> step -> digest of what its analysis took of the step's total."""


def keep_course(state: StateDirectory, step: int, portions: Mapping[str, str]) -> None:
    """Record what the analyses take of a total; durable when this returns.

    Parameters
    ----------
    state
        The state directory.
    step
        From 0.
    portions
        Course -> digest, as of :func:`fedqi.benchmarking.courses.portions`.

    Raises
    ------
    RemoteProtocolError
        If this site took something else in an earlier attempt or job; nothing is recorded.
    """
    # protocol 7.15
    courses, place, new = _load(state), str(step), False
    for course, digest in portions.items():
        steps = courses.setdefault(course, {})
        new = new or place not in steps
        if steps.setdefault(place, digest) != digest:
            raise RemoteProtocolError(
                f"the total of step {step} is another than this site took when the same question "
                "was summed before; a member has changed its figures",
                round_name=ROUND_VERIFICATION,
            )
    if new:
        replace_file(state.root / FILE, canonical_json(courses))


def _load(state: StateDirectory) -> Courses:
    path = state.root / FILE
    try:
        document = json.loads(path.read_bytes())
        return {course: dict(steps.items()) for course, steps in document.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError):
        raise ConfigurationError(
            f"{path}: damaged; restore the state directory from its backup"
        ) from None
