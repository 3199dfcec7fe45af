from __future__ import annotations

from wizard.output.style import Style, columns, wrapped


def test_a_line_that_fits_stays_as_it_is() -> None:
    assert list(wrapped("  two  spaces ", 80)) == ["  two  spaces "]


def test_a_long_line_is_broken_at_spaces_below_its_beginning() -> None:
    line = "    next: " + "word " * 30
    pieces = list(wrapped(line.rstrip(), 50))
    assert all(len(piece) <= 50 for piece in pieces)
    assert pieces[0].startswith("    next: word")
    assert all(piece.startswith("      word") for piece in pieces[1:])
    assert " ".join(" ".join(pieces).split()) == " ".join(line.split())


def test_a_path_longer_than_the_terminal_stays_whole() -> None:
    path = "services/" + "long_" * 20 + "name.py:12"
    assert f"    {path}" in list(wrapped(f"  see {path} there", 60))


def test_colours_take_no_columns_and_wide_characters_take_two() -> None:
    painted = Style(colour=True).paint("x" * 40, "red")
    assert columns(painted) == 40
    assert list(wrapped(painted, 40)) == [painted]
    assert columns("状態") == 4


def test_a_terminal_too_narrow_to_read_is_left_alone() -> None:
    assert list(wrapped("word " * 20, 10)) == ["word " * 20]
