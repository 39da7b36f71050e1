"""Holds a job against what was asked of the same data before."""

from fedqi.charter import JobSpec, check_questions
from fedqi.disclosure import Bound, Open
from site_agent.agent import Agent
from site_agent.jobs import all_records
from site_agent.work import read_spec


def check_asked(agent: Agent, spec: JobSpec) -> None:
    """Refuse a job that asks another question of atoms that are open or bound here.

    Checked when a job is announced, and again before each attempt: another job may have taken
    the atoms in between.

    Raises
    ------
    PolicyError
        Naming the measure.
    """
    history = agent.records.history
    taken = {str(a) for a, state in history.atoms.items() if isinstance(state, Open | Bound)}
    asking = {job for job, _ in history.attempts}
    earlier = [read_spec(record) for record in all_records(agent.state) if record.job in asking]
    check_questions(spec, taken, earlier)
