"""``accept-genesis``: read the founding documents, compare, sign."""

from fedqi.charter import Genesis
from fedqi.charter import fingerprint as fingerprint_of
from fedqi.errors import PolicyError
from site_agent.company import check_min_others
from site_agent.config import AgentConfig
from site_agent.credentials import load_credentials
from site_agent.genesis import check_fingerprint, in_words, pin, read_answer, sign
from site_agent.retry import Retry
from site_agent.state import open_state
from site_agent.transport import FederationClient

TRIES = 4


async def accept(config: AgentConfig, given: str | None) -> list[str]:
    """Fetch the documents; sign them if the fingerprint that was given is theirs.

    Parameters
    ----------
    config
        The configuration.
    given
        The fingerprint, obtained by another way; None only to read.

    Returns
    -------
    list of str
        What to show, one paragraph each.

    Raises
    ------
    PolicyError
        If the fingerprint differs, the documents do not hold, or this site asks for more
        company than the charter promises; nothing is signed then.
    """
    state = open_state(config.state_dir)
    credentials = load_credentials(state, config.site)
    async with FederationClient(credentials, Retry(TRIES), *config.route) as client:
        genesis = read_answer(await client.genesis())
        if given is None:
            return [*in_words(genesis), "", _what_to_do(config, genesis)]
        check_fingerprint(genesis, given)
        check_min_others(config, genesis.charter)
        with state.lock():
            signature = sign(state, genesis, credentials)
            complete = await client.sign_genesis(signature)
            signed = f"Signed for {config.site}: {fingerprint_of(genesis)}"
            genesis = read_answer(await client.genesis())
            if not complete:
                waiting = ", ".join(genesis.unsigned)
                return [signed, f"Not signed yet by {waiting}; 'fedqi-site run' waits for them."]
            pin(state, genesis)
        return [signed, "All members have signed; the documents are pinned."]


def _what_to_do(config: AgentConfig, genesis: Genesis) -> str:
    try:
        check_min_others(config, genesis.charter)
    except PolicyError as error:
        return f"Nothing was signed, and cannot be yet. {error}"
    return (
        "Nothing was signed. Compare the fingerprint with the other members by telephone or on "
        "paper; if they see the same, run: fedqi-site accept-genesis --fingerprint '...'"
    )
