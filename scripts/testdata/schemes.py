"""Addresses of other schemes than Ethereum's: Tron, Cosmos chains, Bitcoin.

Base58check and bech32 are written out here from the Bitcoin wiki and from
BIP-173 and BIP-350; RIPEMD-160 is pycryptodome's, SHA-256 hashlib's.
"""

import base64
import hashlib

import coincurve
from Crypto.Hash import RIPEMD160

from common import evm_address, keccak256

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def sha256(data):
    return hashlib.sha256(data).digest()


def hash160(data):
    return RIPEMD160.new(sha256(data)).digest()


def base58(data):
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    zeros = len(data) - len(data.lstrip(b"\0"))
    return BASE58[0] * zeros + text


def base58check(version, payload):
    data = bytes([version]) + payload
    return base58(data + sha256(sha256(data))[:4])


def polymod(values):
    """BIP-173, "Checksum"."""
    generator = [0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for i in range(5):
            state ^= generator[i] if (top >> i) & 1 else 0
    return state


BECH32_SUM, BECH32M_SUM = 1, 0x2BC830A3


def bech32_symbols(hrp, symbols, constant=BECH32_SUM):
    expanded = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    state = polymod(expanded + symbols + [0] * 6) ^ constant
    checksum = [(state >> 5 * (5 - i)) & 31 for i in range(6)]
    return hrp + "1" + "".join(BECH32[s] for s in symbols + checksum)


def to_symbols(data):
    """Eight bits to five, padded with zeros."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]


def bech32(hrp, data, constant=BECH32_SUM):
    return bech32_symbols(hrp, to_symbols(data), constant)


def segwit(hrp, version, program, constant=None):
    if constant is None:
        constant = BECH32_SUM if version == 0 else BECH32M_SUM
    return bech32_symbols(hrp, [version] + to_symbols(program), constant)


def point_of(public):
    """X || Y of a public key in any SEC 1 form."""
    return coincurve.PublicKey(public).format(compressed=False)[1:]


def compressed(xy):
    return coincurve.PublicKey(b"\x04" + xy).format(compressed=True)


def address(scheme, xy, prefix=None):
    evm20 = bytes.fromhex(evm_address(xy))
    hash20 = hash160(compressed(xy))
    return {
        "tron": lambda: base58check(0x41, evm20),
        "cosmos": lambda: bech32(prefix, hash20),
        "cosmos-eth": lambda: bech32(prefix, evm20),
        "bitcoin-p2pkh": lambda: base58check(0, hash20),
        "bitcoin-p2wpkh": lambda: segwit("bc", 0, hash20),
    }[scheme]()


G = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
TRON = "TRON documentation (tronprotocol/Documentation), Full Overview of TRON, section 6.2"
TRON_ACCOUNT = "TRON developer documentation, Account (developers.tron.network/docs/account)"
DEEP_SPACE = "deep_space (althea-net/deep_space), test_ethermint_compatibility"
COSMJS = "CosmJS (cosmos/cosmjs), packages/amino/src/addresses.spec.ts, pubkeyToAddress"
TENDERMINT = "CometBFT and Cosmos SDK, crypto/secp256k1/secp256k1_test.go, secpDataTable"
BIP84 = "BIP-84, section Test vectors"
BIP173 = "BIP-173, section Examples"
WIKI = "Bitcoin wiki, Technical background of version 1 Bitcoin addresses"
EVMOS = "Evmos documentation, Accounts (protocol/concepts/accounts)"
INJECTIVE = "Injective documentation, Accounts"

# Public key and address, transcribed: scheme, prefix, key, address, source.
PUBLISHED_KEYS = [
    ("tron", None,
     "0404b604296010a55d40000b798ee8454eccc1f8900e70b1adf47c9887625d8bae"
     "3866351a6fa0b5370623268410d33d345f63344121455849c9c28f9389ed9731",
     "TDpBe64DqirkKWj6HWuR1pWgmnhw2wDacE", TRON_ACCOUNT),
    ("cosmos", "cosmos", base64.b64decode("AtQaCqFnshaZQp6rIkvAPyzThvCvXSDO+9AzbxVErqJP").hex(),
     "cosmos1h806c7khnvmjlywdrkdgk2vrayy2mmvf9rxk2r", COSMJS),
    ("cosmos", "cosmos", base64.b64decode("A08EGB7ro1ORuFhjOnZcSgwYlpe0DSFjVNUIkNNQxwKQ").hex(),
     "cosmos1pkptre7fdkl6gfrzlesjjvhxhlc3r4gmmk8rs6", COSMJS),
    ("cosmos-eth", "evmos", base64.b64decode("AsV5oddeB+hkByIJo/4lZiVUgXTzNfBPKC73cZ4K1YD2").hex(),
     "evmos1z3t55m0l9h0eupuz3dp5t5cypyv674jj7mz2jw", EVMOS),
    ("cosmos-eth", "evmos", base64.b64decode("Av7SwLGHN5e+WVuLgYn5rfaBdQ5WlpasMiECekGh/5P0").hex(),
     "evmos1zkunj49253lc6wgm0gp5nk8kj2naat0j8fzkfa", DEEP_SPACE),
    ("bitcoin-p2pkh", None, "02950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c",
     "1CKZ9Nx4zgds8tU7nJHotKSDr4a9bYJCa3", TENDERMINT),
    ("bitcoin-p2pkh", None, "0250863ad64a87ae8a2fe83c1af1a8403cb53f53e486d8511dad8a04887e5b2352",
     "1PMycacnJaSqwwJqjawXBErnLsZ7RkXUAs", WIKI),
    ("bitcoin-p2wpkh", None, G, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", BIP173),
    ("bitcoin-p2wpkh", None, "0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c",
     "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu", BIP84),
    ("bitcoin-p2wpkh", None, "03e775fd51f0dfb8cd865d9ff1cca2a158cf651fe997fdc9fee9c1d3b5e995ea77",
     "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g", BIP84),
    ("bitcoin-p2wpkh", None, "03025324888e429ab8e3dbaf1f7802648b9cd01e9b418485c5fa4c1b9b5700e1a6",
     "bc1q8c6fshw2dlwun7ekn9qwf37cu2rn755upcp6el", BIP84),
]
# Address and the 20 bytes it stands for.
PUBLISHED_BYTES = [
    ("tron", None, "5a523b449890854c8fc460ab602df9f31fe4293f",
     "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW", TRON),
    ("cosmos-eth", "inj", "af79152ac5df276d9a8e1e2e22822f9713474902",
     "inj14au322k9munkmx5wrchz9q30juf5wjgz2cfqku", INJECTIVE),
    ("cosmos-eth", "evmos", "14574a6dff2ddf9e07828b4345d3040919af5652",
     "evmos1z3t55m0l9h0eupuz3dp5t5cypyv674jj7mz2jw", EVMOS),
]

BIP173_BAD = "BIP-173, section Test vectors"
BIP350_BAD = "BIP-350, section Test vectors for v0-v16 native segregated witness addresses"
OWN = "made here"


def published():
    rows = []
    for scheme, prefix, key, text, source in PUBLISHED_KEYS:
        xy = point_of(bytes.fromhex(key))
        assert address(scheme, xy, prefix) == text, text
        rows.append({"address": text, "scheme": scheme, "prefix": prefix,
                     "public_key": "04" + xy.hex(), "kind": "key", "source": source})
    for scheme, prefix, payload, text, source in PUBLISHED_BYTES:
        data = bytes.fromhex(payload)
        made = base58check(0x41, data) if scheme == "tron" else bech32(prefix, data)
        assert made == text, text
        rows.append({"address": text, "scheme": scheme, "prefix": prefix, "payload": payload,
                     "kind": "payload", "source": source})
    return rows


PREFIXES = ["cosmos", "osmo", "celestia", "neutron", "inj", "evmos", "a", "x" * 83, "chain-1"]


def computed(xy, number):
    """Every scheme's address of the test key NUMBER."""
    prefix = PREFIXES[number % len(PREFIXES)]
    row = {"public_key": "04" + xy.hex(), "prefix": prefix,
           "tron_hex": "41" + evm_address(xy)}
    for scheme in ("tron", "cosmos", "cosmos-eth", "bitcoin-p2pkh", "bitcoin-p2wpkh"):
        row[scheme] = address(scheme, xy, prefix)
    return row


def changed(text, at, to):
    assert text[at] != to
    return text[:at] + to + text[at + 1:]


def refused():
    """Texts that are no address of a key: what is wrong, and the byte where, or
    null for a fault of the whole. `reason` names kms-audit's word for it."""
    data = hash160(b"kms-audit refused")
    evm = keccak256(b"kms-audit refused")[-20:]
    tron, p2pkh = base58check(0x41, evm), base58check(0, data)
    p2wpkh, cosmos = segwit("bc", 0, data), bech32("cosmos", data)
    rows = []

    def add(text, reason, offset=None, source=OWN):
        rows.append({"text": text, "reason": reason, "offset": offset, "source": source})

    # The published ones.
    add("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "Bech32ForBech32m",
        None, BIP350_BAD)
    add("BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL", "Bech32ForBech32m",
        None, BIP350_BAD)
    add("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "Bech32mForBech32", None, BIP350_BAD)
    add("tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47", "BitcoinTestNetwork",
        None, BIP350_BAD)
    add("bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4", "Bech32Character", 59,
        BIP350_BAD)
    add("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", "WitnessVersion", 3,
        BIP350_BAD)
    add("bc1pw5dgrnzv", "WitnessVersion", 3, BIP350_BAD)
    add("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "ProgramLength", None, BIP350_BAD)
    mixed = "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq"
    add(mixed, "MixedCase", mixed.index("Z"), BIP350_BAD)
    add("bc1gmk9yu", "DataLength", None, BIP350_BAD)
    add("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "WitnessVersion", 3,
        BIP350_BAD + " (valid there: taproot)")
    add("bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3", "ProgramLength", None,
        BIP173_BAD + " (valid there: a script)")
    add("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "BitcoinTestNetwork", None,
        BIP173_BAD + " (valid there: test network)")
    # Tron and Bitcoin in base58.
    add(base58check(0x6F, data), "Version", None, "made here: version of the test networks")
    add(base58check(0x05, data), "Version", None, "made here: version of a script")
    add(base58check(0xC4, data), "Version", None, "made here: script on a test network")
    for letter in "0OIl":
        add(changed(tron, 9, letter), "Base58Character", 9)
        add(changed(p2pkh, 20, letter), "Base58Character", 20)
    add(tron + " ", "Whitespace", len(tron))
    add(tron[:-1], "TextLength")
    add(p2pkh[:-2], "Base58Length")
    add(p2pkh + "1", "Base58Length")
    # Bech32.
    add(changed(cosmos, 10, "b"), "Bech32Character", 10)
    add(cosmos[:8] + cosmos[8:].upper(), "MixedCase",
        next(i for i, c in enumerate(cosmos) if i >= 8 and c.isalpha()))
    add(bech32("cosmos", data, BECH32M_SUM), "Bech32mForBech32")
    add(bech32("cosmos", data + data[:12]), "PayloadLength")
    add(bech32("cosmos", data[:19]), "PayloadLength")
    add(cosmos[:-1], "DataLength")
    add(cosmos + "q", "DataLength")
    add(segwit("ltc", 0, data), "ForeignSegwit")
    add(segwit("bcrt", 0, data), "BitcoinTestNetwork")
    add(segwit("bc", 2, data), "WitnessVersion", 3)
    add(segwit("bc", 1, data, BECH32_SUM), "Bech32ForBech32m")
    add(p2wpkh[:-1], "DataLength")
    # No addresses at all.
    hexed = "0x" + evm.hex()
    add(hexed[:6] + "…" + hexed[-4:], "Shortened", 6)
    add(hexed[:6] + "..." + hexed[-4:], "Shortened", 6)
    add(hexed[:4] + ".." + hexed[-2:], "Shortened", 4)
    add(tron[:4] + "***" + tron[-4:], "Shortened", 4)
    add(cosmos[:10] + "..." + cosmos[-4:], "Shortened", 10)
    add(sha256(data).hex(), "Secret")
    add("0x" + sha256(evm).hex().upper(), "Secret")
    add("0x" + "00" * 12 + evm.hex(), "Identifier")
    add("", "Empty")
    add("vitalik.eth", "UnknownForm")
    add("the relayer's address", "UnknownForm")
    add(hexed[:-1], "TooShort", 41)
    add(hexed + "0", "TooLong", 42)
    add("0X" + hexed[2:], "UpperCasePrefix", 1)
    add("0x41" + evm.hex() + "00", "TooLong", 42)
    return rows


def wrong_checksums():
    """Texts of the right form with one character changed: the checksum says so.
    `payload` is what the text stands for all the same."""
    data = hash160(b"kms-audit wrong checksum")
    rows = []

    def add(scheme, text, at, alphabet):
        other = alphabet[(alphabet.index(text[at]) + 1) % len(alphabet)]
        rows.append({"scheme": scheme, "text": changed(text, at, other), "right": text, "at": at})

    for at in (8, 20, 33):
        add("tron", base58check(0x41, data), at, BASE58)
        add("bitcoin-p2pkh", base58check(0, data), at, BASE58)
    for at in (8, 20, 41):
        add("bitcoin-p2wpkh", segwit("bc", 0, data), at, BECH32)
        add("cosmos", bech32("cosmos", data), at, BECH32)
    return rows
