"""A made-up site that can enrol, without a network."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from aggregator.enrolment import Request
from fedqi.wire.control import enrolment_statement
from fedqi.wire.token import Token


@dataclass
class Applicant:
    """A site with its keys."""

    site: str
    identity: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    tls: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def identity_public(self) -> bytes:
        return self.identity.public_key().public_bytes_raw()

    def csr(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.site)])
        builder = x509.CertificateSigningRequestBuilder().subject_name(name)
        return builder.sign(self.tls, hashes.SHA256()).public_bytes(Encoding.PEM)

    def request(self, token: Token) -> Request:
        csr = self.csr()
        statement = enrolment_statement(token.token_id, self.site, csr, self.identity_public)
        return Request(
            token_id=token.token_id,
            site=self.site,
            csr_pem=csr,
            identity_key=self.identity_public,
            token_proof=token.key().sign(statement),
            identity_signature=self.identity.sign(statement),
        )
