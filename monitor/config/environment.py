"""The environment, and the config file's folder: what a value in config.toml may refer to. Secrets live only here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config.settings import Secret
from monitor.toml import Table, show

_SECRET = re.compile(r"token|password|secret|api_?key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a config file stands, and the environment variables that count."""

    folder: Path
    environ: Mapping[str, str]
    asks_nobody: bool = False
    """Nothing will be fetched or sent, so an empty secret does for one that is not there."""

    def secret(self, variable: str) -> Secret | None:
        value = self.environ.get(variable, "").strip()
        return Secret(value, variable) if value else None

    def needed(self, variable: str, table: Table, key: str | None, mend: str) -> Secret:
        """A secret that what stands at `key` of a table cannot do without; where it is not set, that is a problem."""
        secret = self.secret(variable)
        if secret is None and not self.asks_nobody:
            table.problem(key, f"the environment variable {variable} is not set", mend)
        return secret or Secret("")

    def path(self, table: Table, key: str, default: str | None = None) -> Path:
        value = table.text(key) if default is None else table.optional_text(key) or default
        try:
            return self.folder / Path(value).expanduser()
        except RuntimeError:
            table.problem(key, f"there is no home folder for {show(value)}", "write the whole path, without ~")
            return self.folder


def refuse_secrets(table: Table, mend: str) -> None:
    """Note every key of a table that looks like a secret: those come from the environment."""
    for key in table:
        if _SECRET.search(key) and key != "token_env":
            table.refuse(
                key, f"'{show(key)}' is a secret and must not stand in this file", f"delete it here, and {mend}"
            )
