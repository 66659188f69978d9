"""The vault's format (contract 02 section 2.1) without the agent's code: OpenSSL's command for the key, python3-cryptography
for the cipher."""

import os
import subprocess

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PROOF = b"COCKPIT_VAULT_OK"
SALT_SIZE, NONCE_SIZE, TAG_SIZE = 32, 12, 16


def derive(password, salt):
    """Argon2id, version 0x13, 19456 KiB, 2 passes, 1 lane."""
    options = {"hexpass": password.encode().hex(), "hexsalt": salt.hex(), "iter": 2, "memcost": 19456, "lanes": 1}
    words = [word for name, value in options.items() for word in ("-kdfopt", f"{name}:{value}")]
    return subprocess.run(["openssl", "kdf", "-keylen", "32", *words, "-binary", "ARGON2ID"], check=True,
                          capture_output=True).stdout


class VaultCipher:
    """One master password under one salt."""

    def __init__(self, password, salt=None):
        self.salt = salt or os.urandom(SALT_SIZE)
        self.key = derive(password, self.salt)

    @classmethod
    def of_record(cls, password, record):
        """The key that opens a verification record, or None when the password is wrong."""
        cipher = cls(password, bytes(record[:SALT_SIZE]))
        return cipher if cipher.open(record) == PROOF else None

    def seal(self, text, nonce=None):
        nonce = nonce or os.urandom(NONCE_SIZE)
        return self.salt + nonce + AESGCM(self.key).encrypt(nonce, text if isinstance(text, bytes) else text.encode(), None)

    def record(self):
        return self.seal(PROOF)

    def open(self, blob):
        """The plain bytes, or None when the blob is not under this key."""
        blob = bytes(blob)
        if len(blob) < SALT_SIZE + NONCE_SIZE + TAG_SIZE:
            return None
        try:
            return AESGCM(self.key).decrypt(blob[SALT_SIZE:SALT_SIZE + NONCE_SIZE], blob[SALT_SIZE + NONCE_SIZE:], None)
        except InvalidTag:
            return None
