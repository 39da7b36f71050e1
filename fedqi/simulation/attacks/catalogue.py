"""All attacks by name."""

from fedqi.simulation.attacks import colluding, keys, openings, shares, survivors, totals
from fedqi.simulation.attacks.hand import Move

ATTACKS: dict[str, Move] = {
    move.name: move
    for moves in (
        keys.MOVES,
        shares.MOVES,
        survivors.MOVES,
        totals.MOVES,
        openings.MOVES,
        colluding.MOVES,
    )
    for move in moves
}
"""Name -> move, in the order of the rounds."""
