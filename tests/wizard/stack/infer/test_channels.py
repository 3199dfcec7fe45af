"""Channels, streams and lists of a service, and the fields of what they carry."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.documents.markdown import read_document
from wizard.stack.infer.channels import channels, kind
from wizard.stack.python.resolve import resolve
from wizard.stack.python.source import read_python
from wizard.values.facts.compose import ComposeModel
from wizard.values.facts.stack import ServiceFacts, StackFacts
from wizard.values.profile import Detected, Profile
from wizard.values.spec import Channel

MODELS = """\
from pydantic import BaseModel
class Base(BaseModel):
    source: str
class Order(Base):
    symbol: str
    amount: int
class Receipt(BaseModel):
    symbol: str
    total: int
class Refund(BaseModel):
    reason: str
"""
IMPORTS = "import json\nimport redis\nfrom dataclasses import asdict\nfrom models import Order, Receipt, Refund\n"


def sides(code: str, models: str = MODELS) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """(inputs, outputs) of a service with this code: channel -> its fields."""
    files = (
        read_python(dedent(models), "services/x/models.py"),
        read_python(IMPORTS + dedent(code), "services/x/service.py"),
    )
    service = ServiceFacts(name="x", folder="services/x", entry="services/x/service.py", python=resolve(files))
    facts = StackFacts("/s", Detected(Profile(1), {}), ComposeModel(), (service,), None, None, (), None)
    (inputs, _), (outputs, _) = channels(facts, service)
    return named(inputs), named(outputs)


def named(found: tuple[Channel, ...] | None) -> dict[str, list[str]]:
    return {channel.name: [field.name for field in channel.fields] for channel in found or ()}


ORDER, RECEIPT, REFUND = ["source", "symbol", "amount"], ["symbol", "total"], ["reason"]


@pytest.mark.parametrize(
    ("code", "outputs"),
    [
        ("def f(x: Receipt):\n    r.publish('orders.done', x.model_dump_json())\n", {"orders.done": RECEIPT}),
        (
            "def f():\n    x = Receipt(total=1)\n    r.publish('orders.done', json.dumps(asdict(x)))\n",
            {"orders.done": RECEIPT},
        ),
        (
            "def make(o) -> Receipt: ...\nr.publish('orders.done', json.dumps(make(o).__dict__))\n",
            {"orders.done": RECEIPT},
        ),
        (
            "def make(o):\n    return Receipt(total=1)\nr.publish('orders.done', make(o).json())\n",
            {"orders.done": RECEIPT},
        ),
        ("def make(o) -> 'Receipt | None': ...\nr.publish('orders.done', make(o).json())\n", {"orders.done": RECEIPT}),
        ("r.xadd('orders', {'data': Receipt(total=1).model_dump_json()})\n", {"orders": RECEIPT}),
        ("r.xadd('orders', Refund(reason='x').model_dump())\n", {"orders": REFUND}),
        ("r.lpush('orders', Refund(reason='x').model_dump_json())\n", {"orders": REFUND}),
        ("r.publish('refunds', m)\nr.publish('receipts', m)\n", {"refunds": REFUND, "receipts": RECEIPT}),
        ("r.publish('shop.refund', m)\nr.publish('shop.order', m)\n", {"shop.refund": REFUND, "shop.order": ORDER}),
        ("r.publish('other', m)\n", {"other": []}),
        ("r.publish('orders.done', json.dumps({'total': 1, 'symbol': s}))\n", {"orders.done": RECEIPT}),
        ("body = {'reason': 'x'}\nr.publish('orders.done', json.dumps(body).encode())\n", {"orders.done": REFUND}),
        ("r.publish('orders', json.dumps({'something': 'else'}))\n", {"orders": []}),
        ("r.publish('orders', m)\n", {"orders": ORDER}),
    ],
)
def test_fields_are_those_of_the_model_that_is_put_out(code: str, outputs: dict[str, list[str]]) -> None:
    assert sides(code)[1] == outputs


@pytest.mark.parametrize(
    ("code", "inputs"),
    [
        ("p.subscribe('jobs')\nfor m in p.listen():\n    Order(**json.loads(m['data']))\n", {"jobs": ORDER}),
        ("p.subscribe('jobs')\nfor m in p.listen():\n    Order.model_validate_json(m['data'])\n", {"jobs": ORDER}),
        (
            "p.subscribe('jobs')\nfor m in p.listen():\n    d = json.loads(m['data'])\n    Refund(**d)\n",
            {"jobs": REFUND},
        ),
        (
            "from pydantic import TypeAdapter\np.subscribe('jobs')\nTypeAdapter(Order).validate_json(m)\n",
            {"jobs": ORDER},
        ),
        ("def on(d): return Order(**d)\np.subscribe('jobs')\n", {"jobs": ORDER}),
        ("r.xreadgroup('g', 'c', {'jobs': '>'})\nOrder.model_validate(m)\n", {"jobs": ORDER}),
        ("r.brpop('jobs')\nOrder.model_validate_json(m)\n", {"jobs": ORDER}),
        ("p.psubscribe('jobs.*')\nOrder.model_validate_json(m)\n", {"jobs.*": ORDER}),
        ("p.subscribe('a')\nr.xread({'s': '$'})\nr.brpop('l')\n", {"a": [], "s": [], "l": []}),
    ],
)
def test_fields_are_those_of_what_a_message_is_made_into(code: str, inputs: dict[str, list[str]]) -> None:
    assert sides(code)[0] == inputs


def test_of_two_models_that_fit_alike_none_is_taken() -> None:
    models = (
        "from pydantic import BaseModel\nclass OrderA(BaseModel):\n    a: int\nclass OrderB(BaseModel):\n    b: int\n"
    )
    code = "r.publish('order', m)\n"
    assert sides(code, models)[1] == {"order": []}


def test_a_list_that_is_read_like_a_table_is_no_output() -> None:
    assert sides("r.publish('a', m)\nr.lpush('seen', m)\nr.ltrim('seen', 0, 9)\n")[1] == {"a": []}


def test_a_channel_that_goes_both_ways_stands_on_both_sides() -> None:
    assert sides("p.subscribe('a')\nr.publish('a', m)\n") == ({"a": []}, {"a": []})


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("def vote():\n    r.rpush('votes', json.dumps({'voter': 1}))\n", "produces"),
        ("def vote(name):\n    r.lpush(name, 'x')\n", "produces"),
        ("def work():\n    r.blpop('votes')\n", "consumes"),
        ("def work(name):\n    r.brpop(name)\n", "consumes"),
        ("def work():\n    r.blmove('votes', 'counted')\n", "both"),
        ("def work():\n    r.lpush('counted', r.brpop('votes')[1])\n", "both"),
        ("def see():\n    r.lpush('last', 'x')\n    r.lrange('last', 0, 9)\n", ""),
    ],
)
def test_lists_say_what_a_service_is(code: str, what: str) -> None:
    files = (read_python(IMPORTS + code, "services/x/service.py"),)
    service = ServiceFacts(name="x", folder="services/x", entry="services/x/service.py", python=resolve(files))
    facts = StackFacts("/s", Detected(Profile(1), {}), ComposeModel(), (service,), None, None, (), None)
    (inputs, _), (outputs, _) = channels(facts, service)
    assert kind(facts, service, inputs, outputs)[0] == what


@pytest.mark.parametrize(
    ("line", "inputs", "outputs"),
    [
        ("Reads `quotes`, writes `market_data`.", {"quotes"}, {"market_data"}),
        ("It subscribes to `quotes` and publishes `prices`.", {"quotes"}, {"prices"}),
        ("Reads from the `quotes`.", {"quotes"}, set()),
        ("`POST /v1/x` publishes on `readings.raw`.", set(), {"readings.raw"}),
        ("Liest `kurse`, schreibt auf `preise`.", {"kurse"}, {"preise"}),
        ("Incoming events: `orders`", {"orders"}, set()),
        ("## Channels\n\n- input: `orders`", {"orders"}, set()),
        ("The stream `a.b` is read, `c.d` written; it sends to `c.d`.", {"a.b"}, {"c.d"}),
        ("And read the `rate_limits` for the `pro` tier.", set(), set()),
        ("- `Login`: Send credentials to `/api/v1/login`.", set(), set()),
        ("`ENVIRONMENT` can be `local`, `staging` and `production`.", set(), set()),
        ("It may be `local` in production.", set(), set()),
        ("Settings -> `secrets`, write them to `env`.", set(), set()),
        ("- input: `orders`", set(), set()),
        ("The product is `free`; output goes to `stdout`.", set(), set()),
    ],
)
def test_a_readme_names_a_channel_where_it_speaks_of_messages(line: str, inputs: set[str], outputs: set[str]) -> None:
    readme = read_document(f"# X\n\n{line}\n", "services/x/README.md")
    service = ServiceFacts(name="x", folder="services/x", readme=readme)
    facts = StackFacts("/s", Detected(Profile(1), {}), ComposeModel(), (service,), None, None, (), None)
    (found_in, _), (found_out, _) = channels(facts, service)
    assert (set(named(found_in)), set(named(found_out))) == (inputs, outputs)
