"""Calls the test service `test.Echo` with grpcio; prints `ok NAME` for every check that held.

Usage: grpc_client.py PORT FOLDER, where FOLDER holds root.pem, client.pem and client.key.
"""

import pathlib
import sys
import threading

import grpc

port, folder = sys.argv[1], pathlib.Path(sys.argv[2])
IDENTITY = None  # messages are bytes


def read(name):
    return (folder / name).read_bytes()


def channel(*options, compression=None):
    credentials = grpc.ssl_channel_credentials(
        read("root.pem"), read("client.key"), read("client.pem"))
    return grpc.secure_channel(
        f"127.0.0.1:{port}", credentials,
        options=[("grpc.ssl_target_name_override", "gateway.test"),
                 ("grpc.max_receive_message_length", 64 << 20),
                 ("grpc.enable_retries", 0), *options],
        compression=compression)


def call(chan, kind, method="Echo"):
    return getattr(chan, kind)(f"/test.Echo/{method}", IDENTITY, IDENTITY)


def expect_error(code, action):
    try:
        action()
    except grpc.RpcError as error:
        assert error.code() == code, f"{error.code()}: {error.details()}"
        return error
    raise AssertionError(f"no error, expected {code}")


def unary(chan):
    for size in (0, 1, 16_379, 16_384, 65_536, 1 << 20, 4 << 20):
        message = bytes(i * 31 % 256 for i in range(min(size, 4096))) * max(1, size // 4096)
        message = message[:size]
        assert call(chan, "unary_unary")(message) == message, size


def client_streaming(chan):
    reply = call(chan, "stream_unary", "Count")(b"x" * 1000 for _ in range(1000))
    assert reply == b"1000000", reply


def server_streaming(chan):
    replies = list(call(chan, "unary_stream", "Numbers")(b""))
    assert replies == [str(i).encode() for i in range(1000)]


def bidirectional(chan):
    ready = threading.Semaphore(1)

    def requests():
        for index in range(200):
            ready.acquire()
            yield str(index).encode()

    for index, reply in enumerate(call(chan, "stream_stream")(requests())):
        assert reply == str(index).encode()
        ready.release()
    assert index == 199


def metadata(chan):
    sent = (("x-text", "first"), ("x-text", "second"), ("x-data-bin", bytes([0, 255, 7, 61])),
            ("x-empty-bin", b""))
    _, done = call(chan, "unary_unary").with_call(b"a", metadata=sent)
    for received in (done.initial_metadata(), done.trailing_metadata()):
        for pair in sent:
            assert pair in [tuple(entry) for entry in received], (pair, received)


def status(chan):
    error = expect_error(
        grpc.StatusCode.FAILED_PRECONDITION, lambda: call(chan, "unary_unary", "Fail")(b""))
    assert error.details() == "50 % of it: ünïcode\nand a line", error.details()
    assert ("why", "because") in [tuple(e) for e in error.trailing_metadata()]


def late_status(chan):
    replies = call(chan, "unary_stream", "FailLate")(b"")
    assert next(replies) == b"\x01"
    expect_error(grpc.StatusCode.DATA_LOSS, lambda: next(replies))


def unimplemented(chan):
    expect_error(grpc.StatusCode.UNIMPLEMENTED, lambda: call(chan, "unary_unary", "No")(b""))
    other = chan.unary_unary("/no.Service/No", IDENTITY, IDENTITY)
    expect_error(grpc.StatusCode.UNIMPLEMENTED, lambda: other(b""))


def too_large(chan):
    expect_error(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        lambda: call(chan, "unary_unary")(b"x" * ((4 << 20) + 1)))
    assert call(chan, "unary_unary")(b"still here") == b"still here"


def deadline(chan):
    expect_error(
        grpc.StatusCode.DEADLINE_EXCEEDED,
        lambda: call(chan, "unary_unary", "Hang")(b"deadline", timeout=0.3))


def cancellation(chan):
    # Only a call whose request is known to be out is cancelled: grpcio may otherwise send RST_STREAM
    # before HEADERS, a connection error by RFC 9113, section 5.1 (grpc/grpc issue 19655).
    replies = call(chan, "stream_stream", "HangAfterOne")(iter([b"1"]))
    assert next(replies) == b"1"
    replies.cancel()
    expect_error(grpc.StatusCode.CANCELLED, lambda: next(replies))
    assert call(chan, "unary_unary")(b"still here") == b"still here"


def many_cancels(chan):
    """A busy connection cancels some hundreds of calls under way and keeps its connection."""
    for index in range(201):
        replies = call(chan, "stream_stream", "HangAfterOne")(iter([b"1"]))
        assert next(replies) == b"1"
        replies.cancel()
    assert call(chan, "unary_unary")(b"still here") == b"still here"


def concurrency(chan):
    futures = [call(chan, "unary_unary").future(str(i).encode() * i) for i in range(300)]
    for index, future in enumerate(futures):
        assert future.result(timeout=30) == str(index).encode() * index


def slow_reader(chan):
    """What is not read stays with the server; what is read in the end is complete."""
    replies = call(chan, "unary_stream", "Flood")(b"")
    first = next(replies)
    assert call(chan, "unary_unary")(b"others go on") == b"others go on"
    total = len(first) + sum(len(reply) for reply in replies)
    assert total == 64 << 20, total


def misuse(chan):
    """Two messages, and none, to a method that wants one."""
    for messages in ([b"1", b"2"], []):
        error = None
        try:
            call(chan, "stream_unary", "One")(iter(messages))
        except grpc.RpcError as failure:
            error = failure
        assert error is not None and error.code() in (
            grpc.StatusCode.INTERNAL, grpc.StatusCode.INVALID_ARGUMENT,
            grpc.StatusCode.UNIMPLEMENTED), error


def compression():
    with channel(compression=grpc.Compression.Gzip) as chan:
        error = expect_error(
            grpc.StatusCode.UNIMPLEMENTED, lambda: call(chan, "unary_unary")(b"x" * 10_000))
        assert "gzip" in error.details(), error.details()


def no_certificate():
    credentials = grpc.ssl_channel_credentials(read("root.pem"))
    with grpc.secure_channel(
            f"127.0.0.1:{port}", credentials,
            options=[("grpc.ssl_target_name_override", "gateway.test")]) as chan:
        expect_error(
            grpc.StatusCode.UNAVAILABLE, lambda: call(chan, "unary_unary")(b"x", timeout=10))


with channel() as shared:
    for check in (unary, client_streaming, server_streaming, bidirectional, metadata, status,
                  late_status, unimplemented, too_large, deadline, cancellation, many_cancels,
                  concurrency, slow_reader, misuse):
        check(shared)
        print("ok", check.__name__, flush=True)
for check in (compression, no_certificate):
    check()
    print("ok", check.__name__, flush=True)
