"""A hospital's report: a self-contained, printable HTML file (extra: ``fedqi[reports]``).

JSON and CSV with the same content stand beside it.

What a report is made of (:mod:`fedqi.reports.data`) is plain data and needs nothing more;
drawing is loaded on first use.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fedqi.reports.check_page import render_check
    from fedqi.reports.files import report_files
    from fedqi.reports.render import render_index, render_report

__all__ = ["render_check", "render_index", "render_report", "report_files"]


def __getattr__(name: str) -> Any:
    """Load the renderer when it is first asked for.

    Raises
    ------
    ConfigurationError
        If the extra is not installed.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fedqi.reports.requirements import require_extra

    require_extra()
    from fedqi.reports import check_page, files, render

    modules = {"report_files": files, "render_check": check_page}
    return getattr(modules.get(name, render), name)
