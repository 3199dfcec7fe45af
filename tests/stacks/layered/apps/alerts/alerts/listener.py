import os
import time

import redis

_seen: list[float] = []


def last_seen() -> float:
    return _seen[-1] if _seen else 0.0


def listen() -> None:
    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    smtp = os.environ["ALERTS_SMTP_HOST"]
    limit = float(os.environ.get("ALERTS_LIMIT", 35))
    while True:
        try:
            with client.pubsub() as pubsub:
                pubsub.subscribe("readings.clean")
                for message in pubsub.listen():
                    _seen.append(time.time())
                    if message["type"] == "message" and float(message["data"]) > limit:
                        client.publish("alerts", f"{smtp}: too hot")
        except redis.ConnectionError:
            time.sleep(1)
