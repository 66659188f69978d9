"""List the interfaces of the device whose error counters are not zero.

Reads the text of "show interfaces" (Cisco IOS, IOS-XE, IOS-XR, NX-OS "show interface", Arista EOS).
"""

import json
import os
import re
import sys

from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException

INTERFACE = re.compile(r"^(\S+) is (?:administratively )?(?:up|down)", re.MULTILINE)
COUNTER = re.compile(
    r"\b(\d+) (input errors?|output errors?|CRC(?: errors?)?|runts|giants|collisions|late collisions?|overruns?|"
    r"input discards?|output discards?|total output drops)\b",
    re.IGNORECASE,
)
DROPS = re.compile(r"Total output drops: (\d+)", re.IGNORECASE)


def counters(section: str) -> dict[str, int]:
    found = {label.lower(): int(number) for number, label in COUNTER.findall(section)}
    for number in DROPS.findall(section):
        found["total output drops"] = int(number)
    return {label: number for label, number in found.items() if number}


def main() -> int:
    device = json.loads(os.environ["NETSTACKS_DEVICE"])
    name = os.environ.get("NETSTACKS_DEVICE_NAME", device.get("host", "device"))
    command = "show interface" if "nxos" in device.get("device_type", "") else "show interfaces"
    try:
        with ConnectHandler(**device) as connection:
            text = connection.send_command(command, read_timeout=180)
    except NetmikoAuthenticationException:
        print(f"{name}: the device refused the login", file=sys.stderr)
        return 1
    except NetmikoTimeoutException:
        print(f"{name}: no answer", file=sys.stderr)
        return 1
    starts = list(INTERFACE.finditer(text))
    bad = 0
    for start, following in zip(starts, [*starts[1:], None]):
        found = counters(text[start.start() : following.start() if following else None])
        if found:
            bad += 1
            print(f"{start[1]}: " + ", ".join(f"{number} {label}" for label, number in found.items()))
    print(f"{name}: {bad} of {len(starts)} interfaces count errors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
