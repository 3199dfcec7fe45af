"""Look-ups of frozen facts: kept beside the value, and made anew for what `replace` makes of it."""

from __future__ import annotations

from wizard.values.facts.compose import ComposeModel, ComposeService, DependsOn
from wizard.values.lean import replace
from wizard.values.source import Source

LINE = Source("compose.yaml", 1)


def block(key: str, *after: str) -> ComposeService:
    return ComposeService(key, declared=(LINE,), depends_on=tuple(DependsOn(name, "", LINE) for name in after))


def test_who_waits_for_a_service_through_others_and_in_a_circle() -> None:
    model = ComposeModel(
        services=(block("a"), block("b", "a"), block("c", "b", "gone"), block("d", "e"), block("e", "d"))
    )
    assert model.waiting_for("a") == {"b", "c"}
    assert model.waiting_for("d") == {"d", "e"}
    assert (model.waiting_for("c"), model.waiting_for("nobody")) == (frozenset(), frozenset())


def test_another_model_has_look_ups_of_its_own() -> None:
    model = ComposeModel(services=(block("a"), block("b", "a")))
    assert model.service("b") is not None
    assert model.waiting_for("a") == {"b"}
    other = replace(model, services=model.services[:1])
    assert (other.service("b"), other.waiting_for("a")) == (None, frozenset())
    assert model.service("b") is model.services[1]


def test_of_two_of_one_name_the_first_counts() -> None:
    services = (block("a"), block("a", "b"))
    assert ComposeModel(services=services).service("a") is services[0]


def test_look_ups_are_no_part_of_a_value() -> None:
    one, other = (ComposeModel(services=(block("a"),)) for _ in range(2))
    assert one.service("a")
    assert one == other
    assert "derived" not in repr(one)
