"""A bare client of the services, to send what an agent never would."""

from collections.abc import Iterator
from dataclasses import dataclass

import grpc
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fedqi.wire.bootstrap import fetch_root
from fedqi.wire.token import Token
from fedqi.wire.v1 import enrolment_pb2, enrolment_pb2_grpc, federation_pb2, federation_pb2_grpc
from tests.unit.aggregator.people import Applicant

METADATA = (("fedqi-protocol", "1"),)
TIMEOUT = 20.0


@dataclass
class Caller:
    """An enrolled site."""

    applicant: Applicant
    certificate: bytes
    root: bytes
    address: str

    def stub(self) -> federation_pb2_grpc.FederationStub:
        key = self.applicant.tls.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        credentials = grpc.ssl_channel_credentials(self.root, key, self.certificate)
        self.channel = grpc.secure_channel(self.address, credentials)
        return federation_pb2_grpc.FederationStub(self.channel)

    def submit(self, *chunks: federation_pb2.Chunk) -> federation_pb2.SubmitResponse:
        answer: federation_pb2.SubmitResponse = self.stub().Submit(
            iter(chunks), metadata=METADATA, timeout=TIMEOUT
        )
        return answer

    def poll(self, cursor: int = 0, wait: int = 0) -> Iterator[federation_pb2.Chunk]:
        stub = self.stub()
        terms = {"metadata": METADATA, "timeout": TIMEOUT + wait}
        epoch = stub.Resume(federation_pb2.ResumeRequest(), **terms).epoch
        request = federation_pb2.PollRequest(cursor=cursor, wait_seconds=wait, epoch=epoch)
        yield from stub.Poll(request, **terms)


def enrol(text: str, applicant: Applicant) -> Caller:
    token = Token.parse(text)
    root = fetch_root(token.address, token.ca_fingerprint)
    request = applicant.request(token)
    message = enrolment_pb2.EnrolRequest(
        token_id=request.token_id,
        site=request.site,
        csr_pem=request.csr_pem,
        identity_key=request.identity_key,
        token_proof=request.token_proof,
        identity_signature=request.identity_signature,
    )
    with grpc.secure_channel(token.address, grpc.ssl_channel_credentials(root)) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)
        answer = stub.Enrol(message, metadata=METADATA, timeout=TIMEOUT)
    return Caller(applicant, answer.certificate_pem, root, answer.federation_address)
