"""The store: one SQLite file. One Python file per noun; a function is one transaction, or part of its caller's."""
