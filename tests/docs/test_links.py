"""Every relative link of the documents leads somewhere, headings included."""

import re
from pathlib import Path

import pytest

from tests.architecture import sources

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
DOCUMENTS = list(sources.documents())


def without_code(file: Path) -> str:
    text = re.sub(r"^```.*?^```", "", file.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(file: Path) -> set[str]:
    """Return the headings of a document as links name them."""
    titles = re.findall(r"^#+ (.+)$", file.read_text("utf-8"), re.MULTILINE)
    words = (re.sub(r"[^\w\s-]", "", title.lower()).strip() for title in titles)
    explicit = set(re.findall(r'<a (?:id|name)="([^"]+)"', file.read_text("utf-8")))
    return {word.replace(" ", "-") for word in words} | explicit


def broken(file: Path, target: str) -> bool:
    if target.startswith(("https:", "http:", "mailto:")):
        return False
    path, _, anchor = target.partition("#")
    linked = (file.parent / path).resolve() if path else file
    if not linked.exists():
        return True
    return bool(anchor) and linked.suffix == ".md" and anchor not in anchors(linked)


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda each: str(each.relative_to(sources.ROOT)))
def test_links_lead_somewhere(file: Path) -> None:
    assert [target for target in LINK.findall(without_code(file)) if broken(file, target)] == []


def test_every_document_is_reachable() -> None:
    linked = {
        (file.parent / target.partition("#")[0]).resolve()
        for file in DOCUMENTS
        for target in LINK.findall(without_code(file))
    }
    start = sources.ROOT / "README.md"
    assert [str(file) for file in DOCUMENTS if file not in linked and file != start] == []


def test_a_broken_link_is_noticed() -> None:
    assert broken(sources.ROOT / "README.md", "docs/nowhere.md")
    assert broken(sources.ROOT / "README.md", "docs/glossary.md#nowhere")
