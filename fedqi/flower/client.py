"""The ClientApp: hands a turn of the aggregator to the hospital's agent, and its reply back.

Flower starts a process per message and gives this code to it. It holds no key and no secret; the
agent, a service of its own, keeps both and decides what it answers.
"""

from flwr.app import Context, Message
from flwr.clientapp import ClientApp

from fedqi.flower.courier import exchange
from fedqi.flower.records import ACTION, SOCKET, read_bytes, record


def relay(message: Message, context: Context) -> Message:
    """Answer a query of the aggregator with what the agent says."""
    path = context.node_config.get(SOCKET)
    if not isinstance(path, str):
        raise ValueError(
            f"the SuperNode names no socket; start it with --node-config '{SOCKET}="
            "\"/path/relay.sock\"', the path that the agent's configuration has as 'relay'"
        )
    reply = exchange(path, read_bytes(message.content))
    return Message(record(reply), reply_to=message)


app = ClientApp()
app.query(ACTION)(relay)
