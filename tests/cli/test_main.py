from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
import structlog
from click.testing import CliRunner

from monitor.cli import COMMANDS, cli

HEAVY = {"torch", "faiss", "sentence_transformers", "numpy", "aiohttp", "httpx", "sqlite_utils"}


def every_command(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    found = [(" ".join(path), command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found += every_command(below, (*path, name))
    return found


def test_help_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "monitor", "--help"], capture_output=True, text=True, check=True
    )
    imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert "click" in imported
    assert not imported & HEAVY
    assert "demo" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_in_the_listing_is_the_commands_own(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.get_short_help_str(limit=200) == COMMANDS[name][1]


def test_every_command_documents_itself_with_an_example() -> None:
    for path, command in every_command(cli):
        assert command.help, path
        if not isinstance(command, click.Group):
            assert "Example" in command.help, path
            assert f"monitor {path}" in command.help, path
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{path} {parameter.name}"


@pytest.mark.parametrize("path", [path for path, command in every_command(cli) if isinstance(command, click.Group)])
def test_no_line_of_a_listing_is_cut(path: str) -> None:
    listing = CliRunner().invoke(cli, [*path.split(), "--help"], terminal_width=80).output.partition("Commands:")[2]
    assert listing
    assert "..." not in listing


def test_an_error_is_one_message_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "run", "-c", "no-such-file.toml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no-such-file.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_refused() -> None:
    done = CliRunner().invoke(cli, ["rn"])
    assert done.exit_code == 2
    assert "rn" in done.output


def test_logs_stay_off_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    CliRunner().invoke(cli, ["rules", "check", str(tmp_path)])
    structlog.get_logger().warning("something is odd")

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "something is odd" in shown.err
