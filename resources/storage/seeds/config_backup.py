"""Save the running configuration of each device under ~/netstacks-backups/.

One file a run: <device>_<date>_<time>.txt, readable by you only, since configurations hold secrets.
"""

import json
import os
import re
from datetime import datetime
from pathlib import Path

from netmiko import ConnectHandler, SSHDetect

COMMANDS = {
    "juniper_junos": "show configuration | display set",
    "paloalto_panos": "show config running",
    "fortinet": "show full-configuration",
}
DEFAULT_COMMAND = "show running-config"


def connect():
    """Log in as NETSTACKS_DEVICE says, which NetStacks sets for each device the script is run on."""
    device = json.loads(os.environ["NETSTACKS_DEVICE"])
    options = {name: device[name] for name in ("device_type", "host", "port", "username", "password") if name in device}
    if "key_file" in device:
        options |= {"use_keys": True, "key_file": device["key_file"], "passphrase": device.get("key_passphrase")}
    if options["device_type"] == "autodetect":
        options["device_type"] = SSHDetect(**options).autodetect() or "generic"
    return ConnectHandler(**options)


def save(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', name)}_{datetime.now():%Y%m%d_%H%M%S}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text.rstrip() + "\n")
    return path


def main():
    name = os.environ["NETSTACKS_DEVICE_NAME"]
    with connect() as connection:
        command = COMMANDS.get(connection.device_type, DEFAULT_COMMAND)
        text = connection.send_command(command, read_timeout=180)
    path = save(Path.home() / "netstacks-backups", name, text)
    return {"device": name, "lines": len(text.splitlines()), "file": str(path)}
