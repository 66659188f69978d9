"""Run one show command on the device and print what it answers.

NETSTACKS_DEVICE holds the device as JSON, in the words of netmiko's ConnectHandler;
NETSTACKS_DEVICE_NAME holds the name shown in NetStacks. Change COMMAND to your liking.
"""

import json
import os
import sys

from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException

COMMAND = "show version"


def main() -> int:
    device = json.loads(os.environ["NETSTACKS_DEVICE"])
    name = os.environ.get("NETSTACKS_DEVICE_NAME", device.get("host", "device"))
    try:
        with ConnectHandler(**device) as connection:
            print(f"== {name}: {COMMAND}")
            print(connection.send_command(COMMAND, read_timeout=60))
    except NetmikoAuthenticationException:
        print(f"{name}: the device refused the login", file=sys.stderr)
        return 1
    except NetmikoTimeoutException:
        print(f"{name}: no answer", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
