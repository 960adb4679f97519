"""Runs a command at a terminal, types when it asks, and says what came of it.

Usage: type_value.py TYPED COMMAND...
Prints: exit code, whether the terminal echoed while it asked, whether it does afterwards, and
whether what was typed was shown.
"""

import os
import pty
import sys
import termios


def echoes(terminal):
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)


typed, command = sys.argv[1].encode(), sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
shown = b""
while b": " not in shown:
    shown += os.read(terminal, 1024)
while_asking = echoes(terminal)
os.write(terminal, typed)
try:
    while piece := os.read(terminal, 1024):
        shown += piece
except OSError:
    pass
afterwards = echoes(terminal)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(code, while_asking, afterwards, typed.strip() in shown)
