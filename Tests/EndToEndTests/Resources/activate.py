"""Starts a gateway as systemd would: with its sockets, and a place to tell how it does.

    activate.py GATEWAY FOLDER

Prints what the gateway said of itself, and which listeners answered.
"""
import os
import signal
import socket
import ssl
import sys

gateway, folder = sys.argv[1:]
names = ["agents", "enroll", "operator"]
address = "sallyport-test-" + os.urandom(8).hex()
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind("\0" + address)
notify.settimeout(30)
listeners = []
for _ in names:
    listener = socket.create_server(("127.0.0.1", 0))
    listeners.append(listener)

child = os.fork()
if child == 0:
    copies = [os.dup(listener.fileno()) for listener in listeners]
    for place, copy in enumerate(copies):
        os.dup2(copy, 3 + place)
    environment = {key: value for key, value in os.environ.items() if key != "NOTIFY_SOCKET"}
    environment.update(
        LISTEN_PID=str(os.getpid()), LISTEN_FDS="3", LISTEN_FDNAMES=":".join(names),
        NOTIFY_SOCKET="@" + address)
    os.execve(
        gateway, [gateway, "serve", "--config", folder + "/gateway.yaml"], environment)

said = [notify.recv(4096).decode()]
served = []
context = ssl.create_default_context(cafile=folder + "/ca.pem")
context.set_alpn_protocols(["h2"])
for name, listener in zip(names, listeners):
    with socket.create_connection(listener.getsockname()) as plain:
        # Without a client certificate the handshake ends well for the client all the same
        # (TLS 1.3); what is tested is who answers.
        with context.wrap_socket(plain, server_hostname="localhost"):
            served.append(name)
os.kill(child, signal.SIGTERM)
said.append(notify.recv(4096).decode())
_, status = os.waitpid(child, 0)
if status != 0:
    sys.exit(f"the gateway ended with status {status}")
print(*said, "served", *served)
