"""Stacks of any size for the measurements: about 25 lines of compose and one Python file of 280 lines a service."""

from __future__ import annotations

from pathlib import Path

SERVICE = """
  cdb_svc{n}:
    # service number {n}
    build:
      context: ../../services/svc{n}
      dockerfile: Dockerfile
    restart: unless-stopped
    environment:
      SVC{n}_REDIS_HOST: redis
      SVC{n}_REDIS_PORT: "6379"
      SVC{n}_PORT: "{port}"
    depends_on:
      redis:
        condition: service_healthy
    ports:
      - "127.0.0.1:{port}:{port}"
    healthcheck:
      test: ["CMD", "python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/health')"]
      interval: 30s
      timeout: 3s
      retries: 3
      start_period: 10s
    networks:
      - backend
"""
HEAD = "networks:\n  backend: {}\nservices:\n  redis:\n    image: redis:7\n"
FUNCTION = '''
def step_{k}(event: dict, factor: float = 1.0) -> dict:
    """Step {k}."""
    value = event.get("value", 0.0)
    if value > {k}:
        value = value * factor + {k}
    else:
        value = value - {k}
    return {{"symbol": event["symbol"], "value": value, "step": {k}}}
'''
SERVICE_PY = '''"""Service {n}."""
import json
import os

from flask import Flask, jsonify

PORT = int(os.getenv("SVC{n}_PORT", "{port}"))
app = Flask(__name__)


@app.get("/health")
def health():
    return jsonify(status="ok", service="svc{n}")
'''


def compose_text(services: int) -> str:
    """A compose file."""
    return HEAD + "".join(SERVICE.format(n=n, port=10000 + n) for n in range(services))


def python_text(n: int) -> str:
    """A service file of about 280 lines."""
    return SERVICE_PY.format(n=n, port=10000 + n) + "\n".join(FUNCTION.format(k=k) for k in range(26))


def make_stack(root: Path, services: int) -> Path:
    """Write the stack below `root` (no git repository) and return it."""
    compose = root / "infrastructure" / "compose"
    compose.mkdir(parents=True)
    (compose / "dev.yml").write_text(compose_text(services))
    for n in range(services):
        folder = root / "services" / f"svc{n}"
        folder.mkdir(parents=True)
        (folder / "service.py").write_text(python_text(n))
    return root
