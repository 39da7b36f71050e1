"""An attack, for demonstrations and tests only: an aggregator that lies about a total.

Nothing of the honest aggregator imports this module; only the hidden option
``serve --forge-totals-for JOB`` does.
"""

from dataclasses import replace

import numpy as np

from aggregator.attempt import Outgoing
from aggregator.rules import Tamper
from fedqi.secagg.messages import AggregatorMessage, StepTranscript


def forging(job: str) -> Tamper:
    """Return what an aggregator does that adds one to the first figure of each total of a job.

    Parameters
    ----------
    job
        Name of the job to attack; all others are left alone.
    """

    def tamper(name: str, messages: Outgoing) -> Outgoing:
        if name != job:
            return messages
        forged: dict[int, AggregatorMessage] = {}
        for _, message in messages:
            if id(message) not in forged:
                forged[id(message)] = _forged(message)
        return [(site, forged[id(message)]) for site, message in messages]

    return tamper


def _forged(message: AggregatorMessage) -> AggregatorMessage:
    if not isinstance(message, StepTranscript):
        return message
    total = np.frombuffer(message.total, dtype="<u8").copy()
    total[:1] += np.uint64(1)
    return replace(message, total=total.tobytes())
