"""The socket on which a relay's process brings the turns of the aggregator."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from fedqi.errors import ConfigurationError, RemoteProtocolError
from site_agent.relay import LARGEST_TURN, RelayStub, Trust

PIECE = 1 << 20
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(trust: Trust, path: Path) -> AsyncIterator[RelayStub]:
    """Wait for turns on a Unix socket that only this account and its group can reach.

    Raises
    ------
    ConfigurationError
        When the socket cannot be made, or another agent listens on it.
    """
    stub = RelayStub(trust)
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        with contextlib.closing(writer), contextlib.suppress(RemoteProtocolError, OSError):
            writer.write(await stub.take(await _whole(reader)))
            await writer.drain()

    server = await _bound(serve, path)
    try:
        yield stub
    finally:
        server.close()
        path.unlink(missing_ok=True)
        stub.finish()
        # The last reply says that nothing is waited for any more.
        await asyncio.wait(
            {asyncio.create_task(asyncio.sleep(0)), *filter(None, serving)}, timeout=1
        )


async def _bound(serve: Serve, path: Path) -> asyncio.Server:
    if path.exists() and await _somebody_listens(path):
        raise ConfigurationError(
            f"{path}: another agent listens on this socket; stop it first, or name another one "
            "with the key 'relay'"
        )
    path.unlink(missing_ok=True)
    before = os.umask(0o117)
    try:
        return await asyncio.start_unix_server(serve, path)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: the socket cannot be made ({error.strerror or error}); choose another path "
            "with the key 'relay': short, and in a folder that this account may write"
        ) from None
    finally:
        os.umask(before)


async def _somebody_listens(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True


async def _whole(reader: asyncio.StreamReader) -> bytes:
    data = bytearray()
    while piece := await reader.read(PIECE):
        data += piece
        if len(data) > LARGEST_TURN:
            raise RemoteProtocolError("a turn is too large", round_name="relay")
    return bytes(data)
