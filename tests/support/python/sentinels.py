"""Unique texts that stand for secrets, and the search for them in any form a program might write them."""

import base64
import pathlib
import secrets


class Sentinel:
    """`text` goes where a secret goes. Its core has only letters and digits, so that no escaping hides it; around it stand
    characters that JSON, URLs and shells treat in their own ways."""

    def __init__(self, name):
        self.name, self.core = name, "Zq" + secrets.token_hex(10)
        self.text = f"ä\"{self.core}\\ß"

    def __repr__(self):
        return self.name

    def needles(self):
        core = self.core.encode()
        forms = {"as it is": core, "in hex": core.hex().encode(), "in upper-case hex": core.hex().upper().encode(),
                 "in UTF-16": self.core.encode("utf-16-le"), "in big-endian UTF-16": self.core.encode("utf-16-be"),
                 "in UTF-32": self.core.encode("utf-32-le"), "reversed": core[::-1]}
        for shift in range(3):  # where the core begins within a group of three bytes
            for name, encode in (("base64", base64.b64encode), ("URL-safe base64", base64.urlsafe_b64encode)):
                whole = encode(b"\0" * shift + core).rstrip(b"=")
                forms[f"in {name} at {shift}"] = whole[(0, 2, 3)[shift]:-1]
        return forms


class Sentinels:
    def __init__(self):
        self.all = []

    def new(self, name):
        self.all.append(Sentinel(name))
        return self.all[-1]

    def found_in(self, places):
        """`places`: label -> bytes. @return what was found where, for a message"""
        hits = []
        for label, content in places.items():
            for sentinel in self.all:
                hits += [f"{sentinel.name} {form}: {label}" for form, needle in sentinel.needles().items() if needle in content]
        return hits


def files_below(folder):
    """Every file: the database with its log, backups, exports, logs of the program."""
    places = {}
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and not path.is_symlink():
            places[str(path)] = str(path).encode() + path.read_bytes()
    return places


def processes(pids):
    """Command line and environment as anybody with the right may read them."""
    places = {}
    for pid in pids:
        for name in ("cmdline", "environ"):
            try:
                places[f"/proc/{pid}/{name}"] = pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
            except OSError:  # gone meanwhile
                pass
    return places
