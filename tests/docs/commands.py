"""Commands as the documents name them, looked up in the programs themselves."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click

PROGRAMS = {
    "fedqi": "fedqi.cli",
    "fedqi-site": "site_agent.cli",
    "fedqi-aggregator": "aggregator.cli",
}
BLOCK = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# A command up to where the shell takes over: a pipe, a redirection, a substitution's end.
COMMAND = re.compile(r"(?<![\w/.-])(fedqi(?:-site|-aggregator)?) ([^|;&)>\n]*)")


def shell(document: Path) -> str:
    """Return the shell blocks of a document, with continued lines joined."""
    blocks = BLOCK.findall(document.read_text("utf-8"))
    return re.sub(r"\\\n\s*", "", "\n".join(blocks))


def commands(document: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield program and arguments of every command of ours in the document's shell blocks."""
    for program, rest in COMMAND.findall(re.sub(r"\s+#.*", "", shell(document))):
        yield program, shlex.split(re.sub(r"\$\(.*$", "x", rest))


def problem(program: str, arguments: list[str]) -> str | None:
    """Return what the program does not know of these arguments, or None."""
    command: click.Command = import_module(PROGRAMS[program]).main
    with click.Context(command, info_name=program) as context:
        for word in arguments:
            if word.startswith("-"):
                if word.split("=")[0] not in options(command):
                    return f"{context.command_path} has no option {word}"
            elif isinstance(command, click.Group) and not value_of_option(command, arguments, word):
                found = command.get_command(context, word)
                if found is None:
                    return f"{program} has no command {word}"
                command = found
    return None


def options(command: click.Command) -> set[str]:
    """Return every spelling of every option, help included."""
    named = {spelling for parameter in command.params for spelling in parameter.opts}
    return named | {"--help", "--version"}


def value_of_option(command: click.Command, arguments: list[str], word: str) -> bool:
    """Whether the word belongs to the option before it."""
    before = arguments[arguments.index(word) - 1] if arguments.index(word) else ""
    taking = {
        spelling
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.is_flag
        for spelling in parameter.opts
    }
    return before in taking
