"""Market service. So far only a door that says ok; the feed comes next.

It is to connect to the exchange and publish on `market_data`.
"""

from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/health")
def health():
    return jsonify(status="ok", service="market")


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8005)  # noqa: S104
