"""A SuperLink and its SuperNodes on this machine: TLS, node authentication, no network beyond."""

import ipaddress
import json
import os
import socket
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from fedqi.demo.processes import DemoError, Service, call, program, wait_until

OFFLINE = {"FLWR_TELEMETRY_ENABLED": "0", "FLWR_DISABLE_UPDATE_CHECK": "1"}
LINK = "here"
"""Name of the SuperLink in Flower's configuration."""


class FlowerNetwork:
    """Flower's processes.

    Parameters
    ----------
    folder
        For keys, logs and Flower's own configuration.
    running
        Where started services are kept, to be stopped at the end.
    """

    def __init__(self, folder: Path, running: dict[str, Service]) -> None:
        self.folder = folder
        self.running = running
        self._home = folder / "home"
        self._link = f"127.0.0.1:{free_port()}"
        # Flower's programs read their home and their manners from the environment, and look for
        # one another on the path.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        os.environ.update(OFFLINE | {"FLWR_HOME": str(self._home), "PATH": path})

    def start(self) -> None:
        """Start the SuperLink."""
        self._home.mkdir(parents=True)
        make_certificates(self.folder)
        config = f'[superlink]\ndefault = "{LINK}"\n[superlink.{LINK}]\naddress = "{self._link}"\n'
        config += f'root-certificates = "{self.folder / "ca.pem"}"\n'
        (self._home / "config.toml").write_text(config)
        host, port = self._link.split(":")
        tls = {"ca-certfile": "ca.pem", "certfile": "link.pem", "keyfile": "link.key"}
        command = [program("flower-superlink"), "--host", host, "--port", port]
        for option, name in tls.items():
            command += [f"--ssl-{option}", str(self.folder / name)]
        options = ("--enable-supernode-auth", "--disable-runtime-dependency-installation")
        self.running["superlink"] = Service([*command, *options], self.folder / "superlink.log")
        link = self.running["superlink"]
        wait_until(lambda: link.ended or is_open(self._link), f"the SuperLink starts ({link.log})")
        if link.ended:
            raise DemoError(f"the SuperLink does not start; see {link.log}")

    def add_node(self, site: str, socket_path: Path) -> None:
        """Make a node's key, register it, and start its SuperNode."""
        key = ec.generate_private_key(ec.SECP384R1())
        private, public = self.folder / f"{site}.key", self.folder / f"{site}.pub"
        write_private(
            private, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        )
        public.write_bytes(key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH))
        call([program("flwr"), "supernode", "register", str(public), LINK])
        self.start_node(site, socket_path)

    def start_node(self, site: str, socket_path: Path) -> None:
        """Start a SuperNode, again with the key it had."""
        command = [program("flower-supernode"), "--superlink", self._link]
        command += ["--root-certificates", str(self.folder / "ca.pem")]
        command += ["--auth-supernode-private-key", str(self.folder / f"{site}.key")]
        command += ["--host", "127.0.0.1", "--port", str(free_port())]
        command += ["--node-config", f'fedqi-socket="{socket_path}"']
        log = self.folder / f"supernode-{site}.log"
        self.running[f"supernode {site}"] = Service(command, log)

    def run(self, config: Path) -> str:
        """Start the aggregator as a run; return its id."""
        settings = f'fedqi-config="{config}" fedqi-until="stopped"'
        bundle = str(files("fedqi") / "flower" / "bundle")
        command = [program("flwr"), "run", bundle, LINK, "--run-config", settings]
        return str(json.loads(call([*command, "--format", "json"]))["run-id"])

    def stop_run(self, run: str) -> None:
        """Stop a run."""
        call([program("flwr"), "stop", run, LINK], check=False)


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(address: str) -> bool:
    """Whether something listens there."""
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def make_certificates(folder: Path) -> None:
    """Make a root and, under it, the SuperLink's certificate for this machine."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, name = _name("FedQI demonstration root"), _name("localhost")
    host = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    ca = x509.BasicConstraints(ca=True, path_length=0)
    root = _builder(root_name, root_name, root_key).add_extension(ca, critical=True)
    link = _builder(name, root_name, key).add_extension(host, critical=False)
    for file, builder in (("ca.pem", root), ("link.pem", link)):
        signed = builder.sign(root_key, hashes.SHA256())
        (folder / file).write_bytes(signed.public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(folder / "link.key", pem)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read."""
    path.touch(0o600)
    path.write_bytes(content)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
