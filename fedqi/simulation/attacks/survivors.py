"""Attacks on the list of survivors and on the statements that permit the unmasking."""

from dataclasses import replace
from functools import partial
from hashlib import sha256

from fedqi.secagg import reconstruction_threshold, sign_discard_receipt
from fedqi.secagg.messages import (
    Advert,
    DiscardReceipt,
    MaskedInput,
    Statement,
    StatementSet,
    SurvivorEntry,
    Survivors,
)
from fedqi.simulation.attacks.hand import Forged, Move, View
from fedqi.simulation.setting import identity_of
from fedqi.wire.control import AttemptEnded, ReceiptRequest

SOON = 0.4
"""Seconds until the sites that were shown a forged list have stated it."""


def _names(message: Survivors) -> tuple[str, ...]:
    return tuple(entry.site for entry in message.entries)


def _without(message: Survivors, site: str) -> Survivors:
    return Survivors(tuple(entry for entry in message.entries if entry.site != site))


def few_survivors(view: View, message: Survivors) -> Forged | None:
    """Show nobody but colluders beside the victim."""
    few = {view.victim, *view.colluders}
    return [Survivors(tuple(entry for entry in message.entries if entry.site in few))]


def different_u3(view: View, message: Survivors) -> Forged | None:
    """Show one survivor fewer than to the others."""
    return [_without(message, view.others(_names(message))[0])]


def halves(view: View, message: Survivors) -> None:
    """Show it to half of the sites, and later all statements to everyone."""
    left_out = view.others(_names(message))[0]
    for site in _later_half(view, _names(message)):
        if site != left_out:
            view.send(site, _without(message, left_out))
    for site in _names(message):
        view.later(SOON, site, partial(_all_statements, view, site))


def _later_half(view: View, sites: tuple[str, ...]) -> tuple[str, ...]:
    after = tuple(site for site in sites if site > view.victim)
    return after[: len(sites) // 2]


def _all_statements(view: View, site: str) -> StatementSet:
    heard = view.of_kind(Statement)
    return StatementSet(
        tuple(
            replace(item, tags={peer: tag for peer, tag in item.tags.items() if peer == site})
            for _, item in sorted(heard.items())
        )
    )


def second_list(view: View, message: Survivors) -> Forged | None:
    """Show another list, after the victim has stated the right one."""
    return [_without(message, view.others(_names(message))[0])]


def replayed_list(view: View, message: Survivors) -> Forged | None:
    """Show the list of another attempt."""
    earlier = [item for item in view.of_another(Survivors) if item != message]
    return earlier[:1] or None


def late_input(view: View, message: StatementSet) -> Forged | None:
    """List everyone whose masked input came in at last, after the unmasking began."""
    inputs = view.of_kind(MaskedInput)
    entries = tuple(
        SurvivorEntry(site, sha256(item.vector).digest()) for site, item in sorted(inputs.items())
    )
    return [Survivors(entries), _all_statements(view, view.victim)]


def too_few_statements(view: View, message: StatementSet) -> Forged | None:
    """Show one statement too few; the victim's own counts."""
    bound = view.parameters.collusion_bound
    threshold = reconstruction_threshold(len(view.attempt.adverts), bound)
    others = [item for item in message.statements if item.site != view.victim]
    return [StatementSet(tuple(others[: threshold - 2]))]


def forged_statements(view: View, message: StatementSet) -> Forged | None:
    """Show the right digests under tags of the aggregator's own."""
    return [
        StatementSet(
            tuple(replace(item, tags={view.victim: bytes(32)}) for item in message.statements)
        )
    ]


def replayed_statements(view: View, message: StatementSet) -> Forged | None:
    """Show the statements of another attempt."""
    return list(view.of_another(StatementSet)[:1]) or None


def asked_twice(view: View, message: StatementSet) -> Forged | None:
    """Ask for the unmasking once more, on other statements."""
    return [StatementSet(message.statements[1:])]


def both_kinds(view: View, message: StatementSet) -> Forged | None:
    """Ask, after the answer, over a list in which one survivor has dropped."""
    shown = view.hand.sent[view.place].get((Survivors.__name__, view.victim))
    if not isinstance(shown, Survivors):
        return None
    shorter = _without(shown, view.others(_names(shown))[0])
    return [shorter, StatementSet(message.statements[:-1])]


def receipt(view: View, message: StatementSet) -> Forged | None:
    """Ask for a receipt."""
    return [ReceiptRequest()]


def ask_half(view: View, message: StatementSet) -> None:
    """Ask half of the sites for receipts, and show the others the statements."""
    sites = tuple(item.site for item in message.statements)
    for site in _later_half(view, sites):
        view.send(site, ReceiptRequest())
    for site in sites:
        view.later(SOON, site, partial(_pooled_receipts, view))


def _pooled_receipts(view: View) -> AttemptEnded:
    """Show all receipts, and the colluders' beside, as if the attempt were discarded."""
    heard = view.of_kind(DiscardReceipt)
    signed = {
        site: sign_discard_receipt(view.parameters, site, identity_of(site))
        for site in view.colluders
    }
    adverts = view.of_kind(Advert)
    listed = tuple(adverts[site] for site in sorted(view.attempt.adverts) if site in adverts)
    return AttemptEnded("discarded", tuple({**heard, **signed}.values()), None, listed)


MOVES = [
    Move("a survivor list too short", Survivors, few_survivors),
    Move("different U3 shown", Survivors, different_u3, False, spread=halves, weight=2.0),
    Move("a second survivor list", Survivors, second_list, repeats=True, weight=2.0),
    Move("survivors of another attempt", Survivors, replayed_list, weight=4.0),
    Move("a late masked input", StatementSet, late_input, repeats=True, weight=1.5),
    Move("too few statements", StatementSet, too_few_statements, weight=1.5),
    Move("forged statements", StatementSet, forged_statements, weight=1.5),
    Move("statements of another attempt", StatementSet, replayed_statements, weight=4.0),
    Move("the unmasking asked twice", StatementSet, asked_twice, repeats=True, weight=1.5),
    Move("both kinds of share", StatementSet, both_kinds, repeats=True, weight=1.5),
    Move("a receipt and an answer", StatementSet, receipt, refused=False, repeats=True),
    Move("half asked for receipts", StatementSet, receipt, False, spread=ask_half, weight=1.5),
]
