"""A health door without a framework."""
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

HEALTH_PORT = 5081


def serve_health(consumer):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path != "/health":
                self.send_error(404)
                return
            ok = consumer.alive()
            self.send_response(200 if ok else 503)
            self.end_headers()
            self.wfile.write(json.dumps({"status": "ok" if ok else "down"}).encode())

    HTTPServer(("0.0.0.0", HEALTH_PORT), Handler).serve_forever()
