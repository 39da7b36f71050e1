"""A whole federation in one process, in virtual time, driven by a schedule."""

from collections import Counter
from dataclasses import dataclass
from functools import partial

from fedqi.secagg import default_collusion_bound
from fedqi.simulation.adversary import Adversary
from fedqi.simulation.aggregator import Aggregator
from fedqi.simulation.attacks import ATTACKS
from fedqi.simulation.clock import Agenda
from fedqi.simulation.disk import Disk
from fedqi.simulation.machine import Machine
from fedqi.simulation.moments import AGGREGATOR, Moments
from fedqi.simulation.network import Network
from fedqi.simulation.operations import (
    NEVER,
    Announce,
    Clone,
    Demand,
    Doubt,
    Found,
    GiveUp,
    Refresh,
    RollBack,
    Schedule,
    Skew,
    Slow,
    Split,
    Withhold,
    spoilt_by,
)
from fedqi.simulation.setting import ATOMS, NAMES, Rules, Spec
from fedqi.simulation.store import Ending
from fedqi.simulation.surroundings import Habits, Surroundings
from fedqi.simulation.violation import Violation
from fedqi.simulation.watch import Watch

HORIZON = 2_000.0
MOST_EVENTS = 20_000
ENDED = "every job ends and says why"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a schedule.

    Parameters
    ----------
    endings
        Job -> how it ended.
    attacks
        Attack -> how often it was carried out.
    events
        How many events there were.
    settled
        Job -> the honest sites that hold its last total as settled for everybody.
    violation
        What happened that never may, or None.
    at
        Number of the event at which it happened.
    """

    endings: dict[str, Ending]
    attacks: Counter[str]
    events: int
    settled: dict[str, frozenset[str]]
    violation: Violation | None = None
    at: int = 0


class World:
    """The federation of one schedule.

    Parameters
    ----------
    operations
        The schedule; begins with ``Found``.

    Raises
    ------
    ValueError
        If it does not, or if more than c sites are spoilt.
    """

    def __init__(self, operations: Schedule) -> None:
        found = operations[0] if operations else None
        if not isinstance(found, Found):
            raise ValueError("a schedule begins with Found")
        sites = NAMES[: found.sites]
        spoilt = spoilt_by(operations)
        bound = default_collusion_bound(found.sites)
        if len(spoilt) > bound or not spoilt <= set(sites):
            raise ValueError(f"at most {bound} of {sites} may be spoilt, found {sorted(spoilt)}")
        self._operations, self._found = operations, found
        self.colluders = tuple(sorted(found.colluders))
        self.agenda, self.moments = Agenda(), Moments(operations)
        self.rules = Rules(sites, bound, found.min_others)
        refusable = frozenset(a.name for a in ATTACKS.values() if a.refused)
        repeating = frozenset(a.name for a in ATTACKS.values() if a.repeats)
        self.watch = Watch(spoilt, refusable, repeating)
        slow = {op.site: op.factor for op in operations if isinstance(op, Slow)}
        self.network = Network(
            self.agenda, self.moments, found.salt, slow, doubles=frozenset(found.colluders)
        )
        self.machines: dict[str, list[Machine]] = {
            site: [self._machine(site, Disk())] for site in sites
        }
        self._routes: dict[tuple[str, str, int], Machine] = {}
        self._snapshots: dict[tuple[str, float], Disk] = {}
        self.adversary = Adversary(self, operations)
        skews = {op.party: op for op in operations if isinstance(op, Skew)}
        factor = skews[AGGREGATOR].factor if AGGREGATOR in skews else 1.0
        self.aggregator = Aggregator(
            self.rules, self.moments, self.agenda, self.adversary.post, self.adversary, factor
        )
        self.second = Aggregator(
            self.rules,
            self.moments,
            self.agenda,
            self.adversary.post_second,
            self.adversary.second_hand,
            1.0,
        )
        self.network.aggregators = (self.aggregator, self.second)
        self.doubles = {site: self._machine(site, Disk(), twin=True) for site in self.colluders}
        self._schedule()

    def machine_of(self, site: str, job: str, attempt: int) -> Machine:
        """Return the machine that answers for a site in an attempt: a clone takes every second."""
        machines = self.machines[site]
        return self._routes.setdefault(
            (site, job, attempt), machines[attempt % 2] if len(machines) > 1 else machines[0]
        )

    def split(self, job: str) -> Split | None:
        """Return how a job is run twice, or None."""
        splits = (op for op in self._operations if isinstance(op, Split) and op.job == job)
        return next(splits, None)

    def steps_of(self, job: str) -> int:
        """Return how many steps a job was announced with."""
        return next(
            op.steps for op in self._operations if isinstance(op, Announce) and op.job == job
        )

    def run(self) -> Outcome:
        """Let it happen to its end, or to the first violation."""
        try:
            while (action := self.agenda.next(HORIZON)) is not None:
                if self.agenda.done > MOST_EVENTS:
                    raise Violation(ENDED, f"{MOST_EVENTS} events and no end")
                action()
            endings = self._endings()
            self.watch.knowledge.check(self._found.min_others)
        except Violation as violation:
            done = self.agenda.done
            return Outcome({}, self.watch.attacks, done, {}, violation, done)
        settled = {job: frozenset(sites) for job, sites in self.watch.settled.items()}
        return Outcome(endings, self.watch.attacks, self.agenda.done, settled)

    def _endings(self) -> dict[str, Ending]:
        endings = {}
        second = {f"{job}, second run": end for job, end in self.second.endings.items()}
        for job, ending in (self.aggregator.endings | second).items():
            if ending is None:
                raise Violation(ENDED, f"job {job} is still under way")
            named = ending.waiting or ending.detail
            if ending.outcome != "released" and not (ending.kind and named):
                raise Violation(ENDED, f"job {job} {ending.outcome} without saying for whom")
            endings[job] = ending
        return endings

    def _machine(self, site: str, disk: Disk, twin: bool = False) -> Machine:
        operations = self._operations
        habits = Habits(
            frozenset(
                ATOMS[op.atom] for op in operations if isinstance(op, Withhold) and op.site == site
            ),
            max((op.min_others for op in operations if isinstance(op, Demand) and op.site == site),
                default=1),
            tuple(sorted(
                {op.other for op in operations if isinstance(op, Doubt) and op.site == site}
                - {site}
            )),
        )  # fmt: skip
        off = sum(op.seconds for op in operations if isinstance(op, Skew) and op.party == site)
        around = Surroundings(
            self.rules,
            self.moments,
            self.watch,
            self.network.to_aggregator,
            lambda: self.agenda.now + off,
            self._fell,
            self._found.patient,
        )
        return Machine(site, disk, habits, around, twin)

    def _fell(self, machine: Machine, down: float) -> None:
        if down < NEVER:
            self.agenda.after(down, partial(self._restart, machine))

    def _restart(self, machine: Machine) -> None:
        if not machine.up:
            machine.restart()
            self.network.fetch(machine)

    def _schedule(self) -> None:
        for operation in self._operations:
            match operation:
                case Announce(job, at, atoms, steps, width, invited):
                    chosen = tuple(ATOMS[place] for place in sorted(set(atoms)))
                    spec = Spec(job, chosen, steps, width)
                    sites = tuple(s for s in invited if s in self.machines) or self.rules.sites
                    self.agenda.after(at, partial(self._announce, spec, sites))
                case RollBack(site, to, at):
                    self.agenda.after(to, partial(self._snapshot, operation))
                    self.agenda.after(max(to, at), partial(self._roll_back, operation))
                case Clone(site, at):
                    self.agenda.after(at, partial(self._clone, site))
                case Refresh(site, at):
                    self.agenda.after(at, partial(self._refresh, site))
                case GiveUp(site, atom, at):
                    self.agenda.after(at, partial(self._give_up, site, ATOMS[atom]))

    def _announce(self, spec: Spec, sites: tuple[str, ...]) -> None:
        split = self.split(spec.job)
        if split is not None:
            apart = {site for site in split.sites if site in self.machines} - set(self.colluders)
            self.second.announce(spec, tuple(sorted(apart | set(self.colluders))))
            if not split.shared:
                sites = tuple(site for site in sites if site not in apart)
        if sites:
            self.aggregator.announce(spec, sites)

    def _snapshot(self, operation: RollBack) -> None:
        self._snapshots[operation.site, operation.to] = self.machines[operation.site][0].disk.copy()

    def _roll_back(self, operation: RollBack) -> None:
        machine = self.machines[operation.site][0]
        if machine.up:
            machine.disk = self._snapshots[operation.site, operation.to]
            machine.fall(1.0)

    def _clone(self, site: str) -> None:
        original = self.machines[site][0]
        if len(self.machines[site]) == 1:
            self.machines[site].append(self._machine(site, original.disk.copy(), twin=True))

    def _refresh(self, site: str) -> None:
        for machine in self.machines[site]:
            machine.edition += 1

    def _give_up(self, site: str, atom: str) -> None:
        for machine in self.machines[site]:
            if machine.up:
                machine.give_up(atom)
