import json

from redis import asyncio as aioredis
from redis.exceptions import RedisError

RAW = "readings.raw"
CLEAN = "readings.clean"


class Broker:
    def __init__(self, url: str) -> None:
        self._redis = aioredis.from_url(url, client_name="collector", decode_responses=True)

    async def ping(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except RedisError:
            return False

    async def pump(self, batch: int) -> None:
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(RAW)
            async for message in pubsub.listen():
                if message["type"] == "message":
                    await self._redis.publish(CLEAN, normalise(message["data"]))


def normalise(raw: str) -> str:
    reading = json.loads(raw)
    reading["celsius"] = round(float(reading["celsius"]), 1)
    return json.dumps(reading)
