import logging
import os
import socket
import time

import redis
from common.redis_helper import ensure_group, get_redis

from .models import Scan
from .store import save

log = logging.getLogger("ingest")
STREAM = os.environ.get("STREAM", "scans")
GROUP = os.environ.get("GROUP", "ingest")
OUT = "parcel.moved"


class Consumer:
    def __init__(self):
        self.redis = get_redis("ingest")
        self.me = socket.gethostname()
        self.running = True
        self.beat = 0.0

    def alive(self) -> bool:
        return time.time() - self.beat < 10

    def stop(self):
        self.running = False

    def run(self):
        while self.running:
            try:
                ensure_group(self.redis, STREAM, GROUP)
                self.loop()
            except redis.ConnectionError as error:
                log.warning("redis: %s", error)
                time.sleep(1)

    def loop(self):
        while self.running:
            self.beat = time.time()
            for _, entries in self.redis.xreadgroup(GROUP, self.me, {STREAM: ">"}, count=10, block=1000):
                for entry_id, fields in entries:
                    scan = Scan(**fields)
                    save(scan)
                    self.redis.xadd(OUT, {"code": scan.code, "place": scan.place}, maxlen=10_000)
                    self.redis.xack(STREAM, GROUP, entry_id)
