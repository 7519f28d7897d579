"""Structured logs: lines for people on a terminal, JSON for machines elsewhere. Written to standard error."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str, form: str) -> None:
    """`level`: debug, info, warning, error. `form`: auto (JSON when standard error is not a terminal), json or text."""
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    output: list[structlog.typing.Processor]
    if as_json:
        output = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=True)]
    else:
        # repr quotes control characters, so that a post cannot steer the terminal.
        output = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), repr_native_str=True)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *output,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        # Looked up each time: standard error may be another stream by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
