import json

from fastapi import APIRouter, Request
from pydantic import BaseModel

router = APIRouter(tags=["readings"])


class Reading(BaseModel):
    station: str
    celsius: float


@router.post("/readings", status_code=202)
async def add(reading: Reading, request: Request) -> None:
    await request.app.state.redis.publish("readings.raw", json.dumps(reading.model_dump()))
