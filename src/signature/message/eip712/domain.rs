//! The domain separator.

use super::convention::Convention;
use super::encode::Encoder;
use super::integer::Integer;
use super::types::{Atomic, Base, DOMAIN, Field, Types, signature_of};
use super::value::{self, Atom};
use super::{Domain, DomainChange, Remark, fault};
use crate::address::evm::EvmAddress;
use crate::json::{Member, Node, Value};
use crate::signature::message::MessageError;

const CLAUSE: &str = "EIP-712, definition of domainSeparator";

/// The members that EIP-712 gives a domain, in its order.
pub(super) const CANONICAL: [(&str, &str); 5] = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
];

/// What is hashed as the domain: its members, and where their values are.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) fields: Vec<Field<'a>>,
    pub(super) node: Node,
}

impl<'a> Plan<'a> {
    /// The plan of a document in one convention.
    pub(super) fn of(
        types: &Types<'a>,
        domain: Option<&Node>,
        at: usize,
        convention: Convention,
    ) -> Result<Self, MessageError> {
        let node = match (domain, convention) {
            (Some(node), _) if node.is_object() => node.clone(),
            // viem: `const { domain = {} } = parameters`; eth-sig-util looks at it only where its type has members.
            (None, Convention::Viem | Convention::V3 | Convention::V4) => Node {
                span: at..at,
                value: Value::Object(Vec::new()),
            },
            (Some(node), _) => {
                return Err(fault(
                    "wrong-kind",
                    CLAUSE,
                    format!("`domain` is {}, not an object", node.kind()),
                )
                .at(node.span.start)
                .in_member("/domain"));
            }
            (None, _) => {
                return Err(fault(
                    "missing-member",
                    CLAUSE,
                    "the document has no `domain`".to_owned(),
                )
                .at(at)
                .in_member(""));
            }
        };
        let listed = types.has(DOMAIN);
        let fields = if listed && !convention.ignores_domain_type() {
            let fields = types.fields(DOMAIN)?.to_vec();
            if domain.is_none() && !fields.is_empty() && convention.is_sig_util() {
                return Err(fault(
                    "missing-member",
                    CLAUSE,
                    "the document has no `domain`".to_owned(),
                )
                .at(at));
            }
            fields
        } else if convention.is_sig_util() {
            // `types: { EIP712Domain: [], ...types }`
            Vec::new()
        } else {
            existing(&node, types, convention)?
        };
        Ok(Self { fields, node })
    }

    /// The separator.
    pub(super) fn separator(&self, encoder: &mut Encoder<'_, 'a>) -> Result<[u8; 32], MessageError> {
        let convention = encoder.convention();
        let text = signature_of(DOMAIN, &self.fields, convention);
        encoder.hash_fields(&text, &self.fields, &self.node, "/domain")
    }

    /// Whether the members are EIP-712's own, in its order and of its types.
    pub(super) fn is_canonical(&self) -> bool {
        let mut order = CANONICAL.iter();
        self.fields.iter().all(|field| {
            field.brackets.is_empty()
                && order.any(|(name, text)| *name == field.name && *text == field.base_text)
        })
    }

    pub(super) fn remark(&self) -> Option<Remark> {
        (!self.is_canonical()).then(|| Remark {
            code: "unusual-domain",
            words:
                "types.EIP712Domain has other members, types or another order than EIP-712's: a program that \
                    ignores it hashes another domain"
                    .to_owned(),
            pointer: "/types/EIP712Domain".to_owned(),
            offset: self.node.span.start,
        })
    }

    /// The values that are hashed.
    pub(super) fn values(&self) -> Domain {
        let mut domain = Domain::default();
        for field in &self.fields {
            let (Some(node), Base::Atomic(atomic)) = (self.node.get(field.name), field.base) else {
                continue;
            };
            let atom = value::atom(atomic, node, Convention::Strict).ok();
            let text = match &atom {
                Some(Atom::Integer(integer)) => Some(integer.to_decimal()),
                _ => node.as_str().map(ToOwned::to_owned),
            };
            match field.name {
                "name" => domain.name = text,
                "version" => domain.version = text,
                "chainId" => domain.chain_id = text,
                "verifyingContract" => {
                    domain.verifying_contract = match atom {
                        Some(Atom::Address(bytes, _)) => Some(EvmAddress(bytes)),
                        _ => None,
                    };
                }
                "salt" => {
                    domain.salt = match (atomic, atom) {
                        (Atomic::Fixed(32), Some(Atom::Word(word))) => Some(word),
                        _ => None,
                    };
                }
                _ => {}
            }
        }
        domain
    }

    /// The plan after a change; none where there is nothing to change.
    pub(super) fn changed(mut self, change: &DomainChange) -> Option<Self> {
        if let Some(name) = &change.without {
            let before = self.fields.len();
            self.fields.retain(|field| field.name != name);
            if self.fields.len() == before {
                return None;
            }
        }
        let chain_id = match &change.chain_id {
            Some(text) => Some(Integer::of_text(text).ok()?.to_decimal()),
            None => None,
        };
        let contract = change
            .verifying_contract
            .map(|address| format!("0x{}", crate::encoding::hex::encode(&address.0)));
        for (name, text) in [("chainId", chain_id), ("verifyingContract", contract)] {
            if let Some(text) = text {
                self.set(name, text)?;
            }
        }
        Some(self)
    }

    /// Gives a member another value, or adds it in its canonical place.
    fn set(&mut self, name: &str, text: String) -> Option<()> {
        let (place, (name, base)) = CANONICAL
            .iter()
            .enumerate()
            .find(|(_, (known, _))| *known == name)?;
        if !self.fields.iter().any(|field| field.name == *name) {
            let at = self
                .fields
                .iter()
                .position(|field| {
                    CANONICAL
                        .iter()
                        .position(|(known, _)| *known == field.name)
                        .is_some_and(|other| other > place)
                })
                .unwrap_or(self.fields.len());
            self.fields.insert(at, Field::canonical(name, base));
        }
        let span = self.node.span.start..self.node.span.start;
        let members = self.node.members_mut()?;
        members.retain(|member| member.key != *name);
        members.push(Member {
            key: (*name).to_owned(),
            key_span: span.clone(),
            value: Node {
                span,
                value: Value::String(text),
            },
        });
        Some(())
    }
}

/// The members that the domain itself has, in the canonical order.
fn existing<'a>(
    node: &Node,
    types: &Types<'a>,
    convention: Convention,
) -> Result<Vec<Field<'a>>, MessageError> {
    // ethers 5 and eth-account take a null for a member, and then refuse its value where it cannot be.
    let counts = |value: &Node| {
        matches!(convention, Convention::Ethers5 | Convention::EthAccount) || value.value != Value::Null
    };
    let fields: Vec<Field<'_>> = CANONICAL
        .iter()
        .filter(|(name, _)| node.get(name).is_some_and(counts))
        .map(|(name, text)| Field::canonical(name, text))
        .collect();
    if convention.ignores_domain_type() {
        let refused = |words: String| {
            Err(fault("bad-domain", CLAUSE, words)
                .at(node.span.start)
                .in_member("/domain"))
        };
        for member in node.members() {
            let known = CANONICAL.iter().any(|(name, _)| *name == member.key);
            if !known && counts(&member.value) {
                return refused(format!("{:?} is no member of a domain", member.key));
            }
        }
        // eth-account holds the type against the domain's members, but not their order or types.
        if convention == Convention::EthAccount && types.has(DOMAIN) {
            let listed = types.fields(DOMAIN)?;
            let has = |name: &str| listed.iter().any(|field| field.name == name);
            if !node.members().iter().all(|member| has(&member.key))
                || !listed.iter().all(|field| node.get(field.name).is_some())
            {
                return refused("types.EIP712Domain has other members than the domain".to_owned());
            }
        }
    }
    Ok(fields)
}
