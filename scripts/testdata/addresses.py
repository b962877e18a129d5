"""Makes testdata/addresses.json."""

import schemes
from common import erc1191, eip55, evm_address, point, secret, write_json

EIP55 = "EIP-55, section Test Cases (https://eips.ethereum.org/EIPS/eip-55)"
ERC1191 = "ERC-1191, section Test Cases (https://eips.ethereum.org/EIPS/eip-1191)"

# Transcribed from the published texts.
EIP55_EXAMPLES = {
    "all caps": """
        0x52908400098527886E0F7030069857D2E4169EE7
        0x8617E340B3D01FA5F11F306F4090FD50E238070D""",
    "all lower": """
        0xde709f2102306220921060314715629080e2fb77
        0x27b1fdb04752bbc536007a920d24acb045561c26""",
    "normal": """
        0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
        0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359
        0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB
        0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb""",
}
ERC1191_EXAMPLES = {
    1: """
        0x27b1fdb04752bbc536007a920d24acb045561c26
        0x3599689E6292b81B2d85451025146515070129Bb
        0x42712D45473476b98452f434e72461577D686318
        0x52908400098527886E0F7030069857D2E4169EE7
        0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed
        0x6549f4939460DE12611948b3f82b88C3C8975323
        0x66f9664f97F2b50F62D13eA064982f936dE76657
        0x8617E340B3D01FA5F11F306F4090FD50E238070D
        0x88021160C5C792225E4E5452585947470010289D
        0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb
        0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB
        0xde709f2102306220921060314715629080e2fb77
        0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359""",
    30: """
        0x27b1FdB04752BBc536007A920D24ACB045561c26
        0x3599689E6292B81B2D85451025146515070129Bb
        0x42712D45473476B98452f434E72461577d686318
        0x52908400098527886E0F7030069857D2E4169ee7
        0x5aaEB6053f3e94c9b9a09f33669435E7ef1bEAeD
        0x6549F4939460DE12611948B3F82B88C3C8975323
        0x66F9664f97f2B50F62d13EA064982F936de76657
        0x8617E340b3D01Fa5f11f306f4090fd50E238070D
        0x88021160c5C792225E4E5452585947470010289d
        0xD1220A0Cf47c7B9BE7a2e6ba89F429762E7B9adB
        0xDBF03B407c01E7CD3cBea99509D93F8Dddc8C6FB
        0xDe709F2102306220921060314715629080e2FB77
        0xFb6916095cA1Df60bb79ce92cE3EA74c37c5d359""",
    31: """
        0x27B1FdB04752BbC536007a920D24acB045561C26
        0x3599689e6292b81b2D85451025146515070129Bb
        0x42712D45473476B98452F434E72461577D686318
        0x52908400098527886E0F7030069857D2e4169EE7
        0x5aAeb6053F3e94c9b9A09F33669435E7EF1BEaEd
        0x6549f4939460dE12611948b3f82b88C3c8975323
        0x66f9664F97F2b50f62d13eA064982F936DE76657
        0x8617e340b3D01fa5F11f306F4090Fd50e238070d
        0x88021160c5C792225E4E5452585947470010289d
        0xd1220a0CF47c7B9Be7A2E6Ba89f429762E7b9adB
        0xdbF03B407C01E7cd3cbEa99509D93f8dDDc8C6fB
        0xDE709F2102306220921060314715629080e2Fb77
        0xFb6916095CA1dF60bb79CE92ce3Ea74C37c5D359""",
}


def checksum(digits, chain_id):
    if chain_id in (30, 31):
        return erc1191(digits, chain_id)
    return eip55(digits)


def is_mixed(address):
    return address[2:] not in (address[2:].lower(), address[2:].upper())


def published():
    rows = []
    for kind, examples in EIP55_EXAMPLES.items():
        for address in examples.split():
            rows.append({"address": address, "scheme": "eip55", "chain_id": None,
                         "kind": kind, "source": EIP55})
    for chain_id, examples in ERC1191_EXAMPLES.items():
        for address in examples.split():
            rows.append({"address": address, "scheme": "erc1191", "chain_id": chain_id,
                         "kind": "example", "source": ERC1191})
    for row in rows:
        digits = row["address"][2:].lower()
        assert checksum(digits, row["chain_id"]) == row["address"], row
    return rows


def computed():
    rows = []
    for number in range(1, 201):
        xy = point(secret(f"address {number}"))
        digits = evm_address(xy)
        rows.append({"address": "0x" + digits, "eip55": eip55(digits),
                     "erc1191_30": erc1191(digits, 30),
                     "erc1191_31": erc1191(digits, 31)} | schemes.computed(xy, number))
    return rows


def letters(address):
    return [i for i, c in enumerate(address) if i > 1 and c.isalpha()]


def flip(address, *places):
    return "".join(c.swapcase() if i in places else c for i, c in enumerate(address))


def wrong(rows):
    """Mixed-case addresses that do not satisfy the checksum of their chain id
    (null: EIP-55)."""
    out = []

    def add(address, chain_id, note):
        digits = address[2:].lower()
        assert is_mixed(address), address
        assert checksum(digits, chain_id) != address, address
        out.append({"address": address, "chain_id": chain_id, "note": note,
                    "expected": checksum(digits, chain_id)})

    a = rows[0]["eip55"]
    add(flip(a, letters(a)[0]), None, "case of the first letter flipped")
    a = rows[1]["eip55"]
    add(flip(a, letters(a)[-1]), None, "case of the last letter flipped")
    a = rows[2]["eip55"]
    add(flip(a, *letters(a)), None, "case of every letter flipped")
    a = rows[3]["eip55"]
    digit = next(i for i, c in enumerate(a) if i > 1 and c.isdigit())
    add(a[:digit] + str((int(a[digit]) + 1) % 10) + a[digit + 1:], None,
        "one decimal digit changed, case left as it was")
    a = rows[4]["eip55"]
    i = next(i for i in range(10, 40) if a[i].lower() != a[i + 1].lower())
    add(a[:i] + a[i + 1] + a[i] + a[i + 2:], None, "two neighbouring digits exchanged")
    add(rows[5]["erc1191_30"], None, "ERC-1191 for chain id 30, read as EIP-55")
    add(rows[6]["erc1191_31"], None, "ERC-1191 for chain id 31, read as EIP-55")
    add(rows[7]["eip55"], 30, "EIP-55, read as ERC-1191 for chain id 30")
    add(rows[8]["eip55"], 31, "EIP-55, read as ERC-1191 for chain id 31")
    add(rows[9]["erc1191_30"], 31, "ERC-1191 for chain id 30, read for chain id 31")
    add(rows[10]["erc1191_31"], 30, "ERC-1191 for chain id 31, read for chain id 30")
    upper = "0x" + rows[11]["address"][2:].upper()
    add(flip(upper, letters(upper)[0]), None, "all upper case except one letter")
    return out


def make(root):
    rows = computed()
    assert len({r["address"] for r in rows}) == 200
    value = {"published": published() + schemes.published(), "computed": rows,
             "wrong": wrong(rows), "wrong_checksums": schemes.wrong_checksums(),
             "refused": schemes.refused()}
    write_json(f"{root}/addresses.json", value)
    return value
