"""An SSH server that reports what clients send it.

usage: sshserver.py <folder for the host key> <settings as JSON>

Prints its port, then one line an event. Settings, all optional:
  password        the password that is right (default: none is)
  passwordMethod  offer the method `password` (default true)
  keyFirst        a public key that must log in before the password counts: neither is enough alone
  kbdint          list of requests to ask in turn, each a list of [prompt, echo] (default: not offered)
  kbdintAnswers   list of answer lists that are right (default: every hidden answer equals the password)
  forwarding      let direct-tcpip streams through (default false)
  banner          text before the login
  hostKeys        names of the host key algorithms to show (default: all that the keys can do)
  algorithms      keyword arguments for asyncssh.create_server (kex_algs, encryption_algs, mac_algs, ...)
  intrude         a port: opens a `forwarded-tcpip` channel for it after the login, which nobody has asked for
  shell           "echo" (default), "close" (ends at once), "hang-up" (drops the connection after the first input),
                  "cli" (a network device's command line, see fakecli.py)
  cli             settings of that command line
  exec            what commands on an exec channel answer: {command: [output, errors, exit code]}; default: refused
  sftp            serve the files of this machine (default false)
  channelsEver    how many session channels one connection gets in its whole life (default: no limit)
"""

import asyncio
import json
import os
import sys

import asyncssh
from asyncssh.process import SSHServerProcess

import fakecli

FOLDER, SETTINGS = sys.argv[1], json.loads(sys.argv[2])


def report(*words):
    print(*words, flush=True)


class Server(asyncssh.SSHServer):
    def connection_made(self, conn):
        self.conn = conn
        if 'hostKeys' in SETTINGS:
            keys = {name.encode(): conn._server_host_keys[name.encode()] for name in SETTINGS['hostKeys']}
            conn._server_host_keys, conn._server_host_key_algs = keys, list(keys)
        self.asked = 0
        self.answers = []
        self.has_key = 'keyFirst' not in SETTINGS
        if not self.has_key:
            self.let_in, conn.send_userauth_success = conn.send_userauth_success, self.ask_for_more
        report('connection')

    def ask_for_more(self):
        """The first of two right answers is a partial success; AsyncSSH itself knows one step only."""
        method = type(self.conn._auth).__name__
        if self.has_key and 'PublicKey' not in method:
            self.let_in()
        else:
            self.has_key = self.has_key or 'PublicKey' in method
            self.conn.send_userauth_failure(self.has_key)

    def connection_lost(self, exc):
        report('gone')

    def begin_auth(self, username):
        report('auth', username)
        if 'banner' in SETTINGS:
            self.conn.send_auth_banner(SETTINGS['banner'])
        return True

    def public_key_auth_supported(self):
        return not self.has_key

    def validate_public_key(self, username, key):
        return key.export_public_key().decode().split()[1] == SETTINGS['keyFirst'].split()[1]

    def connection_requested(self, dest_host, dest_port, orig_host, orig_port):
        return SETTINGS.get('forwarding', False)

    def auth_completed(self):
        if 'intrude' in SETTINGS:
            self.intrusion = asyncio.ensure_future(self.intrude(SETTINGS['intrude']))

    async def intrude(self, port):
        try:
            await self.conn.create_connection(asyncssh.SSHTCPSession, 'localhost', port, '127.0.0.1', 4711)
            report('intrude', 'accepted')
        except asyncssh.ChannelOpenError:
            report('intrude', 'refused')

    def password_auth_supported(self):
        return SETTINGS.get('passwordMethod', True) and self.has_key

    def validate_password(self, username, password):
        right = password == SETTINGS.get('password')
        report('password', 'right' if right else 'wrong')
        return right

    def kbdint_auth_supported(self):
        return 'kbdint' in SETTINGS and self.has_key

    def get_kbdint_challenge(self, username, lang, submethods):
        report('kbdint-request', repr(submethods))
        return self.next_challenge()

    def next_challenge(self):
        request = SETTINGS['kbdint'][self.asked]
        self.asked += 1
        return '', '', '', [(prompt, echo) for prompt, echo in request]

    def validate_kbdint_response(self, username, responses):
        self.answers.append(list(responses))
        report('kbdint-answer', json.dumps(list(responses)))
        if self.asked < len(SETTINGS['kbdint']):
            return self.next_challenge()
        right = self.answers == SETTINGS.get('kbdintAnswers')
        report('kbdint', 'right' if right else 'wrong')
        return right

    def session_requested(self):  # only asked with channelsEver
        self.channels = getattr(self, 'channels', 0) + 1
        if self.channels > SETTINGS['channelsEver']:
            report('channel refused')
            return False
        return SSHServerProcess(shell, None, 3, False)


async def shell(process):
    if process.command is not None:
        report('exec', process.command)
        output, errors, code = SETTINGS['exec'][process.command]
        process.stdout.write(output)
        process.stderr.write(errors)
        process.exit(code)
        return
    kind = SETTINGS.get('shell', 'echo')
    report('shell', process.term_type, *process.term_size[:2])
    report('channels', len(process.channel.get_connection()._channels))
    if kind == 'cli':
        await fakecli.run(process, SETTINGS.get('cli', {}), report)
        return
    process.stdout.write('welcome\r\n')
    if kind == 'close':
        process.exit(0)
        return
    while True:
        try:
            data = await process.stdin.read(65536)
        except asyncssh.TerminalSizeChanged as change:
            report('resize', change.width, change.height)
            continue
        except asyncssh.BreakReceived:
            continue
        if not data:
            break
        if kind == 'hang-up':
            process.channel.get_connection().abort()
            return
        process.stdout.write(data)
    process.exit(0)


async def main():
    path = os.path.join(FOLDER, 'host_key')
    if not os.path.exists(path):
        asyncssh.generate_private_key('ssh-ed25519').write_private_key(path)
        asyncssh.generate_private_key('ssh-rsa', key_size=2048).write_private_key(path + '_rsa')
    server = await asyncssh.create_server(Server, '127.0.0.1', 0, server_host_keys=[path, path + '_rsa'],
                                          process_factory=None if 'channelsEver' in SETTINGS else shell,
                                          line_editor=False, sftp_factory=SETTINGS.get('sftp', False),
                                          **SETTINGS.get('algorithms', {}))
    report(server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


asyncio.run(main())
