"""What a click asks for, and who does it: one table for every button, menu entry, form, shortcut and command.

A flow that changes something performs an `Action` (desk/perform.py) in one transaction, which also marks the click as
handled. A flow that only shows something shows it first, because a trigger lives for three seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from monitor.desk.payload import Command, Pressed, Shortcut, Submitted
from monitor.desk.wiring import Asker, Desk
from monitor.model import Click

PressFlow = Callable[[Desk, Asker, Pressed], Awaitable[None]]
FormFlow = Callable[[Desk, Asker, Submitted], Awaitable[None]]
ShortcutFlow = Callable[[Desk, Asker, Shortcut], Awaitable[None]]
CommandFlow = Callable[[Desk, Asker, Command], Awaitable[None]]

PRESSED: Mapping[str, PressFlow] = {}
"""By action id. The overflow menu's entries are in MENU, by the word before the `|`."""
MENU: Mapping[str, PressFlow] = {}
FORMS: Mapping[str, FormFlow] = {}
"""By callback id."""
SHORTCUTS: Mapping[str, ShortcutFlow] = {}
COMMANDS: Mapping[str, CommandFlow] = {}
"""By the first word behind /monitor; the flow gets the rest as `text`."""


async def handle(click: Click, desk: Desk) -> None:
    """Do what a click asks for: read it, ask whether its presser may, do it, and mark it handled."""
    raise NotImplementedError
