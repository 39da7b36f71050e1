"""Who holds shares of whom in an attempt, as the aggregator routes them; sets are bitmaps."""

from collections.abc import Iterable, Mapping

from fedqi.secagg.view import AttemptView


class Graph:
    """The holders that each dealer drew, and the edges that follow.

    Parameters
    ----------
    view
        Of the attempt.
    drawn
        Dealer -> its holders, without itself.
    """

    def __init__(self, view: AttemptView, drawn: Mapping[str, Iterable[str]]) -> None:
        self._view = view
        self.dealers = view.bits(drawn)
        if view.is_complete:
            everyone = view.bits(view.members)
            self._holders = dict.fromkeys(drawn, everyone)
            self._dealt = dict.fromkeys(view.members, self.dealers)
            return
        self._holders = {site: view.bits((site, *holders)) for site, holders in drawn.items()}
        self._dealt = {}
        for site, holders in drawn.items():
            bit = 1 << view.places[site]
            for holder in (site, *holders):
                self._dealt[holder] = self._dealt.get(holder, 0) | bit

    def holders(self, dealer: str) -> int:
        """Return a dealer's holders, itself included.

        Parameters
        ----------
        dealer
            Who drew them.
        """
        return self._holders[dealer]

    def dealt_to(self, holder: str) -> int:
        """Return the dealers of whom a site holds shares, itself included if it dealt.

        Parameters
        ----------
        holder
            A member of U1.
        """
        return self._dealt.get(holder, 0)

    def peers(self, site: str, active: int) -> int:
        """Return whom a site masks against.

        Parameters
        ----------
        site
            A member of the active set.
        active
            The active set.
        """
        # protocol 5.10
        edges = self._holders.get(site, 0) | self._dealt.get(site, 0)
        return edges & active & ~(1 << self._view.places[site])

    def convinced(self, answered: int) -> int:
        """Return the dealers of whom t holders have answered.

        Parameters
        ----------
        answered
            Sites.
        """
        threshold = self._view.threshold
        enough = (
            s for s, own in self._holders.items() if (own & answered).bit_count() >= threshold
        )
        return self._view.bits(enough)

    def lacking(self, group: int, answered: int, verb: str) -> str:
        """Say which member of a group lacks t holders among those that answered, if any does.

        Parameters
        ----------
        group
            Dealers.
        answered
            Sites.
        verb
            What the holders have done.
        """
        for dealer in self._view.sites(group & ~self.convinced(answered)):
            have = (self._holders[dealer] & answered).bit_count()
            need = self._view.threshold
            return f"{have} holders of {dealer} {verb}, expected at least {need}"
        return ""
