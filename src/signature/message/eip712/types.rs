//! `types`: definitions, references, encodeType.

use std::collections::{BTreeMap, BTreeSet};

use super::convention::Convention;
use super::{fault, pointer_push};
use crate::json::{Node, Value};
use crate::signature::message::MessageError;

/// The struct that the domain is.
pub(super) const DOMAIN: &str = "EIP712Domain";

const CLAUSE: &str = "EIP-712, definition of encodeType";
const CLAUSE_TYPES: &str = "EIP-712, definition of typed structured data";

/// More types than any document needs.
const MAX_TYPES: usize = 1024;
/// More members over all types than any document needs.
const MAX_MEMBERS: usize = 8192;
/// `T[][]…`: how many pairs of brackets.
const MAX_DIMENSIONS: usize = 16;
/// Bytes of one encodeType.
const MAX_TYPE_TEXT: usize = 1 << 20;

/// A type that is not a struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Atomic {
    Bool,
    Address,
    String,
    Bytes,
    /// `bytes1` to `bytes32`.
    Fixed(u8),
    /// `intN`, `uintN`.
    Int {
        signed: bool,
        bits: u16,
    },
}

impl Atomic {
    /// The type's canonical name.
    pub(super) fn name(self) -> String {
        match self {
            Self::Bool => "bool".to_owned(),
            Self::Address => "address".to_owned(),
            Self::String => "string".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Fixed(length) => format!("bytes{length}"),
            Self::Int { signed, bits } => format!("{}int{bits}", if signed { "" } else { "u" }),
        }
    }
}

/// What a member's type is made of, arrays taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base<'a> {
    Atomic(Atomic),
    /// `int` or `uint`, which EIP-712 does not have.
    Alias {
        signed: bool,
    },
    /// A name that `types` should define.
    Struct(&'a str),
    /// Looks like an atomic type, and is none: `uint7`, `bytes33`.
    Invalid,
}

/// A member of a struct.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    /// The type without its brackets, as it is written.
    pub(super) base_text: &'a str,
    pub(super) base: Base<'a>,
    /// The brackets, as they are written.
    pub(super) brackets: &'a str,
    /// Their lengths, the innermost first.
    pub(super) dimensions: Vec<Option<usize>>,
    /// Where the type is written, and its pointer.
    place: (usize, String),
}

impl<'a> Field<'a> {
    /// A member of the canonical domain.
    pub(super) fn canonical(name: &'a str, base_text: &'a str) -> Self {
        Self {
            name,
            base_text,
            base: base_of(base_text),
            brackets: "",
            dimensions: Vec::new(),
            place: (0, String::new()),
        }
    }

    /// The type as encodeType writes it.
    fn text(&self, convention: Convention) -> String {
        match self.base {
            // ethers 6 writes the full name; ethers 5 and eth-sig-util hash the alias as it stands.
            Base::Alias { signed } if convention == Convention::Ethers6 => {
                let name = if signed { "int256" } else { "uint256" };
                format!("{name}{}", self.brackets)
            }
            _ => format!("{}{}", self.base_text, self.brackets),
        }
    }

    /// The atomic type of the base, none for a struct.
    pub(super) fn atomic(&self, convention: Convention) -> Result<Option<Atomic>, MessageError> {
        let refused = |code, words: String| {
            Err(fault(code, CLAUSE_TYPES, words)
                .at(self.place.0)
                .in_member(self.place.1.clone()))
        };
        match self.base {
            Base::Atomic(atomic) => Ok(Some(atomic)),
            Base::Struct(_) => Ok(None),
            Base::Alias { .. } if matches!(convention, Convention::Strict | Convention::Viem) => refused(
                "bad-type",
                format!(
                    "EIP-712 has no alias {0:?}: write {0}256, or hash as the program does that signed",
                    self.base_text
                ),
            ),
            Base::Alias { signed } => Ok(Some(Atomic::Int { signed, bits: 256 })),
            Base::Invalid => refused("bad-type", format!("{:?} is no type of EIP-712", self.base_text)),
        }
    }
}

/// encodeType's part for one struct.
pub(super) fn signature_of(name: &str, fields: &[Field<'_>], convention: Convention) -> String {
    let members: Vec<String> = fields
        .iter()
        .map(|field| format!("{} {}", field.text(convention), field.name))
        .collect();
    format!("{name}({})", members.join(","))
}

/// The definitions of a document. One that is not used may be malformed: it is no part of the hash.
#[derive(Debug)]
pub(super) struct Types<'a> {
    definitions: BTreeMap<&'a str, Result<Vec<Field<'a>>, MessageError>>,
    offset: usize,
}

impl<'a> Types<'a> {
    /// Reads `types`.
    pub(super) fn of(node: &'a Node) -> Result<Self, MessageError> {
        let Value::Object(members) = &node.value else {
            return Err(fault(
                "wrong-kind",
                CLAUSE_TYPES,
                format!("`types` is {}, not an object", node.kind()),
            )
            .at(node.span.start)
            .in_member("/types"));
        };
        let too_large = |words: String| {
            fault("too-large", CLAUSE_TYPES, words)
                .at(node.span.start)
                .in_member("/types")
        };
        if members.len() > MAX_TYPES {
            return Err(too_large(format!("more than {MAX_TYPES} types")));
        }
        let count = members
            .iter()
            .map(|member| member.value.items().len())
            .fold(0_usize, usize::saturating_add);
        if count > MAX_MEMBERS {
            return Err(too_large(format!("more than {MAX_MEMBERS} members of types")));
        }
        let definitions = members
            .iter()
            .map(|member| {
                let mut pointer = "/types".to_owned();
                pointer_push(&mut pointer, &member.key);
                (
                    member.key.as_str(),
                    definition(&member.key, &member.value, &pointer),
                )
            })
            .collect();
        Ok(Self {
            definitions,
            offset: node.span.start,
        })
    }

    /// Where `types` is written.
    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.definitions.contains_key(name)
    }

    /// The members of a struct.
    pub(super) fn fields(&self, name: &str) -> Result<&[Field<'a>], MessageError> {
        match self.definitions.get(name) {
            Some(Ok(fields)) => Ok(fields),
            Some(Err(error)) => Err(error.clone()),
            None => Err(fault(
                "unknown-type",
                CLAUSE_TYPES,
                format!("`types` does not define {name:?}"),
            )
            .at(self.offset)
            .in_member("/types")),
        }
    }

    /// A defined name, as the document has it.
    pub(super) fn known(&self, name: &str) -> Result<&'a str, MessageError> {
        self.fields(name)?;
        self.definitions
            .get_key_value(name)
            .map(|(known, _)| *known)
            .ok_or_else(|| fault("unknown-type", CLAUSE_TYPES, format!("{name:?} is not defined")))
    }

    /// The members of the struct that a member's type refers to; the error is at the reference.
    pub(super) fn referred(&self, field: &Field<'_>, name: &str) -> Result<&[Field<'a>], MessageError> {
        if self.has(name) {
            return self.fields(name);
        }
        Err(fault(
            "unknown-type",
            CLAUSE_TYPES,
            format!("{name:?} is no type of EIP-712, and `types` does not define it"),
        )
        .at(field.place.0)
        .in_member(field.place.1.clone()))
    }

    /// The one type that no other refers to, the domain apart; a type may refer to itself.
    pub(super) fn unreferenced(&self) -> Vec<&'a str> {
        let mut referenced = BTreeSet::new();
        for (name, fields) in &self.definitions {
            if *name == DOMAIN {
                continue;
            }
            for field in fields.iter().flatten() {
                if let Base::Struct(base) = field.base
                    && base != *name
                {
                    referenced.insert(base);
                }
            }
        }
        self.definitions
            .keys()
            .copied()
            .filter(|name| *name != DOMAIN && !referenced.contains(name))
            .collect()
    }

    /// encodeType: the struct, then all that it refers to, sorted by name.
    pub(super) fn encode_type(&self, name: &str, convention: Convention) -> Result<String, MessageError> {
        let mut text = signature_of(name, self.fields(name)?, convention);
        for other in self.reached(name, convention)? {
            if other != name {
                text.push_str(&signature_of(other, self.fields(other)?, convention));
            }
            if text.len() > MAX_TYPE_TEXT {
                return Err(fault(
                    "too-large",
                    CLAUSE,
                    format!("the type {name:?} with all that it refers to is past {MAX_TYPE_TEXT} bytes"),
                )
                .at(self.offset)
                .in_member("/types"));
            }
        }
        Ok(text)
    }

    /// The structs that one refers to, over any number of steps, itself included.
    pub(super) fn reached(
        &self,
        name: &str,
        convention: Convention,
    ) -> Result<BTreeSet<&'a str>, MessageError> {
        let mut found = BTreeSet::new();
        let mut open = Vec::new();
        let visit = |name: &str, found: &mut BTreeSet<&'a str>, open: &mut Vec<&'a str>| {
            let name = if convention.is_sig_util() {
                word_of(name)
            } else {
                name
            };
            if let Some((known, _)) = self.definitions.get_key_value(name)
                && found.insert(known)
            {
                open.push(known);
            }
        };
        visit(name, &mut found, &mut open);
        while let Some(next) = open.pop() {
            for field in self.fields(next)? {
                field.atomic(convention)?;
                // eth-sig-util, viem and eth-account would take the struct, ethers the type of EIP-712.
                if !matches!(field.base, Base::Struct(_)) && self.has(field.base_text) {
                    let words = format!(
                        "{:?} is a type of EIP-712, and `types` defines it too: programs differ in which they take",
                        field.base_text
                    );
                    return Err(fault("shadowed-type", CLAUSE_TYPES, words)
                        .at(field.place.0)
                        .in_member(field.place.1.clone()));
                }
                if let Base::Struct(base) = field.base {
                    if !convention.is_sig_util() {
                        self.referred(field, base)?;
                    }
                    visit(base, &mut found, &mut open);
                }
            }
        }
        Ok(found)
    }

    /// Whether any struct of `names` can hold itself, over any number of steps.
    pub(super) fn has_cycle(&self, names: &BTreeSet<&'a str>) -> bool {
        // Kahn: take away what refers to nothing that is left, until nothing is left or no more can go.
        let mut left = names.clone();
        loop {
            let before = left.len();
            let ends: Vec<&str> = left
                .iter()
                .copied()
                .filter(|name| {
                    !self
                        .fields(name)
                        .unwrap_or_default()
                        .iter()
                        .any(|field| matches!(field.base, Base::Struct(base) if left.contains(base)))
                })
                .collect();
            for name in ends {
                left.remove(name);
            }
            if left.is_empty() {
                return false;
            }
            if left.len() == before {
                return true;
            }
        }
    }
}

/// The start of a name that eth-sig-util follows: `primaryType.match(/^\w*/u)`.
fn word_of(name: &str) -> &str {
    name.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .next()
        .unwrap_or_default()
}

fn definition<'a>(name: &'a str, node: &'a Node, pointer: &str) -> Result<Vec<Field<'a>>, MessageError> {
    let refused = |code, words: String, at: &Node, pointer: String| {
        fault(code, CLAUSE_TYPES, words)
            .at(at.span.start)
            .in_member(pointer)
    };
    // `:` is no part of an identifier, but Hyperliquid's types have it, and it leaves encodeType unambiguous.
    if name.is_empty()
        || !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_$:".contains(&byte))
    {
        return Err(refused(
            "bad-name",
            format!("{name:?} is no name of a type: letters, digits, `_`, `$` and `:` are"),
            node,
            pointer.to_owned(),
        ));
    }
    if !matches!(base_of(name), Base::Struct(_)) {
        return Err(refused(
            "shadowed-type",
            format!("{name:?} names a type of EIP-712 itself, or nearly: programs differ in which they take"),
            node,
            pointer.to_owned(),
        ));
    }
    let Value::Array(items) = &node.value else {
        return Err(refused(
            "wrong-kind",
            format!(
                "the definition of {name:?} is {}, not an array of members",
                node.kind()
            ),
            node,
            pointer.to_owned(),
        ));
    };
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            let pointer = format!("{pointer}/{index}");
            let text = |key: &str| {
                item.get(key)
                    .and_then(|node| Some((node, node.as_str()?)))
                    .ok_or_else(|| {
                        fault(
                            "missing-member",
                            CLAUSE_TYPES,
                            format!("a member of {name:?} has no {key:?} that is a string"),
                        )
                        .at(item.span.start)
                        .in_member(pointer.clone())
                    })
            };
            let (at, field) = text("name")?;
            let structural = |character: char| {
                character.is_whitespace() || character.is_control() || "()[],".contains(character)
            };
            if field.is_empty() || field.contains(structural) {
                return Err(refused(
                    "bad-name",
                    format!("{field:?} is no name of a member: encodeType could be read in two ways"),
                    at,
                    format!("{pointer}/name"),
                ));
            }
            let (at, text) = text("type")?;
            let place = (at.span.start, format!("{pointer}/type"));
            let (base_text, brackets) = text.split_at(text.find('[').unwrap_or(text.len()));
            let Some(dimensions) = dimensions(brackets) else {
                return Err(refused(
                    "bad-type",
                    format!("{text:?} is no type: brackets stand for arrays, `[]` or `[n]`, at most {MAX_DIMENSIONS}"),
                    at,
                    place.1,
                ));
            };
            Ok(Field {
                name: field,
                base_text,
                base: base_of(base_text),
                brackets,
                dimensions,
                place,
            })
        })
        .collect()
}

fn dimensions(mut brackets: &str) -> Option<Vec<Option<usize>>> {
    let mut found = Vec::new();
    while !brackets.is_empty() {
        let (inner, rest) = brackets.strip_prefix('[')?.split_once(']')?;
        found.push(if inner.is_empty() {
            None
        } else {
            // One way to write a length, and Solidity has no array of none.
            let plain = !inner.starts_with('0') && inner.bytes().all(|byte| byte.is_ascii_digit());
            Some(inner.parse().ok().filter(|_| plain)?)
        });
        brackets = rest;
    }
    (found.len() <= MAX_DIMENSIONS).then_some(found)
}

fn base_of(text: &str) -> Base<'_> {
    let width = |digits: &str, most: u16| {
        digits
            .parse::<u16>()
            .ok()
            .filter(|width| *width > 0 && *width <= most && width.to_string() == digits)
    };
    let digits = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        "bool" => return Base::Atomic(Atomic::Bool),
        "address" => return Base::Atomic(Atomic::Address),
        "string" => return Base::Atomic(Atomic::String),
        "bytes" => return Base::Atomic(Atomic::Bytes),
        "int" => return Base::Alias { signed: true },
        "uint" => return Base::Alias { signed: false },
        _ => {}
    }
    if let Some(rest) = text.strip_prefix("bytes").filter(|rest| digits(rest)) {
        return width(rest, 32)
            .and_then(|width| u8::try_from(width).ok())
            .map_or(Base::Invalid, |width| Base::Atomic(Atomic::Fixed(width)));
    }
    for (prefix, signed) in [("uint", false), ("int", true)] {
        if let Some(rest) = text.strip_prefix(prefix).filter(|rest| digits(rest)) {
            return width(rest, 256)
                .filter(|bits| bits.is_multiple_of(8))
                .map_or(Base::Invalid, |bits| Base::Atomic(Atomic::Int { signed, bits }));
        }
    }
    Base::Struct(text)
}
