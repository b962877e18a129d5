"""Documents of EIP-712, and what programs in use make of them: called by scripts/make-typed-data.

A document is a text, so that numbers keep their digits and an object may say a name twice. `strict` is what kms-audit
must say: the name of a program whose digest is EIP-712's own, or the code and the pointer of an error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from eth_account.messages import _hash_eip191_message, encode_typed_data

ADDRESS = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]
DOMAIN = {"name": "Ether Mail", "version": "1", "chainId": 1, "verifyingContract": ADDRESS}
MAIL = {
    "types": {
        "EIP712Domain": DOMAIN_TYPE,
        "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
        "Mail": [
            {"name": "from", "type": "Person"},
            {"name": "to", "type": "Person"},
            {"name": "contents", "type": "string"},
        ],
    },
    "primaryType": "Mail",
    "domain": DOMAIN,
    "message": {
        "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
        "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
        "contents": "Hello, Bob!",
    },
}


def members(**fields: str) -> list[dict[str, str]]:
    return [{"name": name, "type": type_} for name, type_ in fields.items()]


def raw(types: str, message: str, domain: str = json.dumps(DOMAIN), primary: str = "M") -> str:
    """A document whose message is written by hand."""
    return f'{{"types":{types},"primaryType":"{primary}","domain":{domain},"message":{message}}}'


def one(type_: str, value: str) -> str:
    """A message of one member."""
    types = {"EIP712Domain": DOMAIN_TYPE, "M": members(x=type_)}
    return raw(json.dumps(types), f'{{"x":{value}}}')


def of(types: dict, message: dict, primary: str = "M", domain: dict | None = None, **more) -> str:
    whole = {
        "types": {"EIP712Domain": DOMAIN_TYPE, **types},
        "primaryType": primary,
        "domain": DOMAIN if domain is None else domain,
        "message": message,
        **more,
    }
    return json.dumps(whole)


def without(document: dict, *keys: str) -> dict:
    return {key: value for key, value in document.items() if key not in keys}


def cases() -> list[tuple[str, str, str | tuple[str, str]]]:
    """(name, document, strict)."""
    python, v4, viem, ethers = "eth-account", "eth-sign-typed-data-v4", "viem", "ethers-v6"
    found: list[tuple[str, str, str | tuple[str, str]]] = [("EIP-712's own example", json.dumps(MAIL), python)]

    def add(name: str, document: str, strict: str | tuple[str, str]) -> None:
        found.append((name, document, strict))

    # Every atomic type.
    word = "0x" + "ab" * 32
    for type_, value in [
        ("bool", "true"), ("bool", "false"), ("address", f'"{ADDRESS}"'), ("address", f'"{ADDRESS.lower()}"'),
        ("string", '""'), ("string", '"\\u00e9\\ud83d\\ude00 \\u0000"'), ("bytes", '"0x"'), ("bytes", '"0xDEADbeef00"'),
        ("bytes1", '"0x7f"'), ("bytes4", '"0x01020304"'), ("bytes31", f'"{word[:64]}"'), ("bytes32", f'"{word}"'),
        ("uint8", "255"), ("uint8", "0"), ("uint256", f'"{2**256 - 1}"'), ("uint256", f'"0x{2**255:x}"'),
        ("uint64", f'"{2**64 - 1}"'), ("uint256", '"007"'), ("int8", "-128"), ("int8", '"-1"'), ("int8", "127"), ("int256", f'"{-2**255}"'),
        ("int256", f'"{2**255 - 1}"'), ("int128", '"-170141183460469231731687303715884105728"'),
        ("uint256", "9007199254740991"), ("int256", "-0"),
        ("uint8[]", "[1,2,3]"), ("uint8[]", "[]"), ("uint8[2]", "[1,2]"), ("uint256[2][]", "[[1,2],[3,4],[5,6]]"),
        ("uint256[][2]", "[[],[3,4]]"), ("string[][]", '[["a","b"],[],["c"]]'), ("bytes[1][1][1]", '[[["0x01"]]]'),
        ("int16[]", '["-1",-2]'), ("bool[3]", "[true,false,true]"),
    ]:
        add(f"{type_} {value}"[:60], one(type_, value), python)

    # Structs.
    wallets = members(name="string", wallets="address[]")
    person = lambda name: {"name": name, "wallets": ["0x" + "11" * 20, "0x" + "22" * 20]}
    group = {"Group": members(name="string", members="Person[]"), "Person": wallets,
             "Mail": members(**{"from": "Person", "to": "Person[]", "contents": "string"})}
    mail = {"from": person("Cow"), "to": [person("Bob"), person("Eve")], "contents": "Hello!"}
    add("arrays of structs", of({"Mail": group["Mail"], "Person": wallets}, mail, "Mail"), python)
    add("an unused type", of(group, mail, "Mail"), v4)
    add("structs in arrays in arrays", of({"M": members(x="P[2][]"), "P": members(y="uint8")},
        {"x": [[{"y": 1}, {"y": 2}], [{"y": 3}, {"y": 4}]]}), python)
    add("referred types are sorted", of({"M": members(z="Zed", a="Abe", b="Bob"), "Zed": members(b="Bob"),
        "Bob": members(x="bool"), "Abe": members(b="Bob")},
        {"z": {"b": {"x": True}}, "a": {"b": {"x": False}}, "b": {"x": True}}), python)
    add("a type in its own array", of({"Node": members(value="uint256", children="Node[]")},
        {"value": 1, "children": [{"value": 2, "children": []}, {"value": 3, "children": []}]}, "Node"), python)
    add("two types in each other's arrays", of({"A": members(bs="B[]"), "B": members(as_="A[]", n="int8")},
        {"bs": [{"as_": [{"bs": []}], "n": -1}]}, "A"), v4)
    add("a struct without members", of({"M": members(e="E"), "E": []}, {"e": {}}), python)
    add("Hyperliquid's colon", of({"HyperliquidTransaction:UsdSend": members(hyperliquidChain="string",
        destination="string", amount="string", time="uint64")}, {"hyperliquidChain": "Mainnet",
        "destination": ADDRESS.lower(), "amount": "1", "time": 1690393044548}, "HyperliquidTransaction:UsdSend"), python)
    add("a colon that eth-sig-util stops at", of({"M": members(x="P:Q"), "P:Q": members(y="uint8")}, {"x": {"y": 1}}), viem)
    add("a dollar in a name", of({"M": members(a="A", b="A$"), "A": members(x="bool"), "A$": members(y="bool")},
        {"a": {"x": True}, "b": {"y": True}}), viem)

    # Domains.
    full = {**DOMAIN, "salt": word}
    for name, domain, listed in [
        ("all five members", full, members(name="string", version="string", chainId="uint256", verifyingContract="address", salt="bytes32")),
        ("name only", {"name": "x"}, members(name="string")),
        ("chainId and contract", {"chainId": "0x89", "verifyingContract": ADDRESS}, members(chainId="uint256", verifyingContract="address")),
        ("no member", {}, []),
        ("a huge chainId", {"chainId": str(2**256 - 1)}, members(chainId="uint256")),
    ]:
        document = json.loads(of({"M": members(x="uint8")}, {"x": 1}, domain=domain))
        document["types"]["EIP712Domain"] = listed
        add(f"domain: {name}", json.dumps(document), python)
        del document["types"]["EIP712Domain"]
        add(f"domain without a type: {name}", json.dumps(document), python)
    document = json.loads(of({"M": members(x="uint8")}, {"x": 1}, domain={"salt": word, "name": "x"}))
    document["types"]["EIP712Domain"] = members(salt="bytes32", name="string")
    add("domain in another order", json.dumps(document), v4)
    document["types"]["EIP712Domain"] = members(name="string")
    add("domain of fewer members", json.dumps(document), v4)
    document["domain"]["other"] = 7
    document["types"]["EIP712Domain"] = members(name="string", other="uint8")
    add("domain with a member of its own", json.dumps(document), v4)
    document["domain"] = {"name": "x", "chainId": 5}
    document["types"]["EIP712Domain"] = members(name="string", chainId="uint32")
    add("domain with another type", json.dumps(document), v4)
    document["types"]["EIP712Domain"] = members(name="string", chainId="uint256[]")
    document["domain"]["chainId"] = [5]
    add("domain with an array", json.dumps(document), ("bad-type", "/domain"))
    document["domain"] = {"name": "x", "version": None, "chainId": 1}
    del document["types"]["EIP712Domain"]
    add("domain with null, no type", json.dumps(document), viem)
    document["types"]["EIP712Domain"] = members(name="string", version="string", chainId="uint256")
    add("domain with null, listed", json.dumps(document), ("null-value", "/domain/version"))
    del document["domain"]["version"]
    add("domain without a listed member", json.dumps(document), ("missing-member", "/domain/version"))
    add("no domain", json.dumps(without(json.loads(of({"M": members(x="uint8")}, {"x": 1})), "domain")), ("missing-member", ""))
    no_type = without(json.loads(of({"M": members(x="uint8")}, {"x": 1})), "domain")
    del no_type["types"]["EIP712Domain"]
    add("neither domain nor its type", json.dumps(no_type), ("missing-member", ""))
    add("the domain alone", of({}, {}, "EIP712Domain"), v4)

    # Other shapes.
    add("ethers' names", json.dumps({**without(MAIL, "message", "primaryType"), "value": MAIL["message"]}), ethers)
    add("no primaryType, two candidates", json.dumps(without(json.loads(of(group, mail, "Mail")), "primaryType")), ("ambiguous-primary-type", ""))
    add("primaryType is not the root", of({"M": members(x="P"), "P": members(y="uint8")}, {"y": 1}, "P"), v4)
    add("message and value", json.dumps({**MAIL, "value": {}}), ("ambiguous-message", "/value"))
    add("members that are not signed", of({"M": members(x="uint8")}, {"x": 1, "y": 2}, account="0x00"), python)

    # Shapes from use.
    permit = members(owner="address", spender="address", value="uint256", nonce="uint256", deadline="uint256")
    add("ERC-2612 permit", of({"Permit": permit}, {"owner": "0x" + "11" * 20, "spender": "0x" + "22" * 20,
        "value": str(2**256 - 1), "nonce": 0, "deadline": "1893456000"}, "Permit",
        {"name": "USD Coin", "version": "2", "chainId": 1, "verifyingContract": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"}), python)
    safe = members(to="address", value="uint256", data="bytes", operation="uint8", safeTxGas="uint256", baseGas="uint256",
                   gasPrice="uint256", gasToken="address", refundReceiver="address", nonce="uint256")
    document = json.loads(of({"SafeTx": safe}, {"to": ADDRESS, "value": "1000000000000000000", "data": "0xa9059cbb", "operation": 0,
        "safeTxGas": 0, "baseGas": "0", "gasPrice": "0", "gasToken": "0x" + "00" * 20, "refundReceiver": "0x" + "00" * 20,
        "nonce": 42}, "SafeTx", {"chainId": 10, "verifyingContract": ADDRESS}))
    document["types"]["EIP712Domain"] = members(chainId="uint256", verifyingContract="address")
    add("Safe transaction", json.dumps(document), python)
    item = members(itemType="uint8", token="address", identifierOrCriteria="uint256", startAmount="uint256", endAmount="uint256")
    order = {"OrderComponents": members(offerer="address", zone="address", offer="OfferItem[]", consideration="ConsiderationItem[]",
        orderType="uint8", startTime="uint256", endTime="uint256", zoneHash="bytes32", salt="uint256", conduitKey="bytes32", counter="uint256"),
        "OfferItem": item, "ConsiderationItem": [*item, {"name": "recipient", "type": "address"}]}
    thing = {"itemType": 2, "token": ADDRESS, "identifierOrCriteria": "1234", "startAmount": "1", "endAmount": "1"}
    add("OpenSea order (Seaport)", of(order, {"offerer": "0x" + "33" * 20, "zone": "0x" + "00" * 20, "offer": [thing],
        "consideration": [{**thing, "itemType": 0, "recipient": "0x" + "33" * 20}, {**thing, "itemType": 0, "recipient": "0x" + "44" * 20}],
        "orderType": 0, "startTime": "1655450129", "endTime": "1658042129", "zoneHash": "0x" + "00" * 32,
        "salt": "0x360c6ebe0000000000000000000000000000000000000000bc5bd0a8a3e4e5b3", "conduitKey": word, "counter": 0},
        "OrderComponents", {"name": "Seaport", "version": "1.5", "chainId": 1, "verifyingContract": "0x00000000000000ADc04C56Bf30aC9d3c0aAF14dC"}), python)
    details = members(token="address", amount="uint160", expiration="uint48", nonce="uint48")
    add("Permit2", json.dumps({"types": {"PermitSingle": members(details="PermitDetails", spender="address", sigDeadline="uint256"),
        "PermitDetails": details}, "primaryType": "PermitSingle", "domain": {"name": "Permit2", "chainId": "1",
        "verifyingContract": "0x000000000022D473030F116dDEE9F6B43aC78BA3"}, "message": {"details": {"token": ADDRESS,
        "amount": str(2**160 - 1), "expiration": str(2**48 - 1), "nonce": 0}, "spender": "0x" + "55" * 20, "sigDeadline": "99"}}), python)

    # Numbers that programs read differently.
    add("a number past 2^53", one("uint256", "9007199254740993"), python)
    add("a number of 30 digits", one("uint256", "123456789012345678901234567890"), python)
    add("a number of 78 digits", one("uint256", str(2**256 - 1)), python)
    add("a large number with an exponent", one("uint256", "1e21"), v4)
    add("a number written 1.0", one("uint256", "1.0"), v4)
    for type_, value, code in [
        ("uint256", "1.5", "bad-integer"), ("uint256", '"1.0"', "bad-integer"), ("uint256", '""', "bad-integer"),
        ("uint256", '"0x"', "bad-integer"), ("uint256", '"ten"', "bad-integer"), ("uint8", "256", "out-of-range"),
        ("uint8", '"-1"', "out-of-range"), ("uint256", str(2**256), "out-of-range"), ("int8", "128", "out-of-range"),
        ("int8", "255", "out-of-range"), ("int8", "256", "out-of-range"), ("int8", "-129", "out-of-range"), ("int8", '"0xff"', "out-of-range"),
        ("uint256", "true", "wrong-kind"), ("uint256", "null", "null-value"), ("uint256", "[1]", "wrong-kind"),
        ("bool", '"false"', "wrong-kind"), ("bool", '"true"', "wrong-kind"), ("bool", '"0"', "wrong-kind"), ("bool", '""', "wrong-kind"),
        ("bool", "1", "wrong-kind"), ("bool", "0", "wrong-kind"), ("bool", "null", "null-value"),
        ("string", "5", "wrong-kind"), ("string", "0", "wrong-kind"), ("string", "256", "wrong-kind"), ("string", "true", "wrong-kind"), ("string", "null", "null-value"),
        ("bytes", '"hello"', "bad-hex"), ("bytes", '"0x123"', "bad-hex"), ("bytes", '"deadbeef"', "bad-hex"), ("bytes", '""', "bad-hex"),
        ("bytes", '"0xzz"', "bad-hex"), ("bytes", "[1,2,255]", "wrong-kind"), ("bytes", "258", "wrong-kind"), ("bytes", "null", "null-value"),
        ("bytes32", '"0x1234"', "wrong-length"), ("bytes32", '"0x123"', "bad-hex"), ("bytes32", f'"{word}00"', "wrong-length"),
        ("bytes4", '"0x0102030405"', "wrong-length"), ("bytes4", '"0x"', "wrong-length"), ("bytes4", '"abcd"', "bad-hex"),
        ("bytes32", '"text"', "bad-hex"), ("bytes4", "258", "wrong-kind"), ("bytes4", "-1", "wrong-kind"), ("bytes4", "null", "null-value"),
        ("bytes4", '"0xzz"', "bad-hex"),
        ("address", '"0x1234"', "bad-address"), ("address", f'"{ADDRESS[2:]}"', "bad-address"), ("address", f'"{ADDRESS}00"', "bad-address"),
        ("address", f'"{ADDRESS[2:].lower()}"', "bad-address"), ("address", "5", "wrong-kind"), ("address", "null", "null-value"), ("address", '"vitalik.eth"', "bad-address"),
        ("uint8[2]", "[1]", "wrong-length"), ("uint8[2]", "[1,2,3]", "wrong-length"), ("uint8[]", "1", "wrong-kind"), ("uint8[]", "null", "null-value"),
        ("uint8[][2]", "[[1]]", "wrong-length"),
    ]:
        add(f"refused: {type_} {value}"[:60], one(type_, value), (code, "/message/x"))
    add("a wrong checksum", one("address", '"0xCD2A3d9F938E13CD947Ec05AbC7FE734Df8DD826"'), v4)
    add("an address all upper case", one("address", '"0x' + "AB" * 20 + '"'), python)
    add("null in an array", one("uint8[]", "[1,null]"), ("null-value", "/message/x/1"))

    # Types.
    add("uint", one("uint", "5"), ("bad-type", "/types/M/0/type"))
    add("int[]", one("int[]", "[-5]"), ("bad-type", "/types/M/0/type"))
    for type_ in ["uint7", "uint264", "bytes0", "bytes33", "uint08", "function", "Person", "uint8[", "uint8[-1]", "uint8[]x", "", "fixed128x18"]:
        code = "unknown-type" if type_ in ("function", "Person", "", "fixed128x18") else "bad-type"
        add(f"refused type: {type_!r}", one(type_, "1"), (code, "/types/M/0/type"))
    add("primaryType is not defined", of({"M": members(x="uint8")}, {"x": 1}, "N"), ("unknown-type", "/types"))
    add("a nested type is not defined", of({"M": members(x="P"), "P": members(y="Q")}, {"x": {"y": {}}}), ("unknown-type", "/types/P/0/type"))
    twins = raw(json.dumps({"EIP712Domain": DOMAIN_TYPE, "M": [{"name": "x", "type": "uint8"}, {"name": "x", "type": "uint8"}]}), '{"x":1}')
    add("two members of a type of one name", twins, ("duplicate-member", "/message"))
    types = json.dumps({"EIP712Domain": DOMAIN_TYPE, "M": members(x="uint8")})
    add("a name twice in the message", raw(types, '{"x":1,"x":2}'), ("duplicate-member", "/message/x"))
    add("a type twice", raw(types[:-1] + ',"M":[{"name":"x","type":"uint16"}]}', '{"x":1}'), ("duplicate-member", "/types/M"))
    add("a missing member", of({"M": members(x="uint8", y="uint8")}, {"x": 1}), ("missing-member", "/message/y"))
    for shape in ["bool", "string", "bytes", "uint8[]", "address", "bytes4"]:
        add(f"a missing {shape}", of({"M": members(x="uint8", y=shape)}, {"x": 1}), ("missing-member", "/message/y"))
    pair = {"M": members(x="uint8", p="P"), "P": members(y="uint8")}
    add("a missing struct", of(pair, {"x": 1}), ("missing-member", "/message/p"))
    add("a null struct", of(pair, {"x": 1, "p": None}), ("null-value", "/message/p"))
    add("null in an array of structs", of({"M": members(p="P[]"), "P": members(y="uint8")}, {"p": [{"y": 1}, None]}), ("null-value", "/message/p/1"))
    add("a struct that is no object", of(pair, {"x": 1, "p": 5}), ("wrong-kind", "/message/p"))
    person = {"Person": members(name="string", mother="Person", father="Person")}
    add("a recursive type ended by null", of(person, {"name": "Jon", "mother": {"name": "Lyanna", "mother": None, "father": None}, "father": None},
        "Person"), ("null-value", "/message/mother/mother"))
    add("a recursive type ended by nothing", of(person, {"name": "Jon", "mother": {"name": "Lyanna"}}, "Person"), ("missing-member", "/message/mother/mother"))
    add("no message", json.dumps(without(json.loads(of(pair, {})), "message")), ("missing-member", ""))
    add("no types", json.dumps(without(MAIL, "types")), ("missing-member", ""))
    add("the document is an array", "[]", ("wrong-kind", ""))
    return found


def by_eth_account(document: str) -> tuple[str | None, str | None, str | None]:
    """The digest, the domain separator and the message's hash."""
    try:
        whole = json.loads(document)
        if "value" in whole and "message" not in whole:
            whole["message"] = whole.pop("value")
        signable = encode_typed_data(full_message=whole)
        return tuple("0x" + bytes(part).hex() for part in (_hash_eip191_message(signable), signable.header, signable.body))
    except Exception:  # noqa: BLE001 - each refusal is of its own kind
        return None, None, None


def make(modules: Path) -> str:
    rows = cases()
    script = Path(__file__).with_name("typed_data.cjs")
    done = subprocess.run(
        ["node", str(script)], input=json.dumps([document for _, document, _ in rows]), capture_output=True, text=True, check=True,
        env={"NODE_PATH": str(modules), "PATH": os.environ["PATH"]},
    )
    table = []
    for (name, document, strict), programs in zip(rows, json.loads(done.stdout), strict=True):
        digest, separator, struct = by_eth_account(document)
        programs["eth-account"] = digest
        row = {"name": name, "document": document}
        if isinstance(strict, str):
            assert programs[strict], f"{name}: {strict} refuses the document"
            row["digest"] = programs[strict]
            if programs[strict] == digest:
                row["domain_separator"], row["struct_hash"] = separator, struct
        else:
            row["code"], row["pointer"] = strict
        row["programs"] = programs
        table.append(row)
    return json.dumps(table, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(make(Path(sys.argv[1])))
