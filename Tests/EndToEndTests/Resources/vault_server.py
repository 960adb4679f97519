"""A secret store of the kind of Vault's KV version 2, on loopback, for one test.

    vault_server.py TOKEN VALUE     prints its port, serves until its input ends
"""

import http.server
import json
import sys
import threading

TOKEN, VALUE = sys.argv[1:3]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get("X-Vault-Token") != TOKEN:
            return self.answer(403, {"errors": ["permission denied"]})
        if self.path != "/v1/secret/data/app":
            return self.answer(404, {"errors": []})
        return self.answer(200, {
            "lease_duration": 0, "renewable": False,
            "data": {"data": {"password": VALUE}, "metadata": {"version": 3}}})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()
