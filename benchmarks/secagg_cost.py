"""What a benchmark reports of one system. Imports nothing that is installed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

FIELDS = ("client_cpu_s", "server_cpu_s", "total_cpu_s", "bytes_up", "bytes_down")


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of one step.

    Parameters
    ----------
    system
        Name.
    client_cpu_s
        Processor seconds of one client that stays: the mean over those that were not dropped.
    server_cpu_s
        Processor seconds of the server.
    total_cpu_s
        Processor seconds of all parties, with the clients that were dropped.
    bytes_up, bytes_down
        Bytes of all clients together, to and from the server.
    parts
        Further figures of this system alone, by name.
    notes
        What a reader must know about how these figures came about, by topic.
    """

    system: str
    client_cpu_s: float
    server_cpu_s: float
    total_cpu_s: float
    bytes_up: float
    bytes_down: float
    parts: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return one line of JSON."""
        common = {name: getattr(self, name) for name in FIELDS}
        return json.dumps({"system": self.system, **common, **self.parts, **self.notes})

    @classmethod
    def from_json(cls, line: str) -> "Cost":
        """Read what :meth:`to_json` wrote.

        Parameters
        ----------
        line
            One line.
        """
        fields = json.loads(line)
        system, common = fields.pop("system"), {name: fields.pop(name) for name in FIELDS}
        notes = {name: value for name, value in fields.items() if isinstance(value, str)}
        parts = {name: value for name, value in fields.items() if name not in notes}
        return cls(system, **common, parts=parts, notes=notes)


def cheapest(measure: Callable[[], Cost], repeat: int) -> Cost:
    """Run a measurement several times and return the run with the smallest total.

    On a machine that does other work too, everything that disturbs a run makes it dearer, so
    the smallest is the nearest to what the system itself costs.

    Parameters
    ----------
    measure
        Runs once.
    repeat
        How often.
    """
    runs: Sequence[Cost] = [measure() for _ in range(repeat)]
    return min(runs, key=lambda cost: cost.total_cpu_s)
