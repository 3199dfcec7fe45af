"""What went wrong, said like every other fact."""

from __future__ import annotations

from wizard.errors import WizardError
from wizard.plain.voice import Voice


def say_trouble(voice: Voice, trouble: WizardError) -> None:
    """What is wrong, where, and what to do about it."""
    where = f"{trouble.where}: " if trouble.where and trouble.where not in trouble.message else ""
    voice.say(f"This did not work: {where}{trouble.message}")
    if trouble.next_step:
        voice.say(f"  Next: {trouble.next_step}")
