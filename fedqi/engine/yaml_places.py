"""Where the keys of a YAML file stand, so that a refusal names line and column."""

import re
from collections.abc import Sequence

import yaml

_OWNER = re.compile(r"measure(?: [^\s:]+)?: (?:\n  )?")
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[\w-]+)*")


class YamlPlaces:
    """Where the keys of a file stand.

    Parameters
    ----------
    text
        Of a YAML file that :func:`fedqi.engine.loading.read_yaml` took.
    """

    def __init__(self, text: str) -> None:
        self._root = yaml.compose(text, Loader=yaml.SafeLoader)

    def of(self, steps: Sequence[str | int]) -> str:
        """Return ``line:column: `` of a key, or of the nearest one above it that is there."""
        node, mark = self._root, None
        for step in steps:
            found = _below(node, str(step))
            if found is None:
                break
            node, mark = found
        return f"{mark.line + 1}:{mark.column + 1}: " if mark is not None else ""

    def in_text(self, refusal: str) -> str:
        """Return the refusal of a measure with the place of each key that a fault begins with."""
        owner = _OWNER.match(refusal)
        start = owner.end() if owner is not None else 0
        faults = refusal[start:].split("\n  ")
        return refusal[:start] + "\n  ".join(self._placed(fault) for fault in faults)

    def _placed(self, fault: str) -> str:
        path = _PATH.match(fault)
        return fault if path is None else self.of(path[0].split(".")) + fault


def _below(node: yaml.Node | None, step: str) -> tuple[yaml.Node, yaml.Mark] | None:
    """Return the value behind a key or at a number in a list, and where it begins."""
    if isinstance(node, yaml.MappingNode):
        return next(((v, k.start_mark) for k, v in node.value if k.value == step), None)
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
        item = node.value[int(step)]
        return item, item.start_mark
    return None
