"""Save the running configuration of the device under ~/netstacks-backups/.

One file a run: <device>-<UTC time>.cfg, readable by you only, since configurations hold secrets.
"""

import json
import os
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

from netmiko import ConnectHandler
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException

COMMANDS = {
    "juniper_junos": "show configuration | display set",
    "huawei": "display current-configuration",
    "paloalto_panos": "show config running",
}
DEFAULT_COMMAND = "show running-config"


def save(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S")
    path = folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', name)}-{stamp}.cfg"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text.rstrip() + "\n")
    return path


def main() -> int:
    device = json.loads(os.environ["NETSTACKS_DEVICE"])
    name = os.environ.get("NETSTACKS_DEVICE_NAME", device.get("host", "device"))
    command = COMMANDS.get(device.get("device_type", ""), DEFAULT_COMMAND)
    try:
        with ConnectHandler(**device) as connection:
            if device.get("secret"):
                connection.enable()
            text = connection.send_command(command, read_timeout=180)
    except NetmikoAuthenticationException:
        print(f"{name}: the device refused the login", file=sys.stderr)
        return 1
    except NetmikoTimeoutException:
        print(f"{name}: no answer", file=sys.stderr)
        return 1
    path = save(Path.home() / "netstacks-backups", name, text)
    print(f"{name}: {len(text.splitlines())} lines saved to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
