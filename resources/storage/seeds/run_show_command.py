"""Run one show command on each device and print what it answers."""

import json
import os

from netmiko import ConnectHandler, SSHDetect


def connect():
    """Log in as NETSTACKS_DEVICE says, which NetStacks sets for each device the script is run on."""
    device = json.loads(os.environ["NETSTACKS_DEVICE"])
    options = {name: device[name] for name in ("device_type", "host", "port", "username", "password") if name in device}
    if "key_file" in device:
        options |= {"use_keys": True, "key_file": device["key_file"], "passphrase": device.get("key_passphrase")}
    if options["device_type"] == "autodetect":
        options["device_type"] = SSHDetect(**options).autodetect() or "generic"
    return ConnectHandler(**options)


def main(command: str = "show version"):
    name = os.environ["NETSTACKS_DEVICE_NAME"]
    with connect() as connection:
        output = connection.send_command(command, read_timeout=60)
    print(output)
    return {"device": name, "command": command, "lines": len(output.splitlines())}
