"""A server on the SSH port that means no good. Prints its port, then one line an event.

usage: hostileserver.py <folder for the host key> <settings as JSON>

`mode` says what it does; `text` and `count` are for those that take them.

On the bare socket, before any key exchange:
  silent          says nothing
  version         says its version and nothing more
  giant-banner    a version line of `count` bytes, then silence
  endless-banner  a version line without an end
  lines           `count` lines of `text` where the version should be, then silence; no count: without an end
  goodbye         its version, then a disconnect message with `text`
  names           its version, then an offer of algorithms that are all called `text`
  giant-packet    its version, then a packet that claims to be of 4 GiB
  ignore-flood    its version, then ignore messages without an end

With a key exchange and a login that lets everybody in:
  swallow         takes the messages whose numbers are in `types` and never answers them
  issue-flood     banners for people (USERAUTH_BANNER) without an end, instead of an answer to the login
  prompts         keyboard-interactive with `count` prompts at once
  questions       keyboard-interactive that asks nothing, again and again
  early-data      data on channels that nobody has opened, right after the login; then a shell that echoes
  parting         a disconnect message with `text` at the first key in the shell
  refusal         refuses the session channel with `text`
  opens           opens `count` channels of each kind that a client could be asked for; "refused <n>" when n were
  requests        `count` global and channel requests; "answered <n>" when n were
  request-flood   global requests without an end, and reads no answer
  window          `count` pieces of 32 KiB, whatever the window says; "sent" when they are out
"""

import asyncio
import json
import os
import socket
import struct
import sys
import threading

import asyncssh
from asyncssh.packet import Boolean, SSHPacketHandler, String, UInt32

FOLDER, SETTINGS = sys.argv[1], json.loads(sys.argv[2])
MODE, TEXT, COUNT = SETTINGS['mode'], SETTINGS.get('text', ''), SETTINGS.get('count', 0)
VERSION = b'SSH-2.0-Hostile\r\n'
PIECE = b'A' * 32768

DISCONNECT, IGNORE, KEXINIT, USERAUTH_BANNER = 1, 2, 20, 53
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
CHANNEL_OPEN, CHANNEL_DATA, CHANNEL_REQUEST = 90, 94, 98
FIRST_FREE_CHANNEL = 1000


def report(*words):
    print(*words, flush=True)


def clear_packet(payload):
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack('>IB', len(payload) + padding + 1, padding) + payload + bytes(padding)


def text_bytes():
    """`text` as it is, but for `\\xNN`: JSON has no way to write bytes that are no UTF-8."""
    return TEXT.encode().decode('unicode_escape').encode('latin-1')


def misbehave(link):
    if MODE == 'version':
        link.sendall(VERSION)
    elif MODE == 'giant-banner':
        link.sendall(b'SSH-2.0-' + b'A' * COUNT)
    elif MODE == 'endless-banner':
        link.sendall(b'SSH-2.0-')
        while True:
            link.sendall(PIECE)
    elif MODE == 'lines':
        line = text_bytes() + b'\r\n'
        link.sendall(line * COUNT)
        while not COUNT:
            link.sendall(line * 1000)
    elif MODE == 'goodbye':
        text = text_bytes()
        link.sendall(VERSION + clear_packet(struct.pack('>BII', DISCONNECT, 2, len(text)) + text + struct.pack('>I', 0)))
    elif MODE == 'names':
        name = text_bytes()
        names = struct.pack('>I', len(name)) + name
        link.sendall(VERSION + clear_packet(bytes([KEXINIT]) + os.urandom(16) + names * 10 + bytes(5)))
    elif MODE == 'giant-packet':
        link.sendall(VERSION + b'\xff\xff\xff\xff\x08' + PIECE)
    elif MODE == 'ignore-flood':
        packet = clear_packet(struct.pack('>BI', IGNORE, 16384) + bytes(16384))
        link.sendall(VERSION)
        while True:
            link.sendall(packet)
    while link.recv(65536):
        pass


def serve_bare():
    listener = socket.create_server(('127.0.0.1', 0))
    report(listener.getsockname()[1])

    def one(link):
        report('connection')
        try:
            misbehave(link)
        except OSError:
            pass
        report('gone')

    while True:
        link, _ = listener.accept()
        threading.Thread(target=one, args=(link,), daemon=True).start()


class Refused:
    """One of the channels we asked the client for, as AsyncSSH sees it."""

    refused = 0

    def process_open_confirmation(self, *_):
        report('opened')

    def process_open_failure(self, *_):
        Refused.refused += 1
        if Refused.refused == 4 * COUNT:
            report('refused', Refused.refused)

    def process_connection_close(self, _):
        pass


class Ears:
    """Sees every message that comes in before AsyncSSH does."""

    answers = 0
    usual = SSHPacketHandler.process_packet

    @staticmethod
    def process(handler, kind, number, packet):
        if kind in SETTINGS.get('types', []):
            report('swallowed', kind)
            return True
        if kind in (REQUEST_SUCCESS, REQUEST_FAILURE):
            Ears.answers += 1
            if Ears.answers == COUNT:
                report('answered', Ears.answers)
            return True
        return Ears.usual(handler, kind, number, packet)


class Server(asyncssh.SSHServer):
    def connection_made(self, conn):
        self.conn = conn
        report('connection')

    def connection_lost(self, exc):
        report('gone')

    async def begin_auth(self, username):
        if MODE == 'issue-flood':
            while True:
                self.conn.send_packet(USERAUTH_BANNER, String(PIECE), String(''))
                await room(self.conn)
        return True

    def auth_completed(self):
        if MODE == 'early-data':
            for channel in (0, 1, 43, 0xffffffff):
                self.conn.send_packet(CHANNEL_DATA, UInt32(channel), String('nobody asked'))

    def password_auth_supported(self):
        return MODE not in ('prompts', 'questions')

    def validate_password(self, username, password):
        return True

    def kbdint_auth_supported(self):
        return MODE in ('prompts', 'questions')

    def get_kbdint_challenge(self, username, lang, submethods):
        prompts = [('Password %d: ' % n, False) for n in range(COUNT)] if MODE == 'prompts' else []
        return '', TEXT, '', prompts

    def validate_kbdint_response(self, username, responses):
        report('answers', len(responses))
        return self.get_kbdint_challenge(username, '', '') if MODE == 'questions' else True

    def session_requested(self):
        if MODE == 'refusal':
            raise asyncssh.ChannelOpenError(1, TEXT.encode().decode('unicode_escape'))
        return asyncssh.process.SSHServerProcess(shell, None, 3, False)


async def room(conn):
    """Waits until the client has taken most of what was sent: this program is not what is tested."""
    await asyncio.sleep(0)
    while conn._transport and conn._transport.get_write_buffer_size() > 4_000_000:
        await asyncio.sleep(0.01)
    if not conn._transport:
        raise ConnectionError


async def shell(process):
    conn, far = process.channel.get_connection(), process.channel._send_chan
    report('shell')
    try:
        await torment(conn, far, process)
    except ConnectionError:
        pass


async def torment(conn, far, process):
    if MODE == 'parting':
        process.stdout.write('ready\r\n')
        await process.stdin.read(1)
        conn.send_packet(DISCONNECT, UInt32(11), String(text_bytes()), String(''))
    elif MODE == 'opens':
        number = FIRST_FREE_CHANNEL
        address = String('192.0.2.1') + UInt32(4)
        for kind, more in (('x11', address), ('auth-agent@openssh.com', b''), ('forwarded-tcpip', address + address),
                           ('session', b'')):
            for _ in range(COUNT):
                conn._channels[number] = Refused()
                conn.send_packet(CHANNEL_OPEN, String(kind), UInt32(number), UInt32(65536), UInt32(16384), more)
                number += 1
                await room(conn)
    elif MODE == 'requests':
        for number in range(COUNT):
            conn.send_packet(GLOBAL_REQUEST, String('tcpip-forward' if number % 2 else 'no-such@example.com'),
                             Boolean(True), String('') + UInt32(0))
            conn.send_packet(CHANNEL_REQUEST, UInt32(far), String('no-such@example.com'), Boolean(False))
            await room(conn)
    elif MODE == 'request-flood':
        conn._transport.pause_reading()
        while True:
            conn.send_packet(GLOBAL_REQUEST, String('no-such@example.com'), Boolean(True))
            await room(conn)
    elif MODE == 'window':
        for _ in range(COUNT):
            conn.send_packet(CHANNEL_DATA, UInt32(far), String(PIECE))
            await room(conn)
        report('sent')
    process.stdout.write('ready\r\n')
    while data := await process.stdin.read(65536):
        process.stdout.write(data)


async def serve_ssh():
    SSHPacketHandler.process_packet = Ears.process
    path = os.path.join(FOLDER, 'host_key')
    if not os.path.exists(path):
        asyncssh.generate_private_key('ssh-ed25519').write_private_key(path)
    server = await asyncssh.create_server(Server, '127.0.0.1', 0, server_host_keys=[path], line_editor=False,
                                          login_timeout=0)
    report(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


BARE = ('silent', 'version', 'giant-banner', 'endless-banner', 'lines', 'goodbye', 'names', 'giant-packet',
        'ignore-flood')
if MODE in BARE:
    serve_bare()
else:
    asyncio.run(serve_ssh())
