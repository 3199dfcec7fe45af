"""A runbook section in the form of its siblings: their labels and compose commands, never a sentence of theirs.

What a sibling's section says in words is true of the sibling (what it keeps, how it is restored, what on which port);
only how it is laid out can be taken over. Sentences come from the stack's template.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from wizard.plan.context import PlanContext
from wizard.rules.topics import TOPICS
from wizard.values.facts.documents import Section
from wizard.values.facts.stack import ServiceFacts
from wizard.values.pattern import lazy_pattern

LONGEST_SECTION = 60
"""Lines; a longer section tells a story of its own."""
LABEL_WORDS = 3
_LABEL = lazy_pattern(
    r"(?P<mark>\s*(?:[-*+]\s+|\d+[.)]\s+|\|\s*)?)(?P<label>[^`|:]*?)(?P<colon>\s*(?::\**|\|)\s*|(?=`)|$)"
)
_BOLD = lazy_pattern(r"(\*\*|__)([^*_`]+)\1")
_CODE = lazy_pattern(r"(`+)(.+?)\1")
_FENCE = lazy_pattern(r"\s*(?:`{3,}|~{3,})")
_ALIAS = lazy_pattern(r"^\s*alias ([\w-]+)=(['\"])(docker[ -]compose\b.*?)\2", re.MULTILINE)
"""A name that the runbook itself gives Compose: its sections say `dc up -d` then."""
_COMPOSE = (
    r"(?:\$ )?(?:sudo )?(?:docker(?:-compose| compose)?{names})"
    r"(?: (?:-f|--file|-p|--project-name) \S+| --?[\w-]+(?:=\S+)?)*"
    r" (?:up|start|stop|restart|kill|rm|build|pull|logs|ps|inspect|down)\b[^|;&<>$`]*"
)
_CURL = lazy_pattern(
    r"(?P<before>(?:\$ )?curl\b[^|;&<>`]*?(?<=[ '\"/])[\w.-]+:)(?P<port>\d+)(?P<path>/[^\s'\"]*)?(?P<after>['\"]?)\s*"
)


def like_siblings(
    ctx: PlanContext,
    text: str,
    siblings: list[tuple[Section, ServiceFacts]],
    heading: str,
    plain: str,
    health: str,
    renamed: Callable[..., str],
) -> str:
    """Returns the section, '' when no sibling's form tells all five topics.

    `plain`: the section as the template has it. `health`: the path that answers for the service, '' when none is known.
    `renamed(line, name)`: a line with another service's name exchanged for this one's.
    """
    for section, sibling in reversed(siblings):
        lines = text.replace("\r\n", "\n").split("\n")[section.source.line - 1 : section.end_line]
        if len(lines) > LONGEST_SECTION:
            continue
        size = 2 if len(lines) > 1 and re.fullmatch(r"\s*(=+|-+)\s*", lines[1]) else 1
        form = _Form(ctx, sibling, plain, health, renamed, {name: command for name, _, command in _ALIAS.findall(text)})
        body = re.sub(r"\n{3,}", "\n\n", "\n".join(form.lines(lines[size:]))).strip("\n")
        told = all(table.name in body for table in ctx.spec.tables)
        if told and not form.refused and all(pattern.search(body) for pattern in TOPICS.values()):
            return f"### {heading}\n\n{body}\n"
    return ""


class _Form:
    """One sibling's lines turned into this service's. `refused`: something that must be told has no command that could
    be taken."""

    def __init__(
        self,
        ctx: PlanContext,
        sibling: ServiceFacts,
        plain: str,
        health: str,
        renamed: Callable[..., str],
        aliases: Mapping[str, str],
    ) -> None:
        self.ctx = ctx
        self.sibling = sibling
        self.health = health
        self.renamed = renamed
        self.intro = plain.split("\n\n")[1]
        self.compose = re.compile(_COMPOSE.format(names="".join(f"|{re.escape(name)}" for name in aliases)))
        self.restore = _restore(ctx, next(line for line in plain.split("\n") if "--force-recreate" in line), aliases)
        self.refused = False

    def lines(self, lines: list[str]) -> Iterator[str]:
        """Yields the lines to write: labels and commands for this service, the template's sentence for the
        sibling's.
        """
        fenced, taken, told = False, 0, False
        for at, line in enumerate(lines):
            if re.fullmatch(r"\s*([-*_]\s*){3,}", line):
                continue
            if _FENCE.match(line):
                self.refused |= fenced and not taken
                fenced, taken = not fenced, 0
                yield line
            elif fenced or line.startswith(("    ", "\t")):
                made = self.command(line)
                taken += made is not None
                yield from () if made is None else (made,)
            elif not line.strip() or line.startswith("|"):
                yield line if not line.strip("| :-") else self.labelled(line)
            elif line.startswith("#") or "`" in line or self.is_label(line) or _is_title(lines[at:]):
                yield self.labelled(line)
            elif not told:
                told = True
                yield self.intro

    def is_label(self, line: str) -> bool:
        """Returns True for a line that is no sentence: a short label with a colon, whatever stands behind it."""
        found = _LABEL.match(line)
        return bool(found and ":" in found["colon"] and _is_short(found["label"]))

    def labelled(self, line: str) -> str:
        """Returns a label with its commands; words behind it are left out, those of restoring are replaced."""
        found = _LABEL.match(line)
        if line.startswith("#"):
            return self.named(line) if _is_short(line.strip("# ")) else ""
        if not found or not _is_short(found["label"]):
            return ""
        rest = line[found.end() :]
        start = self.named(found["mark"] + found["label"]) + found["colon"]
        made = [self.command(match[2]) for match in _CODE.finditer(rest)]
        kept = [f"`{command}`" for command in made if command]
        end = " |" if line.rstrip().endswith("|") else ""
        restores = TOPICS["restore"].search(found["label"])
        if kept and not re.search(r"\w", _CODE.sub("", rest)) and not (restores and self.ctx.spec.tables):
            return start + ", ".join(kept) + end
        if restores:
            return f"{start.rstrip()} {self.restore}{end}"
        if kept:
            return start + ", ".join(kept) + end
        self.refused |= bool(made) and any(pattern.search(line) for pattern in TOPICS.values())
        return "" if rest.strip() else start.rstrip()

    def command(self, line: str) -> str | None:
        """Returns a command of the sibling's for this service; None for one that is not about a container or its
        health.
        """
        code, comment = (*re.split(r"(?=\s+#\s|^\s*#\s)", line, maxsplit=1), "")[:2]
        bare = code.strip()
        if not bare:
            return self.named(line) if _is_short(comment.strip("# \t")) else None
        curl = _CURL.fullmatch(bare)
        if curl:
            block = self.sibling.compose
            if not self.health or not block or int(curl["port"]) not in {port.published for port in block.ports}:
                return None
            made = f"{curl['before']}{self.ctx.spec.port}{self.health}{curl['after']}"
        elif self.compose.fullmatch(bare) and self.named(bare) != bare:
            made = self.named(bare)
        else:
            return None
        comment = comment if set(re.findall(r"\w+", comment.lower())) <= {self.sibling.name.lower()} else ""
        return code[: len(code) - len(code.lstrip())] + made + self.named(comment)

    def named(self, text: str) -> str:
        """Returns the text with container, key and name of the sibling exchanged for this service's."""
        block = self.sibling.compose
        if block and block.container_name:
            container = re.escape(block.container_name.value)
            text = re.sub(rf"(?<![\w-]){container}(?![\w-])", _container(self.ctx), text)
        if block:
            text = re.sub(rf"(?<![\w-]){re.escape(block.key)}(?![\w-])", self.ctx.key, text)
        return self.renamed(text, self.sibling.name)


def _restore(ctx: PlanContext, command: str, aliases: Mapping[str, str]) -> str:
    """How the service is restored, in the names that the runbook has for Compose: its rows first, if it has any."""
    for name, expansion in aliases.items():
        if expansion.split() == ctx.shape.compose_command.split():
            command = command.replace(ctx.shape.compose_command, name, 1)
    tables = ", ".join(f"`{table.name}`" for table in ctx.spec.tables)
    return f"bring {tables} back from a dump, then `{command}`" if tables else f"`{command}`"


def _is_title(lines: list[str]) -> bool:
    """True when the first line is a short label in bold above code; above anything else it may be a sentence."""
    bold = _BOLD.fullmatch(lines[0].strip())
    code = next((line for line in lines[1:] if line.strip()), "")
    return bool(bold and _is_short(bold[2]) and (_FENCE.match(code) or code.startswith(("    ", "\t"))))


def _is_short(label: str) -> bool:
    """True for a label: a few words and no figure."""
    return len(label.split()) <= LABEL_WORDS and not re.search(r"\d", label)


def _container(ctx: PlanContext) -> str:
    block = ctx.service.compose if ctx.service else None
    if block is not None:
        return block.container_name.value if block.container_name else block.key
    return ctx.shape.container_name or ctx.key
