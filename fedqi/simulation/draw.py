"""From a seed to a schedule."""

from random import Random

from fedqi.secagg import default_collusion_bound
from fedqi.secagg.messages import SiteMessage
from fedqi.simulation.attacks import ATTACKS
from fedqi.simulation.moments import AGGREGATOR
from fedqi.simulation.operations import (
    NEVER,
    Announce,
    Attack,
    Clone,
    Crash,
    CrashAggregator,
    Demand,
    Doubt,
    Fault,
    Found,
    FullDisk,
    GiveUp,
    Late,
    Lose,
    Refresh,
    RollBack,
    Schedule,
    Skew,
    Slow,
    Split,
    Twice,
    Withhold,
)
from fedqi.simulation.setting import ATOMS, NAMES

JOBS = ("spring", "summer", "autumn")
APART = 60.0
"""Seconds between two jobs; some are announced while the one before still runs."""

SITE_MESSAGES = ("Intent", "Advert", "Shares", "MaskedInput", "Statement", "Unmasking", "Verdict")
AGGREGATOR_MESSAGES = (
    "JobAnnouncement",
    "AttemptOpened",
    "AdvertList",
    "SharesDelivery",
    "Survivors",
    "StatementSet",
    "StepTranscript",
    "AcceptedTotal",
    "AttemptEnded",
    "ReceiptRequest",
)
ENTRIES = ("AtomsOpened", "AtomsBound", "UnmaskingAnswered", "ReceiptSigned", "AtomsFreed")
PHASES = ("advertising", "sharing", "masking", "stating", "unmasking", "summing", "verifying")


def draw(seed: int) -> Schedule:
    """Return the schedule of a seed.

    Parameters
    ----------
    seed
        Any integer; equal seeds give equal schedules.
    """
    return Draw(seed).schedule()


class Draw:
    """Draws one schedule.

    Parameters
    ----------
    seed
        Determines everything.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._count = self._random.choice((5, 6, 6, 7, 7, 8, 9))
        self._sites = NAMES[: self._count]
        bound = default_collusion_bound(self._count)
        self._spoilt = self._random.sample(self._sites, self._random.randint(0, bound))
        self._colluders = tuple(sorted(site for site in self._spoilt if not self._chance(0.45)))

    def schedule(self) -> Schedule:
        """Return the schedule."""
        machines = [site for site in self._spoilt if site not in self._colluders]
        patient = self._chance(0.6)
        found = Found(self._count, self._random.randrange(1000), self._colluders, patient)
        jobs = self._jobs()
        faults = [self._fault() for _ in range(self._random.choice((0, 0, 1, 1, 2, 3, 5, 7)))]
        faults += self._storm() if self._chance(0.25) else []
        spoiling = [self._spoiling(site) for site in machines]
        splits = [self._split(jobs)] if self._chance(0.08) else []
        return (found, *jobs, *splits, *spoiling, *faults, *self._attacks())

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _site(self) -> str:
        return self._random.choice(self._sites)

    def _jobs(self) -> list[Announce]:
        at, jobs = 0.0, []
        for name in JOBS[: self._random.choice((1, 1, 2, 2, 2, 3))]:
            atoms = self._random.sample(range(len(ATOMS)), self._random.choice((1, 1, 2, 3)))
            invited: tuple[str, ...] = ()
            if self._chance(0.12):
                size = self._random.randint(3, self._count)
                invited = tuple(sorted(self._random.sample(self._sites, size)))
            steps, width = self._random.choice((1, 1, 2, 3)), self._random.choice((1, 2))
            jobs.append(Announce(name, at, tuple(sorted(atoms)), steps, width, invited))
            at += APART if self._chance(0.7) else round(self._random.uniform(0.0, 2.0), 2)
        return jobs

    def _attacks(self) -> list[Attack]:
        if self._chance(0.12):
            return []
        names, weights = list(ATTACKS), [move.weight for move in ATTACKS.values()]
        count = self._random.choice((2, 3, 4, 5, 6, 8))
        drawn = self._random.choices(names, weights, k=count)
        return [attack for name in drawn for attack in self._attack(name)]

    def _attack(self, name: str) -> list[Attack]:
        by_colluder = issubclass(ATTACKS[name].on, SiteMessage)
        honest = [site for site in self._sites if site not in self._spoilt]
        chosen = self._colluders if by_colluder else honest
        if not chosen:
            return []
        nth, relents = self._random.choice((1, 1, 1, 1, 2)), self._chance(0.7)
        return [Attack(name, self._random.choice(chosen), nth, relents)]

    def _split(self, jobs: list[Announce]) -> Split:
        apart = self._random.sample(self._sites, self._random.randint(2, self._count - 1))
        job = self._random.choice(jobs).job
        return Split(job, tuple(sorted(apart)), self._chance(0.5))

    def _spoiling(self, site: str) -> Fault:
        if self._chance(0.4):
            return Clone(site, round(self._random.uniform(0.0, 2 * APART), 1))
        at = round(self._random.choice((0.6, 1.0, APART - 2, APART - 2, 2 * APART - 2)), 1)
        return RollBack(site, round(self._random.uniform(0.0, at), 2), at)

    def _storm(self) -> list[Fault]:
        # several machines at the same moment: too few are left to go on
        moment, down = self._moment(), self._down()
        struck = self._random.sample(self._sites, self._random.randint(2, self._count - 1))
        return [Crash(site, moment, 1, down) for site in struck]

    def _moment(self) -> str:
        where = self._random.choice(("receive", "store", "stored", "stored", "send", "sent"))
        if where == "receive":
            return f"receive {self._random.choice(AGGREGATOR_MESSAGES)}"
        if where.startswith("store"):
            return f"{where} {self._random.choice(ENTRIES)}"
        return f"{where} {self._random.choice(SITE_MESSAGES)}"

    def _down(self) -> float:
        return self._random.choice((0.5, 2.0, 2.0, 8.0, 30.0, NEVER))

    def _nth(self) -> int:
        return self._random.choice((1, 1, 1, 2, 3))

    def _fault(self) -> Fault:
        kind = self._random.choice(
            ("crash",) * 6 + ("aggregator",) * 3 + ("link",) * 5 + ("disk",) * 2 + ("other",) * 5
        )
        if kind == "crash":
            return Crash(self._site(), self._moment(), self._nth(), self._down())
        if kind == "aggregator":
            return self._aggregator_crash()
        if kind == "disk":
            entry = self._random.choice(ENTRIES[:4])
            return FullDisk(self._site(), entry, self._nth(), self._down())
        return self._link() if kind == "link" else self._other()

    def _aggregator_crash(self) -> CrashAggregator:
        where = self._random.choice(("receive", "stored", "proceed", "proceeded"))
        what = PHASES if where.startswith("proceed") else SITE_MESSAGES
        down = self._random.choice((0.5, 2.0, 10.0))
        return CrashAggregator(f"{where} {self._random.choice(what)}", self._nth(), down)

    def _link(self) -> Fault:
        message = self._random.choice(SITE_MESSAGES + AGGREGATOR_MESSAGES)
        site, nth = self._site(), self._nth()
        seconds = round(self._random.choice((0.2, 1.0, 5.0, 20.0)) * self._random.random(), 2)
        match self._random.choice(("lose", "late", "twice")):
            case "lose":
                return Lose(site, message, nth, self._random.choice((1, 3, 8)))
            case "late":
                return Late(site, message, nth, seconds)
        return Twice(site, message, nth, seconds)

    def _other(self) -> Fault:
        site = self._site()
        at = round(self._random.uniform(0.0, 2 * APART), 1)
        atom = self._random.randrange(len(ATOMS))
        match self._random.randrange(7):
            case 0:
                return Withhold(site, atom)
            case 1:
                return Doubt(site, self._random.choice([s for s in self._sites if s != site]))
            case 2:
                return Demand(site, self._random.choice((2, 3)))
            case 3:
                return Slow(site, self._random.choice((5.0, 50.0, 200.0)))
            case 4:
                return Refresh(site, at)
            case 5:
                return GiveUp(site, atom, at)
        party = self._random.choice((AGGREGATOR, site))
        return Skew(party, self._random.choice((0.05, 0.3, 5.0)), 86_400.0)
