"""An agent's stub and the aggregator's exchange, with nothing but this test to carry between."""

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from aggregator.config import load_config, write_config
from aggregator.members import revoke
from aggregator.office import Office, found
from aggregator.relay import Exchange
from aggregator.server import Desk
from fedqi.errors import ConfigurationError, RemoteProtocolError
from fedqi.wire.relay import Purpose, seal
from fedqi.wire.v1 import federation_pb2 as pb
from fedqi.wire.v1 import relay_pb2 as wire
from site_agent.identity import SiteKeys
from site_agent.relay import RelayedCallError, RelayStub, Trust
from site_agent.relay_socket import listening
from tests.unit.aggregator.people import Applicant

NODE = "7"
SETTLING = 0.1  # seconds
Calling = Callable[[RelayStub], Coroutine[Any, Any, Any]]


class Wire:
    """One agent at one node of an aggregator."""

    def __init__(self, folder: Path) -> None:
        write_config(folder / "aggregator.yaml", {"state_directory": "state"})
        self.office: Office = found(load_config(folder / "aggregator.yaml"), "qi", "A title")
        self.applicant = Applicant("north")
        keys = SiteKeys(self.applicant.tls, self.applicant.identity)
        pem = self.enrolled("north", self.applicant)[1]
        self.stub = RelayStub(Trust(keys, pem, self.office.authority.fingerprint), SETTLING)
        desk = Desk(self.office.config, self.office.database)
        identity = self.office.authority.issue_server(["localhost"], datetime.now(UTC))
        services = desk.federation(), desk.enrolments(self.office, "")
        self.exchange = Exchange(*services, self.office.authority, identity)

    def enrolled(
        self, site: str, applicant: Applicant | None = None
    ) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        """Return a member's TLS key and its certificate."""
        applicant, now = applicant or Applicant(site), datetime.now(UTC)
        token = self.office.enrolment.invite(site, "", "localhost:1", now, 1)
        return applicant.tls, self.office.enrolment.enrol(applicant.request(token), now).pem

    async def turn(self) -> None:
        """Carry one turn and its reply."""
        self.exchange.take(NODE, await self.stub.take(self.exchange.turn(NODE)))
        await asyncio.sleep(0.02)

    async def outcome(self, call: Awaitable[Any]) -> Any:
        """Carry until a call is answered."""
        calling = asyncio.ensure_future(call)
        for _ in range(10):
            await asyncio.sleep(0.01)
            if calling.done():
                break
            await self.turn()
        return await calling


@pytest.fixture
def carried(tmp_path: Path) -> Callable[[Callable[[Wire], Awaitable[None]]], None]:
    def run(act: Callable[[Wire], Awaitable[None]]) -> None:
        async def main() -> None:
            between = Wire(tmp_path)
            await act(between)
            between.exchange.close()

        asyncio.run(main())

    return run


Carried = Callable[[Callable[[Wire], Awaitable[None]]], None]


def test_a_refusal_reads_like_one_of_a_direct_call(carried: Carried) -> None:
    async def act(between: Wire) -> None:
        with pytest.raises(RelayedCallError) as caught:
            await between.outcome(between.stub.GetMeasure(pb.GetMeasureRequest(id="x")))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert "no measure x" in caught.value.details()

    carried(act)


def test_a_message_that_is_cut_off_is_refused(carried: Carried) -> None:
    async def chunks() -> AsyncIterator[pb.Chunk]:
        yield pb.Chunk(data=b"half")

    async def act(between: Wire) -> None:
        with pytest.raises(RelayedCallError, match="truncated"):
            await between.outcome(between.stub.Submit(chunks()))

    carried(act)


def test_who_is_revoked_is_not_admitted_any_more(carried: Carried) -> None:
    async def act(between: Wire) -> None:
        with between.office.database.transaction() as connection:
            revoke(connection, "north", 0.0)
        with pytest.raises(RelayedCallError, match="was revoked"):
            await between.outcome(between.stub.GetGenesis(pb.GetGenesisRequest()))

    carried(act)


def test_without_a_certificate_there_is_nothing_but_enrolment(carried: Carried) -> None:
    async def act(between: Wire) -> None:
        trust = replace(between.stub.trust, certificate_pem=b"")
        between.stub = RelayStub(trust, SETTLING)
        with pytest.raises(RelayedCallError, match="no client certificate"):
            await between.outcome(between.stub.GetGenesis(pb.GetGenesisRequest()))

    carried(act)


def test_a_reply_is_taken_once(carried: Carried) -> None:
    async def act(between: Wire) -> None:
        reply = await between.stub.take(between.exchange.turn(NODE))
        between.exchange.take(NODE, reply)
        between.exchange.turn(NODE)
        with pytest.raises(RemoteProtocolError, match="to another turn"):
            between.exchange.take(NODE, reply)

    carried(act)


def test_the_answers_of_an_old_turn_change_nothing(carried: Carried) -> None:
    async def act(between: Wire) -> None:
        calling = asyncio.ensure_future(between.stub.GetGenesis(pb.GetGenesisRequest()))
        await asyncio.sleep(0.01)
        await between.turn()
        old = between.exchange.turn(NODE)
        between.stub._echo = b"of a later reply"
        await between.stub.take(old)
        await asyncio.sleep(0.01)
        assert not calling.done()
        between.exchange.take(NODE, await between.stub.take(between.exchange.turn(NODE)))
        with pytest.raises(RelayedCallError, match="no founding documents"):
            await between.outcome(calling)

    carried(act)


@pytest.mark.parametrize("genuine_too", [False, True])
@pytest.mark.parametrize("signer", ["nobody", "another member"])
def test_what_was_asked_in_an_agents_place_answers_none_of_its_calls(
    carried: Carried, signer: str, genuine_too: bool
) -> None:
    """The relay sees nonces and numbers, and may be in league with a member."""

    async def act(between: Wire) -> None:
        calling = asyncio.ensure_future(between.stub.GetGenesis(pb.GetGenesisRequest()))
        await asyncio.sleep(0.01)
        reply = await between.stub.take(between.exchange.turn(NODE))
        body = wire.Sealed.FromString(reply).body
        forged = wire.Sealed(body=body).SerializeToString()
        if signer == "another member":
            tls, pem = between.enrolled("south")
            forged = seal(body, Purpose.REPLY, tls, pem)
        between.exchange.take(NODE, forged)
        await asyncio.sleep(0.02)
        if genuine_too:
            between.exchange.take(NODE, reply)
        await between.stub.take(between.exchange.turn(NODE))
        await asyncio.sleep(0.01)
        assert not calling.done()
        between.exchange.take(NODE, await between.stub.take(between.exchange.turn(NODE)))
        with pytest.raises(RelayedCallError, match="no founding documents"):
            await between.outcome(calling)

    carried(act)


def test_an_answer_that_was_lost_on_the_way_is_brought_again(carried: Carried) -> None:
    async def act(between: Wire) -> None:
        calling = asyncio.ensure_future(between.stub.GetGenesis(pb.GetGenesisRequest()))
        await asyncio.sleep(0.01)
        await between.turn()
        assert between.exchange.has_answers(NODE)
        between.exchange.turn(NODE)  # the relay lost it
        with pytest.raises(RelayedCallError):
            await between.outcome(calling)

    carried(act)


def test_a_turn_of_somebody_else_changes_nothing(carried: Carried) -> None:
    async def act(between: Wire) -> None:
        turn = wire.Sealed.FromString(between.exchange.turn(NODE))
        turn.body += b"\x12\x00"
        with pytest.raises(RemoteProtocolError, match="signature does not verify"):
            await between.stub.take(turn.SerializeToString())

    carried(act)


def test_the_next_messages_are_asked_for_with_the_answer_to_these() -> None:
    async def main() -> None:
        stub = RelayStub(Trust.__new__(Trust), SETTLING)
        polls = [stub.Poll(pb.PollRequest(cursor=3, wait_seconds=50))]
        first = asyncio.ensure_future(anext(polls[0]))
        await asyncio.sleep(0.01)
        whole = wire.Sequenced(sequence=9).SerializeToString()
        [number] = stub._pending
        chunk = pb.Chunk(data=whole, last=True).SerializeToString()
        stub._settle([wire.Answer(number=number, responses=[chunk])])
        await first
        await asyncio.sleep(0.01)
        [ahead] = [pb.PollRequest.FromString(p.requests[0]) for p in stub._pending.values()]
        assert ahead.cursor == 9

    asyncio.run(main())


def test_the_socket_is_open_to_account_and_group_and_to_one_agent(tmp_path: Path) -> None:
    path = tmp_path / "s"

    async def main() -> None:
        async with listening(Trust.__new__(Trust), path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            with pytest.raises(ConfigurationError, match="another agent listens"):
                async with listening(Trust.__new__(Trust), path):
                    raise AssertionError("two agents on one socket")
        assert not path.exists()

    asyncio.run(main())


def test_a_path_that_is_too_long_is_refused_in_words(tmp_path: Path) -> None:
    async def main() -> None:
        async with listening(Trust.__new__(Trust), tmp_path / ("x" * 200)):
            raise AssertionError("no such socket can be")

    with pytest.raises(ConfigurationError, match="choose another path"):
        asyncio.run(main())
