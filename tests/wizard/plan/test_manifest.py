"""The manifest's text: what `session` reads of it is the manifest it was written from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from wizard.plan.context import PlanContext
from wizard.plan.manifest import manifest_text, plan_manifest, scalar
from wizard.session.manifest_file import read_manifest
from wizard.values.facts.stack import ServiceFacts
from wizard.values.spec import Manifest, ServiceSpec, VerifiedItem, Waiver


def test_it_reads_back_as_it_was(specs: dict[str, ServiceSpec]) -> None:
    for spec in specs.values():
        clean = replace(spec, purpose=" ".join(spec.purpose.replace("\x1b", "").split()))
        manifest = Manifest(
            1,
            clean,
            (Waiver("2.3", "no: registry # here", "A <a@b.c>", "2026-11-24"),),
            (VerifiedItem("7.1", True, "curl -i", "200 {}", "embedded", "2026", "abc", "f" * 64, 0.25),),
        )
        assert read_manifest(manifest_text(manifest), "x") == manifest


@given(
    st.one_of(st.text(alphabet=st.characters(codec="utf-8"), max_size=40), st.booleans(), st.integers(-99999, 99999))
)
def test_a_scalar_is_the_same_value_in_yaml(value: str | bool | int) -> None:
    assert YAML(typ="safe").load(f"key: {scalar(value)}\n")["key"] == value


def test_words_that_yaml_takes_for_something_else_are_quoted() -> None:
    for word in (
        "yes",
        "No",
        "null",
        "~",
        "1.0",
        "0x1",
        "2026-01-01",
        "",
        " a",
        "a: b",
        "a #b",
        "*a",
        "- a",
        "=",
        "<<",
    ):
        assert YAML(typ="safe").load(f"key: {scalar(word)}\n")["key"] == word
        assert YAML(typ="rt").load(f"key: {scalar(word)}\n")["key"] == word


def test_it_is_planned_once(specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]) -> None:
    spec = specs["plain"]
    edit = plan_manifest(context_of(spec).facts, spec)
    assert edit is not None
    assert edit.path == ".stack-wizard/services/signals.yaml"
    assert edit.after is not None
    after = context_of(spec, {edit.path: edit.after})
    assert plan_manifest(after.facts, spec) is None


def test_waivers_and_record_of_the_facts_are_kept(
    specs: dict[str, ServiceSpec], context_of: Callable[..., PlanContext]
) -> None:
    spec = specs["plain"]
    kept = Manifest(1, spec, (Waiver("2.3", "why", "me", "2026-11-24"),))
    service = ServiceFacts(spec.name, "services/signals", manifest=kept)
    edit = plan_manifest(context_of(spec, {}, service).facts, spec)
    assert edit is not None
    assert read_manifest(edit.after or "", "x") == kept
