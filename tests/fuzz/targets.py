"""What the coverage-guided search runs: decoders, and sessions held in each of their phases."""

from collections.abc import Callable
from typing import Any

from fedqi.errors import ConfigurationError, RemoteProtocolError
from fedqi.secagg import AttemptMode
from fedqi.wire import control as c
from fedqi.wire.convert import (
    decode_envelope,
    decode_site_envelope,
    encode_envelope,
    encode_site_envelope,
)
from fedqi.wire.token import Token
from tests.unit.secagg.federation import Federation, bound, closed, federation, parameters_for

VICTIM = "s002"
FIVE = ("s000", "s001", VICTIM, "s003", "s004")


def opened() -> Federation:
    return federation(sites=FIVE)


def in_closed_mode() -> Federation:
    declared = {site: {"hf": bound("hf", FIVE)} for site in FIVE}
    return federation(closed(parameters_for(6)), sites=FIVE, declared=declared)


# rounds that are closed before a session is held: up to the end of the attempt
PLACES = [*((opened, rounds) for rounds in range(7)), *((in_closed_mode, r) for r in range(4))]


class Held:
    """Sessions stopped after a number of rounds; rebuilt whenever one takes a message."""

    def __init__(self, make: Callable[[], Federation], rounds: int) -> None:
        self.seeds: list[bytes] = []
        self._make, self._rounds = make, rounds
        self._build()

    def _build(self) -> None:
        self.federation = self._make()
        self.federation.intercept = self._record
        self.federation.start()
        for _ in range(self._rounds):
            self.federation.proceed()

    def _record(self, site: str, message: Any) -> Any:
        if site == VICTIM:
            self.seeds.append(encode_envelope(c.Envelope(1, "job", 1, message)))
        return message

    def to_site(self, message: Any) -> None:
        self._give(self.federation.sites[VICTIM].session, message, ())

    def to_aggregator(self, message: Any) -> None:
        self._give(self.federation.aggregator, message, (VICTIM,))

    def _give(self, session: Any, message: Any, sender: tuple[str, ...]) -> None:
        phase = session.phase
        try:
            session.receive(*sender, message)
        except RemoteProtocolError:
            if session.phase is not phase:
                raise AssertionError(f"a refusal moved {phase} to {session.phase}") from None
        else:
            self._build()


class Targets:
    """One entry for the search: the first byte chooses the reader and the phase."""

    def __init__(self) -> None:
        self.held = [Held(*place) for place in PLACES]

    @property
    def seeds(self) -> list[bytes]:
        """Honest messages, to start the search from."""
        choices = range(1, 3 * len(PLACES), 3)
        seen = {seed for held in self.held for seed in held.seeds}
        lines = [bytes([choice]) + seed for seed in sorted(seen) for choice in choices]
        opened = c.AttemptOpened(AttemptMode.OPEN, (VICTIM,))
        decline = encode_site_envelope(c.SiteEnvelope("job", 0, c.Decline("busy")))
        token = Token("host:1", "lakes", VICTIM, "t1", bytes(32), bytes(32))
        return [
            *lines,
            b"\x01" + encode_envelope(c.Envelope(1, "job", 1, opened)),
            b"\x00" + decline,
            b"\x02" + str(token).encode(),
        ]

    def run(self, data: bytes) -> None:
        """Read the bytes, and hand what was read to a session; raise on a finding."""
        choice, content = data[0] if data else 0, data[1:]
        held = self.held[choice // 3 % len(PLACES)]
        try:
            match choice % 3:
                case 0:
                    message: Any = decode_site_envelope(content).body
                    if hasattr(message, "site") and not isinstance(message, c.Intent):
                        held.to_aggregator(message)
                case 1:
                    message = decode_envelope(content).body
                    if type(message).__module__ == "fedqi.secagg.messages":
                        held.to_site(message)
                case _:
                    Token.parse(content.decode("utf-8", "replace"))
        except (RemoteProtocolError, ConfigurationError):
            return
