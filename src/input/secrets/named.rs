//! Secrets that have a name: members of JSON and YAML, environment variables, INI files, XML, tables, options of a
//! command line, prose (`Private key: 0x…`).

use std::ops::Range;
use std::sync::OnceLock;

use super::token::{self, Escape, Token};
use super::{AS_ADDRESS, Piece, Secret, places, words};
use crate::address::secret_form;
use crate::evidence::SecretKind;

/// Bytes of a name.
const NAME: usize = 64;
/// Bytes between a name and its value.
const BETWEEN: usize = 160;
/// Bytes between a member and another of the same object that tells what the object is.
const OBJECT: usize = 4096;

/// What the value of a name must look like to be a secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A key of 32 bytes in hex, or a longer run of all kinds of characters.
    Key,
    /// A key of 32 bytes in hex.
    Hex,
    /// A run that chance made, of sixteen characters or more.
    Chance,
    /// A long run.
    Long,
    /// Words of a phrase.
    Phrase,
    /// Pairs of hex digits with colons, on several lines.
    Pairs,
}

/// A name whose value is a secret.
struct Named {
    kind: fn(String) -> SecretKind,
    what: &'static str,
    form: Form,
    /// A word that must stand near: the name alone is too common.
    near: Option<&'static str>,
}

const fn named(kind: fn(String) -> SecretKind, what: &'static str, form: Form) -> Named {
    Named {
        kind,
        what,
        form,
        near: None,
    }
}

/// Names as they stand, without `_`, `-`, `.` and in small letters: the whole name.
static NAMES: &[(&str, Named)] = &[
    ("secret", named(SecretKind::PrivateKey, "hex key", Form::Hex)),
    ("seed", named(SecretKind::PrivateKey, "seed", Form::Hex)),
    (
        "mnemonic",
        named(SecretKind::PrivateKey, "mnemonic phrase", Form::Phrase),
    ),
    (
        "phrase",
        named(SecretKind::PrivateKey, "mnemonic phrase", Form::Phrase),
    ),
    (
        "seedphrase",
        named(SecretKind::PrivateKey, "mnemonic phrase", Form::Phrase),
    ),
    (
        "recoveryphrase",
        named(SecretKind::PrivateKey, "mnemonic phrase", Form::Phrase),
    ),
    (
        "priv",
        named(SecretKind::PrivateKey, "priv block of openssl -text", Form::Pairs),
    ),
    (
        "privateexponent",
        named(
            SecretKind::PrivateKey,
            "private exponent of openssl -text",
            Form::Pairs,
        ),
    ),
    (
        "prime1",
        named(SecretKind::PrivateKey, "prime of openssl -text", Form::Pairs),
    ),
    (
        "prime2",
        named(SecretKind::PrivateKey, "prime of openssl -text", Form::Pairs),
    ),
    (
        "exponent1",
        named(SecretKind::PrivateKey, "exponent of openssl -text", Form::Pairs),
    ),
    (
        "exponent2",
        named(SecretKind::PrivateKey, "exponent of openssl -text", Form::Pairs),
    ),
    (
        "coefficient",
        named(
            SecretKind::PrivateKey,
            "coefficient of openssl -text",
            Form::Pairs,
        ),
    ),
    ("d", jwk("private part d of a JSON Web Key")),
    ("p", jwk("prime of a JSON Web Key")),
    ("q", jwk("prime of a JSON Web Key")),
    ("dp", jwk("exponent of a JSON Web Key")),
    ("dq", jwk("exponent of a JSON Web Key")),
    ("qi", jwk("coefficient of a JSON Web Key")),
    ("k", jwk("symmetric JSON Web Key")),
    (
        "ciphertext",
        Named {
            kind: SecretKind::EncryptedKey,
            what: "keystore file, its key encrypted with a password",
            form: Form::Long,
            near: Some("kdf"),
        },
    ),
    (
        "plaintext",
        Named {
            kind: SecretKind::PerhapsPrivateKey,
            what: "plaintext that KMS made or decrypted",
            form: Form::Long,
            near: Some("CiphertextBlob"),
        },
    ),
];

/// Ends of names.
static ENDS: &[(&str, Named)] = &[
    (
        "secretaccesskey",
        named(SecretKind::AccessKey, "secret access key", Form::Chance),
    ),
    (
        "awssecretkey",
        named(SecretKind::AccessKey, "secret access key", Form::Chance),
    ),
    (
        "secretkey",
        named(SecretKind::AccessKey, "secret key", Form::Chance),
    ),
    (
        "sessiontoken",
        named(SecretKind::SessionToken, "session token", Form::Chance),
    ),
    (
        "securitytoken",
        named(SecretKind::SessionToken, "session token", Form::Chance),
    ),
    (
        "sessmtppasswordv4",
        named(
            SecretKind::AccessKey,
            "SMTP password of an access key",
            Form::Chance,
        ),
    ),
    (
        "privatekeyplaintext",
        named(SecretKind::PrivateKey, "PrivateKeyPlaintext", Form::Long),
    ),
    (
        "privatekey",
        named(SecretKind::PrivateKey, "private key", Form::Key),
    ),
    (
        "privatekeyhex",
        named(SecretKind::PrivateKey, "private key", Form::Key),
    ),
    ("privkey", named(SecretKind::PrivateKey, "private key", Form::Key)),
    (
        "signingkey",
        named(SecretKind::PrivateKey, "private key", Form::Hex),
    ),
];

const fn jwk(what: &'static str) -> Named {
    Named {
        kind: SecretKind::PrivateKey,
        what,
        form: Form::Long,
        near: Some("kty"),
    }
}

/// Ends of names that no entry above has.
const OTHER_ENDS: [&str; 2] = ["key", "address"];

/// The values of names.
pub(super) fn values(bytes: &[u8]) -> Vec<Secret> {
    let text = Text::new(bytes);
    let mut found: Vec<Secret> = Vec::new();
    let (mut at, mut before) = (0_usize, Before::default());
    while at < bytes.len() {
        if !bytes.get(at).is_some_and(|byte| is_name(*byte)) {
            at = at.saturating_add(1);
            continue;
        }
        // The letter of an escape sequence (`\npriv:`) is none of the name's.
        let escaped = at.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'\\');
        if escaped
            && bytes
                .get(at)
                .is_some_and(|byte| matches!(byte, b'n' | b'r' | b't'))
        {
            at = at.saturating_add(1);
            continue;
        }
        let length = bytes
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| is_name(**byte))
            .count();
        let range = at..at.saturating_add(length);
        at = range.end;
        let own = bytes.get(range.clone()).unwrap_or_default();
        if length <= NAME && is_candidate(own) {
            let names = before.names(bytes, &range);
            if let Some(secret) = text.secret(&range, &names) {
                at = secret.hidden.last().map_or(at, |last| last.range.end.max(at));
                found.push(secret);
            }
        }
        before.push(range);
    }
    found
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// True for a word that may be the last one of a name, without looking at it twice.
fn is_candidate(word: &[u8]) -> bool {
    let ends = |end: &str| {
        let mut letters = word.iter().rev().filter(|byte| byte.is_ascii_alphanumeric());
        end.bytes()
            .rev()
            .all(|wanted| {
                letters
                    .next()
                    .is_some_and(|byte| byte.to_ascii_lowercase() == wanted)
            })
            .then(|| letters.next().is_none())
    };
    let last = ["token", "v4", "plaintext", "hex"];
    last.iter().chain(&OTHER_ENDS).any(|end| ends(end).is_some())
        || NAMES.iter().any(|(name, _)| ends(name) == Some(true))
}

fn normal(name: &[u8]) -> String {
    name.iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

/// The words before a word: `Secret access key` is one name.
#[derive(Default)]
struct Before {
    words: [Range<usize>; 2],
}

impl Before {
    fn push(&mut self, range: Range<usize>) {
        let [_, last] = std::mem::take(&mut self.words);
        self.words = [last, range];
    }

    /// The name alone, and with the words before it that only a blank parts from it.
    fn names(&self, bytes: &[u8], range: &Range<usize>) -> Vec<String> {
        let mut name = normal(bytes.get(range.clone()).unwrap_or_default());
        let mut names = vec![name.clone()];
        let mut start = range.start;
        for place in self.words.iter().rev() {
            if place.is_empty() || place.end.saturating_add(1) != start || bytes.get(place.end) != Some(&b' ')
            {
                break;
            }
            if place.len() > NAME {
                break;
            }
            name.insert_str(0, &normal(bytes.get(place.clone()).unwrap_or_default()));
            names.push(name.clone());
            start = place.start;
        }
        names
    }
}

/// A text, and where its telling words are.
struct Text<'t> {
    bytes: &'t [u8],
    near: OnceLock<Vec<(&'static str, Vec<usize>)>>,
}

/// Words that tell what an object is.
const TELLING: [&str; 4] = ["kty", "kdf", "CiphertextBlob", "hexKey"];

impl<'t> Text<'t> {
    fn new(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            near: OnceLock::new(),
        }
    }

    /// True if a telling word stands near a place.
    fn has_near(&self, word: &str, at: usize) -> bool {
        let all = self.near.get_or_init(|| {
            TELLING
                .map(|word| (word, places(self.bytes, word.as_bytes())))
                .into()
        });
        let own = all.iter().find(|(own, _)| *own == word).map(|(_, places)| places);
        own.is_some_and(|places| {
            let index = places.partition_point(|place| *place < at.saturating_sub(OBJECT));
            places
                .get(index)
                .is_some_and(|place| *place <= at.saturating_add(OBJECT))
        })
    }

    fn secret(&self, name: &Range<usize>, names: &[String]) -> Option<Secret> {
        let whole = names
            .iter()
            .find_map(|name| NAMES.iter().find(|(own, _)| own == name));
        let end = || {
            names
                .iter()
                .find_map(|name| ENDS.iter().find(|(own, _)| name.ends_with(own)))
        };
        if let Some((_, named)) = whole.or_else(end) {
            if named.near.is_some_and(|word| !self.has_near(word, name.start)) {
                return None;
            }
            if let Some(secret) = self.value(name, named) {
                return Some(secret);
            }
        }
        if names.iter().any(|name| name == "address") {
            let (start, _) = self.start_of_value(name.end)?;
            let in_words = || {
                Some(Secret {
                    kind: SecretKind::PerhapsPrivateKey(format!("words{AS_ADDRESS}")),
                    mark: name.clone(),
                    hidden: phrase(self.bytes, start)?,
                })
            };
            return perhaps_address(Token::at(self.bytes, start), name.clone()).or_else(in_words);
        }
        let last = names.last()?;
        if last.ends_with("key") && !last.ends_with("publickey") && !last.ends_with("pubkey") {
            return self.some_key(name, last);
        }
        None
    }

    /// The value of a name, where it has the form of the secret.
    fn value(&self, name: &Range<usize>, named: &Named) -> Option<Secret> {
        let (start, sure) = self.start_of_value(name.end)?;
        let made = |hidden: Vec<Piece>, kind: SecretKind| Secret {
            kind,
            mark: name.clone(),
            hidden,
        };
        let kind = (named.kind)(named.what.to_owned());
        match named.form {
            Form::Phrase => {
                let pieces = phrase(self.bytes, start)?;
                return Some(made(pieces, kind));
            }
            Form::Pairs => {
                let pieces = pairs(self.bytes, start)?;
                return Some(made(pieces, kind));
            }
            _ => {}
        }
        let run = Token::at(self.bytes, start);
        let is_hex = run.is_hex_of(32) || run.is_hex_of(64);
        let fits = match named.form {
            Form::Key => is_hex || (run.text.len() >= 43 && run.variety() == 3),
            Form::Hex => is_hex,
            Form::Chance => {
                run.text.len() >= 16 && (run.variety() == 3 || (run.text.len() >= 32 && run.variety() == 2))
            }
            _ => run.text.len() >= 40 && run.variety() >= 2,
        };
        // Without a sign between name and value only what can hardly be a word.
        if !fits || !(sure || is_hex || (run.text.len() >= 40 && run.variety() == 3)) {
            return None;
        }
        // A hex key under the name of an AWS secret is a private key.
        let kind = match kind {
            SecretKind::AccessKey(_) if is_hex => SecretKind::PrivateKey("hex key".to_owned()),
            kind => kind,
        };
        Some(made(run.pieces, kind))
    }

    /// A name that ends in "key" and has 32 bytes of hex: of an agent, or of something else.
    fn some_key(&self, name: &Range<usize>, own: &str) -> Option<Secret> {
        let (start, _) = self.start_of_value(name.end)?;
        let run = Token::at(self.bytes, start);
        let agent = own.starts_with("hyp")
            || [
                "signer",
                "validator",
                "relayer",
                "deployer",
                "wallet",
                "priv",
                "secret",
                "hex",
            ]
            .iter()
            .any(|word| own.contains(word));
        let encoded = own.starts_with("hyp") && run.text.starts_with(b"MHg") && run.text.len() >= 88;
        if !run.is_hex_of(32) && !encoded {
            return None;
        }
        let kind = if agent || (own == "key" && self.has_near("hexKey", name.start)) {
            SecretKind::PrivateKey("hex key".to_owned())
        } else if !run.has_prefix() || self.is_of_a_claim(name) {
            // The fingerprint of a public key is written so too.
            return None;
        } else {
            SecretKind::PerhapsPrivateKey("32 bytes of hex under the name of a key".to_owned())
        };
        Some(Secret {
            kind,
            mark: name.clone(),
            hidden: run.pieces,
        })
    }

    /// True for a member of an object that also has an address: there `key` names the key.
    fn is_of_a_claim(&self, name: &Range<usize>) -> bool {
        let near = |range: Range<usize>| self.bytes.get(range).unwrap_or_default();
        let before = near(name.start.saturating_sub(400)..name.start);
        let after = near(name.end..name.end.saturating_add(400).min(self.bytes.len()));
        let opens = before
            .iter()
            .rposition(|byte| *byte == b'{')
            .map_or(0, |at| at.saturating_add(1));
        let closes = after.iter().position(|byte| *byte == b'}').unwrap_or(after.len());
        [before.get(opens..), after.get(..closes)]
            .into_iter()
            .flatten()
            .any(|part| {
                part.windows(7)
                    .any(|window| window.eq_ignore_ascii_case(b"address"))
            })
    }

    /// Where the value of a name starts, and whether a sign says that it is its value.
    fn start_of_value(&self, end: usize) -> Option<(usize, bool)> {
        let limit = end.saturating_add(BETWEEN);
        // After a comma or a line end only `"value": …` goes on: `{"name": "X", "value": "…"}`, and the same in YAML.
        let (mut at, mut sure, mut only_value) = (end, false, false);
        while at < limit {
            let byte = *self.bytes.get(at)?;
            let python = || {
                self.bytes
                    .get(at.saturating_add(1))
                    .is_some_and(|next| matches!(next, b'\'' | b'"'))
            };
            match byte {
                b':' | b'=' | b'|' | b'>' if !only_value => sure = true,
                b' ' | b'\t' | b'"' | b'\'' | b'`' | b'(' | b'[' => {}
                b'\r' | b'\n' if sure => {}
                b'\r' | b'\n' | b',' if !sure => only_value = true,
                b'\\' => {
                    at = match token::escape(self.bytes, at) {
                        Escape::Other(taken) => at.saturating_add(taken.max(1)),
                        _ => return (!only_value).then_some((at, sure)),
                    };
                    continue;
                }
                b'v' | b'V' if only_value && self.is_word_value(at) => {
                    only_value = false;
                    at = at.saturating_add("value".len());
                    continue;
                }
                // `b'…'`, the bytes of Python.
                b'b' if sure && python() => {}
                byte if token::is_part(byte) => return (!only_value).then_some((at, sure)),
                _ => return None,
            }
            at = at.saturating_add(1);
        }
        None
    }

    /// True for the word `value`, with its sign after it.
    fn is_word_value(&self, at: usize) -> bool {
        let end = at.saturating_add("value".len());
        let after = self.bytes.get(end).copied().unwrap_or_default();
        self.bytes
            .get(at..end)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"value"))
            && matches!(after, b'"' | b'\'' | b':' | b' ' | b'\\' | b'=')
    }
}

/// A claimed address that could be a private key.
fn perhaps_address(run: Token, mark: Range<usize>) -> Option<Secret> {
    let form = secret_form(std::str::from_utf8(&run.text).ok()?)?;
    Some(Secret {
        kind: SecretKind::PerhapsPrivateKey(format!("{form}{AS_ADDRESS}")),
        mark,
        hidden: run.pieces,
    })
}

/// Twelve words or more (BIP-39).
fn phrase(bytes: &[u8], start: usize) -> Option<Vec<Piece>> {
    let rest = bytes.get(start..start.saturating_add(400).min(bytes.len()))?;
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_lowercase() || **byte == b' ')
        .count();
    let pieces = words(bytes, start..start.saturating_add(length));
    let long = pieces.iter().filter(|word| word.range.len() >= 3).count();
    (long >= 12).then_some(pieces)
}

/// `00:ab:…` on several lines, as `openssl -text` prints a number; blanks, line ends and escapes between.
fn pairs(bytes: &[u8], start: usize) -> Option<Vec<Piece>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut at, mut digits) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        if byte.is_ascii_hexdigit() {
            // A word that begins with such letters, as "pub:" does not but "dp:" might.
            let run = bytes
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric())
                .count();
            let part = bytes.get(at..at.saturating_add(run)).unwrap_or_default();
            if run != 2 || !part.iter().all(u8::is_ascii_hexdigit) {
                break;
            }
            digits = digits.saturating_add(2);
            pieces.push(Piece {
                range: at..at.saturating_add(2),
                escape: false,
            });
            at = at.saturating_add(2);
        } else if matches!(byte, b':' | b' ' | b'\t' | b'\r' | b'\n' | b'#' | b'>') {
            at = at.saturating_add(1);
        } else if *byte == b'\\' {
            match token::escape(bytes, at) {
                Escape::Other(taken) => at = at.saturating_add(taken.max(1)),
                _ => break,
            }
        } else {
            break;
        }
    }
    (digits >= 32).then_some(pieces)
}
