//! EIP-712: typed data, `0x1901`, the domain separator and hashStruct of the message.
//!
//! A document is `types`, `primaryType`, `domain` and `message`; ethers' own names do as well: `value` for the message,
//! and no `primaryType`, which is then the one type that no other refers to.
//!
//! [`hash`] reads strictly: whatever programs are known to hash differently from one another is an error rather than a
//! digest, except where EIP-712 itself decides. [`readings`] has the digests that the programs in use make of the same
//! document where they differ. What the document has and the types do not is not signed: [`TypedData::unsigned`].
//!
//! Numbers are read exactly, to the last digit, and may be written `1.0` or `1e3`: RFC 8259 numbers are decimal, and what
//! is not an integer is refused. Strings of integers are decimal or `0x` and hexadecimal, with `-` before for a negative
//! one. Bytes and addresses need their `0x`. `true` and `false` are no strings.

mod convention;
mod domain;
mod encode;
mod integer;
mod second;
mod types;
mod value;

#[cfg(test)]
mod tests;

use super::hashes::keccak256;
use super::{Material, MessageError, MessageScheme, SecondHash};
use crate::address::evm::EvmAddress;
use crate::json::{Node, Value};

use convention::Convention;
use domain::Plan;
use encode::Encoder;
use types::{DOMAIN, Types};

/// The codes of the errors of this module, in alphabetical order.
pub const CODES: &[&str] = &[
    "ambiguous-message",
    "ambiguous-primary-type",
    "bad-address",
    "bad-hex",
    "bad-integer",
    "bad-name",
    "bad-type",
    "duplicate-member",
    "hash-disagreement",
    "missing-member",
    "null-value",
    "out-of-range",
    "shadowed-type",
    "too-deep",
    "too-large",
    "unknown-type",
    "wrong-kind",
    "wrong-length",
];

const CLAUSE: &str = "EIP-712, specification of the eth_signTypedData JSON RPC";

/// A document, hashed (EIP-712).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedData {
    /// What is signed: Keccak-256 of `0x1901`, the domain separator and the message's hash.
    pub digest: [u8; 32],
    /// hashStruct of the domain.
    pub domain_separator: [u8; 32],
    /// hashStruct of the message; none where the primary type is `EIP712Domain`, of which the domain alone is signed.
    pub struct_hash: Option<[u8; 32]>,
    /// The type of the message.
    pub primary_type: String,
    /// The domain's members that are hashed.
    pub domain: Domain,
    /// encodeType of the primary type.
    pub encode_type: String,
    /// RFC 6901 pointers of what stands in the document and is not signed.
    pub unsigned: Vec<String>,
    /// What a reviewer should know of the document.
    pub remarks: Vec<Remark>,
    /// The other digests that programs in use make of the document.
    pub readings: Vec<Reading>,
    /// What the second implementation says.
    pub second: SecondHash,
}

/// A domain's values, those that are hashed (EIP-712, definition of domainSeparator).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Domain {
    /// `name`
    pub name: Option<String>,
    /// `version`
    pub version: Option<String>,
    /// `chainId`, in decimal digits.
    pub chain_id: Option<String>,
    /// `verifyingContract`
    pub verifying_contract: Option<EvmAddress>,
    /// `salt`
    pub salt: Option<[u8; 32]>,
}

/// The digest of one convention, where it is not EIP-712's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The convention's id, in kebab case; it never changes.
    pub convention: &'static str,
    /// Which programs have it, in words.
    pub words: String,
    /// The digest.
    pub digest: [u8; 32],
}

/// Something in a document that is well formed and still worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// `address-checksum`, `unsafe-number` or `unusual-domain`.
    pub code: &'static str,
    /// In words.
    pub words: String,
    /// RFC 6901 pointer.
    pub pointer: String,
    /// Byte offset in the document's text.
    pub offset: usize,
}

/// Another domain than the document's, to find out what a signature was made for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DomainChange {
    /// This chain id, decimal or `0x` and hexadecimal; it is added to a domain that has none.
    pub chain_id: Option<String>,
    /// This contract; it is added to a domain that has none.
    pub verifying_contract: Option<EvmAddress>,
    /// Without the member of this name.
    pub without: Option<String>,
}

/// Hashes a document as EIP-712 says.
///
/// # Errors
/// [`MessageError`] where EIP-712 gives the document no digest, or programs are known to differ in what they make of it,
/// with a code of [`CODES`]; and where the second implementation disagrees.
pub fn hash(document: &Node) -> Result<TypedData, MessageError> {
    strict(document).map_err(|mut error| {
        if error.code != "hash-disagreement" {
            let readings = readings(document);
            let names: Vec<&str> = readings.iter().map(|reading| reading.words.as_str()).collect();
            if !names.is_empty() {
                error.message = format!("{}; hashed nevertheless by {}", error.message, names.join(", "));
            }
        }
        error
    })
}

/// The digests that the programs in use make of a document where EIP-712 gives another one, or none.
///
/// Each is what the program itself makes of the document after `JSON.parse` or `json.load`, in the versions that the
/// documentation of the module's conventions names. One that refuses the document has no reading.
pub fn readings(document: &Node) -> Vec<Reading> {
    let strict = unique(document)
        .and_then(|()| one(document, Convention::Strict))
        .ok()
        .map(|one| one.digest);
    others(document, strict.as_ref())
}

/// The digest of the document with another domain; none where the document has no digest, or the change no object.
pub fn with_domain(document: &Node, change: &DomainChange) -> Option<[u8; 32]> {
    unique(document).ok()?;
    let one = one(document, Convention::Strict).ok()?;
    let separator = separator_with(document, change)?;
    Some(digest_of(&separator, one.struct_hash.as_ref()))
}

/// The domain separator alone of the document with another domain: cheap, for trying many.
pub fn separator_with(document: &Node, change: &DomainChange) -> Option<[u8; 32]> {
    let parts = Parts::of(document, Convention::Strict).ok()?;
    let plan = parts.plan(Convention::Strict).ok()?.changed(change)?;
    plan.separator(&mut Encoder::new(&parts.types, Convention::Strict))
        .ok()
}

/// Keccak-256 of `0x1901`, the domain separator and the message's hash, where it has one (EIP-712).
pub fn digest_of(separator: &[u8; 32], struct_hash: Option<&[u8; 32]>) -> [u8; 32] {
    let mut bytes = vec![0x19, 0x01];
    bytes.extend_from_slice(separator);
    bytes.extend(struct_hash.into_iter().flatten());
    keccak256(&bytes)
}

/// The scheme.
#[derive(Debug)]
pub(super) struct Eip712;

impl MessageScheme for Eip712 {
    fn id(&self) -> &'static str {
        "eip712"
    }

    fn title(&self) -> &'static str {
        "EIP-712 typed data"
    }

    fn source(&self) -> &'static str {
        "EIP-712"
    }

    fn digest(&self, material: &Material<'_>) -> Result<[u8; 32], MessageError> {
        match material {
            Material::TypedData(document) => hash(document).map(|data| data.digest),
            _ => Err(MessageError::not_for(self, material)),
        }
    }
}

fn fault(code: &'static str, clause: &'static str, words: String) -> MessageError {
    MessageError::new(code, clause, words)
}

/// Appends one reference token (RFC 6901 section 3).
fn pointer_push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

/// What a document is made of.
#[derive(Debug)]
struct Parts<'a> {
    types: Types<'a>,
    primary: &'a str,
    domain: Option<&'a Node>,
    message: Option<&'a Node>,
    /// Where the message is.
    pointer: &'static str,
    /// Where the document begins.
    offset: usize,
}

impl<'a> Parts<'a> {
    fn of(document: &'a Node, convention: Convention) -> Result<Self, MessageError> {
        let refused = |code, words: String, at: &Node, pointer: &str| {
            Err(fault(code, CLAUSE, words).at(at.span.start).in_member(pointer))
        };
        if !document.is_object() {
            let words = format!("the document is {}, not an object", document.kind());
            return refused("wrong-kind", words, document, "");
        }
        let Some(types) = document.get("types") else {
            return refused(
                "missing-member",
                "the document has no `types`".to_owned(),
                document,
                "",
            );
        };
        let types = Types::of(types)?;
        let primary = primary(document, &types, convention)?;
        let (message, pointer) = match (document.get("message"), document.get("value")) {
            (Some(_), Some(value)) if convention.is_strict() => {
                let words = "both `message` and `value` are there: which one is signed?".to_owned();
                return refused("ambiguous-message", words, value, "/value");
            }
            (None, Some(value)) => (Some(value), "/value"),
            (message, _) => (message, "/message"),
        };
        Ok(Self {
            types,
            primary,
            domain: document.get("domain"),
            message,
            pointer,
            offset: document.span.start,
        })
    }

    fn plan(&self, convention: Convention) -> Result<Plan<'a>, MessageError> {
        Plan::of(&self.types, self.domain, self.offset, convention)
    }
}

/// The primary type: what `primaryType` says, or what the types leave.
fn primary<'a>(
    document: &'a Node,
    types: &Types<'a>,
    convention: Convention,
) -> Result<&'a str, MessageError> {
    let said = match document.get("primaryType") {
        None => None,
        Some(node) => match &node.value {
            Value::String(name) => Some(name.as_str()),
            _ => {
                return Err(fault(
                    "wrong-kind",
                    CLAUSE,
                    format!("`primaryType` is {}, not a string", node.kind()),
                )
                .at(node.span.start)
                .in_member("/primaryType"));
            }
        },
    };
    // ethers and eth-account go by the types alone.
    let deduces = convention.ignores_domain_type();
    if let Some(name) = said.filter(|_| !deduces) {
        return Ok(name);
    }
    let roots = types.unreferenced();
    match roots.as_slice() {
        [root] if convention != Convention::EthAccount || said.is_none_or(|said| said == *root) => Ok(root),
        _ => {
            let words = if roots.is_empty() {
                "`primaryType` is missing, and every type is referred to by another".to_owned()
            } else {
                format!(
                    "`primaryType` is missing, and could be any of {}",
                    roots
                        .iter()
                        .take(8)
                        .map(|root| format!("{root:?}"))
                        .collect::<Vec<_>>()
                        .join(", ")
                )
            };
            Err(fault("ambiguous-primary-type", CLAUSE, words)
                .at(document.span.start)
                .in_member(""))
        }
    }
}

/// One reading of a document.
#[derive(Debug)]
struct One {
    digest: [u8; 32],
    separator: [u8; 32],
    struct_hash: Option<[u8; 32]>,
    unsigned: Vec<String>,
    remarks: Vec<Remark>,
}

fn one(document: &Node, convention: Convention) -> Result<One, MessageError> {
    one_of(&Parts::of(document, convention)?, convention)
}

fn one_of(parts: &Parts<'_>, convention: Convention) -> Result<One, MessageError> {
    let plan = parts.plan(convention)?;
    let mut encoder = Encoder::new(&parts.types, convention);
    let separator = plan.separator(&mut encoder)?;
    if convention.is_strict() {
        encoder.remarks.extend(plan.remark());
    }
    let struct_hash = if parts.primary == DOMAIN && !convention.ignores_domain_type() {
        if parts.message.is_some_and(|message| !message.members().is_empty()) {
            encoder.unsigned.push(parts.pointer.to_owned());
        }
        None
    } else {
        let reached = parts.types.reached(parts.primary, convention)?;
        if !convention.allows_cycles() && parts.types.has_cycle(&reached) {
            return Err(fault(
                "bad-type",
                "EIP-712, definition of encodeType",
                "a type refers to itself".to_owned(),
            ));
        }
        let Some(message) = parts.message else {
            return Err(fault(
                "missing-member",
                CLAUSE,
                "the document has no `message`".to_owned(),
            )
            .at(parts.offset)
            .in_member(""));
        };
        Some(encoder.hash_struct(parts.primary, message, parts.pointer)?)
    };
    Ok(One {
        digest: digest_of(&separator, struct_hash.as_ref()),
        separator,
        struct_hash,
        unsigned: encoder.unsigned,
        remarks: encoder.remarks,
    })
}

/// A name may stand once in an object, anywhere in the document (RFC 8259 section 4).
fn unique(document: &Node) -> Result<(), MessageError> {
    match document.duplicates().into_iter().next() {
        None => Ok(()),
        Some(twin) => {
            let mut pointer = twin.object;
            pointer_push(&mut pointer, &twin.key);
            Err(fault(
                "duplicate-member",
                "RFC 8259, section 4",
                format!("the member {:?} stands twice, and programs take either", twin.key),
            )
            .at(twin.second.start)
            .in_member(pointer))
        }
    }
}

fn strict(document: &Node) -> Result<TypedData, MessageError> {
    unique(document)?;
    let parts = Parts::of(document, Convention::Strict)?;
    let one = one_of(&parts, Convention::Strict)?;
    let plan = parts.plan(Convention::Strict)?;
    let encode_type = if parts.primary == DOMAIN {
        types::signature_of(DOMAIN, &plan.fields, Convention::Strict)
    } else {
        parts.types.encode_type(parts.primary, Convention::Strict)?
    };
    let second = second::check(&parts, &plan, &one)?;
    let mut unsigned = one.unsigned;
    let signed = ["types", "primaryType", "domain", "message", "value"];
    for member in document.members() {
        if !signed.contains(&member.key.as_str()) {
            let mut pointer = String::new();
            pointer_push(&mut pointer, &member.key);
            unsigned.push(pointer);
        }
    }
    Ok(TypedData {
        digest: one.digest,
        domain_separator: one.separator,
        struct_hash: one.struct_hash,
        primary_type: parts.primary.to_owned(),
        domain: plan.values(),
        encode_type,
        unsigned,
        remarks: one.remarks,
        readings: others(document, Some(&one.digest)),
        second,
    })
}

fn others(document: &Node, strict: Option<&[u8; 32]>) -> Vec<Reading> {
    Convention::OTHERS
        .into_iter()
        .filter_map(|convention| {
            let digest = one(document, convention).ok()?.digest;
            (strict != Some(&digest)).then(|| Reading {
                convention: convention.id(),
                words: convention.words().to_owned(),
                digest,
            })
        })
        .collect()
}
