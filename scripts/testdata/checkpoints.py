"""Buckets of Hyperlane validators, with faults planted on purpose.

Nothing here is shared with kms-audit: signatures are coincurve's (libsecp256k1),
hashes pycryptodome's, the merkle tree is the definition of one. All keys are
derived from labels, and signatures are those of RFC 6979, so that a second run
writes the same bytes.

    checkpoints.py frozen FOLDER
    checkpoints.py big FILE RECORDS
"""

import hashlib
import json
import pathlib
import shutil
import sys

from coincurve import PrivateKey
from Crypto.Hash import keccak as _keccak

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def keccak(data):
    return _keccak.new(digest_bits=256, data=data).digest()


class Key:
    def __init__(self, label):
        self.secret = hashlib.sha256(b"kms-audit test validator " + label.encode()).digest()
        self.private = PrivateKey(self.secret)
        self.address = keccak(self.private.public_key.format(compressed=False)[1:])[12:]

    def sign(self, digest):
        """r, s, v with v 27 or 28 and a low s."""
        raw = self.private.sign_recoverable(digest, hasher=None)
        return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), 27 + raw[64]

    def sign_with_nonce(self, digest, nonce):
        point = PrivateKey(nonce.to_bytes(32, "big")).public_key.point()
        r = point[0] % N
        odd = point[1] & 1
        s = pow(nonce, -1, N) * (int.from_bytes(digest, "big") + r * int.from_bytes(self.secret, "big")) % N
        if s > N // 2:
            s, odd = N - s, odd ^ 1
        return r, s, 27 + odd


def checksummed(address):
    digits = address.hex()
    digest = keccak(digits.encode()).hex()
    return "0x" + "".join(c.upper() if int(d, 16) > 7 else c for c, d in zip(digits, digest))


def padded(address):
    return bytes(12) + address


def u32(number):
    return number.to_bytes(4, "big")


def eip191(message):
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)


def checkpoint_digest(domain, hook, root, index, message_id):
    domain_hash = keccak(u32(domain) + hook + b"HYPERLANE")
    return eip191(keccak(domain_hash + root + u32(index) + (message_id or b"")))


def announcement_digest(domain, mailbox, location, tag=b"HYPERLANE_ANNOUNCEMENT"):
    domain_hash = keccak(u32(domain) + mailbox + tag)
    return eip191(keccak(domain_hash + location.encode()))


def message_id(domain, nonce, salt=b""):
    """The id of a message: version, nonce, origin, sender, destination, recipient, body."""
    return keccak(b"\x03" + u32(nonce) + u32(domain) + bytes(32) + u32(99) + bytes(32) + b"message" + salt)


ZEROES = [bytes(32)]
for _ in range(32):
    ZEROES.append(keccak(ZEROES[-1] + ZEROES[-1]))


def merkle_root(leaves):
    """By the definition: level by level, filled up with empty subtrees."""
    level = list(leaves)
    for height in range(32):
        if len(level) % 2:
            level.append(ZEROES[height])
        level = [keccak(level[i] + level[i + 1]) for i in range(0, len(level), 2)] or []
        if not level:
            level = [ZEROES[height + 1]]
    assert len(level) == 1
    return level[0]


def all_roots(leaves):
    """The root after each leaf. The left sisters of the last leaf are kept; see merkle_root for the definition."""
    left = [None] * 32
    for count, leaf in enumerate(leaves):
        node, place = leaf, count
        done = False
        root = leaf
        for height in range(32):
            if place >> height & 1:
                root = keccak(left[height] + root)
                if not done:
                    node = keccak(left[height] + node)
            else:
                if not done:
                    left[height] = node
                    done = True
                root = keccak(root + ZEROES[height])
        yield root


for _count in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33):
    _leaves = [keccak(bytes([n])) for n in range(_count)]
    assert list(all_roots(_leaves))[-1] == merkle_root(_leaves), _count


def envelope(value, signature):
    r, s, v = signature
    return {
        "value": value,
        "signature": {"r": hex(r), "s": hex(s), "v": v},
        "serialized_signature": "0x" + r.to_bytes(32, "big").hex() + s.to_bytes(32, "big").hex() + f"{v & 255:02x}",
    }


class Chain:
    def __init__(self, name, domain, chain_id):
        self.name, self.domain, self.chain_id = name, domain, chain_id
        self.mailbox = keccak(b"mailbox of " + name.encode())[12:]
        self.hook = keccak(b"hook of " + name.encode())[12:]

    def ids(self, count):
        return [message_id(self.domain, nonce) for nonce in range(count)]

    def value(self, root, index, id_, hook=None, domain=None):
        return {
            "checkpoint": {
                "merkle_tree_hook_address": "0x" + padded(hook or self.hook).hex(),
                "mailbox_domain": domain or self.domain,
                "root": "0x" + root.hex(),
                "index": index,
            },
            "message_id": "0x" + id_.hex(),
        }

    def signed(self, key, root, index, id_, hook=None, domain=None, nonce=None):
        digest = checkpoint_digest(domain or self.domain, padded(hook or self.hook), root, index, id_)
        signature = key.sign(digest) if nonce is None else key.sign_with_nonce(digest, nonce)
        return envelope(self.value(root, index, id_, hook, domain), signature)

    def announced(self, key, location, validator=None, tag=b"HYPERLANE_ANNOUNCEMENT"):
        value = {
            "validator": "0x" + (validator or key.address).hex(),
            "mailbox_address": "0x" + padded(self.mailbox).hex(),
            "mailbox_domain": self.domain,
            "storage_location": location,
        }
        return envelope(value, key.sign(announcement_digest(self.domain, padded(self.mailbox), location, tag)))


ALPHA = Chain("alpha", 1000012617, 1380012617)
BETA = Chain("beta", 3461164656, 56)
HONEST_A, HONEST_B = Key("honest a"), Key("honest b")
TWO_FACED, SWAPPED_C, SWAPPED_D = Key("two-faced"), Key("swapped c"), Key("swapped d")
GAPPY, CARELESS, RELAYER = Key("gappy"), Key("careless"), Key("relayer")


class Bucket:
    """A folder in the layout of S3."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)

    def write(self, name, document, pretty=True):
        text = json.dumps(document, indent=2 if pretty else None, separators=None if pretty else (",", ":"))
        (self.folder / name).write_text(text + "\n" if pretty else text)

    def checkpoint(self, index, document, pretty=True):
        self.write(f"checkpoint_{index}_with_id.json", document, pretty)

    def rest(self, chain, key, latest, location, **announcement):
        self.write("announcement.json", chain.announced(key, location, **announcement))
        self.write("checkpoint_latest_index.json", latest)
        self.write("metadata_latest.json", {"git_sha": "0123456789abcdef", "rpcs": [], "allows_public_rpcs": False})


def honest(bucket, chain, key, count, location, leave_out=()):
    ids = chain.ids(count)
    for index, root in enumerate(all_roots(ids)):
        if index not in leave_out:
            bucket.checkpoint(index, chain.signed(key, root, index, ids[index]), pretty=index % 2 == 0)
    bucket.rest(chain, key, count - 1, location)
    return ids


def registry(folder):
    folder.mkdir(parents=True)
    metadata, addresses = [], []
    for chain in (ALPHA, BETA):
        metadata.append(
            f"{chain.name}:\n  chainId: {chain.chain_id}\n  domainId: {chain.domain}\n  name: {chain.name}\n"
            f"  protocol: ethereum\n  blocks:\n    reorgPeriod: 5\n"
        )
        addresses.append(
            f'{chain.name}:\n  mailbox: "{checksummed(chain.mailbox)}"\n'
            f'  merkleTreeHook: "{checksummed(chain.hook)}"\n'
        )
    (folder / "metadata.yaml").write_text("---\n" + "".join(metadata))
    (folder / "addresses.yaml").write_text("---\n" + "".join(addresses))


def line(document):
    return json.dumps(document, separators=(",", ":")).encode()


def hostile():
    """Records that are broken, each between two good ones; the verdict of every line."""
    ids = ALPHA.ids(8)
    roots = list(all_roots(ids))
    good = [line(ALPHA.signed(HONEST_A, roots[i], i, ids[i])) for i in range(8)]
    nested = good[1].replace(b'"value"', b'"x":' + b"[" * 500 + b"]" * 500 + b',"value"')
    changed = good[4].replace(roots[4].hex().encode(), roots[3].hex().encode())
    wrong = json.loads(good[5])
    wrong["signature"]["r"] = hex(N)
    lines = [
        (good[3], "verified", None),
        (good[0], "verified", None),
        (good[2][: len(good[2]) // 2], "unreadable", "truncated"),
        (good[2], "verified", None),
        (good[2], "verified", None),
        (nested, "unreadable", "too-complex"),
        (good[1], "verified", None),
        (good[4].replace(b'"index"', b'"ind\xffx"'), "unreadable", "not-utf8"),
        (changed, "failed", "wrong-signer"),
        (good[4], "verified", None),
        (line(wrong), "failed", "not-a-signature"),
        (b"", None, None),
        (b"{}", "unreadable", "not-recognised"),
        (good[5].replace(b'"index":5', b'"index":4294967296'), "unreadable", "number-out-of-range"),
        (good[5].replace(b'"index":5', b'"index":5,"index":6'), "unreadable", "duplicate-member"),
        (line({"file": "checkpoint_5_with_id.json", "content": json.loads(good[5])}), "verified", None),
        (
            line({"file": "x/checkpoint_7_with_id.json", "content": json.loads(good[6])}),
            "verified",
            "file-name-index-differs",
        ),
        (line({"file": "y/reorg_flag.json", "content": "abc"}), "not-judged", None),
        (b"\x00\x01\x02", "unreadable", "not-json"),
        (good[6], "verified", None),
    ]
    expected = [
        {"line": number, "verdict": verdict, "code": code}
        for number, (_, verdict, code) in enumerate(lines, 1)
        if verdict
    ]
    return b"\n".join(text for text, _, _ in lines) + b"\n", expected


def frozen(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    planted = []

    def plant(rule, bucket, key=None, index=None):
        planted.append(
            {"rule": rule, "bucket": bucket, "address": key and checksummed(key.address), "index": index}
        )

    registry(folder / "registry" / "chains")
    buckets = folder / "buckets"
    honest(Bucket(buckets / "honest-a"), ALPHA, HONEST_A, 18, "s3://honest-a/eu-west-1")
    honest(Bucket(buckets / "honest-b"), ALPHA, HONEST_B, 18, "s3://honest-b/us-east-1/folder")

    # Somebody who says another thing of index 5, in a copy of the bucket.
    ids = honest(Bucket(buckets / "two-faced"), ALPHA, TWO_FACED, 8, "s3://two-faced/eu-west-1")
    copy = Bucket(buckets / "two-faced" / "copy")
    other = message_id(ALPHA.domain, 5, b"other")
    copy.checkpoint(5, ALPHA.signed(TWO_FACED, merkle_root(ids[:5] + [other]), 5, other))
    copy.write("checkpoint_latest_index.json", 5)
    plant("checkpoint-equivocation", "two-faced", TWO_FACED, 5)
    plant("checkpoint-gap", "two-faced/copy", TWO_FACED, 5)

    # Announced by C, signed by D.
    swapped = Bucket(buckets / "swapped")
    honest(swapped, BETA, SWAPPED_D, 9, "s3://swapped/eu-west-1")
    swapped.rest(BETA, SWAPPED_C, 8, "s3://swapped/eu-west-1")
    plant("checkpoint-signer-mismatch", "swapped", SWAPPED_D)

    # A gap, a root that the messages do not make, and a record that was changed afterwards.
    gappy = Bucket(buckets / "gappy")
    ids = honest(gappy, BETA, GAPPY, 12, "s3://gappy/eu-west-1", leave_out=(4,))
    wrong = keccak(b"a root of nothing")
    gappy.checkpoint(7, BETA.signed(GAPPY, wrong, 7, ids[7]))
    name = gappy.folder / "checkpoint_9_with_id.json"
    name.write_text(name.read_text().replace(merkle_root(ids[:10]).hex(), wrong.hex()))
    # Index 9 is no record of this validator any more.
    plant("checkpoint-gap", "gappy", GAPPY, 4)
    plant("checkpoint-root-mismatch", "gappy", GAPPY, 7)
    plant("checkpoint-validators-disagree", None, None, 7)
    plant("checkpoint-unattributed", "gappy", None, 9)

    # Everything that one operator can do wrong: a nonce twice, a reorg flag, latest index ahead, high s, another hook,
    # serialized_signature of another signature, an announcement under the old tag.
    careless = Bucket(buckets / "careless")
    ids = honest(careless, ALPHA, CARELESS, 10, "s3://careless/eu-west-1")
    roots = list(all_roots(ids))
    nonce = int.from_bytes(hashlib.sha256(b"a nonce").digest(), "big") % N
    for index in (2, 6):
        careless.checkpoint(index, ALPHA.signed(CARELESS, roots[index], index, ids[index], nonce=nonce))
    plant("signature-nonce-reuse", "careless", CARELESS)
    document = ALPHA.signed(CARELESS, roots[3], 3, ids[3])
    s = N - int(document["signature"]["s"], 16)
    v = 55 - document["signature"]["v"]
    careless.checkpoint(3, envelope(document["value"], (int(document["signature"]["r"], 16), s, v)))
    plant("checkpoint-encoding", "careless", None, 3)
    document = ALPHA.signed(CARELESS, roots[4], 4, ids[4])
    document["serialized_signature"] = ALPHA.signed(CARELESS, roots[5], 5, ids[5])["serialized_signature"]
    careless.checkpoint(4, document)
    plant("checkpoint-encoding", "careless", None, 4)
    careless.checkpoint(9, ALPHA.signed(CARELESS, roots[9], 9, ids[9], hook=ALPHA.mailbox))
    plant("checkpoint-wrong-domain-or-hook", "careless")
    plant("checkpoint-gap", "careless", CARELESS, 9)
    careless.rest(ALPHA, CARELESS, 20, "gs://careless/a/b/gcsAnnouncementKey", tag=b"HYPERLANE")
    plant("announcement-wrong-signer", "careless")
    plant("announcement-location-unusable", "careless")
    plant("checkpoint-latest-index-mismatch", "careless")
    careless.write(
        "reorg_flag.json",
        {
            "local_merkle_root": "0x" + roots[7].hex(),
            "canonical_merkle_root": "0x" + wrong.hex(),
            "checkpoint_index": 7,
            "unix_timestamp": 1790000000,
            "reorg_period": 5,
        },
    )
    plant("reorg-flag-present", "careless")

    claims = ["address,role,chain,source"]
    for key, chain, name in (
        (HONEST_A, "alpha", "honest a"),
        (HONEST_B, "alpha", "honest b"),
        (TWO_FACED, "alpha", "two-faced"),
        (SWAPPED_C, "beta", "swapped c"),
        (SWAPPED_D, "beta", "swapped d"),
        (GAPPY, "beta", "gappy"),
        (CARELESS, "alpha", "careless"),
    ):
        claims.append(f"{checksummed(key.address)},validator,{chain},{name}")
    claims.append(f"{checksummed(RELAYER.address)},relayer,alpha,relayer")
    (folder / "claims.csv").write_text("\n".join(claims) + "\n")

    text, verdicts = hostile()
    (folder / "hostile.jsonl").write_bytes(text)
    expected = {
        "honest": [checksummed(HONEST_A.address), checksummed(HONEST_B.address)],
        "planted": planted,
        "hostile": {"address": checksummed(HONEST_A.address), "lines": verdicts},
        "changed_afterwards": {"bucket": "gappy", "index": 9},
    }
    (folder / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")


def big(path, count):
    """Lines of five validators of alpha and two of beta, with faults planted at known places."""
    path = pathlib.Path(path)
    alpha = [Key(f"big alpha {n}") for n in range(5)]
    beta = [Key(f"big beta {n}") for n in range(2)]
    per = count // 7
    planted = {"records": 0, "verified": 0, "unattributed": 0, "findings": []}

    def plant(rule, key, index, records=1):
        planted["findings"].append(
            {"rule": rule, "address": key and checksummed(key.address), "index": index, "records": records}
        )

    nonce = int.from_bytes(hashlib.sha256(b"a nonce of a big file").digest(), "big") % N
    with path.open("wb") as out:

        def write(document, verdict="verified"):
            out.write(line(document) + b"\n")
            planted["records"] += 1
            planted[verdict] += 1

        for chain, keys in ((ALPHA, alpha), (BETA, beta)):
            ids = chain.ids(per)
            for index, root in enumerate(all_roots(ids)):
                for number, key in enumerate(keys):
                    at = (chain.name, number, index)
                    if at == ("alpha", 0, per // 3):
                        # Two statements.
                        other = keccak(b"another message")
                        write(chain.signed(key, keccak(b"another root"), index, other))
                        plant("checkpoint-equivocation", key, index)
                    if at == ("alpha", 1, per // 2):
                        plant("checkpoint-gap", key, index)
                        continue
                    if at == ("alpha", 2, per // 4):
                        write(chain.signed(key, keccak(b"a root of nothing"), index, ids[index]))
                        plant("checkpoint-root-mismatch", key, index)
                        plant("checkpoint-validators-disagree", None, index)
                        continue
                    if number == 3 and chain is ALPHA and index in (per // 5, per // 5 + 1000 % per):
                        write(chain.signed(key, root, index, ids[index], nonce=nonce))
                        if index == per // 5:
                            plant("signature-nonce-reuse", key, index)
                        continue
                    document = chain.signed(key, root, index, ids[index])
                    if at == ("beta", 0, per // 6):
                        # Changed after it was signed.
                        document["value"]["checkpoint"]["root"] = "0x" + keccak(b"changed").hex()
                        write(document, "unattributed")
                        plant("checkpoint-unattributed", None, index)
                        plant("checkpoint-gap", key, index)
                        continue
                    if at == ("beta", 1, per // 7):
                        document["serialized_signature"] = "0x" + "11" * 65
                        plant("checkpoint-encoding", None, index)
                    write(document)
    claims = "address,role,chain\n" + "".join(
        f"{checksummed(key.address)},validator,{chain}\n"
        for chain, keys in (("alpha", alpha), ("beta", beta))
        for key in keys
    )
    pathlib.Path(str(path) + ".claims.csv").write_text(claims)
    pathlib.Path(str(path) + ".expected.json").write_text(json.dumps(planted, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "frozen":
        frozen(pathlib.Path(sys.argv[2]))
    elif sys.argv[1] == "big":
        big(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(f"unknown: {sys.argv[1]}")
