"""Altered messages in every phase: refused, or as good as the right one; the honest run ends."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.errors import FedQIError, RemoteProtocolError
from fedqi.secagg import SitePhase
from tests.fuzz.mutations import altered
from tests.unit.secagg.federation import (
    Federation,
    bound,
    closed,
    federation,
    names,
    parameters_for,
)
from tests.unit.secagg.sparse import sparse

TRIES = 4
JUDGED = ("StatementSet", "StepTranscript", "AcceptedTotal")
"""Of these a site reads less than is in them, and takes some that were altered.

Of statements it counts the tags for itself, of distinct holders of its own over its own digest:
others, or more of them, or their order, prove nothing to it and change nothing. Of a transcript
it needs the inputs, seeds and keys, which statements, commitments and keys pin bit by bit; the
statements beside them, and in the complete graph the signatures of inputs that the list pins,
are for the record. Of verdicts it counts those of distinct auditors, until there are enough.
What must hold is that nothing follows from the altered message but what follows from the right
one: all answers are taken, and every site comes to the right total.
"""


def in_closed_mode() -> Federation:
    everyone = {site: {"hf": bound("hf", names(6))} for site in names(6)}
    return federation(closed(parameters_for(6)), declared=everyone)


MAKE: dict[str, Callable[[], Federation]] = {
    "open": federation,
    "closed": in_closed_mode,
    "sparse": lambda: sparse(16, bound=1, steps=2),
}
TO_SITE = [
    *(("open", kind) for kind in ("AdvertList", "SharesDelivery", "Survivors", *JUDGED)),
    *(("closed", kind) for kind in ("AdvertList", "StepTranscript", "AcceptedTotal")),
    *(("sparse", kind) for kind in JUDGED),
]
TO_AGGREGATOR = [
    *(
        ("open", kind)
        for kind in ("Advert", "Shares", "MaskedInput", "Statement", "Unmasking", "Verdict")
    ),
    *(("closed", kind) for kind in ("Advert", "MaskedInput", "Verdict")),
]


class Adversary:
    """Offers altered and old messages before the honest one, until one of them is taken."""

    def __init__(self, data: st.DataObject, kind: str, victim: str) -> None:
        self._data, self._kind = data, kind
        self._earlier: list[Any] = []
        self.victim, self.answers = victim, list[Any]()
        self.refused, self.taken = Counter[str](), False

    def offer(self, session: Any, receive: Any, message: Any) -> bool:
        """Return whether the session took something that it was not sent honestly."""
        if type(message).__name__ != self._kind or self.taken:
            self._earlier.append(message)
            return False
        draws = [self._data.draw(altered(message)) for _ in range(TRIES)]
        for false in [*self._earlier, *draws]:
            if false == message or self._same_as_earlier(false, session, receive):
                continue
            phase = session.phase
            try:
                answers = receive(false)
            except RemoteProtocolError:
                assert session.phase is phase
                self.refused[phase] += 1
            else:
                self.taken, self.answers = True, answers
                return True
        return False

    def _same_as_earlier(self, false: Any, session: Any, receive: Any) -> bool:
        """An identical repetition is no attack: it may be ignored, and changes nothing."""
        if false not in self._earlier:
            return False
        phase = session.phase
        try:
            assert receive(false) in ([], None)
        except RemoteProtocolError:
            self.refused[phase] += 1
        assert session.phase is phase
        return True


def _finish(fed: Federation, adversary: Adversary, harmless: bool) -> None:
    try:
        result = fed.run()
    except FedQIError:
        # Only a member that was told something else, and took it, may stop the attempt; of
        # what it judges, only by a complaint.
        assert adversary.taken
        assert not harmless or fed.sites[adversary.victim].session.phase is SitePhase.FAILED
        return
    everyone = tuple(sorted(fed.parameters.identities))
    assert result.cohort == everyone or (adversary.taken and not harmless)
    for step, total in enumerate(result.totals):
        assert np.array_equal(total, fed.expected(result.cohort, step))
    if harmless:
        assert fed.sites[adversary.victim].session.phase is SitePhase.COMPLETED


@pytest.mark.parametrize(("mode", "kind"), TO_SITE)
@settings(max_examples=10)
@given(data=st.data())
def test_site_refuses_what_is_altered_and_completes(
    mode: str, kind: str, data: st.DataObject
) -> None:
    fed = MAKE[mode]()
    adversary = Adversary(data, kind, "" if mode == "sparse" else "s002")

    def intercept(site: str, message: Any) -> Any:
        if mode == "sparse" and type(message).__name__ == kind:
            adversary.victim = adversary.victim or site  # the first that is sent one
        if site != adversary.victim or not adversary.offer(
            fed.sites[site].session, fed.sites[site].take, message
        ):
            return message
        if kind in JUDGED:
            fed.send(site, adversary.answers)
        return None

    fed.intercept = intercept
    _finish(fed, adversary, kind in JUDGED)


@pytest.mark.parametrize(("mode", "kind"), TO_AGGREGATOR)
@settings(max_examples=10)
@given(data=st.data())
def test_aggregator_refuses_what_is_altered_and_completes(
    mode: str, kind: str, data: st.DataObject
) -> None:
    fed, adversary = MAKE[mode](), Adversary(data, kind, "s002")

    def send(site: str, messages: list[Any]) -> None:
        def receive(false: Any) -> None:
            fed.aggregator.receive(site, false)

        for message in messages:
            if site != adversary.victim or not adversary.offer(fed.aggregator, receive, message):
                fed.deliver(site, [message])

    fed.send = send
    _finish(fed, adversary, harmless=False)
    if (mode, kind) == ("closed", "MaskedInput"):
        # Its signature is left to those who verify the total: nobody may come to one (5.9).
        ended = [member.session.phase for member in fed.sites.values()]
        assert not adversary.taken or SitePhase.COMPLETED not in ended
    else:
        assert not adversary.taken, "an altered message passed the signature of its site"
