"""Named moves of an aggregator that deviates, alone or with up to c sites."""

from fedqi.simulation.attacks.catalogue import ATTACKS
from fedqi.simulation.attacks.hand import Forged, Hand, Move, View

__all__ = ["ATTACKS", "Forged", "Hand", "Move", "View"]
