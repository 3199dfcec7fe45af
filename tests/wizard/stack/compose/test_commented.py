"""Service blocks in comments."""

from __future__ import annotations

from textwrap import dedent

import pytest

from wizard.stack.compose.model import read_compose
from wizard.values.facts.compose import ComposeModel


def read(text: str) -> ComposeModel:
    return read_compose(["dev.yml"], {"dev.yml": dedent(text)}.get)


STYLES = {
    "hash in column 0": """\
        services:
          redis:
            image: redis:7

        # Disabled until the configuration is ready (see #143)
        #  cdb_allocation:
        #    build:
        #      context: ../../services/allocation
        #    environment:
        #      ALLOCATION_PORT: "8006"   # reserved
        #    ports:
        #      - "127.0.0.1:8006:8006"
        #    # why so long?
        #
        #    depends_on:
        #      - redis

        networks:
          a: {}
        """,
    "hash at the indent": """\
        services:
          redis:
            image: redis:7

          # Disabled until the configuration is ready
          # cdb_allocation:
          #   build:
          #     context: ../../services/allocation
          #   environment:
          #     ALLOCATION_PORT: "8006"
          #   ports:
          #     - "127.0.0.1:8006:8006"
          #   # note

          #   depends_on: [redis]
          other:
            image: x
        """,
    "hash before the name": """\
        services:
          #cdb_allocation:
          #  <<: *common
          #  build:
          #    context: ../../services/allocation
          #  environment:
          #    ALLOCATION_PORT: "8006"
          #  This one waits for the new schema: soon
          #  ports:
          #    - "127.0.0.1:8006:8006"
          #  depends_on: [redis]
          redis:
            image: redis:7
        """,
    "hash where each line begins": """\
        services:
          redis:
            image: redis:7
          # cdb_allocation:
            # build:
              # context: ../../services/allocation
            # environment:
              # ALLOCATION_PORT: "8006"
            # ports:
              # - "127.0.0.1:8006:8006"
            # depends_on: [redis]
        """,
}


@pytest.mark.parametrize("style", STYLES)
def test_finds_the_block_with_its_lines(style: str) -> None:
    text = dedent(STYLES[style])
    model = read(text)
    [block] = model.commented
    lines = text.split("\n")
    assert block.commented
    assert block.key == "cdb_allocation"
    assert "cdb_allocation:" in lines[block.declared[0].line - 1]
    assert "redis" in lines[block.end_line - 1]
    assert "depends_on" in lines[block.end_line - 1] or "depends_on" in lines[block.end_line - 2]
    assert [(p.published, "8006:8006" in lines[p.source.line - 1]) for p in block.ports] == [(8006, True)]
    assert [(e.name, "ALLOCATION_PORT" in lines[e.source.line - 1]) for e in block.environment] == [
        ("ALLOCATION_PORT", True)
    ]
    assert [d.service for d in block.depends_on] == ["redis"]
    assert block.build is not None
    assert block.build.value == "../../services/allocation"
    assert model.service("redis") is not None


def test_comments_that_are_no_service_are_left_alone() -> None:
    model = read("""\
        services:
          # market: the price feed, see docs
          market:
            image: x
            # environment:
            #   FOO: bar
            # healthcheck:
            #   test: [CMD, x]
            # build:
            #   context: .
            #   dockerfile: Dockerfile
            # volumes:
            #   - ./x:/x
            # logging:
            #   driver: json-file
            # deploy:
            #   resources:
            #     limits: {memory: 1g}
            # Note:
            #   image tags are pinned by the release job
        #networks:
        #  back:
        #    external: true
        """)
    assert model.commented == ()


def test_several_blocks_and_whole_files_in_comments() -> None:
    model = read("""\
        # services:
        #   a:
        #     image: x
        #   b:
        #     build: .
        #     restart: always
        """)
    assert [(block.key, block.declared[0].line, block.end_line) for block in model.commented] == [
        ("a", 2, 3),
        ("b", 4, 6),
    ]
