"""First contact: fetching the root certificate that a token pins.

Nothing is trusted before the fingerprint matches. The server's own certificate serves as the
trust anchor of one call that carries no secret; the root it returns must have the pinned
fingerprint and must have issued that certificate.
"""

import hashlib
import re
import socket
import ssl
from collections.abc import Callable

import grpc
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from fedqi.errors import ConfigurationError, TransportError
from fedqi.wire.v1 import enrolment_pb2, enrolment_pb2_grpc

Connect = Callable[[tuple[str, int], float], socket.socket]
ChannelOptions = tuple[tuple[str, str | int], ...]
LARGEST_PORT = 65535
_PORT = re.compile(r"[0-9]{1,5}")


def fetch_root(
    address: str,
    fingerprint: bytes,
    *,
    timeout: float = 10.0,
    connect: Connect = socket.create_connection,
    options: ChannelOptions = (),
) -> bytes:
    """Return the PEM of the root whose SHA-256 is ``fingerprint``.

    Parameters
    ----------
    address
        ``host:port`` of the enrolment service.
    fingerprint
        SHA-256 of the root's DER, 32 bytes.
    timeout
        Seconds, for each of the two connections.
    connect
        Opens a TCP connection, for instance through a proxy.
    options
        gRPC channel options, for instance a proxy.

    Raises
    ------
    TransportError
        When nothing answers.
    ConfigurationError
        When somebody else answers than the token says.
    """
    leaf_pem = _server_certificate(address, timeout, connect)
    root_pem = _ask_for_root(address, leaf_pem, timeout, options)
    _check_root(address, root_pem, leaf_pem, fingerprint)
    return root_pem


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of ``host:port``.

    Raises
    ------
    ConfigurationError
        When there is no port, or none that can be.
    """
    host, _, port = address.rpartition(":")
    if not host or not _PORT.fullmatch(port) or int(port) > LARGEST_PORT:
        raise ConfigurationError(
            f"address {address[:80]!r}: expected host:port, the port up to {LARGEST_PORT}"
        )
    return host.strip("[]"), int(port)


def _server_certificate(address: str, timeout: float, connect: Connect) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is believed yet; see the module's docstring
    host, port = split_address(address)
    try:
        with connect((host, port), timeout) as raw, context.wrap_socket(raw) as tls:
            der = tls.getpeercert(binary_form=True)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that no host can have
        raise TransportError(
            f"no TLS answer from the enrolment service at {address} ({error}); "
            "ask the operator whether the aggregator runs and the address is right"
        ) from error
    if der is None:
        raise TransportError(f"the service at {address} showed no certificate")
    return ssl.DER_cert_to_PEM_cert(der).encode()


def _ask_for_root(address: str, leaf_pem: bytes, timeout: float, options: ChannelOptions) -> bytes:
    credentials = grpc.ssl_channel_credentials(leaf_pem)
    try:
        with grpc.secure_channel(address, credentials, options) as channel:
            stub = enrolment_pb2_grpc.EnrolmentStub(channel)
            answer = stub.GetRoot(enrolment_pb2.GetRootRequest(), timeout=timeout)
    except grpc.RpcError as error:
        raise TransportError(
            f"the service at {address} does not answer as a FedQI enrolment service "
            f"({_details(error)}); ask the operator whether the address is right"
        ) from error
    return bytes(answer.ca_pem)


def _details(error: grpc.RpcError) -> str:
    details = getattr(error, "details", None)
    return str(details() if callable(details) else error)


def _check_root(address: str, root_pem: bytes, leaf_pem: bytes, fingerprint: bytes) -> None:
    try:
        root = x509.load_pem_x509_certificate(root_pem)
        leaf = x509.load_pem_x509_certificate(leaf_pem)
        found = hashlib.sha256(root.public_bytes(Encoding.DER)).digest()
        leaf.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise ConfigurationError(
            f"the service at {address} showed a certificate that its root did not issue: "
            "somebody stands between; ask the operator"
        ) from error
    if found != fingerprint:
        raise ConfigurationError(
            f"the service at {address} has the root {found.hex()}, the token pins "
            f"{fingerprint.hex()}: wrong aggregator, or somebody stands between; ask the operator"
        )
