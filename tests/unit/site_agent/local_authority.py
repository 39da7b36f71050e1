"""A CA and an enrolment service of our own, on a real socket with real TLS."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from types import TracebackType

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fedqi.wire.control import enrolment_statement
from fedqi.wire.token import Token
from fedqi.wire.v1 import enrolment_pb2 as pb
from fedqi.wire.v1 import enrolment_pb2_grpc

DAY = timedelta(days=1)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """A root and what it signs."""

    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def __post_init__(self) -> None:
        self.root = self.sign("root", self.key.public_key(), authority=True)

    def sign(
        self,
        subject: str,
        key: ec.EllipticCurvePublicKey,
        authority: bool = False,
        begins: datetime | None = None,
        days: int = 30,
    ) -> x509.Certificate:
        begins = begins or datetime.now(UTC) - timedelta(minutes=1)
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("root"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + days * DAY)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
        )
        return builder.sign(self.key, hashes.SHA256())

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha256(self.root.public_bytes(Encoding.DER)).digest()

    def server_credentials(self) -> grpc.ServerCredentials:
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = self.sign("server", key.public_key()).public_bytes(Encoding.PEM) + self.root_pem
        return grpc.ssl_server_credentials([(pem, chain)])


class EnrolmentService(enrolment_pb2_grpc.EnrolmentServicer):
    """Serves one token once. ``refuse`` makes it answer a status instead."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self.refuse: tuple[grpc.StatusCode, str] | None = None
        self.certificate_for: str | None = None
        self.requests: list[pb.EnrolRequest] = []
        self._server = grpc.server(ThreadPoolExecutor(2))
        enrolment_pb2_grpc.add_EnrolmentServicer_to_server(self, self._server)
        self.port = self._server.add_secure_port("127.0.0.1:0", authority.server_credentials())

    def __enter__(self) -> "EnrolmentService":
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.stop(None).wait()

    def token(self, site: str = "north", fingerprint: bytes | None = None) -> Token:
        pinned = self.authority.fingerprint if fingerprint is None else fingerprint
        address = f"127.0.0.1:{self.port}"
        return Token(address, "collab", site, "token-1", b"k" * 32, pinned)

    def GetRoot(  # noqa: N802 - the generated base class names it
        self, request: pb.GetRootRequest, context: grpc.ServicerContext
    ) -> pb.GetRootResponse:
        return pb.GetRootResponse(ca_pem=self.authority.root_pem)

    def Enrol(  # noqa: N802 - the generated base class names it
        self, request: pb.EnrolRequest, context: grpc.ServicerContext
    ) -> pb.EnrolResponse:
        self.requests.append(request)
        if self.refuse is not None:
            context.abort(*self.refuse)
        self._check(request)
        signing_request = x509.load_pem_x509_csr(request.csr_pem)
        key = signing_request.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        certificate = self.authority.sign(self.certificate_for or request.site, key)
        return pb.EnrolResponse(
            certificate_pem=certificate.public_bytes(Encoding.PEM),
            ca_pem=b"not to be trusted",
            federation_address="127.0.0.1:7443",
            collaborative="collab",
        )

    def _check(self, request: pb.EnrolRequest) -> None:
        statement = enrolment_statement(
            request.token_id, request.site, request.csr_pem, request.identity_key
        )
        self.token().key().public_key().verify(request.token_proof, statement)
        Ed25519PublicKey.from_public_bytes(request.identity_key).verify(
            request.identity_signature, statement
        )
