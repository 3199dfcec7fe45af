#!/bin/sh
exec python - <<'PY'
import os, sys, urllib.request
port = os.environ.get("COLLECTOR_PORT", "9001")
sys.exit(urllib.request.urlopen(f"http://127.0.0.1:{port}/health").status != 200)
PY
