"""``fedqi-aggregator backup`` and ``restore``."""

from pathlib import Path

import click

from aggregator.backup import restore_backup, write_backup
from aggregator.commands import config_path, office
from aggregator.config import load_config

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.pass_context
def backup(context: click.Context, file: Path) -> None:
    """Write database and certificate authority into FILE, also while `serve` runs.

    Keep it as safe as the state directory: whoever has it can invite sites.
    """
    size = write_backup(office(context).config, file)
    click.echo(f"wrote {file}, {size:,} bytes, with the key of the certificate authority")


@click.command()
@click.argument("file", type=FILE)
@click.pass_context
def restore(context: click.Context, file: Path) -> None:
    """Put the backup FILE into an empty state directory.

    Sites notice, when the server runs again, that it is older than what they have seen: attempts
    that it does not remember are replaced by new ones.
    """
    config = load_config(config_path(context))
    restore_backup(config, file)
    click.echo(f"restored {file} into {config.state_directory}; start `fedqi-aggregator serve`")
