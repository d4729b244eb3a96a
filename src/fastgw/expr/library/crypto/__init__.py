"""System.Security.Cryptography: hashes, HMACs, RSA, AES, certificates; with keys that policies have."""
