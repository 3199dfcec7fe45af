"""An alias of an anchor that is there (`<<: *service`, `logging: *rotated`), put into a block mapping and proven."""

from __future__ import annotations

from wizard.plan.splice import yaml_places as places
from wizard.plan.splice.text import Cut, SpliceRefused, apply, line_start, newline_at
from wizard.plan.splice.yaml import YamlEdit
from wizard.plan.splice.yaml_find import Path, find, walk_path, words
from wizard.plan.splice.yaml_proof import prove
from wizard.syntax.yaml import YamlDocument, get

MERGE = "<<"


def add_alias(document: YamlDocument, path: Path, key: str, anchor: str) -> YamlEdit:
    """Adds `key: *anchor` to the block mapping at `path`: a merge before its first key, any other behind its last."""
    paste = f"{key}: *{anchor}\n"
    mapping = find(document, path, paste)
    if mapping is None or mapping.kind != "mapping" or mapping.style != "block":
        raise SpliceRefused(f"{words(path)} is not written as a block", paste, mapping.line if mapping else 0)
    if get(mapping, key) is not None:
        raise SpliceRefused(f"{key} is already there", paste, mapping.line)
    text = document.text
    col = places.column_of_keys(text, mapping, paste)
    line = f"{' ' * col}{key}: *{anchor}"
    if key == MERGE:
        start = line_start(text, mapping.pairs[0][0].start)
        cut = Cut(start, start, line + newline_at(text, start))
    else:
        cut = places.append_cut(text, mapping, col, [line])
    splice = apply(text, [cut])
    after = prove(document, splice, (), paste)
    made = get(walk_path(after, path), key)
    if made is None or made.kind != "alias" or made.value != anchor:
        raise SpliceRefused("the change would not read back as what was meant", paste, splice.line)
    return YamlEdit(after, splice)
