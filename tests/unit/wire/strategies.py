"""Hypothesis strategies for every message of the wire contract."""

from hypothesis import strategies as st

from fedqi.secagg import messages as m
from fedqi.secagg.parameters import AttemptMode
from fedqi.wire import control as c

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
blob = st.binary(max_size=40)
words = st.integers(0, 4).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n))
small = st.integers(0, 2**32 - 1)
large = st.integers(0, 2**64 - 1)
names = st.lists(text, max_size=3).map(tuple)
blobs = st.dictionaries(text, blob, max_size=3)

declarations = st.builds(m.AtomDeclaration, text, st.sampled_from(m.Declared), blob)
adverts = st.builds(
    m.Advert,
    site=text,
    sealing_key=blob,
    mask_key=blob,
    seed_commitment=blob,
    min_others=small,
    uncounted=names,
    atoms=st.lists(declarations, max_size=3).map(tuple),
    history_counter=large,
    history_head=blob,
    signature=blob,
)
several_adverts = st.lists(adverts, max_size=2).map(tuple)
verdicts = st.builds(m.Verdict, text, small, st.booleans(), blob, text, blob)
inputs = st.builds(m.MaskedInput, text, small, blob, words, blob)
statements = st.builds(m.Statement, text, blob, blob, blobs, blob)
several_statements = st.lists(statements, max_size=2).map(tuple)
entries = st.builds(m.SurvivorEntry, text, blob)
survivors = st.builds(m.Survivors, st.lists(entries, max_size=3).map(tuple))
shares = st.one_of(st.builds(m.SelfMaskShare, blob), st.builds(m.MaskKeyShare, blob))
receipts = st.builds(m.DiscardReceipt, text, blob)
certificates = st.builds(
    m.Certificate,
    job=text,
    attempt=small,
    session_hash=blob,
    adverts=several_adverts,
    active_set=names,
    state_hash=blob,
    survivors=survivors,
    statements=several_statements,
)
optional_certificates = st.none() | certificates

site_bodies: dict[type, st.SearchStrategy[c.SiteBody]] = {
    c.Intent: st.builds(c.Intent, text, names, blob, blob, blob),
    c.Decline: st.builds(c.Decline, text),
    c.AttemptLost: st.builds(c.AttemptLost, text),
    m.Advert: adverts,
    m.Shares: st.builds(m.Shares, text, blobs, blob),
    m.MaskedInput: inputs,
    m.Statement: statements,
    m.Unmasking: st.builds(m.Unmasking, text, st.dictionaries(text, shares, max_size=3), blob),
    m.Verdict: verdicts,
    m.DiscardReceipt: receipts,
}
aggregator_bodies: dict[type, st.SearchStrategy[c.AggregatorBody]] = {
    c.JobAnnouncement: st.builds(c.JobAnnouncement, blob),
    c.JoiningClosed: st.builds(c.JoiningClosed, names, names),
    c.AttemptOpened: st.builds(
        c.AttemptOpened, st.sampled_from(AttemptMode), names, optional_certificates
    ),
    c.ReceiptRequest: st.builds(c.ReceiptRequest),
    c.AttemptEnded: st.builds(
        c.AttemptEnded,
        text,
        st.lists(receipts, max_size=2).map(tuple),
        optional_certificates,
        several_adverts,
    ),
    c.JobEnded: st.builds(
        c.JobEnded,
        st.sampled_from(c.JobOutcome),
        text,
        blob,
        names,
        st.dictionaries(text, names, max_size=3),
        st.lists(words, max_size=2).map(tuple),
        names,
    ),
    m.AdvertList: st.builds(m.AdvertList, several_adverts),
    m.SharesDelivery: st.builds(m.SharesDelivery, names, blobs),
    m.Survivors: survivors,
    m.StatementSet: st.builds(
        m.StatementSet, several_statements, st.dictionaries(text, blob, max_size=3)
    ),
    m.AcceptedTotal: st.builds(m.AcceptedTotal, small, words, st.lists(verdicts).map(tuple)),
    m.StepTranscript: st.builds(
        m.StepTranscript,
        small,
        st.lists(inputs, max_size=2).map(tuple),
        blobs,
        blobs,
        several_statements,
        words,
    ),
}
