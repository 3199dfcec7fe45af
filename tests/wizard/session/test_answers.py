"""An answers file is understood as a whole, or everything that is wrong in it is named at once."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wizard.errors import UsageError
from wizard.session.answers import check_spec, load_answers, to_spec
from wizard.values.facts.code import PythonFile, RedisUse
from wizard.values.facts.compose import ComposeModel, ComposeService
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.profile import Detected, Profile
from wizard.values.source import Source
from wizard.values.spec import (
    Channel,
    Column,
    Deploy,
    EventField,
    Inferred,
    Manifest,
    ServiceSpec,
    Table,
    Variable,
)

FULL = """\
name: market
purpose: Turns prices into signals
port: 8005
inputs:
  - name: market_data
    fields:
      - {name: symbol, type: str, description: the ticker}
      - {name: price, type: float}
outputs: [{name: signals}]
tables:
  - name: signals
    columns: [{name: symbol}, {name: price, type: double precision, nullable: true}]
seed: true
handler: decide
variables: [{name: MARKET_LIMIT, default: "5", description: most}]
talks_to: [db_writer]
base_image: "python:3.11-slim@sha256:abababababababababababababababababababababababababababababababab"
kind: both
delivery: at-least-once
"""
SPEC = ServiceSpec(
    name="market",
    purpose="Turns prices into signals",
    port=8005,
    inputs=(Channel("market_data", (EventField("symbol", "str", "the ticker"), EventField("price", "float"))),),
    outputs=(Channel("signals"),),
    tables=(Table("signals", (Column("symbol"), Column("price", "double precision", True))),),
    seed=True,
    handler="decide",
    variables=(Variable("MARKET_LIMIT", "5", "", "most"),),
    talks_to=("db_writer",),
    kind="both",
    delivery="at-least-once",
    base_image="python:3.11-slim@sha256:abababababababababababababababababababababababababababababababab",
)


def _wrong(text: str, origin: str = "answers.yaml") -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_answers(text, origin)
    assert caught.value.exit_code == 2
    assert caught.value.next_step
    return caught.value


def _facts(*names: str, tables: dict[str, str] | None = None) -> StackFacts:
    services = []
    for name in names:
        owned = tuple(Table(table) for table, owner in (tables or {}).items() if owner == name)
        manifest = Manifest(1, ServiceSpec(name, "p", 8001, tables=owned)) if owned else None
        services.append(ServiceFacts(name, f"services/{name}", manifest=manifest))
    compose = ComposeModel(services=(ComposeService("cdb_redis", ()), ComposeService("cdb_taken", ())))
    return StackFacts("/", Detected(Profile(prefix="cdb_"), {}), compose, tuple(services), None, None, (), None)


def test_everything_that_can_be_answered() -> None:
    answers = load_answers(f"{FULL}own_role: true\ndeploy: {{replicas: 2}}\n", "answers.yaml")
    assert answers.spec == replace(SPEC, own_role=True, deploy=Deploy(replicas=2))
    assert set(answers.given) == set(ServiceSpec.__dataclass_fields__)


def test_json_is_read_too() -> None:
    text = '{"purpose": "x", "inputs": [{"name": "a", "fields": [{"name": "b", "type": "int"}]}]}'
    answers = load_answers(text, "answers.json")
    assert answers.given == ("purpose", "inputs")
    assert answers.spec.inputs == (Channel("a", (EventField("b", "int"),)),)


def test_all_errors_at_once_with_their_lines() -> None:
    text = (
        "nme: market\n"
        "purpos: x\n"
        "inputs:\n"
        '  - name: "a b"\n'
        "    fields:\n"
        "      - nam: x\n"
        "        type: txt\n"
        "      - name: id\n"
        "  - 5\n"
        'port: "8005"\n'
        "seed: yes\n"
        "tables: {}\n"
        "handler: class\n"
    )
    message = _wrong(text).message
    for part in (
        "line 1: unknown key 'nme' (did you mean 'name'?)",
        "line 2: unknown key 'purpos' (did you mean 'purpose'?)",
        "line 4: inputs[0].name: 'a b'",
        "line 6: inputs[0].fields[0]: the key 'name' is missing",
        "line 6: inputs[0].fields[0]: unknown key 'nam' (did you mean 'name'?)",
        "line 7: inputs[0].fields[0].type: must be 'str', 'int', 'float' or 'bool'",
        "line 8: inputs[0].fields[1].name: 'id' is in every event already",
        "line 9: inputs[1]: must be a group of keys, not 5",
        'line 10: port: must be a whole number, not "8005"',
        'line 11: seed: must be true or false, not "yes"',
        "line 12: tables: must be a list, not a group of keys",
        "line 13: handler: 'class' is a Python keyword",
        "the key 'purpose' is missing",
    ):
        assert part in message
    assert "stand_in" not in message
    assert message.count("; ") == 12
    assert _wrong(text).where == "answers.yaml:1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "not valid YAML: line 2"),
        ("a: 1\na: 2\n", "'a' is there twice, first in line 1"),
        ("- a\n", "not a group of keys"),
        ("just text", "not a group of keys"),
        ("\ta: 1", "not valid YAML"),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("purpose: 5\n", "purpose: must be text"),
        ("purpose: null\n", "not nothing"),
        ("purpose: .nan\n", "must be text"),
        ("purpose: x\nport: 8005.5\n", "port: must be a whole number"),
        ("purpose: x\nport: true\n", "port: must be a whole number"),
        ("purpose: x\nport: 80\n", "outside 1024 to 65535"),
        ("purpose: x\nport: 65536\n", "outside 1024 to 65535"),
        ("purpose: x\nname: ../x\n", "name: use lower-case"),
        ("purpose: x\nname: json\n", "standard library"),
        ("purpose: x\ninputs: [{fields: []}]\n", "inputs[0]: the key 'name' is missing"),
        ("purpose: x\ntables: [{name: t, columns: [{name: c, type: varchar}]}]\n", "must be 'text', 'integer'"),
        ("purpose: x\ntables: [{name: T}]\n", "tables[0].name: 'T'"),
        ("purpose: x\nvariables: [{name: lower}]\n", "capital letters"),
        ("purpose: x\ntalks_to: redis\n", "talks_to: must be a list"),
        ("purpose: x\n1: y\n", "unknown key '1'"),
        (f"purpose: {'x' * 600}\n", "has 600 characters"),
        ('purpose: "\\e[31m"\n', "control characters"),
        ("purpose: &a [*a]\n", "not valid YAML"),
    ],
)
def test_bad_answers(text: str, words: str) -> None:
    assert words in _wrong(text).message


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "aliases" in _wrong("\n".join(lines)).message


def test_answers_go_over_what_the_stack_says() -> None:
    inferred = Inferred(replace(SPEC, port=8001, purpose="read"), {"purpose": "README.md:3"})
    spec = to_spec(load_answers("port: 8005\nseed: false\n", "a.yaml"), inferred, "market")
    assert spec == replace(SPEC, purpose="read", seed=False)
    assert to_spec(load_answers("", "a.yaml"), inferred, "market") == inferred.spec


def test_a_purpose_must_come_from_somewhere() -> None:
    inferred = Inferred(replace(SPEC, purpose="The market service."), assumed=("purpose",))
    with pytest.raises(UsageError, match="'purpose' is missing"):
        to_spec(load_answers("port: 8005\n", "a.yaml"), inferred, "market")


def test_answers_about_another_service() -> None:
    with pytest.raises(UsageError, match="about 'market', and the command is about 'other'") as caught:
        to_spec(load_answers(FULL, "a.yaml"), Inferred(replace(SPEC, name="other")), "other")
    assert caught.value.where == "a.yaml"


def test_a_good_spec_has_no_problem() -> None:
    assert check_spec(SPEC, _facts("db_writer")) == ()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (replace(SPEC, inputs=(Channel("a"), Channel("a"))), "inputs[1].name: 'a' is there twice"),
        (replace(SPEC, outputs=(Channel("market_data"),)), "is an input too"),
        (replace(SPEC, inputs=(Channel("a", (EventField("time"),)),)), "'time' is in every event"),
        (replace(SPEC, inputs=(Channel("a", (EventField("x"), EventField("x"))),)), "'x' is there twice"),
        (replace(SPEC, tables=(Table("a"), Table("a"))), "'a' is there twice"),
        (replace(SPEC, tables=(Table("a", (Column("event_id"),)),)), "'event_id' is in every table"),
        (replace(SPEC, variables=(Variable("MARKET_PORT"),)), "set by the wizard already"),
        (replace(SPEC, variables=(Variable("A"), Variable("A"))), "'A' is there twice"),
        (replace(SPEC, talks_to=("db_writr",)), "no service 'db_writr' (did you mean 'db_writer'?)"),
        (replace(SPEC, talks_to=("market",)), "does not depend on itself"),
        (replace(SPEC, handler="Handle"), "handler: 'Handle'"),
        (replace(SPEC, name="taken"), "compose has a service 'cdb_taken'"),
        (replace(SPEC, tables=(Table("orders"),)), "'orders' belongs to db_writer"),
        (replace(SPEC, name="Bad Name"), "name: use lower-case"),
        (replace(SPEC, name=""), "a service needs a name"),
        (replace(SPEC, name="x" * 64), "64 characters"),
    ],
)
def test_problems_of_a_spec(spec: ServiceSpec, words: str) -> None:
    assert any(words in problem for problem in check_spec(spec, _facts("db_writer", tables={"orders": "db_writer"})))


@pytest.mark.parametrize(
    ("example", "words"),
    [
        ('{"market": "BTC-EUR", "price": 1}', ""),
        ("[1]", "inputs[0].example: must be one event as a JSON object"),
        ("BTC-EUR", "inputs[0].example: must be one event as a JSON object"),
        ('{"password": "hunter2-and-more"}', "inputs[0].example: password looks like a secret"),
        ('{"text": "' + "x" * 4000 + '"}', "inputs[0].example: has 4012 characters"),
    ],
)
def test_an_example_is_one_event(example: str, words: str) -> None:
    spec = ServiceSpec("one", "It does.", 8005, inputs=(Channel("a", example=example),))
    problems = check_spec(spec, _facts())
    assert problems == () if not words else problems[0].startswith(words)


def test_what_the_code_does_already_is_no_answer_to_refuse() -> None:
    spec = replace(SPEC, inputs=(Channel("ticks.*"), Channel("pulse")), outputs=(Channel("pulse"),))
    assert len(check_spec(spec, _facts("market", "db_writer"))) == 2
    uses = (RedisUse("subscribe", "ticks.*", Source("a.py", 1)), RedisUse("publish", "pulse", Source("a.py", 2)))
    facts = _facts("market", "db_writer")
    written = tuple(
        replace(s, python=(PythonFile("a.py", redis=uses),)) if s.name == "market" else s for s in facts.services
    )
    assert check_spec(spec, replace(facts, services=written)) == ()


def test_a_new_service_must_not_exist_and_an_old_one_keeps_its_odd_name() -> None:
    assert any("exists already" in problem for problem in check_spec(SPEC, _facts("market", "db_writer"), new=True))
    assert check_spec(SPEC, _facts("market", "db_writer")) == ()
    odd = replace(SPEC, name="Odd-Name")
    assert check_spec(odd, _facts("Odd-Name", "db_writer")) == ()


KEYS = st.sampled_from(["name", "fields", "columns", "type", "default", "x"]) | st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99999) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "fields", "columns", "type", "default", "x"]) | st.text(max_size=3), inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*ServiceSpec.__dataclass_fields__]), JSON, max_size=5))
def test_whatever_comes_it_is_an_answer_or_a_usage_error(value: dict[str, object]) -> None:
    import json

    try:
        answers = load_answers(json.dumps(value), "a.json")
    except UsageError as error:
        assert error.message
    else:
        assert answers.given == tuple(key for key in ServiceSpec.__dataclass_fields__ if key in value)


def test_pydantic_is_imported_only_when_something_is_read() -> None:
    script = "import sys, wizard.session.answers, wizard.session.store; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("inputs: [{name: a}]\noutputs: [{name: b}]\n", "", "both"),
        ("inputs: [{name: a}]\n", "", "consumes"),
        ("seed: false\n", "http", "http"),
        ("kind: http\n", "http", "http"),
    ],
)
def test_channels_that_are_answered_say_what_the_service_is(text: str, kind: str, what: str) -> None:
    """What was read of its code today does not contradict what a person wants of it."""
    inferred = Inferred(ServiceSpec("market", "Sells.", 8005, kind="http"), {"purpose": "README.md:3"})
    spec = to_spec(load_answers(text, "a.yaml"), inferred, "market")
    assert (spec.kind, spec.what) == (kind, what)
