"""How much company this hospital asks for, held against what the charter promises."""

from fedqi.charter import Charter
from fedqi.errors import PolicyError
from site_agent.config import AgentConfig


def is_too_much(config: AgentConfig, charter: Charter) -> bool:
    """Return whether the configuration asks for more company than the charter promises."""
    return config.min_others > charter.min_others


def check_min_others(config: AgentConfig, charter: Charter) -> None:
    """Refuse to take part where this site asks for more company than the charter promises.

    The sets of an attempt would heed the larger number, but the bins of an analysis are merged
    by the charter's. Checked before the founding documents are signed, because they cannot
    change afterwards, and again at every job, because the configuration can.

    Raises
    ------
    PolicyError
        With both numbers and what to do.
    """
    if is_too_much(config, charter):
        raise PolicyError(
            f"{config.file}: min_others is {config.min_others}, the charter promises "
            f"{charter.min_others}: this site would join no job. Set min_others to "
            f"{charter.min_others}; or, as long as nobody has signed, have the operator draft "
            f"the documents anew with --min-others {config.min_others}"
        )
