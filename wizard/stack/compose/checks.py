"""What is wrong with a Compose file as YAML: no YAML at all, an unfinished merge, doubled keys, alias bombs."""

from __future__ import annotations

from wizard.rules.merge_markers import UNFINISHED, conflict_line
from wizard.rules.text import undecoded
from wizard.syntax.trouble import SyntaxTrouble
from wizard.syntax.yaml import Node, YamlDocument, parse, walk
from wizard.syntax.yaml_data import doubled_keys, resolve
from wizard.values.source import Problem, Source

MAX_NODES = 1_000_000
_POINTER = "version https://git-lfs.github.com/spec/v1"


def sentence(trouble: SyntaxTrouble, text: str) -> str:
    """Returns what is wrong with a Compose file, in one sentence."""
    if not trouble.line or trouble.message == UNFINISHED:
        return trouble.message
    lines = text.split("\n")
    wrong = lines[trouble.line - 1] if 0 < trouble.line <= len(lines) else ""
    if "\t" in wrong[: len(wrong) - len(wrong.lstrip())]:
        return f"a tab indents this line, which YAML forbids ({trouble.message})"
    return f"not valid YAML: {trouble.message}"


def checked(text: str, path: str) -> tuple[tuple[Node, ...], tuple[Problem, ...], tuple[Node, ...]]:
    """Returns the documents of a text, what is wrong with them, and the values that need a variable.

    Raises `SyntaxTrouble` where there is nothing to be read.
    """
    if line := conflict_line(text):
        raise SyntaxTrouble(UNFINISHED, line)
    if text.startswith(_POINTER):
        raise SyntaxTrouble("this is a Git LFS pointer, the file itself was not fetched (`git lfs pull`)")
    if undecoded(text) is not None:
        raise SyntaxTrouble("it is not UTF-8")
    document = parse(text, several=True)
    problems, variables = check(document, path)
    roots = (root for root in (resolve(document.root), *document.later) if root is not None)
    return tuple(roots), problems, variables


def check(document: YamlDocument, path: str) -> tuple[tuple[Problem, ...], tuple[Node, ...]]:
    """Finds the doubled keys, as problems, and the values with a `${`, which need a variable.

    Raises `SyntaxTrouble` for an alias bomb or an alias inside what it names.
    """
    nodes = [node for root in (document.root, *document.later) for node in walk(root)]
    if document.aliases:
        sizes = _Sizes()
        for root in (document.root, *document.later):
            sizes.of(root)
    message = "the key {!r} is there twice, first in line {}"
    twice = tuple(
        Problem(message.format(second.value, first.line), Source(path, second.line), refused=True)
        for first, second in doubled_keys(nodes)
    )
    return twice, _variables(nodes) if "${" in document.text else ()


def _variables(nodes: list[Node]) -> tuple[Node, ...]:
    values = (node for parent in nodes for node in (*parent.items, *(value for _, value in parent.pairs)))
    return tuple(node for node in values if node.kind == "scalar" and "${" in node.value)


class _Sizes:
    """How many nodes a node stands for once its aliases are followed; each node is visited once."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}
        self.open: set[int] = set()

    def of(self, node: Node | None) -> int:
        """Returns the size. Raises `SyntaxTrouble` beyond `MAX_NODES` and for a circle."""
        if node is None or node.kind == "scalar":
            return 1
        if node.kind == "alias":
            return self.of_alias(node)
        if id(node) not in self.known:
            self.open.add(id(node))
            size = 1 + sum(map(self.of, node.items)) + sum(1 + self.of(value) for _, value in node.pairs)
            self.open.discard(id(node))
            if size > MAX_NODES:
                raise SyntaxTrouble(f"its aliases unfold to more than {MAX_NODES} values: not read", node.line)
            self.known[id(node)] = size
        return self.known[id(node)]

    def of_alias(self, node: Node) -> int:
        """Returns the size of what an alias means."""
        if id(node.target) in self.open:
            raise SyntaxTrouble(f"the alias *{node.value} stands inside what it names", node.line)
        return self.of(node.target)
