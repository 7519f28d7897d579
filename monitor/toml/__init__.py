"""TOML files that people write by hand: their values, where each one stands, and every mistake in words that help.

`read` gives a Document; `Table` takes a document's values out one by one and collects what is wrong with them.
"""

from monitor.toml.document import Document, parse, read
from monitor.toml.excerpt import excerpt, with_excerpts
from monitor.toml.slip import show
from monitor.toml.table import Table, is_address

__all__ = ["Document", "Table", "excerpt", "is_address", "parse", "read", "show", "with_excerpts"]
