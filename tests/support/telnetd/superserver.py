"""Runs a program that expects a connected socket as its standard input and output, as inetd would.

    superserver.py PROGRAM [ARGUMENT ...]

Listens on a loopback port that the system picks and prints it; prints the process id of every program started. When its
own standard input ends, it kills them all and ends too.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading


def main():
    children = []
    ended = threading.Event()

    def watch_owner():
        sys.stdin.buffer.read()
        ended.set()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                if child.poll() is None:
                    os.killpg(child.pid, signal.SIGKILL)
        os._exit(0)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=watch_owner, daemon=True).start()
    while not ended.is_set():
        connection, _ = listener.accept()
        child = subprocess.Popen(sys.argv[1:], stdin=connection, stdout=connection, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        children.append(child)
        connection.close()
        threading.Thread(target=child.wait, daemon=True).start()
        print(child.pid, flush=True)


main()
