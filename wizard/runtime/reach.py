"""What both runtimes ask of a server or a service: whether it accepts connections, HTTP, and what psql says."""

from __future__ import annotations

import http.client
import re
import socket

from wizard.values.live import Reply, SqlRun

LARGEST = 1_000_000
"""A health answer is short; a service that streams for ever must not fill the memory."""


def get(address: tuple[str, int], path: str, limit: float) -> Reply:
    """Sends `GET http://HOST:PORT/PATH` and returns what came back, within `limit` seconds for each step."""
    connection = http.client.HTTPConnection(*address, timeout=limit)
    try:
        connection.request("GET", path, headers={"Accept": "application/json", "Connection": "close"})
        response = connection.getresponse()
        return Reply(response.status, response.read(LARGEST).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, str(error) or type(error).__name__)
    finally:
        connection.close()


PSQL_OPTIONS = ("--no-psqlrc", "--no-password", "-v", "ON_ERROR_STOP=1", "-q", "-A", "-t", "-f", "-")


def read_psql(exit_code: int, lines: list[str]) -> SqlRun:
    """Reads psql's output: `psql:<stdin>:12: ERROR: relation …` names the line of the text that was sent."""
    if exit_code == 0:
        return SqlRun(True, "\n".join(line for line in lines if not line.startswith("psql:")))
    for index, line in enumerate(lines):
        place, mark, message = line.partition("ERROR:")
        if not mark:
            place, mark, message = line.partition("FATAL:")
        if mark:
            number = place.rstrip(": ").rpartition(":")[2]
            inner = re.match(r"LINE (\d+):", lines[index + 1]) if index + 1 < len(lines) else None
            at = int(number) if number.isdigit() else 0
            return SqlRun(False, "\n".join(lines), message.strip(), at, int(inner[1]) if inner else 0)
    said = next((line.partition("error: ")[2] for line in lines if line.startswith("psql: error: ")), "")
    return SqlRun(False, "\n".join(lines), said or (lines[-1] if lines else f"psql ended with exit code {exit_code}"))


def accepts(host: str, port: int) -> bool:
    """Tells whether somebody accepts TCP connections there."""
    try:
        with socket.create_connection((host, port), timeout=0.2):
            return True
    except OSError:
        return False
