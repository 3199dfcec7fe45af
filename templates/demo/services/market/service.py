"""Market service. So far only a door that says ok; the feed comes next."""

from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/health")
def health():
    return jsonify(status="ok", service="market")


# NOT IMPLEMENTED: connect to the exchange, publish on market_data

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8005)  # noqa: S104
