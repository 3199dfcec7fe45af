"""One HTTP request to the service: bounded in time and size, never following it elsewhere."""

from __future__ import annotations

import http.client
import json

from wizard.values.lean import dataclass

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` 0: nothing did, and `body` says why."""

    status: int
    body: str

    def json(self) -> dict[str, object]:
        """The body as a JSON object; {} when it is none."""
        try:
            parsed: object = json.loads(self.body)
        except ValueError:
            return {}
        return {str(key): value for key, value in parsed.items()} if isinstance(parsed, dict) else {}


def get(address: tuple[str, int], path: str, limit: float) -> Reply:
    """`GET http://HOST:PORT/PATH` within `limit` seconds for each step."""
    connection = http.client.HTTPConnection(*address, timeout=limit)
    try:
        connection.request("GET", path, headers={"Accept": "application/json", "Connection": "close"})
        response = connection.getresponse()
        return Reply(response.status, response.read(_LARGEST).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        return Reply(0, str(error) or type(error).__name__)
    finally:
        connection.close()
