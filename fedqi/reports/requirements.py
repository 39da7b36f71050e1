"""What drawing a report needs beyond the plain install."""

from importlib import import_module

from fedqi.errors import ConfigurationError

MODULES = ("matplotlib", "jinja2")


def require_extra() -> None:
    """Make sure that the extra ``reports`` is installed.

    Raises
    ------
    ConfigurationError
        If one of its modules cannot be imported.
    """
    for module in MODULES:
        try:
            import_module(module)
        except ImportError as error:
            raise ConfigurationError(
                f"reports need {module}, which is not installed here; whoever installed fedqi "
                'can add it with: pip install "fedqi[reports]"'
            ) from error
