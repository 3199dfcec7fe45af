"""What a scratch stack takes over from the stack's files, and what it must never share with what runs."""

from __future__ import annotations

from typing import Any

import pytest

from wizard.runtime.swarm.scratch_stack import scratch_stack


def model(**service: Any) -> dict[str, Any]:
    return {"services": {"a": {"image": "r/a:1", **service}}, "networks": {"default": {"driver": "overlay"}}}


def test_nothing_is_shared_with_what_runs() -> None:
    body = {
        "ports": [{"target": 80, "published": "80"}],
        "container_name": "a",
        "restart": "always",
        "depends_on": {"b": {"condition": "service_healthy"}},
        "volumes": [
            {"type": "volume", "source": "data", "target": "/data"},
            {"type": "bind", "source": "/srv/state", "target": "/state"},
            {"type": "bind", "source": "/srv/rules", "target": "/rules", "read_only": True, "bind": {"x": True}},
            {"type": "tmpfs", "target": "/tmp"},
        ],
        "command": None,
    }
    made = scratch_stack(model(**body), ["a"], {}, ())
    assert made.tree["services"]["a"] == {
        "image": "r/a:1",
        "volumes": [
            {"type": "bind", "source": "/srv/rules", "target": "/rules", "read_only": True},
            {"type": "tmpfs", "target": "/tmp"},
        ],
    }
    assert len(made.left_out) == 2
    assert "volumes" not in made.tree


def test_what_was_pushed_is_run_by_digest() -> None:
    tree = scratch_stack(model(build={"context": "."}), ["a"], {"a": "r/a@sha256:1"}, ()).tree
    assert tree["services"]["a"] == {"image": "r/a@sha256:1"}


def test_networks_are_its_own_and_open_to_the_helper() -> None:
    tree = model(networks={"ours": None, "theirs": None}) | {
        "networks": {"ours": {"name": "p_ours", "driver": "overlay"}, "theirs": {"name": "prod", "external": True}}
    }
    made = scratch_stack(tree, ["a"], {}, ())
    assert made.tree["networks"] == {
        "ours": {"driver": "overlay", "attachable": True},
        "theirs": {"driver": "overlay", "attachable": True},
    }
    assert any("theirs" in note for note in made.left_out)


def test_a_secret_gets_a_name_of_its_own_unless_it_is_external() -> None:
    tree = model(secrets=[{"source": "pw"}, {"source": "key"}, {"source": "named"}]) | {
        "secrets": {
            "pw": {"name": "p_pw", "file": "/s/pw"},
            "key": {"name": "prod_key", "external": True},
            "named": {"name": "shared", "file": "/s/named"},
            "unused": {"name": "p_unused", "file": "/s/unused"},
        }
    }
    made = scratch_stack(tree, ["a"], {}, ())
    assert made.tree["secrets"] == {
        "pw": {"file": "/s/pw"},
        "key": {"external": True, "name": "prod_key"},
        "named": {"file": "/s/named"},
    }
    assert made.named == (("secrets", "shared", "/s/named"),)


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (
            model(secrets=[{"source": "pw"}]) | {"secrets": {"pw": {"environment": "PW"}}},
            "the secret pw is from the env",
        ),
        (model(configs=[{"source": "c"}]) | {"configs": {"c": {"content": "x"}}}, "the config c is from no file"),
        (model(image=None), "a has no image"),
    ],
)
def test_what_a_swarm_does_not_take_is_named(tree: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        scratch_stack(tree, ["a"], {}, ())


def test_a_service_that_ends_by_itself_is_not_started_again() -> None:
    tree = scratch_stack(model(deploy={"resources": {"limits": {"cpus": 0.5}}}), ["a"], {}, ("a",)).tree
    assert tree["services"]["a"]["deploy"] == {
        "resources": {"limits": {"cpus": "0.5"}},
        "restart_policy": {"condition": "none"},
    }
