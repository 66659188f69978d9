"""List the interfaces of each device whose error counters are above a threshold.

Reads the text of "show interfaces" (Cisco IOS, IOS-XE, IOS-XR, NX-OS "show interface", Arista EOS).
"""

import json
import os
import re

from netmiko import ConnectHandler, SSHDetect

INTERFACE = re.compile(r"^(\S+) is (?:administratively )?(?:up|down)", re.MULTILINE)
COUNTER = re.compile(
    r"\b(\d+) (input errors?|output errors?|CRC(?: errors?)?|runts|giants|collisions|late collisions?|overruns?|"
    r"input discards?|output discards?|total output drops)\b",
    re.IGNORECASE,
)
DROPS = re.compile(r"Total output drops: (\d+)", re.IGNORECASE)


def connect():
    """Log in as NETSTACKS_DEVICE says, which NetStacks sets for each device the script is run on."""
    device = json.loads(os.environ["NETSTACKS_DEVICE"])
    options = {name: device[name] for name in ("device_type", "host", "port", "username", "password") if name in device}
    if "key_file" in device:
        options |= {"use_keys": True, "key_file": device["key_file"], "passphrase": device.get("key_passphrase")}
    if options["device_type"] == "autodetect":
        options["device_type"] = SSHDetect(**options).autodetect() or "generic"
    return ConnectHandler(**options)


def counters(section: str) -> dict[str, int]:
    found = {label.lower(): int(number) for number, label in COUNTER.findall(section)}
    for number in DROPS.findall(section):
        found["total output drops"] = int(number)
    return found


def main(threshold: int = 0):
    name = os.environ["NETSTACKS_DEVICE_NAME"]
    with connect() as connection:
        command = "show interface" if "nxos" in connection.device_type else "show interfaces"
        text = connection.send_command(command, read_timeout=180)
    starts = list(INTERFACE.finditer(text))
    noisy = 0
    for start, following in zip(starts, [*starts[1:], None]):
        found = counters(text[start.start() : following.start() if following else None])
        above = {label: number for label, number in found.items() if number > threshold}
        if above:
            noisy += 1
            print(f"{start[1]}: " + ", ".join(f"{number} {label}" for label, number in above.items()))
    return {"device": name, "interfaces": len(starts), "above_threshold": noisy}
