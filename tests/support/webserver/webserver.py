"""An HTTP or HTTPS server whose paths misbehave on demand; prints its port, then one JSON line for each request.

    webserver.py [certificate.pem key.pem]

Its login is WEBSERVER_USER with WEBSERVER_PASSWORD, and gives tokens that begin with WEBSERVER_TOKEN.
"""

import base64
import gzip
import json
import os
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USER = os.environ.get("WEBSERVER_USER", "admin")
PASSWORD = os.environ.get("WEBSERVER_PASSWORD", "pa55word-of-the-server")
TOKEN = os.environ.get("WEBSERVER_TOKEN", "token-number")
lock = threading.Lock()
logins = 0
token = None


def report(**event):
    with lock:
        print(json.dumps(event), flush=True)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", kind="application/json", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def reply_json(self, value, status=200, headers=()):
        self.reply(status, json.dumps(value).encode(), headers=headers)

    def write_chunks(self, chunk, pause=0.0):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        sent = 0
        try:
            while True:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                sent += len(chunk)
                time.sleep(pause)
        except OSError:
            report(event="ended", path=self.path, sent=sent)
            self.close_connection = True

    def serve(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        headers = [[k.lower(), v] for k, v in self.headers.items()]
        report(event="request", method=self.command, path=self.path, headers=headers, body=body.decode("utf-8", "replace"),
               client=self.client_address[1])
        name = url.path.strip("/").replace("/", "_").replace("-", "_")
        route = getattr(self, "on_" + name.split("_")[0], None)
        if not route:
            return self.reply_json({"error": "no such path"}, 404)
        route(query, body, headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_PURGE = serve

    def on_echo(self, query, body, headers):
        self.reply_json({"method": self.command, "path": self.path, "headers": dict(headers), "body": body.decode("utf-8", "replace")})

    def on_status(self, query, body, headers):
        self.reply_json({"why": "as asked"}, int(query["code"]))

    def on_devices(self, query, body, headers):
        self.reply(200, b'{"results": [{"id": 1, "name": "r1", "big": 12345678901234567890123},'
                        b' {"id": 2}, {"id": 3, "name": "r3"}], "count": 3}')

    def on_text(self, query, body, headers):
        self.reply(200, b"plain words", "text/plain")

    def on_latin(self, query, body, headers):
        self.reply(200, "gr\u00fcn".encode("latin-1"), "text/plain; charset=ISO-8859-1")

    def on_empty(self, query, body, headers):
        self.reply(200, b"", None)

    def on_cookie(self, query, body, headers):
        self.reply_json({}, headers=[("Set-Cookie", "crumb=1; Path=/")])

    def on_redirect(self, query, body, headers):
        self.reply(int(query.get("code", 302)), b"moved", "text/plain", [("Location", query["to"])])

    def on_loop(self, query, body, headers):
        self.reply(302, b"", None, [("Location", "/loop?n=%d" % (int(query.get("n", 0)) + 1))])

    def on_slow(self, query, body, headers):
        try:  # until the far side goes
            while self.connection.recv(1):
                pass
        except OSError:
            pass
        report(event="ended", path=self.path)
        self.close_connection = True

    def on_wait(self, query, body, headers):
        time.sleep(float(query["seconds"]))
        self.reply_json({"waited": True})

    def on_drip(self, query, body, headers):
        self.write_chunks(b".", 0.05)

    def on_endless(self, query, body, headers):
        self.write_chunks(b"x" * 65536)

    def on_big(self, query, body, headers):
        self.reply(200, b"y" * int(query["bytes"]), "text/plain")

    def on_bomb(self, query, body, headers):
        self.reply(200, gzip.compress(b"\0" * (64 << 20)), headers=[("Content-Encoding", "gzip")])

    def on_zipped(self, query, body, headers):
        self.reply(200, gzip.compress(b'{"zipped": true}'), headers=[("Content-Encoding", "gzip")])

    def on_cut(self, query, body, headers):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"half")
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def on_hangup(self, query, body, headers):
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    # A login that gives tokens, of which only the last one counts.
    def on_login(self, query, body, headers):
        global logins, token
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        given = json.loads(body) if body else {}
        if self.headers.get("Authorization") != wanted and given.get("password") != PASSWORD:
            return self.reply_json({"error": "who are you"}, 403)
        with lock:
            logins += 1
            token = "%s-%04d" % (TOKEN, logins)
        self.reply_json({"data": {"keys": [{"api_key": token}]}, "login": logins})

    def on_expire(self, query, body, headers):
        global token
        with lock:
            token = None
        self.reply_json({})

    def on_guarded(self, query, body, headers):
        if token is None or self.headers.get("Authorization") != "Bearer " + token:
            return self.reply_json({"error": "expired"}, 401)
        self.reply_json({"value": "secret place", "logins": logins})

    def on_never(self, query, body, headers):
        self.reply_json({"error": "never"}, 401)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # clients that leave are what is tested


server = Server(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
