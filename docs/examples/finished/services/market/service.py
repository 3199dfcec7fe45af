"""Market service. So far only a door that says ok; the feed comes next.

It is to connect to the exchange and publish on `market_data`.
"""

from flask import Flask, jsonify

from .wiring import attach, serve

app = Flask(__name__)
connections = attach(app)


@app.route("/health")
def health():
    degraded = connections.degraded()
    if degraded is not None:
        return degraded
    return jsonify(status="ok", service="market")


if __name__ == "__main__":
    serve(app)
