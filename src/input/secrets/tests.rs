use super::*;

/// The secrets: made from the digest of a fixed text, as those of testdata/forms/secrets are.
const HEX: &str = "2c08fa72817cc5a7dac51af48c349820a1a2f62dc7bac319158b1fd43b98c733";
const AWS: &str = "5m+sPHPzXn341giWthnyNh7drmJd32n7eggnDoP2";
const TOKEN: &str = "vaxWBBmcVD8nNpc8DZ+Se+ZyZm5xIb8/BxNN09t+9DhQy2jXMzPlaOngM6qS4JjpdHV3BY34wPAPJbTAr2Aabjzp52O/37KeIhZP0hRbIYvZl5sLoK";
/// SEC 1 and PKCS #8 of one key, by `openssl ecparam -genkey` and `openssl pkcs8`.
const SEC1: &str = "MHQCAQEEID/g2iN7WoTvxU/4NIA9lEttsPQJm6wA/B68/twaCRJhoAcGBSuBBAAKoUQDQgAENrcKaiup+61QylGvxnkliWSQnDyBQVC5E+DhCJ/n/f16WN3Eu5Bhy8TqRLCm8rXz64O8ryjgU876Qx3n8UW5IA==";
const PKCS8: &str = "MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgLAj6coF8xafaxRr0jDSYIKGi9i3HusMZFYsf1DuYxzOhRANCAAQM/6mc0j/iP1kWieM6a4kMoCfKOFEpj+OA0jMz2+bTMfWUPDGGuAs36vwUu/G0HB30PuJWWryaCKbh30pxcOA5";
/// The base64url of 32 bytes.
const D: &str = "LAj6coF8xafaxRr0jDSYIKGi9i3HusMZFYsf1DuYxzM";
const PUBLIC: &str = "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE6JfU4aHX9LCQUTuOD4+SvsNyK3SH0I9X0uNZurMuSO/RSVDC5jymRCWoCjCcgxId/0NEyvLaVirAgtcL6WcOMA==";

type Kind = fn(String) -> SecretKind;

/// Kinds in the order of the text, and the text as it is then.
fn hidden(text: &str) -> (Vec<SecretKind>, String) {
    let (kinds, bytes) = hidden_bytes(text.as_bytes().to_vec());
    (kinds, String::from_utf8(bytes).unwrap())
}

fn hidden_bytes(bytes: Vec<u8>) -> (Vec<SecretKind>, Vec<u8>) {
    let mut sources = SourceMap::new();
    let length = bytes.len();
    let digest = SourceMap::new().add_file("a", Vec::new());
    let file = sources.add_file("a", bytes);
    assert_eq!(digest, file);
    let found = hide(&mut sources, file);
    let kinds = found.secrets.into_iter().map(|(kind, _)| kind).collect();
    let after = sources.get(file).bytes().to_vec();
    assert_eq!(after.len(), length, "no byte moves");
    (kinds, after)
}

/// No eight characters of the secret stand in the text, not even over the end of a line or an escape sequence.
fn assert_gone(text: &str, secret: &str, what: &str) {
    let plain: String = text
        .chars()
        .filter(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/'))
        .collect();
    for piece in secret.as_bytes().windows(8) {
        let piece = std::str::from_utf8(piece).unwrap();
        assert!(
            !text.contains(piece) && !plain.contains(piece),
            "{what}: {piece} of {text}"
        );
    }
}

fn wrapped(text: &str, width: usize, end: &str) -> String {
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    lines.join(end)
}

fn pem(label: &str, body: &str, end: &str) -> String {
    format!(
        "-----BEGIN {label}-----{end}{}{end}-----END {label}-----{end}",
        wrapped(body, 64, end)
    )
}

#[test]
fn a_pem_block_is_hidden_in_whatever_text_it_stands() {
    let block = pem("EC PRIVATE KEY", SEC1, "\n");
    let escaped = pem("EC PRIVATE KEY", SEC1, "\\n");
    let list: Vec<String> = block.lines().map(|line| format!("\"{line}\"")).collect();
    for text in [
        block.clone(),
        pem("EC PRIVATE KEY", SEC1, "\r\n"),
        format!("the key of alice:\n{block}that was it\n"),
        format!("# {}", block.replace('\n', "\n# ")),
        format!("> {}", block.replace('\n', "\n> ")),
        format!("key: |\n    {}", block.replace('\n', "\n    ")),
        format!("{{\"pem\": \"{escaped}\"}}"),
        format!(
            "{{\"text\": \"{{\\\"pem\\\": \\\"{}\\\"}}\"}}",
            escaped.replace('\\', "\\\\")
        ),
        format!("{{\"pem\": \"{}\"}}", escaped.replace('/', "\\/")),
        format!(
            "{{\"pem\": \"{}\"}}",
            escaped.replace('+', "\\u002B").replace("\\n", "\\u000a")
        ),
        format!("[{}]", list.join(",\n ")),
        format!("PEM='{escaped}'"),
        // Without an end: cut, or not copied whole.
        block.replace("-----END EC PRIVATE KEY-----\n", ""),
        escaped.replace("-----END EC PRIVATE KEY-----\\n", ""),
        format!(
            "{}-----BEGIN PUBLIC KEY-----\n{PUBLIC}\n-----END PUBLIC KEY-----\n",
            block.replace("-----END EC PRIVATE KEY-----\n", "")
        ),
        block.replace("KEY-----\nMH", "KEY---\nMH"),
        block
            .to_lowercase()
            .replace(&wrapped(SEC1, 64, "\n").to_lowercase(), &wrapped(SEC1, 64, "\n")),
    ] {
        let (kinds, after) = hidden(&text);
        assert_eq!(kinds.len(), 1, "{text}: {kinds:?}");
        assert!(
            matches!(&kinds[0], SecretKind::PrivateKey(_)),
            "{text}: {kinds:?}"
        );
        assert_gone(&after, SEC1, &text);
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
        assert_eq!(json(&text), json(&after), "what was JSON stays JSON: {after}");
    }
}

#[test]
fn what_stands_around_a_block_stays() {
    let (_, after) = hidden(&format!("a: 1\n{}b: {PUBLIC}\n", pem("PRIVATE KEY", PKCS8, "\n")));
    assert!(
        after.starts_with("a: 1\n-----BEGIN PRIVATE KEY-----\n****"),
        "{after}"
    );
    assert!(
        after.ends_with(&format!("-----END PRIVATE KEY-----\nb: {PUBLIC}\n")),
        "{after}"
    );
    let cut = pem("PRIVATE KEY", PKCS8, "\\n").replace("-----END PRIVATE KEY-----\\n", "");
    let (_, after) = hidden(&format!(
        "{{\"pem\": \"{cut}\", \"KeyId\": \"1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d\"}}"
    ));
    assert!(
        after.ends_with("\", \"KeyId\": \"1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d\"}"),
        "{after}"
    );
}

#[test]
fn labels_of_other_programs_and_encrypted_keys() {
    for (label, encrypted) in [
        ("PRIVATE KEY", false),
        ("RSA PRIVATE KEY", false),
        ("OPENSSH PRIVATE KEY", false),
        ("PGP PRIVATE KEY BLOCK", false),
        ("ENCRYPTED PRIVATE KEY", true),
    ] {
        let (kinds, after) = hidden(&pem(label, SEC1, "\n"));
        assert_eq!(kinds.len(), 1, "{label}");
        assert_eq!(
            matches!(kinds[0], SecretKind::EncryptedKey(_)),
            encrypted,
            "{label}"
        );
        assert_gone(&after, SEC1, label);
    }
    let putty = format!(
        "PuTTY-User-Key-File-3: ecdsa\nPrivate-Lines: 3\n{}\nPrivate-MAC: 00\n",
        wrapped(SEC1, 64, "\n")
    );
    let (kinds, after) = hidden(&putty);
    assert_eq!(kinds.len(), 1);
    assert_gone(&after, SEC1, "PuTTY");
    let old = format!(
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0011\n\n{}\n",
        wrapped(SEC1, 64, "\n")
    );
    assert_gone(&hidden(&old).1, SEC1, "RFC 1421 headers, no end");
}

#[test]
fn private_keys_in_der_are_known_by_their_first_bytes() {
    let hex =
        |text: &str| crate::encoding::hex::encode(&crate::encoding::base64::decode(text.as_bytes()).unwrap());
    for key in [SEC1, PKCS8] {
        for (text, secret) in [
            (key.to_owned(), key.to_owned()),
            (wrapped(key, 64, "\n"), key.to_owned()),
            (format!("{{\"PrivateKeyPlaintext\": \"{key}\"}}"), key.to_owned()),
            (
                format!("{{\"blob\": \"{}\"}}", key.replace('/', "\\/")),
                key.to_owned(),
            ),
            (format!("x\t{key}\tECC_SECG_P256K1"), key.to_owned()),
            (hex(key), hex(key)),
            (format!("0x{}", hex(key)), hex(key)),
        ] {
            let (kinds, after) = hidden(&text);
            assert_eq!(kinds.len(), 1, "{text}: {kinds:?}");
            assert_gone(&after, &secret, &text);
        }
        let raw = crate::encoding::base64::decode(key.as_bytes()).unwrap();
        let (kinds, after) = hidden_bytes(raw.clone());
        assert_eq!(kinds.len(), 1, "raw");
        assert!(
            raw.windows(8)
                .skip(2)
                .all(|piece| !after.windows(8).any(|own| own == piece))
        );
    }
    assert_eq!(hidden(PUBLIC).0, [], "a public key is none");
    assert_eq!(hidden(&hex(PUBLIC)).0, []);
    let inside = format!(
        "tls.key: {}",
        crate::encoding::base64::encode(pem("PRIVATE KEY", PKCS8, "\n").as_bytes())
    );
    let (kinds, after) = hidden(&inside);
    assert_eq!(kinds.len(), 1, "a Kubernetes secret");
    assert!(after.starts_with("tls.key: ****"), "{after}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list")]
fn values_that_have_a_name() {
    use SecretKind::{AccessKey, EncryptedKey, PerhapsPrivateKey, PrivateKey, SessionToken};
    fn perhaps_digest(what: String) -> SecretKind {
        SecretKind::PerhapsDigest(what, crate::evidence::Withheld::new([0; 32]))
    }
    let kind = |kind: Kind| std::mem::discriminant(&kind(String::new()));
    let escaped = AWS.replace('+', "\\u002B");
    let cases: Vec<(String, &str, Kind)> = vec![
        (format!("{{\"SecretAccessKey\": \"{AWS}\"}}"), AWS, AccessKey),
        (format!("{{\"SecretAccessKey\": \"{escaped}\"}}"), AWS, AccessKey),
        (
            format!("{{\\\"SecretAccessKey\\\": \\\"{AWS}\\\"}}"),
            AWS,
            AccessKey,
        ),
        (format!("{{'SecretAccessKey': '{AWS}'}}"), AWS, AccessKey),
        (format!("SecretAccessKey: {AWS}\n"), AWS, AccessKey),
        (
            format!("[default]\naws_secret_access_key = {AWS}\n"),
            AWS,
            AccessKey,
        ),
        (format!("# AWS_SECRET_ACCESS_KEY={AWS}\n"), AWS, AccessKey),
        (
            format!("export AWS_SECRET_ACCESS_KEY=\"{AWS}\"\n"),
            AWS,
            AccessKey,
        ),
        (format!("$env:AWS_SECRET_ACCESS_KEY='{AWS}'"), AWS, AccessKey),
        (
            format!("<SecretAccessKey>{AWS}</SecretAccessKey>"),
            AWS,
            AccessKey,
        ),
        (format!("||  SecretAccessKey |  {AWS}  ||"), AWS, AccessKey),
        (format!("Secret access key: {AWS}"), AWS, AccessKey),
        (format!("secret_key = \"{AWS}\""), AWS, AccessKey),
        (
            format!("{{\"name\": \"AWS_SECRET_ACCESS_KEY\", \"value\": \"{AWS}\"}}"),
            AWS,
            AccessKey,
        ),
        (
            format!("- name: AWS_SECRET_ACCESS_KEY\n  value: {AWS}\n"),
            AWS,
            AccessKey,
        ),
        (
            format!("Access key ID,Secret access key\nAKIAW4YXQ5BNOJ32UGPK,{AWS}\n"),
            AWS,
            AccessKey,
        ),
        (
            format!("ACCESSKEY\tAKIAW4YXQ5BNOJ32UGPK\t2026-11-02T10:11:12+00:00\t{AWS}\tActive\tv"),
            AWS,
            AccessKey,
        ),
        (
            format!("{{\"id\": \"AKIAW4YXQ5BNOJ32UGPK\", \"secret\": \"{AWS}\"}}"),
            AWS,
            AccessKey,
        ),
        (
            format!("{{\"ses_smtp_password_v4\": \"B{AWS}QkV\"}}"),
            AWS,
            AccessKey,
        ),
        (
            format!("{{\"SessionToken\": \"{TOKEN}==\"}}"),
            TOKEN,
            SessionToken,
        ),
        (format!("aws_session_token={TOKEN}"), TOKEN, SessionToken),
        (format!("HYP_VALIDATOR_KEY=0x{HEX}\n"), HEX, PrivateKey),
        (format!("HYP_DEFAULTSIGNER_KEY={HEX}\n"), HEX, PrivateKey),
        (format!("HYP_VALIDATOR_KEY: '0x{HEX}'"), HEX, PrivateKey),
        (
            format!("\"validator\": {{\"type\": \"hexKey\", \"key\": \"0x{HEX}\"}}"),
            HEX,
            PrivateKey,
        ),
        (
            format!("\"validator\": {{\"key\": \"{HEX}\", \"type\": \"hexKey\"}}"),
            HEX,
            PrivateKey,
        ),
        (format!("{{\"key\": \"0x{HEX}\"}}"), HEX, PerhapsPrivateKey),
        (format!("Private key: 0x{HEX}"), HEX, PrivateKey),
        (format!("cast send --private-key 0x{HEX} x"), HEX, PrivateKey),
        (format!("{{\"privateKey\": \"{HEX}\"}}"), HEX, PrivateKey),
        (format!("{{\"private_key\": \"{D}A\"}}"), D, PrivateKey),
        (
            format!("{{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"d\":\"{D}\"}}"),
            D,
            PrivateKey,
        ),
        (format!("{{\"d\":\"{D}\",\n\"kty\":\"EC\"}}"), D, PrivateKey),
        (
            format!("\"crypto\": {{\"ciphertext\": \"{HEX}\", \"kdf\": \"scrypt\"}}"),
            HEX,
            EncryptedKey,
        ),
        (
            format!("{{\"CiphertextBlob\": \"AQ==\", \"Plaintext\": \"{AWS}mE0=\"}}"),
            AWS,
            PerhapsPrivateKey,
        ),
        (
            format!("{{\"address\": \"0x{HEX}\", \"role\": \"validator\"}}"),
            HEX,
            PerhapsPrivateKey,
        ),
        (
            format!("role,address\nvalidator,\"0x{HEX}\"\n"),
            HEX,
            PerhapsPrivateKey,
        ),
        (HEX.to_owned(), HEX, perhaps_digest),
        (format!("\n 0x{HEX}\n"), HEX, perhaps_digest),
        (format!("\"{HEX}\"\n"), HEX, perhaps_digest),
    ];
    for (text, secret, expected) in cases {
        let (kinds, after) = hidden(&text);
        assert_eq!(kinds.len(), 1, "{text}: {kinds:?} {after}");
        assert_eq!(
            std::mem::discriminant(&kinds[0]),
            kind(expected),
            "{text}: {kinds:?}"
        );
        assert_gone(&after, secret, &text);
    }
}

#[test]
fn numbers_of_openssl_and_phrases() {
    let bytes: Vec<String> = HEX
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8(pair.to_vec()).unwrap())
        .collect();
    let lines: Vec<String> = bytes
        .chunks(15)
        .map(|line| format!("    {}", line.join(":")))
        .collect();
    let text = format!(
        "Private-Key: (256 bit)\npriv:\n{}\npub:\n    04:00:11:22:33\n",
        lines.join(":\n")
    );
    for text in [
        text.clone(),
        format!("{{\"t\": \"{}\"}}", text.replace('\n', "\\n")),
    ] {
        let (kinds, after) = hidden(&text);
        assert_eq!(kinds.len(), 1, "{text}");
        assert!(after.contains("04:00:11:22:33"), "{after}");
        let plain: String = after.chars().filter(char::is_ascii_hexdigit).collect();
        assert!(
            HEX.as_bytes()
                .windows(8)
                .all(|piece| !plain.contains(std::str::from_utf8(piece).unwrap())),
            "{after}"
        );
    }
    let words = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    for text in [
        words.to_owned(),
        format!("MNEMONIC=\"{words}\""),
        format!("{{\"mnemonic\": \"{words}\"}}"),
    ] {
        let (kinds, after) = hidden(&text);
        assert_eq!(kinds.len(), 1, "{text}");
        assert_gone(&after, "sausage worth", &text);
    }
    let numbers: Vec<String> = (0..32_u8).map(|n| (n * 7).to_string()).collect();
    assert_eq!(hidden(&format!("[{}]", numbers.join(", "))).0.len(), 1);
    assert_eq!(
        hidden_bytes((0..32_u8).map(|n| n.wrapping_mul(29) ^ 0xe0).collect())
            .0
            .len(),
        1
    );
}

#[test]
fn text_in_utf16_is_no_hiding_place() {
    let text = format!("AWS_SECRET_ACCESS_KEY={AWS}\r\n");
    for mark in [Some(0xfeff_u16), None] {
        for big in [false, true] {
            let units: Vec<u16> = mark.into_iter().chain(text.encode_utf16()).collect();
            let bytes: Vec<u8> = units
                .iter()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect();
            let mut sources = SourceMap::new();
            let file = sources.add_file("a", bytes.clone());
            let view = super::super::decode::decoded(&mut sources, file);
            let found = hide(&mut sources, view);
            assert_eq!(found.secrets.len(), 1, "{mark:?} {big}");
            let plain: String = sources
                .get(file)
                .bytes()
                .iter()
                .filter(|byte| **byte != 0)
                .map(|byte| char::from(*byte))
                .collect();
            assert_gone(&plain, AWS, "UTF-16");
            assert_eq!(sources.get(file).bytes().len(), bytes.len());
            if mark.is_some() {
                assert_gone(sources.get(view).text().unwrap(), AWS, "decoded");
                let place = sources.place(found.secrets[0].1);
                assert_eq!((place.start.line, place.start.column), (1, 1));
            }
        }
    }
}

#[test]
fn what_is_no_secret_is_left_alone() {
    let fingerprint = "4d9d1cbbdb46c4e5e44a12999c3556b3c4ebc1183d84f6d629fe5542a58f71b1";
    for text in [
        PUBLIC.to_owned(),
        pem("PUBLIC KEY", PUBLIC, "\n"),
        "never send a -----BEGIN PRIVATE KEY----- block to anybody\n".to_owned(),
        format!("address,key\n0xc7e1588f24177f5f834140C3599B83FE7d0b7761,{fingerprint}\n"),
        format!(
            "{{\"address\": \"0xc7e1588f24177f5f834140C3599B83FE7d0b7761\", \"key\": \"0x{fingerprint}\"}}"
        ),
        format!("{{\"key\": \"{fingerprint}\"}}"),
        format!(
            "{{\"address\": \"0x{}c7e1588f24177f5f834140C3599B83FE7d0b7761\"}}",
            "0".repeat(24)
        ),
        format!("{{\"root\": \"0x{fingerprint}\", \"message_id\": \"0x{fingerprint}\"}}"),
        format!("{{\"PublicKey\": \"{PUBLIC}\", \"KeyId\": \"c198e57b-ff7b-4500-911d-c1c85f2ef956\"}}"),
        "AWS_SECRET_ACCESS_KEY=${SECRET}\nHYP_VALIDATOR_KEY=<key>\n".to_owned(),
        "aws_secret_access_key = YOUR_SECRET_ACCESS_KEY\n".to_owned(),
        "secret_access_key = var.secret_access_key\n".to_owned(),
        "AKIAW4YXQ5BNOJ32UGPK of arn:aws:iam::111122223333:user/hyperlane-validator-ethereum-mainnet-one\n"
            .to_owned(),
        format!("AKIAW4YXQ5BNOJ32UGPK commit {} in ethereum\n", &fingerprint[..40]),
        format!("HYP_VALIDATOR_KEY=0x{}\n", "0".repeat(64)),
        format!("0x{}", "00".repeat(32)),
        "{\"validator\": {\"type\": \"aws\", \"id\": \"alias/hyperlane-validator-signer-ethereum\"}}"
            .to_owned(),
        "priv: none\npub: 04:00\n".to_owned(),
        format!("d: {D}\n"),
    ] {
        let (kinds, after) = hidden(&text);
        assert_eq!(kinds, [], "{text}");
        assert_eq!(after, text);
    }
}

#[test]
fn the_digest_is_that_of_the_file_as_it_was() {
    use sha2::Digest as _;
    let text = format!("AWS_SECRET_ACCESS_KEY={AWS}");
    let mut sources = SourceMap::new();
    let file = sources.add_file("a", text.clone().into_bytes());
    hide(&mut sources, file);
    let expected: [u8; 32] = sha2::Sha256::digest(text).into();
    assert_eq!(sources.get(file).sha256(), expected);
}

#[test]
fn hostile_text_costs_no_more_than_its_length() {
    let size = 400_000;
    for part in [
        "-----BEGIN PRIVATE KEY-----\n",
        "PRIVATE KEY",
        "-BEGIN PRIVATE KEY ",
        "----BEGIN PRIVATE KEY ",
        "key:",
        "\"d\": \"kty ",
        "AKIAAAAAAAAAAAAAAAAA",
        "\\",
        "M",
        "LS0tLS1CRUdJTi",
        "value\n",
        "secret access key ",
        "priv:\n00:",
        "\\u0041",
        "mnemonic: a ",
        "30",
        "key: value: ",
        "Private-Lines: 9\n",
    ] {
        let text = part.repeat(size / part.len());
        let start = std::time::Instant::now();
        hidden(&text);
        assert!(start.elapsed().as_secs() < 5, "{part}: {:?}", start.elapsed());
    }
}

#[test]
fn the_letter_of_an_escape_sequence_is_none_of_the_secret_behind_it() {
    let text = format!("{{\"text\": \"AKIAW4YXQ5BNOJ32UGPK\\n{}\"}}", &AWS[..39]);
    assert_eq!(hidden(&text).1, text);
    let text = format!("{{\"text\": \"AKIAW4YXQ5BNOJ32UGPK\\n{AWS}\"}}");
    let (_, after) = hidden(&text);
    assert!(after.contains("UGPK\\n***") && !after.contains(AWS), "{after}");
}

/// Pieces of texts that have secrets in them, to be put together in any way.
const PIECES: [&str; 24] = [
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "-----BEGIN PUBLIC KEY-----",
    "\\n",
    "\n",
    "\"",
    "\\\"",
    "\\u0041",
    ": ",
    ", ",
    "{",
    "}",
    "key",
    "SecretAccessKey",
    "priv:",
    "00:ab:",
    "AKIAW4YXQ5BNOJ32UGPK",
    "kty",
    "\"d\"",
    "address,key",
    "é",
    "\u{feff}",
    "mnemonic",
    "\\",
];

proptest::proptest! {
    #[test]
    fn whatever_the_text_it_keeps_its_length_its_encoding_and_its_form(
        parts in proptest::collection::vec((0..PIECES.len() + 4, 0..SEC1.len()), 0..40),
    ) {
        let text: String = parts
            .iter()
            .map(|(index, length)| match index.checked_sub(PIECES.len()) {
                None => PIECES[*index].to_owned(),
                Some(0) => SEC1[..*length].to_owned(),
                Some(1) => AWS.to_owned(),
                Some(2) => format!("0x{HEX}"),
                Some(_) => serde_json::to_string(&pem("EC PRIVATE KEY", SEC1, "\n")).unwrap(),
            })
            .collect();
        let (_, after) = hidden(&text);
        let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
        proptest::prop_assert_eq!(is_json(&text), is_json(&after));
        // Inside of a string it is hidden as well.
        let inside = serde_json::json!({"text": text}).to_string();
        let (_, after) = hidden(&inside);
        proptest::prop_assert!(is_json(&after), "{}", after);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        hidden_bytes(bytes);
    }
}
