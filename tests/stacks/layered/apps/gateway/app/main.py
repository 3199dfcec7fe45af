from contextlib import asynccontextmanager

from fastapi import FastAPI
from redis import asyncio as aioredis

from .routers import readings, status
from .settings import settings


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.redis = aioredis.from_url(settings().redis_url, client_name="gateway")
    yield
    await app.state.redis.aclose()


api = FastAPI(title="gateway", lifespan=lifespan)
api.include_router(status.router)
api.include_router(readings.router, prefix="/v1")
