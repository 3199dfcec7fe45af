"""Judges an item of the stack's own checklist by the checks that it declares."""

from __future__ import annotations

from wizard.audit.context import Context, listed
from wizard.audit.live import live
from wizard.rules.text import one_line
from wizard.rules.wanted import amiss
from wizard.syntax.key_path import path_steps, value_at
from wizard.syntax.trouble import SyntaxTrouble
from wizard.values.declared import CommandCheck, Declared, FileCheck, KeyCheck, TextCheck, filled
from wizard.values.finding import Finding, Status
from wizard.values.lean import replace
from wizard.values.pattern import lazy_pattern
from wizard.values.source import Source

_TOML_LINE = lazy_pattern(r"\(at line (\d+)")


def switched_off(ctx: Context) -> Finding:
    """Returns the finding of an item that the stack's own checklist does not ask for."""
    off = ctx.item.off
    if off is None:
        raise ValueError(f"{ctx.item.id} is not switched off")
    return ctx.na(f"switched off for this stack: {off.reason}", off.source)


def declared(ctx: Context) -> Finding:
    """Judges what files decide; what has to run is decided by what was observed."""
    wrong = (_judged(ctx, one) for one in ctx.item.checks if not one.live)
    static = next((finding for finding in wrong if finding is not None), None)
    sources = tuple(_place(ctx, one) for one in ctx.item.checks)
    if ctx.item.live:
        return _with_trust(ctx, live(ctx, static, *sources))
    return static or ctx.met(_holds(ctx), *sources)


def _with_trust(ctx: Context, finding: Finding) -> Finding:
    """Says beside what is next that a command waits for trust, while nothing was observed."""
    runs = any(isinstance(one.kind, CommandCheck) for one in ctx.item.checks)
    if not runs or finding.observations or finding.status is not Status.UNKNOWN:
        return finding
    return replace(finding, hint=f"{finding.hint}; its command runs once you trust it: `stack-wizard trust`")


def _holds(ctx: Context) -> str:
    kinds = [one.kind for one in ctx.item.checks]
    paths = [_filled(ctx, kind.path) for kind in kinds if isinstance(kind, FileCheck | TextCheck | KeyCheck)]
    return f"{listed(list(dict.fromkeys(paths)))} {'is' if len(set(paths)) == 1 else 'are'} as the checklist asks"


def _place(ctx: Context, one: Declared) -> Source:
    """The file that decides, where there is one; else the line that asks."""
    kind = one.kind
    if isinstance(kind, FileCheck | TextCheck | KeyCheck) and ctx.facts.asked.get(_filled(ctx, kind.path)):
        return Source(_filled(ctx, kind.path))
    return one.source


def _filled(ctx: Context, text: str) -> str:
    return filled(text, ctx.name, ctx.folder)


def _judged(ctx: Context, one: Declared) -> Finding | None:
    """What is wrong by one check, None when it holds."""
    kind = one.kind
    if not isinstance(kind, FileCheck | TextCheck | KeyCheck):
        return None
    path = _filled(ctx, kind.path)
    there, here = ctx.facts.asked.get(path), Source(path)
    if there is None:
        return ctx.unknown(f"{path} was not looked for", one.source)
    if isinstance(kind, FileCheck):
        if there is kind.absent:
            return ctx.unmet(f"{path} is {'there' if there else 'not there'}", here, one.source)
        return None
    if not there:
        nothing_needed = kind.absent if isinstance(kind, KeyCheck) else not kind.text.contains
        return None if nothing_needed else ctx.unmet(f"{path} is not there", here, one.source)
    text = ctx.facts.texts.get(path)
    if text is None:
        return ctx.unknown(f"{path} cannot be read as text", here, one.source)
    if isinstance(kind, TextCheck):
        return _text(ctx, one, kind, path, text)
    return _key(ctx, one, kind, path, text)


def _text(ctx: Context, one: Declared, kind: TextCheck, path: str, text: str) -> Finding | None:
    wrong = amiss(kind.text, text, lambda said: _filled(ctx, said))
    if wrong is None:
        return None
    found = ctx.broken if wrong.line else ctx.unmet
    return found(f"{path} {wrong.words}", Source(path, wrong.line), one.source)


def _key(ctx: Context, one: Declared, kind: KeyCheck, path: str, text: str) -> Finding | None:
    key = _filled(ctx, kind.key)
    try:
        data = _data(path, text)
    except SyntaxTrouble as trouble:
        return ctx.unknown(
            f"{path} cannot be parsed: {one_line(trouble.message)}", Source(path, trouble.line), one.source
        )
    found = value_at(data, path_steps(key) or ())
    if found is None:
        return None if kind.absent else ctx.unmet(f"{path} has no key {key}", Source(path), one.source)
    if kind.absent:
        return ctx.broken(f"{path} has the key {key}", Source(path), one.source)
    wanted = tuple(_filled(ctx, value) if isinstance(value, str) else value for value in kind.equals)
    if not wanted or any(_same(found.value, value) for value in wanted):
        return None
    words = " or ".join(_shown(value) for value in wanted)
    # What stands there is not said: it may be a secret, and the line shows it to who may read the file.
    return ctx.broken(f"{key} in {path} is not {words}", Source(path), one.source)


def _same(value: object, wanted: object) -> bool:
    """Equal, and of one kind: `true` is no 1."""
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def _shown(value: object) -> str:
    import json  # for a stack with a checklist of its own

    return one_line(json.dumps(value, ensure_ascii=False), 80)


def _data(path: str, text: str) -> object:
    """Parses a file by its ending. Raises `SyntaxTrouble`."""
    if path.lower().endswith(".toml"):
        import tomllib

        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:  # TOMLDecodeError is a ValueError, as are odd surrogates
            line = _TOML_LINE.search(str(error))
            raise SyntaxTrouble(str(error), int(line[1]) if line else 0) from None
    from wizard.syntax.yaml import parse  # JSON is YAML, with positions for what is wrong in it
    from wizard.syntax.yaml_data import data

    return data(parse(text).root)
