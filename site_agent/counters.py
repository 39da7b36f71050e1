"""The newest release-history counters seen of the other members.

A member whose counter goes back, or stays with another head, had its disk rolled back or cloned.
"""

import json
from collections.abc import Mapping

from fedqi.errors import ConfigurationError, RemoteProtocolError
from fedqi.secagg.checks import ROUND_KEYS
from fedqi.secagg.messages import AdvertList
from fedqi.secagg.site_checks import UNKNOWN_HEAD
from site_agent.journal import canonical_json, replace_file
from site_agent.state import StateDirectory

FILE = "counters.json"
Counters = dict[str, tuple[int, bytes]]


def load_counters(state: StateDirectory) -> Counters:
    """Return site -> newest counter and head."""
    path = state.root / FILE
    try:
        document = json.loads(path.read_bytes())
        return {site: (int(n), bytes.fromhex(head)) for site, (n, head) in document.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        raise ConfigurationError(
            f"{path}: damaged; restore the state directory from its backup"
        ) from None


def check_forks(state: StateDirectory, message: AdvertList) -> None:
    """Refuse adverts that stand at a counter seen before, but with another head.

    The session checks against what was known when it began. What a concurrent job has brought
    since is checked here, for forks only: a counter below a newer one may be no more than an
    advert that was signed earlier and arrives late.

    Raises
    ------
    RemoteProtocolError
        Naming the member.
    """
    # protocol 4.10
    counters = load_counters(state)
    for advert in message.adverts:
        counter, head = counters.get(advert.site, (-1, b""))
        if advert.history_counter == counter and head not in (advert.history_head, UNKNOWN_HEAD):
            raise RemoteProtocolError(
                f"its release history stands at {counter} with another head than was seen "
                "before: its disk was rolled back or cloned; it must recover its history before "
                "it takes part",
                site=advert.site,
                round_name=ROUND_KEYS,
            )


def remember(state: StateDirectory, histories: Mapping[str, tuple[int, bytes]]) -> None:
    """Keep the counters that a session has shown, durably."""
    counters = load_counters(state)
    for site, (counter, head) in histories.items():
        # An advert of a concurrent attempt may arrive late: what was seen never goes back.
        known, known_head = counters.get(site, (-1, UNKNOWN_HEAD))
        if (counter, bool(head)) >= (known, bool(known_head)):
            counters[site] = (counter, head)
    document = {site: [number, head.hex()] for site, (number, head) in counters.items()}
    replace_file(state.root / FILE, canonical_json(document))
