"""The command line of a network device, in the manner of IOS: it echoes what is typed, stops long output with a pager, and
ends a command on Ctrl-C. Used by sshserver.py.

Settings, all optional:
  hostname     default "edge-1"
  banner       what it says before the first prompt; with a pause of bannerPause seconds after it
  page         lines a page (default 24)
  outputs      {command: text}; the text's lines end in LF
  secret       what `enable` asks for
  hanging      commands that say their output and then nothing more until Ctrl-C
  deaf         such commands that do not even listen to Ctrl-C
  late         {command: [seconds, text]}: says its output, ignores Ctrl-C, and says the text after so long
Events: "typed <line>", "interrupted".
"""

import asyncio
import collections

MARKER = ' --More-- '


class Interrupted(Exception):
    pass


class Cli:
    def __init__(self, process, settings, report):
        self.process, self.settings, self.report = process, settings, report
        self.keys = collections.deque()
        self.mode = '>'

    def say(self, text):
        self.process.stdout.write(text.replace('\n', '\r\n'))

    async def key(self):
        while not self.keys:
            data = await self.process.stdin.read(4096)
            if not data:
                raise EOFError
            self.keys.extend(data)
        return self.keys.popleft()

    async def line(self, echo=True):
        typed = ''
        while True:
            key = await self.key()
            if key == '\x03':
                raise Interrupted
            if key in '\r\n':
                self.say('\n')
                return typed
            typed += key
            if echo:
                self.say(key)

    async def show(self, text):
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if number and number % self.settings.get('page', 24) == 0:
                self.say(MARKER)
                key = await self.key()
                self.say('\b' * len(MARKER) + ' ' * len(MARKER) + '\b' * len(MARKER))
                if key == '\x03':
                    raise Interrupted
                if key == 'q':
                    return
            self.say(line + '\n')

    async def execute(self, command):
        self.report('typed', command)
        if command == 'enable' and 'secret' in self.settings:
            self.say('Password: ')
            if await self.line(echo=False) == self.settings['secret']:
                self.mode = '#'
            else:
                self.say('% Bad secrets\n\n')
            return
        outputs = self.settings.get('outputs', {})
        if command in outputs:
            await self.show(outputs[command])
        elif command:
            self.say(f"% Invalid input detected at '^' marker.\n\n")
        if command in self.settings.get('deaf', []):
            while True:
                await self.key()
        if command in self.settings.get('hanging', []):
            while await self.key() != '\x03':
                pass
            raise Interrupted
        if command in self.settings.get('late', {}):
            seconds, text = self.settings['late'][command]
            await asyncio.sleep(seconds)
            self.keys.clear()
            self.say(text)

    async def serve(self):
        self.say(self.settings.get('banner', ''))
        await asyncio.sleep(self.settings.get('bannerPause', 0))
        while True:
            self.say(f"\n{self.settings.get('hostname', 'edge-1')}{self.mode}")
            try:
                command = await self.line()
                if command == 'exit':
                    return
                await self.execute(command)
            except Interrupted:
                self.report('interrupted')
                self.say('^C')


async def run(process, settings, report):
    try:
        await Cli(process, settings, report).serve()
    except EOFError:
        pass
    process.exit(0)
