"""The reference of every key of a mapping, written from the models themselves."""

from fedqi.mapping.model import DataMapping
from fedqi.measures.reference import reference

HEAD = """\
# Every key of a mapping

Written by `fedqi-site map reference` from the models that check a mapping; do not edit. What the
keys mean together: [mapping](mapping.md). A key that stands in no table here is refused.
"""


def mapping_reference() -> str:
    """Return the reference in Markdown: one table per part, in the order of the format."""
    return reference(DataMapping, HEAD, "The mapping itself")
