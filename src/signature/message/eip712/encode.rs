//! hashStruct and encodeData, in one convention.

use std::collections::{BTreeMap, BTreeSet};

use super::convention::{Absent, Convention, Shape};
use super::types::{Atomic, Base, Field, Types};
use super::value::{self, Atom};
use super::{Remark, fault, pointer_push};
use crate::json::{Node, Value};
use crate::signature::message::MessageError;
use crate::signature::message::hashes::keccak256;

const CLAUSE: &str = "EIP-712, definition of encodeData";

/// How deep structs and arrays of a value may nest.
const MAX_DEPTH: usize = 64;
/// How many values one document may sign.
const MAX_VALUES: usize = 1 << 18;
/// How many bytes of encodeType are hashed for one document, over all its types.
const MAX_TYPE_TEXT: usize = 4 << 20;

/// Walks a message along its types.
#[derive(Debug)]
pub(super) struct Encoder<'t, 'a> {
    types: &'t Types<'a>,
    convention: Convention,
    type_hashes: BTreeMap<&'t str, [u8; 32]>,
    type_text: usize,
    values: usize,
    pointer: String,
    /// Pointers of what is in the document and is not signed.
    pub(super) unsigned: Vec<String>,
    /// What a reviewer should know.
    pub(super) remarks: Vec<Remark>,
}

impl<'t, 'a> Encoder<'t, 'a> {
    pub(super) fn new(types: &'t Types<'a>, convention: Convention) -> Self {
        Self {
            types,
            convention,
            type_hashes: BTreeMap::new(),
            type_text: 0,
            values: 0,
            pointer: String::new(),
            unsigned: Vec::new(),
            remarks: Vec::new(),
        }
    }

    pub(super) fn convention(&self) -> Convention {
        self.convention
    }

    /// hashStruct of the value at `pointer`.
    pub(super) fn hash_struct(
        &mut self,
        name: &'t str,
        node: &Node,
        pointer: &str,
    ) -> Result<[u8; 32], MessageError> {
        pointer.clone_into(&mut self.pointer);
        self.structure(name, node, 0)
    }

    /// hashStruct of a struct whose definition is not in `types`.
    pub(super) fn hash_fields(
        &mut self,
        type_text: &str,
        fields: &[Field<'a>],
        node: &Node,
        pointer: &str,
    ) -> Result<[u8; 32], MessageError> {
        pointer.clone_into(&mut self.pointer);
        for field in fields {
            if field.atomic(self.convention)?.is_none() || !field.dimensions.is_empty() {
                return Err(self.refused(
                    node,
                    "bad-type",
                    format!(
                        "the domain's member {:?} is no plain value: programs differ in what they hash",
                        field.name
                    ),
                ));
            }
        }
        self.members(keccak256(type_text.as_bytes()), fields, node, 0)
    }

    fn refused(&self, node: &Node, code: &'static str, words: String) -> MessageError {
        fault(code, CLAUSE, words)
            .at(node.span.start)
            .in_member(self.pointer.clone())
    }

    fn type_hash(&mut self, name: &'t str) -> Result<[u8; 32], MessageError> {
        if let Some(hash) = self.type_hashes.get(name) {
            return Ok(*hash);
        }
        let text = self.types.encode_type(name, self.convention)?;
        self.type_text = self.type_text.saturating_add(text.len());
        if self.type_text > MAX_TYPE_TEXT {
            return Err(fault(
                "too-large",
                "EIP-712, definition of encodeType",
                format!("the types of the document are past {MAX_TYPE_TEXT} bytes, written out"),
            )
            .at(self.types.offset())
            .in_member("/types"));
        }
        let hash = keccak256(text.as_bytes());
        self.type_hashes.insert(name, hash);
        Ok(hash)
    }

    fn structure(&mut self, name: &'t str, node: &Node, depth: usize) -> Result<[u8; 32], MessageError> {
        let types = self.types;
        let hash = self.type_hash(name)?;
        self.members(hash, types.fields(name)?, node, depth)
    }

    fn members(
        &mut self,
        type_hash: [u8; 32],
        fields: &[Field<'a>],
        node: &Node,
        depth: usize,
    ) -> Result<[u8; 32], MessageError>
    where
        'a: 't,
    {
        let Value::Object(members) = &node.value else {
            return Err(self.refused(
                node,
                "wrong-kind",
                format!("{} stands where a struct is expected", node.kind()),
            ));
        };
        // The last of twins, as JSON.parse takes it; the strict reading has refused twins before.
        let found: BTreeMap<&str, &Node> = members
            .iter()
            .map(|member| (member.key.as_str(), &member.value))
            .collect();
        let mut bytes = type_hash.to_vec();
        let mut known = BTreeSet::new();
        for field in fields {
            if !known.insert(field.name) && !self.convention.allows_twins() {
                return Err(self.refused(
                    node,
                    "duplicate-member",
                    format!("the type of this has two members of the name {:?}", field.name),
                ));
            }
            let length = self.pointer.len();
            pointer_push(&mut self.pointer, field.name);
            let word = match found.get(field.name) {
                Some(value) => self.value(field, &field.dimensions, value, depth.saturating_add(1))?,
                None => self.absent(
                    field,
                    &field.dimensions,
                    node,
                    self.convention.missing(shape(field, &field.dimensions)),
                    "missing-member",
                )?,
            };
            self.pointer.truncate(length);
            bytes.extend(word.into_iter().flatten());
        }
        for key in found.keys() {
            if !known.contains(key) {
                let mut pointer = self.pointer.clone();
                pointer_push(&mut pointer, key);
                self.unsigned.push(pointer);
            }
        }
        Ok(keccak256(&bytes))
    }

    fn absent(
        &self,
        field: &Field<'_>,
        dimensions: &[Option<usize>],
        node: &Node,
        meaning: Absent,
        code: &'static str,
    ) -> Result<Option<[u8; 32]>, MessageError> {
        if let (Base::Struct(name), Absent::Zero) = (field.base, meaning) {
            self.types.referred(field, name)?;
        }
        match meaning {
            Absent::Skipped => Ok(None),
            Absent::Zero => Ok(Some([0; 32])),
            Absent::Empty => Ok(Some(keccak256(&[]))),
            Absent::Refused => {
                let what = match (dimensions.is_empty(), code) {
                    (_, "missing-member") => "is not there",
                    (true, _) => "is null",
                    (false, _) => "is null where an array is expected",
                };
                Err(self.refused(
                    node,
                    code,
                    format!(
                        "{:?} of the type {}{} {what}",
                        field.name, field.base_text, field.brackets
                    ),
                ))
            }
        }
    }

    /// The word of a value: of the field's type, with these dimensions left.
    fn value(
        &mut self,
        field: &Field<'a>,
        dimensions: &[Option<usize>],
        node: &Node,
        depth: usize,
    ) -> Result<Option<[u8; 32]>, MessageError> {
        self.values = self.values.saturating_add(1);
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            let (code, words) = if depth > MAX_DEPTH {
                ("too-deep", format!("the message nests deeper than {MAX_DEPTH}"))
            } else {
                (
                    "too-large",
                    format!("the message has more than {MAX_VALUES} values"),
                )
            };
            return Err(self.refused(node, code, words));
        }
        if matches!(node.value, Value::Null) {
            let meaning = self.convention.null(shape(field, dimensions));
            return self.absent(field, dimensions, node, meaning, "null-value");
        }
        if let Some((length, inner)) = dimensions.split_last() {
            return self.array(field, *length, inner, node, depth).map(Some);
        }
        let Some(atomic) = field.atomic(self.convention)? else {
            let Base::Struct(name) = field.base else {
                return Err(self.refused(node, "bad-type", format!("{:?} is no type", field.base_text)));
            };
            let types = self.types;
            types.referred(field, name)?;
            return self.structure(types.known(name)?, node, depth).map(Some);
        };
        let atom = value::atom(atomic, node, self.convention)
            .map_err(|error| error.at(node.span.start).in_member(self.pointer.clone()))?;
        if self.convention.is_strict() {
            self.remark(&atom, node);
        }
        Ok(Some(atom.word()))
    }

    fn remark(&mut self, atom: &Atom, node: &Node) {
        let (code, words) = match atom {
            Atom::Address(_, true) => (
                "address-checksum",
                "the address's capitals are no EIP-55 checksum of it; the hash is of the 20 bytes",
            ),
            Atom::Integer(_) if value::is_unsafe(node) => (
                "unsafe-number",
                "a number past 2^53 - 1: a program that reads it as a double may have hashed another",
            ),
            _ => return,
        };
        self.remarks.push(Remark {
            code,
            words: words.to_owned(),
            pointer: self.pointer.clone(),
            offset: node.span.start,
        });
    }

    fn array(
        &mut self,
        field: &Field<'a>,
        length: Option<usize>,
        inner: &[Option<usize>],
        node: &Node,
        depth: usize,
    ) -> Result<[u8; 32], MessageError> {
        let Value::Array(items) = &node.value else {
            return Err(self.refused(
                node,
                "wrong-kind",
                format!(
                    "{} stands where an array of {}{} is expected",
                    node.kind(),
                    field.base_text,
                    field.brackets
                ),
            ));
        };
        if self.convention == Convention::V3 {
            return Err(self.refused(
                node,
                "wrong-kind",
                "eth_signTypedData_v3 has no arrays".to_owned(),
            ));
        }
        if let Some(length) = length
            && items.len() != length
            && self.convention.counts_arrays()
        {
            return Err(self.refused(
                node,
                "wrong-length",
                format!(
                    "{} items stand where {}{} has {length}",
                    items.len(),
                    field.base_text,
                    field.brackets
                ),
            ));
        }
        let mut bytes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let before = self.pointer.len();
            pointer_push(&mut self.pointer, &index.to_string());
            let word = self.value(field, inner, item, depth.saturating_add(1))?;
            self.pointer.truncate(before);
            bytes.extend(word.into_iter().flatten());
        }
        Ok(keccak256(&bytes))
    }
}

fn shape(field: &Field<'_>, dimensions: &[Option<usize>]) -> Shape {
    if !dimensions.is_empty() {
        return Shape::Array;
    }
    match field.base {
        Base::Struct(_) => Shape::Struct,
        Base::Atomic(Atomic::Bool) => Shape::Bool,
        Base::Atomic(Atomic::String) => Shape::String,
        Base::Atomic(Atomic::Bytes) => Shape::Bytes,
        _ => Shape::Other,
    }
}
