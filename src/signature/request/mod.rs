//! One signature to be judged, as a JSON object says it: a line of a batch, a sample in the evidence, or what the
//! command line was given.

mod prepare;

use crate::address::{self, ClaimError, Claimed, EvmAddress};
use crate::encoding::{base64, hex, pem};
use crate::json::{Node, Value};
use crate::key::{self, PublicKey};
use crate::signature::encoding::{Reading, read_node};
use crate::signature::verify::{Claim, Wanted};
use crate::source::Untrusted;

pub use prepare::{Prepared, material, of_message, prepare};

/// Members that a request may have. Others are named in the verdict, and not used.
pub const MEMBERS: [&str; 13] = [
    "id",
    "signature",
    "address",
    "public_key",
    "digest",
    "message",
    "message_hex",
    "typed_data",
    "transaction",
    "validator",
    "scheme",
    "line",
    "schema_version",
];

/// Why a request cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    /// What is wrong, in kebab case.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
    /// Byte offset, counted in what the message is about.
    pub offset: Option<usize>,
    /// RFC 6901 pointer into the request.
    pub pointer: Option<String>,
}

impl RequestError {
    /// An error about a member.
    pub(crate) fn of(code: &'static str, member: &str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            offset: None,
            pointer: Some(if member.is_empty() {
                String::new()
            } else {
                format!("/{member}")
            }),
        }
    }

    /// The same with a place in the member's bytes.
    pub(crate) fn at(mut self, offset: usize) -> Self {
        self.offset = Some(offset);
        self
    }
}

/// What was signed.
#[derive(Debug, Clone, PartialEq)]
pub enum Signed {
    /// A digest.
    Digest([u8; 32]),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Bytes for a validator contract.
    ForValidator(EvmAddress, Vec<u8>),
    /// A document of EIP-712.
    TypedData(Node),
    /// A signed transaction.
    Transaction(Vec<u8>),
}

/// A claimed address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedAddress {
    /// As written.
    pub text: String,
    /// What it stands for.
    pub claimed: Claimed,
    /// What is wrong with its checksum, where that is wrong.
    pub wrong_checksum: Option<String>,
}

/// A request that reads well.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Readings of the signature; none for a transaction, which has its own.
    pub readings: Vec<Reading>,
    /// The claimed address.
    pub address: Option<ClaimedAddress>,
    /// The claimed key.
    pub key: Option<PublicKey>,
    /// What was signed.
    pub signed: Signed,
    /// Id of the message scheme.
    pub scheme: &'static str,
    /// Members that are not known.
    pub unused: Vec<String>,
}

impl Request {
    /// Reads an object.
    ///
    /// # Errors
    /// [`RequestError`] for the first member that is missing, of another form, or contradicts another one.
    pub fn parse(node: &Node) -> Result<Self, RequestError> {
        if !node.is_object() {
            return Err(RequestError::of(
                "not-an-object",
                "",
                format!("a request is a JSON object, this is {}", node.kind()),
            ));
        }
        if let Some(duplicate) = node.duplicates().iter().find(|found| found.object.is_empty()) {
            return Err(RequestError::of(
                "duplicate-member",
                "",
                format!("{} stands twice: leave one", Untrusted(&duplicate.key)),
            )
            .at(duplicate.second.start));
        }
        let signed = signed(node)?;
        let scheme = scheme(node, &signed)?;
        let readings = match (&signed, member(node, "signature")) {
            (Signed::Transaction(_), None) => Vec::new(),
            (Signed::Transaction(_), Some(_)) => {
                return Err(RequestError::of(
                    "signature-beside-transaction",
                    "signature",
                    "a signed transaction has its own signature: leave signature out, or give the digest that was signed",
                ));
            }
            (_, None) => {
                return Err(RequestError::of(
                    "no-signature",
                    "",
                    "there is no signature: give it as hexadecimal digits with 0x, as base64 of DER, or as an object",
                ));
            }
            (_, Some(signature)) => read_node(signature).map_err(|error| RequestError {
                code: error.code(),
                message: error.to_string(),
                offset: Some(error.offset),
                pointer: Some("/signature".to_owned()),
            })?,
        };
        Ok(Self {
            readings,
            address: member(node, "address").map(claimed).transpose()?,
            key: member(node, "public_key").map(public_key).transpose()?,
            signed,
            scheme,
            unused: node
                .members()
                .iter()
                .filter(|member| !MEMBERS.contains(&member.key.as_str()))
                .map(|member| Untrusted(&member.key).to_string())
                .collect(),
        })
    }
}

impl Request {
    /// Who should have signed.
    pub fn claim(&self) -> Claim<'_> {
        Claim {
            key: self.key.as_ref(),
            address: self.address.as_ref().map(|address| Wanted::of(&address.claimed)),
        }
    }
}

/// A member that is not null.
fn member<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.get(name).filter(|member| member.value != Value::Null)
}

fn text_of<'n>(node: &'n Node, name: &'static str) -> Result<&'n str, RequestError> {
    node.as_str().ok_or_else(|| {
        RequestError::of(
            "wrong-type",
            name,
            format!("{name} is text, this is {}", node.kind()),
        )
    })
}

/// Bytes in hexadecimal digits.
fn hex_of(node: &Node, name: &'static str) -> Result<Vec<u8>, RequestError> {
    let text = text_of(node, name)?.trim();
    hex::decode(text.as_bytes())
        .map(|decoded| decoded.bytes)
        .map_err(|error| {
            RequestError::of(
                "not-hex",
                name,
                format!("{name} is hexadecimal digits: {}", error.reason),
            )
            .at(error.offset)
        })
}

/// The one member that says what was signed.
fn signed(node: &Node) -> Result<Signed, RequestError> {
    const NAMES: [&str; 5] = ["digest", "message", "message_hex", "typed_data", "transaction"];
    let given: Vec<(&str, &Node)> = NAMES
        .iter()
        .filter_map(|name| Some((*name, member(node, name)?)))
        .collect();
    let (name, value) = match given.as_slice() {
        [one] => *one,
        [] => {
            return Err(RequestError::of(
                "no-message",
                "",
                "nothing says what was signed: give digest, message, message_hex, typed_data or transaction",
            ));
        }
        [(first, _), (second, _), ..] => {
            return Err(RequestError::of(
                "two-messages",
                second,
                format!("{first} and {second} both say what was signed: give one"),
            ));
        }
    };
    let validator = member(node, "validator");
    let bytes = match name {
        "digest" => {
            let bytes = hex_of(value, "digest")?;
            let found = bytes.len();
            let digest = bytes.try_into().map_err(|_| {
                RequestError::of(
                    "wrong-length",
                    "digest",
                    format!("a digest has 32 bytes, this has {found}"),
                )
            })?;
            return refuse_validator(validator, Signed::Digest(digest));
        }
        "typed_data" => {
            if !value.is_object() {
                return Err(RequestError::of(
                    "wrong-type",
                    "typed_data",
                    format!("typed_data is an object (EIP-712), this is {}", value.kind()),
                ));
            }
            return refuse_validator(validator, Signed::TypedData(value.clone()));
        }
        "transaction" => {
            return refuse_validator(validator, Signed::Transaction(hex_of(value, "transaction")?));
        }
        "message_hex" => hex_of(value, "message_hex")?,
        _ => text_of(value, "message")?.as_bytes().to_vec(),
    };
    let Some(validator) = validator else {
        return Ok(Signed::Bytes(bytes));
    };
    let claimed = address_of(validator, "validator")?;
    let address = claimed.claimed.evm().ok_or_else(|| {
        RequestError::of(
            "not-an-address",
            "validator",
            "validator is the address of a contract (EIP-191, version 0x00)",
        )
    })?;
    Ok(Signed::ForValidator(address, bytes))
}

fn refuse_validator(validator: Option<&Node>, signed: Signed) -> Result<Signed, RequestError> {
    if validator.is_some() {
        return Err(RequestError::of(
            "wrong-material",
            "validator",
            "validator belongs to message or message_hex (EIP-191, version 0x00)",
        ));
    }
    Ok(signed)
}

/// The scheme that is named, or that goes without saying.
fn scheme(node: &Node, signed: &Signed) -> Result<&'static str, RequestError> {
    let default = match signed {
        Signed::Digest(_) => "digest",
        Signed::Bytes(_) => "eip191",
        Signed::ForValidator(..) => "eip191-validator",
        Signed::TypedData(_) => "eip712",
        Signed::Transaction(_) => "transaction",
    };
    let Some(named) = member(node, "scheme") else {
        return Ok(default);
    };
    let name = text_of(named, "scheme")?;
    let ids = || {
        crate::signature::message::SCHEMES
            .iter()
            .map(|scheme| scheme.id())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let scheme = crate::signature::message::scheme(name).ok_or_else(|| {
        RequestError::of(
            "unknown-scheme",
            "scheme",
            format!("{} is no scheme: take one of {}", Untrusted(name), ids()),
        )
    })?;
    let fits = match signed {
        Signed::Bytes(_) => matches!(scheme.id(), "eip191" | "keccak" | "sha256"),
        _ => scheme.id() == default,
    };
    if fits {
        return Ok(scheme.id());
    }
    let needs = match scheme.id() {
        "digest" => "a digest",
        "eip191-validator" => "a message and validator",
        "eip712" => "typed_data",
        "transaction" => "a transaction",
        _ => "message or message_hex",
    };
    Err(RequestError::of(
        "wrong-material",
        "scheme",
        format!("the scheme {} needs {needs}", scheme.id()),
    ))
}

fn claimed(node: &Node) -> Result<ClaimedAddress, RequestError> {
    address_of(node, "address")
}

fn address_of(node: &Node, name: &'static str) -> Result<ClaimedAddress, RequestError> {
    let text = text_of(node, name)?.trim();
    let wrap = |claimed: Claimed, wrong_checksum| ClaimedAddress {
        text: text.to_owned(),
        claimed,
        wrong_checksum,
    };
    match address::parse_claim(text, &address::Options::new()) {
        Ok(claimed) => Ok(wrap(claimed, None)),
        Err(error) => {
            let words = error.to_string();
            match error {
                ClaimError::WrongChecksum { claimed, .. } => Ok(wrap(*claimed, Some(words))),
                _ => Err(RequestError::of("not-an-address", name, words)),
            }
        }
    }
}

fn public_key(node: &Node) -> Result<PublicKey, RequestError> {
    let text = text_of(node, "public_key")?.trim();
    read_public_key(text)
}

/// A key as SPKI or as a point, in hexadecimal digits, base64 or PEM.
///
/// # Errors
/// [`RequestError`] with the code of the key's fault, or `not-base64`, `not-hex`.
pub fn read_public_key(text: &str) -> Result<PublicKey, RequestError> {
    let name = "public_key";
    let bytes = if text.starts_with("-----BEGIN ") {
        pem_bytes(text)?
    } else if text.starts_with("0x")
        || text.starts_with("0X")
        || text.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        hex::decode(text.as_bytes())
            .map_err(|error| RequestError::of("not-hex", name, error.reason.to_string()).at(error.offset))?
            .bytes
    } else {
        base64::decode(text.as_bytes()).map_err(|error| {
            RequestError::of(
                "not-base64",
                name,
                format!(
                    "a key is SPKI or a point, in hexadecimal digits or base64: {}",
                    error.reason
                ),
            )
            .at(error.offset)
        })?
    };
    match bytes.len() {
        20 => {
            return Err(RequestError::of(
                "wrong-length",
                name,
                "this has the 20 bytes of an address: give it as the address, or give the key",
            ));
        }
        32 => return Err(private()),
        _ => {}
    }
    let result = match bytes.len() {
        33 | 65 => PublicKey::from_sec1(&bytes, true),
        64 => {
            let mut xy = [0; 64];
            xy.copy_from_slice(&bytes);
            PublicKey::from_xy(&xy)
        }
        _ => key::spki::decode(&bytes, key::Options::new().with_compressed(true)),
    };
    result.map_err(|error| RequestError::of(error.code(), name, format!("the key: {error}")).at(error.offset))
}

/// The bytes of the one public block of a PEM text.
fn pem_bytes(text: &str) -> Result<Vec<u8>, RequestError> {
    let error = |message: String| RequestError::of("not-pem", "public_key", message);
    let mut blocks = pem::blocks(text.as_bytes()).into_iter();
    match (blocks.next(), blocks.next()) {
        (Some(Ok(block)), None) => match block.body {
            pem::Body::Decoded { bytes, .. } => Ok(bytes),
            pem::Body::Withheld => Err(private()),
        },
        (Some(Err(fault)), _) => Err(error(fault.reason.to_string()).at(fault.offset)),
        (None, _) => Err(error("there is no PEM block".to_owned())),
        (Some(_), Some(_)) => Err(error("there are several PEM blocks: give one key".to_owned())),
    }
}

/// A private key in the place of a public one: nothing of it is shown.
fn private() -> RequestError {
    RequestError::of(
        "private-key",
        "public_key",
        "this may be a private key: never hand one over; export the public key (aws kms get-public-key)",
    )
}
