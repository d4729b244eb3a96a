"""Hashes, ciphers and signatures give the results that standards and other implementations give."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from fastgw.expr.library.crypto.x509 import X509Certificate2
from fastgw.expr.runtime.values import ByteArray
from tests.expr.running import failure, run

HEX = 'BitConverter.ToString({}).Replace("-", "").ToLower()'


def hexed(expression: str) -> str:
    return str(run(HEX.format(expression)))


def data(hex: str) -> ByteArray:
    return ByteArray(bytearray.fromhex(hex))


# FIPS 180-4 and RFC 1321, the message "abc".
ABC = {
    "MD5": "900150983cd24fb0d6963f7d28e17f72",
    "SHA1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "SHA256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "SHA384": "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
    "8086072ba1e7cc2358baeca134c825a7",
    "SHA512": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
}


@pytest.mark.parametrize("name", ABC)
def test_hashes_of_the_standard(name: str) -> None:
    assert hexed(f'{name}.Create().ComputeHash(Encoding.UTF8.GetBytes("abc"))') == ABC[name]
    assert hexed(f'{name}.Create().ComputeHash(Encoding.UTF8.GetBytes("xabcx"), 1, 3)') == ABC[name]
    assert run(f"{name}.Create().HashSize") == len(ABC[name]) * 4


# RFC 2202 section 2 and RFC 4231 section 4.3: the key "Jefe".
JEFE = {
    "MD5": "750c783e6ab0b503eaa86e310a5db738",
    "SHA1": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    "SHA256": "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    "SHA384": "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
    "8e2240ca5e69e2c78b3239ecfab21649",
    "SHA512": "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
}


@pytest.mark.parametrize("name", JEFE)
def test_authentication_codes_of_the_standard(name: str) -> None:
    text = 'Encoding.UTF8.GetBytes("what do ya want for nothing?")'
    key = 'Encoding.UTF8.GetBytes("Jefe")'
    assert hexed(f"new HMAC{name}({key}).ComputeHash({text})") == JEFE[name]


# NIST SP 800-38A, F.2.1 to F.2.6 and F.1.1: the first block.
PLAIN = "6bc1bee22e409f96e93d7e117393172a"
IV = "000102030405060708090a0b0c0d0e0f"
KEYS = {
    "2b7e151628aed2a6abf7158809cf4f3c": "7649abac8119b246cee98e9b12e9197d",
    "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b": "4f021db243bc633d7178183a9fa071e8",
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4": "f58c4c04d6e5f1ba779eabfb5f7bfbd6",
}


@pytest.mark.parametrize("key", KEYS)
def test_aes_of_the_standard(key: str) -> None:
    source = """
        using (var aes = Aes.Create())
        {
            aes.Padding = PaddingMode.None;
            var key = (byte[])context.Variables["key"];
            var iv = (byte[])context.Variables["iv"];
            var made = ((byte[])context.Variables["plain"]).Encrypt(aes, key, iv);
            return BitConverter.ToString(made) + " " + BitConverter.ToString(made.Decrypt(aes, key, iv));
        }
    """
    found = run(source, key=data(key), iv=data(IV), plain=data(PLAIN)).replace("-", "").lower()
    assert found == f"{KEYS[key]} {PLAIN}"


def test_aes_without_chaining() -> None:
    source = """
        var aes = Aes.Create(); aes.Mode = CipherMode.ECB; aes.Padding = PaddingMode.None;
        aes.Key = (byte[])context.Variables["key"];
        return BitConverter.ToString(((byte[])context.Variables["plain"]).Encrypt(aes));
    """
    found = run(source, key=data(next(iter(KEYS))), plain=data(PLAIN))
    assert found.replace("-", "").lower() == "3ad77bb40d7a3660a89ecaf32466ef97"


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 100])
@pytest.mark.parametrize("mode", ["PKCS7", "ANSIX923"])
def test_padding_is_removed(length: int, mode: str) -> None:
    source = f"""
        var aes = Aes.Create(); aes.Padding = PaddingMode.{mode};
        var data = new byte[{length}];
        return data.Encrypt(aes).Length + " " + data.Encrypt(aes).Decrypt(aes).Length;
    """
    assert run(source) == f"{length // 16 * 16 + 16} {length}"


def test_ciphers_by_name_pad_with_pkcs7() -> None:
    source = """
        var key = new byte[32]; var iv = new byte[16];
        var made = Encoding.UTF8.GetBytes("a").Encrypt("Aes", key, iv);
        return Encoding.UTF8.GetString(made.Decrypt("Aes", key, iv));
    """
    assert run(source) == "a"


@pytest.mark.parametrize(
    ("source", "exception"),
    [
        ('new byte[1].Encrypt("Aes", new byte[15], new byte[16])', "CryptographicException"),
        ('new byte[1].Encrypt("Aes", new byte[16], new byte[15])', "CryptographicException"),
        ('new byte[1].Encrypt("Rot13", new byte[16], new byte[16])', "ArgumentException"),
        ('new byte[1].Decrypt("Aes", new byte[16], new byte[16])', "CryptographicException"),
        ('new byte[16].Decrypt("Aes", new byte[16], new byte[16])', "CryptographicException"),
        ('((byte[])null).Encrypt("Aes", new byte[16], new byte[16])', "ArgumentNullException"),
        ('new byte[1].Encrypt("Aes", null, new byte[16])', "ArgumentNullException"),
        ("SHA256.Create().ComputeHash((byte[])null)", "ArgumentNullException"),
        ("SHA256.Create().ComputeHash(new byte[1], 1, 1)", "ArgumentOutOfRangeException"),
        ("SHA256.Create().ComputeHash(new byte[1], -1, 1)", "ArgumentOutOfRangeException"),
        ("new HMACSHA256(null)", "ArgumentNullException"),
        ("new X509Certificate2(new byte[0])", "ArgumentException"),
        ("new X509Certificate2(new byte[3])", "CryptographicException"),
    ],
)
def test_faults_are_those_of_dotnet(source: str, exception: str) -> None:
    assert failure(source) == exception


KEY = rsa.generate_private_key(65537, 2048)


def certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Contoso, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, "caller"),
        ]
    )
    begin = datetime(2024, 3, 5, 14, 7, 9, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(0xAB12).not_valid_before(begin).not_valid_after(begin + timedelta(days=30))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("a.test")]), critical=False)
    return made.sign(key, hashes.SHA256())


def holder(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY) -> X509Certificate2:
    pfx = serialization.pkcs12.serialize_key_and_certificates(
        None, key, certificate(key), None, serialization.BestAvailableEncryption(b"pw")
    )
    return X509Certificate2.read(pfx, "pw")


HELD = 'var c = (X509Certificate2)context.Variables["c"]; var d = Encoding.UTF8.GetBytes("abc");'


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("c.Subject", 'CN=caller, O="Contoso, Inc.", C=DE'),
        ("c.SerialNumber", "00AB12"),
        ("BitConverter.ToString(c.GetSerialNumber())", "12-AB-00"),
        ('c.NotBefore.ToString("o")', "2024-03-05T14:07:09.0000000+00:00"),
        ("c.Version", 3),
        ("c.HasPrivateKey", True),
        ("c.SignatureAlgorithm.FriendlyName", "sha256RSA"),
        ("c.PublicKey.Oid.FriendlyName", "RSA"),
        ("c.GetNameInfo(X509NameType.SimpleName, false)", "caller"),
        ("c.GetNameInfo(X509NameType.DnsName, false)", "a.test"),
        ("c.Thumbprint == c.GetCertHashString()", True),
        ("c.Verify()", False),
        ("new X509Certificate2(c.RawData).HasPrivateKey", False),
        ("new X509Certificate2(c.RawData).Equals(c)", True),
        ('new X509Certificate2(c.Export(X509ContentType.Pfx, "x"), "x").HasPrivateKey', True),
        ("c.GetRSAPublicKey().KeySize", 2048),
    ],
)
def test_certificates(expression: str, value: object) -> None:
    assert run(f"{HELD} return {expression};", c=holder()) == value


def test_the_thumbprint_is_the_sha1_of_the_certificate() -> None:
    expected = certificate().fingerprint(hashes.SHA1()).hex().upper()
    held = X509Certificate2.read(certificate().public_bytes(serialization.Encoding.DER))
    assert run('((X509Certificate2)context.Variables["c"]).Thumbprint', c=held) == expected


@pytest.mark.parametrize("name", ["SHA1", "SHA256", "SHA384", "SHA512"])
@pytest.mark.parametrize("mode", ["Pkcs1", "Pss"])
def test_signatures_are_those_that_others_verify(name: str, mode: str) -> None:
    source = f"{HELD} return Convert.ToBase64String(c.GetRSAPrivateKey().SignData("
    source += f"d, HashAlgorithmName.{name}, RSASignaturePadding.{mode}));"
    signature = base64.b64decode(run(source, c=holder()))
    algorithm: hashes.HashAlgorithm = getattr(hashes, name)()
    pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    chosen: padding.AsymmetricPadding = padding.PKCS1v15() if mode == "Pkcs1" else pss
    KEY.public_key().verify(signature, b"abc", chosen, algorithm)
    check = f"""{HELD} var s = (byte[])context.Variables["s"]; var key = c.GetRSAPublicKey();
        return key.VerifyData(d, s, HashAlgorithmName.{name}, RSASignaturePadding.{mode}) + " "
            + key.VerifyData(new byte[1], s, HashAlgorithmName.{name}, RSASignaturePadding.{mode});"""
    assert run(check, c=holder(), s=ByteArray(signature)) == "True False"


@pytest.mark.parametrize("mode", ["Pkcs1", "OaepSHA1", "OaepSHA256"])
def test_what_is_encrypted_for_a_certificate_its_holder_decrypts(mode: str) -> None:
    source = f"""{HELD} var p = RSAEncryptionPadding.{mode};
        return Encoding.UTF8.GetString(c.GetRSAPrivateKey().Decrypt(c.GetRSAPublicKey().Encrypt(d, p), p));"""
    assert run(source, c=holder()) == "abc"


def test_keys_of_another_kind_are_null() -> None:
    curve = holder(ec.generate_private_key(ec.SECP256R1()))
    assert run(f"{HELD} return c.GetRSAPrivateKey() == null && c.GetRSAPublicKey() == null;", c=curve) is True
    assert run(f"{HELD} return c.PublicKey.Oid.FriendlyName;", c=curve) == "ECC"


def test_a_wrong_password_says_so() -> None:
    source = f'{HELD} return new X509Certificate2(c.Export(X509ContentType.Pfx, "x"), "y");'
    assert failure(source, c=holder()) == "CryptographicException"


def test_a_certificate_alone_signs_nothing() -> None:
    source = f"{HELD} return new X509Certificate2(c.RawData).GetRSAPrivateKey() == null;"
    assert run(source, c=holder()) is True
