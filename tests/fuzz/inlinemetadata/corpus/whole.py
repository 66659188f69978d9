#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "netmiko>=4", # why
#   'b',
# ]
# [tool.uv]
# x = { y = 1, z = [1, 2] }
# ///
import netmiko
