"""Enrolment against a real CA over a real socket: what is stored, and every refusal."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from fedqi.errors import ConfigurationError, PolicyError, TransportError
from site_agent.credentials import check_certificate, load_credentials, store_enrolment
from site_agent.enrol import enrol
from site_agent.identity import ensure_keys
from site_agent.state import StateDirectory, create_state
from tests.unit.site_agent.local_authority import Authority, EnrolmentService


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def service(authority: Authority) -> Iterator[EnrolmentService]:
    with EnrolmentService(authority) as running:
        yield running


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    return create_state(tmp_path / "state")


def test_a_token_becomes_a_certificate(state: StateDirectory, service: EnrolmentService) -> None:
    enrolment = enrol(state, "north", str(service.token()))
    assert enrolment.federation_address == "127.0.0.1:7443"
    credentials = load_credentials(state, "north")
    assert credentials.enrolment == enrolment
    assert service.requests[0].identity_key == credentials.keys.identity_public
    check_certificate(credentials, datetime.now(UTC))


def test_the_pinned_root_is_stored_and_not_the_one_in_the_answer(
    state: StateDirectory, service: EnrolmentService
) -> None:
    enrol(state, "north", str(service.token()))
    assert state.authority.read_bytes() == service.authority.root_pem


def test_the_secret_of_the_token_never_travels(
    state: StateDirectory, service: EnrolmentService
) -> None:
    enrol(state, "north", str(service.token()))
    assert b"k" * 32 not in service.requests[0].SerializeToString()


def test_wrong_authority_hears_nothing(state: StateDirectory, service: EnrolmentService) -> None:
    with pytest.raises(ConfigurationError, match="wrong aggregator, or somebody stands between"):
        enrol(state, "north", str(service.token(fingerprint=bytes(32))))
    assert service.requests == []
    assert not state.certificate.exists()


def test_token_for_another_site_is_refused_before_dialling(state: StateDirectory) -> None:
    with EnrolmentService(Authority()) as stopped:
        text = str(stopped.token("south"))
    with pytest.raises(ConfigurationError, match="for site 'south', the configuration names"):
        enrol(state, "north", text)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (grpc.StatusCode.FAILED_PRECONDITION, "the token was used on 2026-01-01"),
        (grpc.StatusCode.UNAUTHENTICATED, "unknown token"),
        (grpc.StatusCode.PERMISSION_DENIED, "the token is for another site"),
    ],
)
def test_refusals_are_shown_as_the_aggregator_words_them(
    state: StateDirectory, service: EnrolmentService, code: grpc.StatusCode, words: str
) -> None:
    service.refuse = (code, words)
    with pytest.raises(PolicyError, match=f"did not accept the token: {words}"):
        enrol(state, "north", str(service.token()))
    assert not state.certificate.exists()


def test_a_certificate_for_another_name_is_not_stored(
    state: StateDirectory, service: EnrolmentService
) -> None:
    service.certificate_for = "south"
    with pytest.raises(TransportError, match="not for site 'north'"):
        enrol(state, "north", str(service.token()))
    assert not state.certificate.exists()


def test_a_truncated_token(state: StateDirectory, service: EnrolmentService) -> None:
    with pytest.raises(ConfigurationError, match="copy it again"):
        enrol(state, "north", str(service.token())[:60])


def test_nobody_listens(state: StateDirectory, authority: Authority) -> None:
    with EnrolmentService(authority) as stopped:
        text = str(stopped.token())
    with pytest.raises(TransportError, match="ask the operator"):
        enrol(state, "north", text)


def test_interrupted_enrolment_keeps_its_keys(
    state: StateDirectory, service: EnrolmentService
) -> None:
    service.refuse = (grpc.StatusCode.UNAVAILABLE, "restarting")
    with pytest.raises(TransportError):
        enrol(state, "north", str(service.token()))
    service.refuse = None
    enrol(state, "north", str(service.token()))
    assert service.requests[0].identity_key == service.requests[1].identity_key


def test_a_port_that_is_not_tls(state: StateDirectory, service: EnrolmentService) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:
        token = service.token()
        plain.settimeout(1)
        address = f"127.0.0.1:{plain.getsockname()[1]}"
        plain.close()
        text = str(type(token)(address, "c", "north", "t", token.secret, token.ca_fingerprint))
        with pytest.raises(TransportError):
            enrol(state, "north", text)


def test_not_enrolled_and_another_sites_directory(
    state: StateDirectory, service: EnrolmentService
) -> None:
    with pytest.raises(ConfigurationError, match="fedqi-site enrol TOKEN"):
        load_credentials(state, "north")
    enrol(state, "north", str(service.token()))
    with pytest.raises(ConfigurationError, match="serves one site"):
        load_credentials(state, "south")


@pytest.mark.parametrize(
    ("begins", "days", "words"),
    [(-40, 30, "expired on .* new token"), (2, 30, "clock shows .* set the clock")],
)
def test_expired_or_early_certificate_is_not_dialled_with(
    state: StateDirectory, authority: Authority, begins: int, days: int, words: str
) -> None:
    now = datetime.now(UTC)
    key = ensure_keys(state.keys).tls.public_key()
    certificate = authority.sign("north", key, begins=now + timedelta(days=begins), days=days)
    from site_agent.credentials import Enrolment

    pem = certificate.public_bytes(Encoding.PEM)
    store_enrolment(state, Enrolment("north", "c", "a:1"), pem, authority.root_pem)
    with pytest.raises(TransportError, match=words):
        check_certificate(load_credentials(state, "north"), now)
