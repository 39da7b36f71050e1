"""The look of every figure, and how a figure becomes markup that can stand inside the page.

Lightness carries the distinction, so the palette survives a grey printer; shape and text repeat
it, so that nobody needs to see colour.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

INK = "#1b2733"
OWN = "#8f3a00"
NETWORK = "#42566b"
AIM = "#00594f"
MUTED = "#566573"
INNER = "#d3dce5"
OUTER = "#e9eef3"
WIDTH = 7.1
"""Inches: the text width of the page, so that print is at scale 1."""

MARKERS = {"exemplary": "*", "as expected": "o", "review": "D", "insufficient": "o"}
SIZES = {"exemplary": 15.0, "as expected": 8.5, "review": 8.5, "insufficient": 8.5}

SETTINGS: "dict[RcKeyType, Any]" = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fedqi",
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    # A title may name dollars; it is never a formula.
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": NETWORK,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "hatch.linewidth": 0.7,
}
"""Text stays text: the page's own typeface is narrower than the one measured with here."""

_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def own_colour(band: str) -> str:
    """Return the colour of the own point: grey where nothing is judged."""
    return MUTED if band == "insufficient" else OWN


@contextmanager
def canvas(height: float, width: float = WIDTH) -> Iterator[Figure]:
    """Yield an empty figure of the house style, in inches."""
    with rc_context(SETTINGS):
        yield Figure(figsize=(width, height))


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move label positions apart until neighbours are at least ``gap`` from each other.

    Parameters
    ----------
    wanted
        Positions, in any order.
    gap
        Smallest distance between two labels.
    low, high
        Where labels may lie.

    Returns
    -------
    list[float]
        One position per wanted one, in the same order.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    floor = low
    for i in order:
        placed[i] = max(placed[i], floor)
        floor = placed[i] + gap
    ceiling = high
    for i in reversed(order):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    return placed


def margin_labels(axes: Axes, labels: Sequence[tuple[float, str, str, str]], gap: float) -> None:
    """Write (value, text, colour, weight) right of the axes, where no line runs."""
    low, high = axes.get_ylim()
    placed = spread([value for value, *_ in labels], gap, low, high)
    for (_, text, colour, weight), y in zip(labels, placed, strict=True):
        axes.annotate(
            text,
            (1.0, y),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            weight=weight,
        )


def to_markup(figure: Figure, name: str, title: str, alternative: str) -> str:
    """Return a figure as one ``<svg>`` element with title, description and ids of its own.

    Parameters
    ----------
    figure
        What was drawn on a :func:`canvas`, inside its ``with`` block.
    name
        Prefix of the ids, unique in the page.
    title
        What kind of picture it is.
    alternative
        What the picture says, for those who do not see it. Neither is escaped yet.
    """
    buffer = StringIO()
    # The creation date would make the same figures give different bytes.
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    root = ElementTree.fromstring(buffer.getvalue())
    for element in list(root):
        if element.tag.endswith("metadata"):
            root.remove(element)
    _localise(root, name)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    _describe(root, name, title, alternative)
    return ElementTree.tostring(root, encoding="unicode")


def _describe(root: ElementTree.Element, name: str, title: str, alternative: str) -> None:
    """Put title and description first, where screen readers look for them."""
    for place, (tag, role, text) in enumerate(
        (("title", "labelledby", title), ("desc", "describedby", alternative))
    ):
        element = ElementTree.Element(tag, {"id": f"{name}-{tag}"})
        element.text = text
        root.insert(place, element)
        root.set(f"aria-{role}", f"{name}-{tag}")


def _localise(root: ElementTree.Element, name: str) -> None:
    """Drop namespaces (HTML knows SVG by itself) and every id that nothing refers to."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        found = {key.rpartition("}")[2]: value for key, value in element.attrib.items()}
        element.attrib.clear()
        element.attrib.update(found)
    used = set(_REFERENCE.findall(ElementTree.tostring(root, encoding="unicode")))
    used |= {e.get("href", "")[1:] for e in root.iter() if e.get("href", "").startswith("#")}
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if key == "id":
                _rename(element, value, used, name)
            elif key == "href":
                element.set(key, f"#{name}-{value[1:]}")
            else:
                element.set(key, _REFERENCE.sub(rf"url(#{name}-\1)", value))


def _rename(element: ElementTree.Element, value: str, used: set[str], name: str) -> None:
    if value in used:
        element.set("id", f"{name}-{value}")
    else:
        del element.attrib["id"]
