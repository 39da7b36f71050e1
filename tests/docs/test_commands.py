"""Every command that a document names exists, with its options, and explains itself."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest

from tests.architecture import sources
from tests.docs.commands import PROGRAMS, commands, problem

DOCUMENTS = [file for file in sources.documents() if any(commands(file))]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda each: str(each.relative_to(sources.ROOT)))
def test_the_commands_of_a_document_exist(file: Path) -> None:
    assert [found for each in commands(file) if (found := problem(*each))] == []


def test_the_readme_names_all_programs() -> None:
    assert {program for program, _ in commands(sources.ROOT / "README.md")} == set(PROGRAMS)


@pytest.mark.parametrize(
    ("program", "arguments"),
    [("fedqi", ["frobnicate"]), ("fedqi", ["demo", "--frobnicate"]), ("fedqi-site", ["rum"])],
)
def test_a_wrong_command_is_noticed(program: str, arguments: list[str]) -> None:
    assert problem(program, arguments) is not None


def all_commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from all_commands(found, f"{path} {name}")


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_and_option_explains_itself(program: str) -> None:
    main = import_module(PROGRAMS[program]).main
    for path, command in all_commands(main, program):
        assert command.get_short_help_str(), path
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.help, f"{path} {parameter.opts[-1]}"
