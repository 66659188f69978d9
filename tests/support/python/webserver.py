"""The web server of tests/support/webserver as a context; see there for its paths."""

import os
import pathlib
import subprocess
import sys
import threading

SCRIPT = pathlib.Path(__file__).resolve().parents[1] / "webserver" / "webserver.py"


class WebServer:
    """`environment`: see webserver.py. Its record of requests is dropped."""

    def __init__(self, **environment):
        self.process = subprocess.Popen([sys.executable, "-B", str(SCRIPT)], env=os.environ | environment, stdout=subprocess.PIPE)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"
        self.reader = threading.Thread(target=self.process.stdout.read)  # a full pipe would stop it
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
