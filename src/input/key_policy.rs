//! A bare key policy document, as it is kept in a repository or pasted from the console.

use super::fields::duplicates;
use super::{Format, Probe, Reader};
use crate::arn::KeyRef;
use crate::evidence::{Data, Field, PolicyExport, Teller, Trouble};
use crate::json::{self, Node};
use crate::policy::{Document, Kind};
use crate::source::{OffsetMap, SourceId, Span};

/// A policy document by itself.
pub(super) struct KeyPolicy;

impl Format for KeyPolicy {
    fn id(&self) -> &'static str {
        "key-policy"
    }

    fn title(&self) -> &'static str {
        "a KMS key policy"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            Document::looks_like(object) && Kind::of(&Document::read(object)).0 == Kind::Key
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else {
            reader.broken("a key policy must be a JSON object", probe.whole());
            return;
        };
        let beside = Beside {
            key: probe.key_of_command(),
            name: None,
            troubles: duplicates(object, |range| probe.span(range)),
            exported: false,
            teller: Teller::Aws,
        };
        push(reader, probe.source, object, beside);
    }
}

/// What is known of a policy beside its document.
pub(super) struct Beside {
    /// `KeyId`
    pub(super) key: Option<Field<KeyRef>>,
    /// `PolicyName`
    pub(super) name: Option<Field<String>>,
    /// What is wrong with the form so far, the document's duplicate keys among it.
    pub(super) troubles: Vec<Trouble>,
    /// True where AWS itself said that this is a key policy: then a content of another kind is a trouble, and the
    /// document is kept from the rules that read key policies.
    pub(super) exported: bool,
    /// Where it was read.
    pub(super) teller: Teller,
}

/// Adds the policy whose text a string of `source` holds: the document has places of its own.
pub(super) fn push_text(
    reader: &mut Reader,
    source: SourceId,
    (text, map): (String, OffsetMap),
    mut beside: Beside,
) {
    let view = reader
        .sources
        .add_view(source, "Policy string", text.clone(), map);
    match json::parse(&text, &reader.json_limits) {
        Ok(root) => {
            let own = duplicates(&root, |range| Span::new(view, range));
            beside.troubles.extend(own);
            push(reader, view, &root, beside);
        }
        Err(error) => {
            let message = format!("the Policy string is not JSON: {error}");
            reader.broken(message, Span::new(view, error.offset..error.offset));
        }
    }
}

/// Adds the policy whose tree `root` counts in `source`.
pub(super) fn push(reader: &mut Reader, source: SourceId, root: &Node, beside: Beside) {
    let Beside {
        key,
        name,
        mut troubles,
        exported,
        teller,
    } = beside;
    let document = Document::read(root);
    let span = Span::new(source, root.span.clone());
    troubles.extend(document.problems.iter().map(|problem| Trouble::BadValue {
        span: Span::new(source, problem.span.clone()),
        message: problem.message.clone(),
    }));
    if !Document::looks_like(root) {
        let what = match root.get("Statement") {
            _ if root.as_str().is_some() => {
                "the policy is encoded twice: the string holds another JSON string"
            }
            Some(list) if list.is_array() && list.items().is_empty() => {
                "the policy document's Statement is empty"
            }
            _ => "the policy document has no Statement",
        };
        reader.broken(what, span);
        return;
    }
    let (kind, why) = Kind::of(&document);
    // A public statement looks like the default of a VPC endpoint; where AWS says it is the key's, it is the key's.
    let is_key_policy = matches!(kind, Kind::Key | Kind::Endpoint) || !exported;
    if !is_key_policy {
        troubles.push(Trouble::WrongKind {
            span,
            is: kind.title(),
            expected: Kind::Key.title(),
            why,
        });
    }
    reader.push_with(
        span,
        Data::Policy(PolicyExport {
            teller,
            key,
            name,
            source,
            document,
            is_key_policy,
        }),
        troubles,
    );
}
