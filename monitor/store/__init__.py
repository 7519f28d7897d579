"""The store: one SQLite file. One file per noun; each function takes an open Store and is one transaction or part of one."""
