"""From a document to a checked measure; every refusal names the place."""

import json
from collections.abc import Mapping

from pydantic import ValidationError

from fedqi.errors import DefinitionError
from fedqi.measures.compile import check_expressions
from fedqi.measures.consistency import check_consistency
from fedqi.measures.definition import Measure
from fedqi.measures.refusals import describe


def parse_measure(document: Mapping[str, object] | bytes) -> Measure:
    """Check a definition and return it as a measure.

    Parameters
    ----------
    document
        The definition as it stands in YAML, code lists as lists of codes; or its JSON.

    Returns
    -------
    Measure
        With defaults filled in; parsing its ``canonical_json`` gives it again.

    Raises
    ------
    DefinitionError
        Naming the key or the place in an expression, what was found and what is expected.
    """
    body = _decoded(document) if isinstance(document, bytes) else dict(document)
    where = f"measure {body['id']}" if isinstance(body.get("id"), str) else "measure"
    try:
        measure = Measure.model_validate({**body, "code_lists": _sorted_codes(where, body)})
    except ValidationError as error:
        raise DefinitionError(describe(where, error)) from None
    check_consistency(measure)
    check_expressions(measure)
    return measure


def _decoded(document: bytes) -> dict[str, object]:
    try:
        body = json.loads(document)
    except (ValueError, RecursionError):
        raise DefinitionError("measure: found bytes that are not JSON") from None
    if not isinstance(body, dict):
        raise DefinitionError(f"measure: found a {type(body).__name__}, expected keys and values")
    return body


def _sorted_codes(where: str, body: Mapping[str, object]) -> object:
    """Order codes and drop repetitions: neither changes what is measured, nor the digest."""
    lists = body.get("code_lists", {})
    if not isinstance(lists, Mapping):
        return lists
    for name, codes in lists.items():
        if isinstance(codes, str):
            raise DefinitionError(
                f"{where}: code_lists.{name}: found the name of a file, expected the codes; "
                "read the measure with load_measure, which reads the file beside it"
            )
    return {name: _sorted(codes) for name, codes in lists.items()}


def _sorted(codes: object) -> object:
    if isinstance(codes, list | tuple) and all(isinstance(code, str) for code in codes):
        return sorted(set(codes))
    return codes
