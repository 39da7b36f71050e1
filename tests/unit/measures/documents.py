"""Definitions for tests."""

from typing import Any

COLUMNS: dict[str, dict[str, Any]] = {
    "stay": {"type": "string"},
    "patient": {"type": "string"},
    "ward": {"type": "string"},
    "admitted": {"type": "date"},
    "discharged": {"type": "date"},
    "age": {"type": "number", "min": 0, "max": 120},
    "beds": {"type": "integer", "required": False},
    "diagnosis": {"type": "string"},
    "planned": {"type": "boolean", "required": False},
}


def document(**changes: Any) -> dict[str, Any]:
    """Return a definition over single stays, changed as told; None removes a key."""
    body: dict[str, Any] = {
        "fedqi": 1,
        "id": "stays",
        "version": "1.0.0",
        "title": "Stays",
        "direction": "lower",
        "scoring": "proportion",
        "dataset": {"columns": COLUMNS},
        "code_lists": {"hf": ["I50.9", "I11.0"]},
        "numerator": "age >= 65",
        **changes,
    }
    return {key: value for key, value in body.items() if value is not None}


def dataset(**changes: Any) -> dict[str, Any]:
    """Return the dataset with key, subject, provider and calendar."""
    return {
        "key": "stay",
        "subject": "patient",
        "provider": "ward",
        "time": {"start": "admitted", "anchor": "discharged", "grain": "month"},
        "columns": COLUMNS,
        **changes,
    }
