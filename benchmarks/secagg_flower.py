"""Flower's SecAgg+: its client mod and its server workflow over a grid in this process.

It needs flwr, hence an environment of its own (:mod:`benchmarks.competitors`).
"""

import logging
import sys
from collections.abc import Iterable

import flwr
import numpy as np
from flwr.app import ConfigRecord, Context, Error, Message, RecordDict
from flwr.client.mod import secaggplus_mod
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters
from flwr.common.constant import SUPERLINK_NODE_ID, ErrorCode
from flwr.common.secure_aggregation.secaggplus_constants import RECORD_KEY_CONFIGS, Key, Stage
from flwr.common.serde import message_from_proto, message_to_proto
from flwr.compat.common import recorddict_compat
from flwr.proto.message_pb2 import Message as MessageProto
from flwr.server import workflow
from flwr.server.client_manager import SimpleClientManager
from flwr.server.compat.grid_client_proxy import GridClientProxy
from flwr.server.compat.legacy_context import LegacyContext
from flwr.server.strategy import FedAvg
from flwr.server.workflow.constant import MAIN_CONFIGS_RECORD, MAIN_PARAMS_RECORD
from flwr.server.workflow.constant import Key as RoundKey
from flwr.supercore.task_identity import TaskIdentity

from benchmarks.secagg_cost import Cost
from benchmarks.stopwatch import Stopwatch, undisturbed

SERVER, STEP, WIRE = "server", "step", "wire"
RUN_ID = 1
TOLERANCE = 1e-4  # a number in [-8, 8] is rounded to one of 2^22 steps


class Grid:
    """Hands messages to clients in this process, and charges every party for its own work.

    Each message crosses as the bytes of Flower's own format, which are charged to nobody.

    Parameters
    ----------
    sites
        Node ids are 1 to that.
    values
        What every client contributes.
    dropped
        The last clients fail before their first masked input.
    """

    def __init__(self, sites: int, values: np.ndarray, dropped: int) -> None:
        self.watch = Stopwatch()
        self._contexts = {
            node: Context(RUN_ID, node, {}, RecordDict(), {}) for node in range(1, sites + 1)
        }
        self._last = sites - dropped
        self._values = values

    def send_and_receive(
        self, messages: Iterable[Message], *, timeout: float | None = None
    ) -> list[Message]:
        """Return every client's answer, or its failure."""
        return [self.watch.time(WIRE, STEP, self._ask, message) for message in messages]

    def _ask(self, message: Message) -> Message:
        node = message.metadata.dst_node_id
        stage = message.content.config_records[RECORD_KEY_CONFIGS][Key.STAGE]
        sent = self._across("down", message)
        if node > self._last and stage == Stage.COLLECT_MASKED_VECTORS:
            return Message(Error(ErrorCode.UNKNOWN, "dropped"), reply_to=sent)
        context = self._contexts[node]
        answer = self.watch.time(str(node), STEP, secaggplus_mod, sent, context, self._fit)
        return self._across("up", answer)

    def _across(self, direction: str, message: Message) -> Message:
        text = message_to_proto(message).SerializeToString()
        self.watch.count(direction, STEP, len(text))
        return message_from_proto(MessageProto.FromString(text))

    def _fit(self, message: Message, context: Context) -> Message:
        result = FitRes(Status(Code.OK, ""), ndarrays_to_parameters([self._values]), 1, {})
        return Message(
            recorddict_compat.fitres_to_recorddict(result, keep_input=False), reply_to=message
        )


def measure(sites: int, length: int, dropped: int, threshold: int) -> Cost:
    """Run one step on the complete graph.

    Parameters
    ----------
    sites
        n; each holds a share of every other.
    length
        Floats of the vector.
    dropped
        Clients that fail before their first masked input.
    threshold
        Shares that rebuild a secret.
    """
    TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, RUN_ID, SUPERLINK_NODE_ID
    logging.getLogger("flwr").setLevel(logging.ERROR)
    values = np.linspace(-1, 1, length, dtype=np.float32)
    grid = Grid(sites, values, dropped)
    context = _server_context(grid, sites, values)
    secagg = workflow.SecAggPlusWorkflow(sites, threshold, max_weight=1.0)
    with undisturbed():
        grid.watch.time(SERVER, STEP, secagg, grid, context)
    _check(context, values)
    return _cost(grid.watch, sites, dropped)


def _server_context(grid: Grid, sites: int, values: np.ndarray) -> LegacyContext:
    manager = SimpleClientManager()
    for node in range(1, sites + 1):
        manager.register(GridClientProxy(node, grid, RUN_ID))
    strategy = FedAvg(min_fit_clients=sites, min_available_clients=sites)
    state = RecordDict()
    zeros = ndarrays_to_parameters([np.zeros_like(values)])
    state[MAIN_PARAMS_RECORD] = recorddict_compat.parameters_to_arrayrecord(zeros, True)
    state[MAIN_CONFIGS_RECORD] = ConfigRecord({str(RoundKey.CURRENT_ROUND): 1})
    context = Context(RUN_ID, SUPERLINK_NODE_ID, {}, state, {})
    return LegacyContext(context, strategy=strategy, client_manager=manager)


def _check(context: LegacyContext, values: np.ndarray) -> None:
    mean = context.state.array_records[MAIN_PARAMS_RECORD].to_numpy_ndarrays()[0]
    if not np.allclose(mean, values, atol=TOLERANCE):
        raise ArithmeticError("Flower's mean is not that of what the clients sent")


def _cost(watch: Stopwatch, sites: int, dropped: int) -> Cost:
    seconds, sizes = watch.seconds, watch.sizes
    clients = {node: seconds[str(node), STEP] for node in range(1, sites + 1)}
    staying = [clients[node] for node in range(1, sites - dropped + 1)]
    server = seconds[SERVER, STEP]
    return Cost(
        system="flwr",
        client_cpu_s=sum(staying) / len(staying),
        server_cpu_s=server,
        total_cpu_s=sum(clients.values()) + server,
        bytes_up=sizes["up", STEP],
        bytes_down=sizes["down", STEP],
        notes={"version": flwr.__version__, "run": "one step, once; all its steps are alike"},
    )


if __name__ == "__main__":
    print(measure(*map(int, sys.argv[1:])).to_json())
