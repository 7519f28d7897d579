"""A folder of rules/*.toml -> candidates and claims, or every problem in it at once."""

from monitor.rulebook.load import check, load, read

__all__ = ["check", "load", "read"]
