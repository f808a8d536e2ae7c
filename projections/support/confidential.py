"""The events that only the readers of a concern see: no other read model has a row of them."""

from typing import get_args

from domain.support import concern

# Their names, and the condition that an event is none of them: neither by its name nor by its stream. So a kind of
# event that is added to the stream is confidential until it is named as open.
CONFIDENTIAL = ", ".join(f"'{kind.__name__}'" for kind in get_args(concern.Event) if kind not in concern.OPEN)
_OPEN = ", ".join(f"'{kind.__name__}'" for kind in concern.OPEN)
SHOWN = (
    f"({{name}} NOT IN ({CONFIDENTIAL}) AND (NOT starts_with({{stream}}, '{concern.PREFIX}') OR {{name}} IN ({_OPEN})))"
)
