"""What a benchmark reports of one system."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of one step.

    Parameters
    ----------
    system
        Name.
    client_cpu_s, server_cpu_s
        Processor seconds of all clients together, and of the server.
    bytes_up, bytes_down
        Bytes of all clients together, to and from the server.
    """

    system: str
    client_cpu_s: float
    server_cpu_s: float
    bytes_up: float
    bytes_down: float

    @property
    def total_cpu_s(self) -> float:
        """Processor seconds of all parties."""
        return self.client_cpu_s + self.server_cpu_s

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(
            {
                "system": self.system,
                "client_cpu_s": self.client_cpu_s,
                "server_cpu_s": self.server_cpu_s,
                "total_cpu_s": self.total_cpu_s,
                "bytes_up": self.bytes_up,
                "bytes_down": self.bytes_down,
            }
        )
