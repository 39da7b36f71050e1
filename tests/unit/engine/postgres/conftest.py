from collections.abc import Iterator

import pytest

from tests.unit.engine.postgres.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("postgres"))
    yield running
    running.stop()
