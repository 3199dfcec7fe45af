import logging
import signal
import threading

from .consumer import Consumer
from .http import serve_health

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    consumer = Consumer()
    signal.signal(signal.SIGTERM, lambda *_: consumer.stop())
    threading.Thread(target=serve_health, args=(consumer,), daemon=True).start()
    consumer.run()
