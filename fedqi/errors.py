"""One tree of errors. Each class says who must act and carries the exit code of the commands.

A message says what was found, where, what was expected and who must act. It never
contains a patient's value or a hospital's figure.
"""

from typing import ClassVar


class FedQIError(Exception):
    """Base of every error this library raises on purpose."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(FedQIError):
    """A file, option or environment is not usable as given; whoever configured it must act."""

    exit_code = 2


class DefinitionError(FedQIError):
    """A measure, analysis or programme is not valid; its author must act."""

    exit_code = 3


class DataQualityError(FedQIError):
    """The site's data do not satisfy the measure's dataset; its data manager must act."""

    exit_code = 4


class PolicyError(FedQIError):
    """A rule of the site or of the charter forbids this; the members must decide."""

    exit_code = 5


class InsufficientSitesError(FedQIError):
    """Too few sites stand together for anything to be released."""

    exit_code = 5


class ProtocolError(FedQIError):
    """The secure aggregation protocol was not followed."""

    exit_code = 6


class LocalProtocolError(ProtocolError):
    """The program that drives a session misused it; its developer must act."""


class RemoteProtocolError(ProtocolError):
    """A message from the other side breaks the protocol; the other side must act.

    Parameters
    ----------
    reason
        What was found and what was expected.
    site
        Whose message it was, or None for the aggregator.
    round_name
        The protocol round in which it arrived.
    """

    def __init__(self, reason: str, *, site: str | None = None, round_name: str = "") -> None:
        self.reason = reason
        self.site = site
        self.round_name = round_name
        who = f"site {site}" if site is not None else "the aggregator"
        where = f" in {round_name}" if round_name else ""
        super().__init__(f"{who}{where}: {reason}")


class EncodingRangeError(FedQIError):
    """A value lies outside the bounds its layout declares; nothing was sent."""

    exit_code = 4


class ConvergenceError(FedQIError):
    """An iterative fit did not converge; the measure's author must act."""

    exit_code = 3


class TransportError(FedQIError):
    """The other side could not be reached or refused the connection; the operator must act."""

    exit_code = 7
