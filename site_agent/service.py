"""The service as a process: signals in, a clean end out."""

import asyncio
import contextlib
import signal

from site_agent.config import AgentConfig
from site_agent.faults import FaultPlan
from site_agent.runner import Until, serve


def run_service(config: AgentConfig, once: bool, until_job_ends: bool, faults: FaultPlan) -> None:
    """Run the agent until it is told to stop; SIGTERM and Ctrl-C end it cleanly."""
    until = Until.NOTHING_WAITS if once else Until.STOPPED
    until = Until.JOB_ENDS if until_job_ends else until
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_stoppable(config, until, faults))


async def _stoppable(config: AgentConfig, until: Until, faults: FaultPlan) -> None:
    task = asyncio.current_task()
    if task is not None:
        # Where the platform has no signal handlers in the loop, Ctrl-C still works.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await serve(config, until, faults)
