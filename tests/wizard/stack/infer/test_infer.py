"""Specs read out of what is there, on stacks built for each question and on the sample stack."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from wizard.adapters.files.files import DiskFiles
from wizard.stack.infer.channels import field_type
from wizard.stack.infer.infer import infer
from wizard.stack.infer.tables import column_type
from wizard.stack.read import read_stack
from wizard.values.facts.stack import StackFacts
from wizard.values.spec import Channel, Column, EventField, Inferred, Manifest, ServiceSpec, Table, Variable

COMPOSE = """\
services:
  redis:
    image: redis:7
  postgres:
    image: postgres:16
"""
REGISTRY = "## Port Allocation\n\n- 8001: Core Service\n- 8005: Market Service (planned)\n"
SAMPLE = Path(__file__).parents[4] / "templates" / "demo"


def read(root: Path, files: dict[str, str]) -> StackFacts:
    for name, text in {"docker-compose.yml": COMPOSE, "FUTURE_SERVICES.md": REGISTRY, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return read_stack(DiskFiles(root))


@pytest.fixture
def sample(tmp_path: Path) -> StackFacts:
    root = tmp_path / "sample"
    shutil.copytree(SAMPLE, root)
    return read_stack(DiskFiles(root))


def test_a_service_that_does_not_exist_gets_defaults_throughout(tmp_path: Path) -> None:
    found = infer(read(tmp_path, {}), "order_book")
    fields = (EventField("symbol", "str"), EventField("value", "float"))
    assert found.spec == ServiceSpec(
        "order_book",
        "Order book service",
        0,
        inputs=(Channel("order_book.in", fields),),
        outputs=(Channel("order_book.out", fields),),
    )
    assert {"purpose", "port", "inputs", "outputs", "tables", "handler"} <= set(found.assumed)
    assert found.sources == {}


def test_a_reserved_port_is_known_before_the_service_is(tmp_path: Path) -> None:
    found = infer(read(tmp_path, {}), "market")
    assert found.spec.port == 8005
    assert found.sources["port"] == "FUTURE_SERVICES.md:4 (8005)"


def test_the_manifest_wins(tmp_path: Path) -> None:
    facts = read(tmp_path, {"services/market/service.py": "PORT = 1\n"})
    service = facts.service("market")
    assert service is not None
    spec = ServiceSpec("market", "Prices", 9999)
    kept = dataclasses.replace(facts, services=(dataclasses.replace(service, manifest=Manifest(1, spec)),))
    found = infer(kept, "market")
    assert found.spec is spec and found.assumed == ("handler",)  # left at its default: nobody said it
    assert found.sources["port"] == ".stack-wizard/services/market.yaml"


SERVICE = """\
    '''Turns prices into signals.'''
    import os, redis
    from flask import Flask
    from models import Price
    app = Flask(__name__)
    OUT = os.getenv("X_OUT", "signals")

    def check(event: Price): return event

    def run(client):
        p = client.pubsub()
        p.subscribe("prices")
        for message in p.listen():
            client.publish(OUT, check(message))
            db.execute("INSERT INTO signals (a) VALUES (%s)")

    app.run(port=int(os.getenv("X_PORT", "8011")))
    """


def whole(tmp_path: Path) -> Inferred:
    return infer(
        read(
            tmp_path,
            {
                "docker-compose.yml": COMPOSE
                + """\
  x:
    build: services/x
    ports: ["127.0.0.1:8012:8012"]
    environment:
      X_OUT: moves
      OTHER_URL: http://core:8001/
    depends_on: [redis, postgres]
  core:
    build: services/core
""",
                "services/x/service.py": SERVICE,
                "services/x/models.py": """\
                    from dataclasses import dataclass
                    from decimal import Decimal
                    @dataclass
                    class Price:
                        id: str
                        time: str
                        symbol: str
                        price: Decimal
                        size: int | None = None
                        extra: dict[str, str] | None = None
                    """,
                "services/x/Dockerfile": "FROM python:3.11-slim\nEXPOSE 8013\n",
                "services/core/service.py": "x = 1\n",
                "schema.sql": """\
                    -- signals of x
                    CREATE TABLE IF NOT EXISTS signals (
                        id bigint PRIMARY KEY,
                        a varchar(20) NOT NULL DEFAULT 'x, y',
                        n numeric(10, 2),
                        at timestamp with time zone NOT NULL,
                        CONSTRAINT c CHECK (n > 0)
                    );
                    INSERT INTO signals (a) VALUES ('x') ON CONFLICT DO NOTHING;
                    CREATE TABLE other (id int);
                    """,
            },
        ),
        "x",
    )


def test_every_field_of_a_hand_written_service(tmp_path: Path) -> None:
    found = whole(tmp_path)
    fields = (EventField("symbol"), EventField("price", "float"), EventField("size", "int"))
    assert found.spec == ServiceSpec(
        "x",
        "Turns prices into signals.",
        8011,
        inputs=(Channel("prices", fields),),
        outputs=(Channel("moves", fields),),
        tables=(Table("signals", (Column("a"), Column("n", "numeric", nullable=True), Column("at", "timestamptz"))),),
        seed=True,
        handler="check",
        variables=(Variable("X_OUT", "signals", "moves"),),
        talks_to=("core",),
    )


def test_every_port_is_a_source_in_order_of_trust(tmp_path: Path) -> None:
    sources = whole(tmp_path).sources["port"].split(", ")
    assert [source.rsplit(" ", 1)[1] for source in sources] == ["(8011)", "(8013)", "(8012)"]
    assert sources[0].startswith("services/x/service.py:")


def test_sources_name_the_lines(tmp_path: Path) -> None:
    sources = whole(tmp_path).sources
    assert sources["purpose"] == "services/x/service.py:1"
    assert sources["inputs"] == "services/x/service.py:12, services/x/models.py:4"
    assert sources["outputs"].startswith("docker-compose.yml:")
    assert "schema.sql:2" in sources["tables"]
    assert sources["handler"] == "services/x/service.py:8"


def test_code_that_only_listens_has_no_outputs(tmp_path: Path) -> None:
    code = "import redis\nr.pubsub().subscribe('a')\n"
    found = infer(read(tmp_path, {"services/x/service.py": code}), "x")
    assert [c.name for c in found.spec.inputs] == ["a"] and found.spec.outputs == ()
    assert "outputs" not in found.assumed


def test_a_channel_that_cannot_be_read_is_not_said_to_be_absent(tmp_path: Path) -> None:
    code = "import redis\nr.pubsub().subscribe('a')\nr.publish(sys.argv[1], 'x')\n"
    found = infer(read(tmp_path, {"services/x/service.py": code}), "x")
    assert "outputs" in found.assumed


def test_fields_that_only_another_service_knows(tmp_path: Path) -> None:
    files = {
        "services/x/service.py": "import redis\nr.pubsub().subscribe('prices')\n",
        "services/y/service.py": "import redis\nfrom models import Price\nr.publish('prices', Price(1))\n",
        "services/y/models.py": "from pydantic import BaseModel\nclass Price(BaseModel):\n    value: float\n",
    }
    found = infer(read(tmp_path, files), "x")
    assert found.spec.inputs == (Channel("prices", (EventField("value", "float"),)),)
    assert "services/y/models.py:2" in found.sources["inputs"]


def test_a_finished_service_without_redis_has_no_channels(tmp_path: Path) -> None:
    code = "from flask import Flask\napp = Flask('x')\n@app.get('/items')\ndef items(): return find()\n"
    found = infer(read(tmp_path, {"services/x/service.py": code}), "x")
    assert found.spec.inputs == found.spec.outputs == ()


def test_secrets_and_urls_with_passwords_are_no_variables(tmp_path: Path) -> None:
    code = "import os\nA = os.environ['DATABASE_URL']\nB = os.environ['X_TOKEN']\nC = os.environ['X_MODE']\n"
    compose = (
        COMPOSE + "  x:\n    build: services/x\n    environment:\n      DATABASE_URL: postgresql://u:hunter2@db/x\n"
    )
    found = infer(read(tmp_path, {"services/x/service.py": code, "docker-compose.yml": compose}), "x")
    assert found.spec.variables == (Variable("X_MODE", None, ""),)
    assert "variables.X_MODE" in found.assumed
    assert "hunter2" not in repr(found)


def test_hosts_of_the_stacks_servers_are_filled_in(tmp_path: Path) -> None:
    code = "import os\nA = os.environ['REDIS_HOST']\nC = os.environ['REDIS_PORT']\n"
    code += "B = os.getenv('POSTGRES_HOST', 'localhost')"
    found = infer(read(tmp_path, {"services/x/service.py": code}), "x")
    assert {v.name: v.value for v in found.spec.variables} == {
        "REDIS_HOST": "redis",
        "POSTGRES_HOST": "postgres",
        "REDIS_PORT": "6379",
    }


def test_purpose_skips_headings_badges_tables_and_code(tmp_path: Path) -> None:
    readme = """\
        Market
        ======
        ![badge](https://x)
        > note
        ```
        code that is no purpose
        ```
        | a | b |

        Port 8005.

        Reads **prices** from the [exchange](https://x) and
        passes them on.
        """
    found = infer(read(tmp_path, {"services/x/service.py": "x = 1\n", "services/x/README.md": readme}), "x")
    assert found.spec.purpose == "Reads prices from the exchange and passes them on."
    assert found.sources["purpose"] == "services/x/README.md:12"


def test_a_service_that_only_the_code_names(tmp_path: Path) -> None:
    compose = COMPOSE + "  x:\n    build: services/x\n  core:\n    build: services/core\n"
    code = 'import requests\nrequests.get("http://core:8001/")\n'
    files = {"docker-compose.yml": compose, "services/x/service.py": code, "services/core/service.py": "y = 1\n"}
    found = infer(read(tmp_path, files), "x")
    assert found.spec.talks_to == ("core",)
    assert found.sources["talks_to"] == "services/x/service.py:2"


@pytest.mark.parametrize(
    ("code", "readme", "purpose"),
    [
        ('"""NOT IMPLEMENTED: reads the feed."""\n', "", None),
        ('"""Not yet implemented."""\n', "", None),
        ('"""TODO: reads the feed."""\n', "", None),
        ('"""Keeps the todo list of a household."""\n', "", "Keeps the todo list of a household."),
        ('"""x"""\n', "# X\n\nWork in progress, not done.\n\nReads the old feed.\n", "Reads the old feed."),
        ('"""Reads the feed."""\n', "# X\n\nTODO: write this text.\n", "Reads the feed."),
    ],
)
def test_what_is_missing_is_no_purpose(tmp_path: Path, code: str, readme: str, purpose: str | None) -> None:
    files = {"services/x/service.py": code} | ({"services/x/README.md": readme} if readme else {})
    found = infer(read(tmp_path, files), "x")
    assert found.spec.purpose == (purpose or "X service")
    assert ("purpose" in found.assumed) is (purpose is None)


def test_the_half_finished_services_of_the_sample(sample: StackFacts) -> None:
    market, allocation, regime = (infer(sample, name) for name in ("market", "allocation", "regime"))
    assert (market.spec.port, allocation.spec.port, regime.spec.port) == (8005, 8006, 8007)
    assert "8006" in market.sources["port"]
    assert [c.name for c in market.spec.outputs] == ["market_data"] and "inputs" in market.assumed
    assert [c.name for c in allocation.spec.inputs + allocation.spec.outputs] == ["order_results", "allocations"]
    assert [f.name for f in allocation.spec.outputs[0].fields] == ["symbol", "weight"]
    assert {f"variables.{n}" for n in ("REGIME_WINDOW", "REGIME_CALM_BELOW", "REGIME_STORMY_ABOVE")} <= set(
        regime.assumed
    )
    assert regime.spec.handler == "classify"


def test_the_running_services_of_the_sample(sample: StackFacts) -> None:
    risk = infer(sample, "risk")
    assert [t.name for t in risk.spec.tables] == ["risk_decisions"]
    assert [(c.name, c.type) for c in risk.spec.tables[0].columns] == [
        ("symbol", "text"),
        ("approved", "boolean"),
        ("reason", "text"),
    ]
    assert risk.spec.handler == "handle" and risk.spec.talks_to == ()
    assert infer(sample, "core").spec.tables == ()


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("int", "int"),
        ("Optional[float]", "float"),
        ("float | None", "float"),
        ("None | bool", "bool"),
        ("'str'", "str"),
        ("datetime.datetime", "str"),
        ("Literal['a', 'b']", "str"),
        ("Literal[1, 2]", "int"),
        ("Annotated[int, Field(gt=0)]", "int"),
        ("Decimal", "float"),
        ("conint(gt=0)", "int"),
        ("dict[str, str]", None),
        ("list[int]", None),
        ("Side", None),
    ],
)
def test_field_types(annotation: str, kind: str | None) -> None:
    assert field_type(annotation) == kind


@pytest.mark.parametrize(
    ("definition", "kind"),
    [
        ("varchar(20) not null", "text"),
        ("bigserial", "bigint"),
        ("int default 3", "integer"),
        ("integer[]", "text"),
        ("real", "double precision"),
        ("double precision not null", "double precision"),
        ("decimal(10,2)", "numeric"),
        ("timestamp with time zone", "timestamptz"),
        ("json", "jsonb"),
        ("interval", "text"),
    ],
)
def test_column_types(definition: str, kind: str) -> None:
    assert column_type(definition) == kind
