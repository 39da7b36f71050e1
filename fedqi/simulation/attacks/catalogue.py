"""All attacks by name."""

from fedqi.simulation.attacks.hand import Move

ATTACKS: dict[str, Move] = {}
