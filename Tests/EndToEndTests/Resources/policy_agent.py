"""An Open Policy Agent for tests: OPA's REST Data API over a real evaluation of Rego (regopy).

    policy_agent.py ADDRESS MODULE.rego...

ADDRESS is a port of 127.0.0.1 (0: any) or the path of a socket. Prints it once it listens, then a
line for each question: decision id, path, and the input. Ends with its standard input.
"""

import json
import os
import socketserver
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler

import regopy

lock = threading.Lock()


def evaluate(modules, path, document):
    """The value of data.<path>, in a list; an empty list where it is undefined."""
    interpreter = regopy.Interpreter()
    for name, source in modules:
        interpreter.add_module(name, source)
    interpreter.set_input(document)
    output = interpreter.query("x = data." + path.replace("/", "."))
    if str(output) == "undefined":
        return []
    answer = json.loads(str(output))
    if "bindings" not in answer:
        raise ValueError(str(output))
    return [answer["bindings"]["x"]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    modules = []

    def address_string(self):
        return "client"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        prefix = "/v1/data/"
        if not self.path.startswith(prefix):
            return self.answer(404, {"code": "not_found"})
        path = self.path[len(prefix):]
        decision = str(uuid.uuid4())
        document = json.loads(body)["input"]
        with lock:
            print(decision, path, json.dumps(document), flush=True)
            try:
                values = evaluate(self.modules, path, document)
            except Exception as error:
                return self.answer(500, {"code": "internal_error", "message": str(error)})
        answer = {"decision_id": decision}
        if values:
            answer["result"] = values[0]
        return self.answer(200, answer)

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class TCPServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def main():
    address, files = sys.argv[1], sys.argv[2:]
    for name in files:
        with open(name, encoding="utf-8") as file:
            Handler.modules.append((os.path.basename(name), file.read()))
    if address.isdigit():
        server = TCPServer(("127.0.0.1", int(address)), Handler)
        address = server.server_address[1]
    else:
        if os.path.exists(address):
            os.unlink(address)
        server = UnixServer(address, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(address, flush=True)
    sys.stdin.read()


main()
