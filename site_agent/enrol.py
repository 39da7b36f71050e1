"""Enrolment: a one-time token becomes a certificate for keys that were made here.

The token carries the fingerprint of the collaborative's root certificate. The root is fetched
and compared with it before this site says anything, so a new agent trusts nobody by accident.
"""

import asyncio
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from fedqi.errors import ConfigurationError, FedQIError, PolicyError, TransportError
from fedqi.wire.bootstrap import fetch_root
from fedqi.wire.control import PROTOCOL_METADATA, PROTOCOL_VERSION, enrolment_statement
from fedqi.wire.token import Token
from fedqi.wire.v1 import enrolment_pb2 as pb
from fedqi.wire.v1.enrolment_pb2_grpc import EnrolmentStub
from site_agent.credentials import Enrolment, check_issued, store_enrolment
from site_agent.identity import SiteKeys, ensure_keys
from site_agent.relay import Trust
from site_agent.relay_socket import listening
from site_agent.rpc_errors import code_of, details_of, in_plain_words
from site_agent.state import StateDirectory

TIMEOUT_SECONDS = 20.0
RELAYED_TIMEOUT_SECONDS = 180.0
NEW_TOKEN = "ask the aggregator's operator for a new token"


def enrol(state: StateDirectory, site: str, text: str, relay: Path | None = None) -> Enrolment:
    """Turn a token into a certificate, and store it.

    Parameters
    ----------
    state
        The state directory; keys are made in it if there are none.
    site
        The site's name in the configuration.
    text
        The token as the operator sent it.
    relay
        Socket on which a relay brings the aggregator's turns; None to dial the token's address.

    Raises
    ------
    ConfigurationError
        If the token is malformed, for another site, or pins another root than is served.
    PolicyError
        If the token is unknown, used or expired.
    TransportError
        If the aggregator cannot be reached or its certificate is not the pinned CA's.
    """
    token = Token.parse(text)
    if token.site != site:
        raise ConfigurationError(
            f"the token is for site {token.site!r}, the configuration names {site!r}; correct "
            f"the key 'site', or {NEW_TOKEN}"
        )
    keys = ensure_keys(state.keys)
    request = _request(token, keys, site)
    if relay is None:
        authority = fetch_root(token.address, token.ca_fingerprint, timeout=TIMEOUT_SECONDS)
        answer = _ask(token, authority, request)
    else:
        trust = Trust(keys, b"", token.ca_fingerprint)
        answer = asyncio.run(_ask_relayed(token, trust, relay, request))
        authority = answer.ca_pem
    check_issued(answer.certificate_pem, keys, site)
    enrolment = Enrolment(site, answer.collaborative, answer.federation_address)
    # The pinned root is stored, never the one in the answer.
    store_enrolment(state, enrolment, answer.certificate_pem, authority)
    return enrolment


def _request(token: Token, keys: SiteKeys, site: str) -> pb.EnrolRequest:
    signing_request = keys.signing_request(site)
    statement = enrolment_statement(token.token_id, site, signing_request, keys.identity_public)
    return pb.EnrolRequest(
        token_id=token.token_id,
        site=site,
        csr_pem=signing_request,
        identity_key=keys.identity_public,
        token_proof=token.key().sign(statement),
        identity_signature=keys.identity.sign(statement),
    )


def _ask(token: Token, authority: bytes, request: pb.EnrolRequest) -> pb.EnrolResponse:
    credentials = grpc.ssl_channel_credentials(authority)
    metadata = ((PROTOCOL_METADATA, str(PROTOCOL_VERSION)),)
    with grpc.secure_channel(token.address, credentials) as channel:
        try:
            answer: pb.EnrolResponse = EnrolmentStub(channel).Enrol(
                request, timeout=TIMEOUT_SECONDS, metadata=metadata
            )
        except grpc.RpcError as error:
            raise _refusal(error, token.address) from None
    return answer


async def _ask_relayed(
    token: Token, trust: Trust, relay: Path, request: pb.EnrolRequest
) -> pb.EnrolResponse:
    async with listening(trust, relay) as stub:
        try:
            answer = await asyncio.wait_for(stub.Enrol(request), RELAYED_TIMEOUT_SECONDS)
        except grpc.RpcError as error:
            raise _refusal(error, token.address) from None
        except TimeoutError:
            raise TransportError(
                f"nobody brought a message to {relay} within {RELAYED_TIMEOUT_SECONDS:.0f} s; ask "
                "whether the Flower node runs with this socket, and the operator whether the run "
                "is under way"
            ) from None
    _check_pinned(answer.ca_pem, token.ca_fingerprint)
    return answer


def _check_pinned(authority: bytes, fingerprint: bytes) -> None:
    # The turn that brought it was signed under this root; what is stored must be the same.
    try:
        found = x509.load_pem_x509_certificate(authority).fingerprint(hashes.SHA256())
    except ValueError:
        found = b""
    if found != fingerprint:
        raise TransportError(
            "the root certificate that came with the answer is not the one that the token pins; "
            "nothing was stored; tell the aggregator's operator"
        )


def _refusal(error: grpc.RpcError, address: str) -> FedQIError:
    refusals = {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.PERMISSION_DENIED,
    }
    if code_of(error) in refusals:
        return PolicyError(f"{address} did not accept the token: {details_of(error)}")
    return in_plain_words(error, address)
