"""The services over real sockets with mutual TLS: every refusal has its status."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from aggregator.database import Database
from aggregator.mailbox import post
from fedqi.errors import ConfigurationError, TransportError
from fedqi.wire.bootstrap import fetch_root
from fedqi.wire.chunks import Assembler, split
from fedqi.wire.control import Decline, Envelope, JobEnded, JobOutcome, SiteEnvelope
from fedqi.wire.convert import decode_envelope, encode_site_envelope
from fedqi.wire.token import Token
from fedqi.wire.v1 import federation_pb2 as pb
from tests.integration.client import METADATA, TIMEOUT, Caller, enrol
from tests.integration.harness import AggregatorProcess
from tests.unit.aggregator.people import Applicant

Code = grpc.StatusCode
DECLINE = encode_site_envelope(SiteEnvelope("none", 0, Decline("no")))


@pytest.fixture(scope="module")
def aggregator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AggregatorProcess]:
    with AggregatorProcess(tmp_path_factory.mktemp("aggregator")) as running:
        yield running


@pytest.fixture(scope="module")
def north(aggregator: AggregatorProcess) -> Caller:
    return enrol(aggregator.cli("invite", "north", "--name", "North"), Applicant("north"))


def _code(error: pytest.ExceptionInfo[grpc.RpcError]) -> Code:
    code: Code = error.value.code()
    return code


def test_enrolled_site_is_listed_and_seen(aggregator: AggregatorProcess, north: Caller) -> None:
    list(north.poll())
    (row,) = [row for row in aggregator.data("sites") if row["site"] == "north"]
    assert row["state"] == "enrolled"
    assert row["last_seen"] is not None


@pytest.mark.parametrize("wait", [0, 1])
def test_poll_without_messages_ends_empty(north: Caller, wait: int) -> None:
    assert list(north.poll(wait=wait)) == []


def test_poll_with_a_cursor_beyond_every_message(north: Caller) -> None:
    assert list(north.poll(cursor=2**64 - 1)) == []


def test_token_used_twice(aggregator: AggregatorProcess) -> None:
    token = aggregator.cli("invite", "twice")
    enrol(token, Applicant("twice"))
    with pytest.raises(grpc.RpcError, match="was used already") as error:
        enrol(token, Applicant("twice"))
    assert _code(error) is Code.FAILED_PRECONDITION


def test_token_for_another_site(aggregator: AggregatorProcess) -> None:
    with pytest.raises(grpc.RpcError, match="is for site 'east'") as error:
        enrol(aggregator.cli("invite", "east"), Applicant("west"))
    assert _code(error) is Code.PERMISSION_DENIED


def test_expired_token(aggregator: AggregatorProcess) -> None:
    token = aggregator.cli("invite", "late", "--hours", "0.0000001")
    with pytest.raises(grpc.RpcError, match="expired") as error:
        enrol(token, Applicant("late"))
    assert _code(error) is Code.FAILED_PRECONDITION


def test_other_root_than_the_token_pins(aggregator: AggregatorProcess) -> None:
    token = Token.parse(aggregator.cli("invite", "pinned"))
    with pytest.raises(ConfigurationError, match="somebody stands between"):
        fetch_root(token.address, bytes(32))


def test_nothing_answers() -> None:
    with pytest.raises(TransportError, match="ask the operator"):
        fetch_root("localhost:1", bytes(32), timeout=2)


def test_caller_without_certificate(north: Caller) -> None:
    credentials = grpc.ssl_channel_credentials(north.root)
    from fedqi.wire.v1.federation_pb2_grpc import FederationStub

    with grpc.secure_channel(north.address, credentials) as channel:
        stub = FederationStub(channel)
        with pytest.raises(grpc.RpcError):
            stub.GetGenesis(pb.GetGenesisRequest(), metadata=METADATA, timeout=5)


def test_certificate_of_another_authority(north: Caller, tmp_path: Path) -> None:
    with AggregatorProcess(tmp_path) as other:
        stranger = enrol(other.cli("invite", "north"), Applicant("north"))
    impostor = replace(stranger, address=north.address, root=north.root)
    with pytest.raises(grpc.RpcError) as error:
        list(impostor.poll())
    assert _code(error) is Code.UNAVAILABLE  # the handshake fails


def test_revoked_site(aggregator: AggregatorProcess) -> None:
    caller = enrol(aggregator.cli("invite", "gone"), Applicant("gone"))
    aggregator.cli("revoke", "gone")
    with pytest.raises(grpc.RpcError, match="revoked") as error:
        list(caller.poll())
    assert _code(error) is Code.PERMISSION_DENIED


def test_replaced_certificate(aggregator: AggregatorProcess) -> None:
    applicant = Applicant("again")
    first = enrol(aggregator.cli("invite", "again"), applicant)
    second = enrol(aggregator.cli("invite", "again"), applicant)
    assert list(second.poll()) == []
    with pytest.raises(grpc.RpcError, match="newer certificate") as error:
        list(first.poll())
    assert _code(error) is Code.PERMISSION_DENIED


def test_other_protocol_version(north: Caller) -> None:
    with pytest.raises(grpc.RpcError, match="protocol version '9'") as error:
        north.stub().GetGenesis(
            pb.GetGenesisRequest(), metadata=(("fedqi-protocol", "9"),), timeout=TIMEOUT
        )
    assert _code(error) is Code.FAILED_PRECONDITION


def test_no_founding_documents_yet(north: Caller) -> None:
    with pytest.raises(grpc.RpcError) as error:
        north.stub().GetGenesis(pb.GetGenesisRequest(), metadata=METADATA, timeout=TIMEOUT)
    assert _code(error) is Code.NOT_FOUND


def test_unknown_measure(north: Caller) -> None:
    request = pb.GetMeasureRequest(id="x", version="1.0.0")
    with pytest.raises(grpc.RpcError) as error:
        north.stub().GetMeasure(request, metadata=METADATA, timeout=TIMEOUT)
    assert _code(error) is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("chunks", "code"),
    [
        ([], Code.INVALID_ARGUMENT),
        ([pb.Chunk(data=b"12")], Code.INVALID_ARGUMENT),
        ([pb.Chunk(data=b"\xff\xff", last=True)], Code.INVALID_ARGUMENT),
        (list(split(DECLINE)), Code.FAILED_PRECONDITION),
        ([pb.Chunk(data=bytes(1_000_000))] * 5, Code.RESOURCE_EXHAUSTED),
    ],
    ids=["empty", "truncated", "malformed", "unknown job", "oversized"],
)
def test_bad_submission(
    aggregator: AggregatorProcess, north: Caller, chunks: list[pb.Chunk], code: Code
) -> None:
    with pytest.raises(grpc.RpcError) as error:
        north.submit(*chunks)
    assert _code(error) is code
    assert code is Code.FAILED_PRECONDITION or "site north: " in (error.value.details() or "")
    assert aggregator.data("job", "status") == []


def test_envelope_larger_than_a_grpc_message_arrives_in_chunks(
    aggregator: AggregatorProcess,
) -> None:
    caller = enrol(aggregator.cli("invite", "large"), Applicant("large"))
    database = Database(f"sqlite:///{aggregator.state / 'aggregator.db'}")
    ending = JobEnded(JobOutcome.PUBLISHED, "", totals=(bytes(6_000_000),))
    with database.transaction() as connection:
        post(connection, ["large"], Envelope(0, "big", 0, ending))
    assembler = Assembler(10_000_000)
    *pieces, whole = [assembler.add(chunk) for chunk in caller.poll(wait=5)]
    assert len(pieces) >= 5
    assert decode_envelope(whole or b"").body == ending
