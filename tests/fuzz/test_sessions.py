"""Altered messages in every phase: refused, nothing changed, and the honest run still ends."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedqi.errors import FedQIError, RemoteProtocolError
from tests.fuzz.mutations import altered
from tests.unit.secagg.federation import Federation, federation

TO_SITE = ("AdvertList", "SharesDelivery", "Survivors", "StatementSet", "StepTranscript")
TO_AGGREGATOR = ("Advert", "Shares", "MaskedInput", "Statement", "Unmasking", "Verdict")
VICTIM = "s002"
TRIES = 4


class Adversary:
    """Offers altered and old messages before the honest one, until one of them is taken."""

    def __init__(self, data: st.DataObject, kind: str) -> None:
        self._data, self._kind = data, kind
        self._earlier: list[Any] = []
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
                receive(false)
            except RemoteProtocolError:
                assert session.phase is phase
                self.refused[phase] += 1
            else:
                self.taken = True
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


def _finish(fed: Federation, adversary: Adversary) -> None:
    try:
        result = fed.run()
    except FedQIError:
        # Only a member that was told something else, and took it, may stop the attempt.
        assert adversary.taken
        return
    assert adversary.taken or result.cohort == tuple(sorted(fed.parameters.identities))
    assert np.array_equal(result.totals[0], fed.expected(result.cohort))


@pytest.mark.parametrize("kind", TO_SITE)
@settings(max_examples=10)
@given(data=st.data())
def test_site_refuses_what_is_altered_and_completes(kind: str, data: st.DataObject) -> None:
    fed, adversary = federation(), Adversary(data, kind)

    def intercept(site: str, message: Any) -> Any:
        if site == VICTIM:
            session = fed.sites[site].session
            return None if adversary.offer(session, session.receive, message) else message
        return message

    fed.intercept = intercept
    _finish(fed, adversary)


@pytest.mark.parametrize("kind", TO_AGGREGATOR)
@settings(max_examples=10)
@given(data=st.data())
def test_aggregator_refuses_what_is_altered_and_completes(kind: str, data: st.DataObject) -> None:
    fed, adversary = federation(), Adversary(data, kind)

    def send(site: str, messages: list[Any]) -> None:
        def receive(false: Any) -> None:
            fed.aggregator.receive(site, false)

        for message in messages:
            if site != VICTIM or not adversary.offer(fed.aggregator, receive, message):
                fed.deliver(site, [message])

    fed.send = send
    _finish(fed, adversary)
    assert not adversary.taken, "an altered message passed the signature of its site"
