"""The commands with which a person repeats what a run in the engine did; a password is never one of their words."""

from __future__ import annotations

from collections.abc import Callable

from wizard.values.facts.stack import StackFacts


def shown_command(name: str, key: str, facts: StackFacts, command_line: Callable[..., str], grace: float) -> str:
    """Returns the command of a step (`start`, `stop`, `logs`, `psql`, `redis-cli`, `tests` …) for a compose service.

    `command_line`: writes a Compose call as a person types it. `grace`: seconds between SIGTERM and SIGKILL.
    """
    profile = facts.profile
    redis, postgres = profile.redis.service, profile.postgres.service
    if name == "tests":
        return "python -m pytest"
    if name == "redis-cli":
        return _redis_cli(facts, command_line)
    user = profile.postgres.user or "postgres"
    commands: dict[str, tuple[str, ...]] = {
        "start": ("up", "-d", "--build", key),
        "stop": ("stop", "-t", f"{grace:.0f}", key),
        "logs": ("logs", "-f", key),
        "psql": ("exec", "-T", postgres, "psql", "-U", user, "-v", "ON_ERROR_STOP=1"),
        "pause": ("pause", redis),
        "resume": ("unpause", redis),
        "restart": ("restart", redis),
    }
    return command_line(*commands[name])


def _redis_cli(facts: StackFacts, command_line: Callable[..., str]) -> str:
    """`redis-cli` inside the server's container, which takes the password from where the server has it."""
    redis, secret = facts.profile.redis.service, facts.profile.redis.secret
    asked = facts.credential("redis")
    password = f"$(cat /run/secrets/{secret})" if secret else f"${asked.inside}" if asked and asked.inside else ""
    if not password:
        return command_line("exec", redis, "redis-cli")
    inner = f'REDISCLI_AUTH="{password}" redis-cli "$@"'
    return f"{command_line('exec', redis, 'sh', '-c')} '{inner}' redis-cli"
