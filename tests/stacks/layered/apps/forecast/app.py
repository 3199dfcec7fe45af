"""Forecast: tomorrow like today, for now."""
import os

from flask import Flask

web = Flask("forecast")
PORT = int(os.environ.get("FORECAST_PORT", "9003"))
HORIZON = os.environ["FORECAST_HORIZON_HOURS"]


@web.route("/health")
def health():
    return {"status": "ok", "service": "forecast"}


def predict(readings):
    raise NotImplementedError("model is with Ines")


if __name__ == "__main__":
    web.run(host="0.0.0.0", port=PORT)
