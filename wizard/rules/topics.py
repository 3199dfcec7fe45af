"""What a service's section in a runbook must tell, and the words that tell it, whatever the language."""

from __future__ import annotations

import re

from wizard.values.pattern import lazy_pattern

TOPICS = {
    "start": lazy_pattern(r"\bup\b|\bstart\b|\bstack deploy\b"),
    "stop": lazy_pattern(r"\bstop\b|\bdown\b|\bkill\b|\bscale \S+=0\b|\bservice rm\b"),
    "health": lazy_pattern(r"/health|\bHealth\b|\bhealth\b|\bps\b"),
    "logs": lazy_pattern(r"\blogs?\b"),
    "restore": lazy_pattern(
        r"restor|restart|recover|roll.?back|\brevert\b|wiederherst|zurücksetz|restaur|récup|ripristin|восстанов"
        r"|pg_restore|--force-recreate|復旧|恢复",
        re.IGNORECASE,
    ),
}
