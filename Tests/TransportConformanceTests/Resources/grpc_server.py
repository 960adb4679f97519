"""Serves `test.Echo` with grpcio over mutual TLS; prints its port, and ends with its input.

Usage: grpc_server.py FOLDER, where FOLDER holds root.pem, server.pem and server.key.
A line `stop` on standard input stops it gracefully.
"""

import concurrent.futures
import pathlib
import sys

import grpc

folder = pathlib.Path(sys.argv[1])


def read(name):
    return (folder / name).read_bytes()


def echo(requests, context):
    sent = [entry for entry in context.invocation_metadata() if entry.key.startswith("x-")]
    context.send_initial_metadata(sent)
    context.set_trailing_metadata(sent)
    yield from requests


def fail(request, context):
    context.set_trailing_metadata((("why", "because"),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "50 % of it: ünïcode\nand a line")


def fail_late(request, context):
    yield b"\x01"
    context.abort(grpc.StatusCode.DATA_LOSS, "late")


def hang(request, context):
    event = concurrent.futures.Future()
    context.add_callback(lambda: event.set_result(None))
    event.result()
    return b""


def numbers(request, context):
    for index in range(1000):
        yield str(index).encode()


def peer(request, context):
    return b" ".join(context.auth_context().get("x509_subject_alternative_name", []))


HANDLERS = {
    "Echo": grpc.stream_stream_rpc_method_handler(echo),
    "Fail": grpc.unary_unary_rpc_method_handler(fail),
    "FailLate": grpc.unary_stream_rpc_method_handler(fail_late),
    "Hang": grpc.unary_unary_rpc_method_handler(hang),
    "Numbers": grpc.unary_stream_rpc_method_handler(numbers),
    "Peer": grpc.unary_unary_rpc_method_handler(peer),
}

server = grpc.server(
    concurrent.futures.ThreadPoolExecutor(max_workers=32),
    options=[("grpc.max_receive_message_length", 16 << 20)])
server.add_generic_rpc_handlers(
    (grpc.method_handlers_generic_handler("test.Echo", HANDLERS),))
credentials = grpc.ssl_server_credentials(
    [(read("server.key"), read("server.pem"))], read("root.pem"), require_client_auth=True)
port = server.add_secure_port("127.0.0.1:0", credentials)
server.start()
print(port, flush=True)
for line in sys.stdin:
    if line.strip() == "stop":
        break
server.stop(5).wait()
