"""Rounds of: let the agent work, kill it with SIGKILL at a moment that only chance chose, look at what is left."""

import collections
import contextlib
import http.client
import os
import pathlib
import random
import sqlite3
import ssl
import tempfile
import threading
import time
import unittest

from agentprocess import Agent

GONE = (OSError, http.client.HTTPException, ssl.SSLError)  # what a client sees of a killed agent


class Request(threading.Thread):
    """One request on a thread and a connection of its own, from which a kill may take the answer."""

    def __init__(self, agent, method, path, body=None):
        super().__init__(daemon=True)
        self.answer = None
        self.link = agent.connect()
        self.link.connect()
        self.ask = lambda: agent.request(method, path, body, link=self.link)
        self.start()

    def run(self):
        with contextlib.suppress(*GONE):
            self.answer = self.ask()

    @property
    def status(self):
        """None when there was no answer."""
        self.join()
        self.link.close()
        return self.answer and self.answer.status


def sound(path):
    """Fails when SQLite finds anything wrong with the file (whose log, if there is one, counts)."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        for pragma, expected in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
            found = database.execute(f"PRAGMA {pragma}").fetchall()
            if found != expected:
                raise AssertionError(f"{path}: {pragma}: {found[:5]}")


def query(path, sql, *values):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return database.execute(sql, values).fetchall()


class KillRounds(unittest.TestCase):
    """$AGENT_SEED repeats the choices of a run, $AGENT_ROUNDS makes it shorter or longer (a factor). Each test has a home of
    its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        self.agent = Agent(self.home)
        self.addCleanup(self.agent.kill)
        self.seed = int(os.environ.get("AGENT_SEED", random.randrange(2**32)))
        self.random = random.Random(self.seed)
        self.window, self.outcomes = 0.1, collections.Counter()
        print(f"AGENT_SEED={self.seed}", end=" ", flush=True)

    def rounds(self, count):
        """Numbers; a round that fails is named."""
        for number in range(max(1, round(count * float(os.environ.get("AGENT_ROUNDS", 1))))):
            try:
                yield number
            except GeneratorExit:
                print(f"\nround {number} of AGENT_SEED={self.seed} failed", flush=True)
                raise

    def kill_soon(self):
        """Kills it at any moment of the window, whose width `learn` fits to this machine."""
        time.sleep(self.random.random() * self.window)
        self.agent.kill()

    def learn(self, was_late):
        """Whether the work that was to be interrupted had been done. The next kill comes a little earlier then, else a little
        later: so half of them meet work half done, on any machine."""
        self.outcomes[was_late] += 1
        self.window = min(20, self.window * (0.8 if was_late else 1.25))

    def assert_both_were_met(self):
        if "AGENT_ROUNDS" not in os.environ:
            self.assertGreater(min(self.outcomes[True], self.outcomes[False]), 0, self.outcomes)
