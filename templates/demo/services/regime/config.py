"""All from the environment, nothing has a default: a wrong regime is worse than none."""
import os


def _required(name):
    value = os.getenv(name)
    if value is None:
        raise RuntimeError(f"{name} is not set")
    return value


def _required_int(name):
    return int(_required(name))


PORT = int(os.getenv("REGIME_PORT", "8007"))
REDIS_HOST = _required("REGIME_REDIS_HOST")
REDIS_PORT = int(os.getenv("REGIME_REDIS_PORT", "6379"))
WINDOW = _required_int("REGIME_WINDOW")
CALM_BELOW = float(_required("REGIME_CALM_BELOW"))
STORMY_ABOVE = float(_required("REGIME_STORMY_ABOVE"))
