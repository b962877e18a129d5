//! `aws kms get-key-policy` as JSON: the document is an escaped string inside, with places of its own.

use super::fields::Fields;
use super::key_policy::Beside;
use super::{Format, Probe, Reader, key_policy};
use crate::evidence::Teller;
use crate::json::{self, Node};
use crate::policy::{Document, Kind};

/// `GetKeyPolicy`.
pub(super) struct GetKeyPolicy;

/// The document of the `Policy` member, where it can be read: for telling a key's policy from a bucket's.
pub(super) fn inner_kind(probe: &Probe) -> Option<(Kind, &'static str)> {
    let policy = probe.object()?.get("Policy")?;
    let tree = match policy.as_str() {
        Some(text) => json::parse(text, &json::Limits::default()).ok()?,
        None => policy.clone(),
    };
    Document::looks_like(&tree).then(|| Kind::of(&Document::read(&tree)))
}

/// True for an object with a `Policy` that other AWS commands do not print.
fn has_the_shape(object: &Node) -> bool {
    object
        .get("Policy")
        .is_some_and(|policy| policy.as_str().is_some() || policy.is_object())
        && object.members().iter().all(|member| {
            matches!(
                member.key.as_str(),
                "Policy" | "PolicyName" | "KeyId" | "ResponseMetadata" | "$metadata" | "@metadata"
            )
        })
}

/// True for a `Policy` in a string, beside strings that no AWS command prints.
fn has_notes_beside(object: &Node) -> bool {
    object
        .get("Policy")
        .is_some_and(|policy| policy.as_str().is_some())
        && object.members().iter().all(|member| {
            member.value.as_str().is_some() && !matches!(member.key.as_str(), "PublicKey" | "Signature")
        })
}

impl Format for GetKeyPolicy {
    fn id(&self) -> &'static str {
        "aws-get-key-policy"
    }

    fn title(&self) -> &'static str {
        "the output of aws kms get-key-policy"
    }

    fn recognise(&self, probe: &Probe) -> bool {
        let Some(object) = probe.object() else {
            return false;
        };
        if !has_the_shape(object) {
            // Somebody put notes beside it.
            return has_notes_beside(object) && matches!(inner_kind(probe), Some((Kind::Key, _)));
        }
        // A Policy that is a word is another program's.
        let names = object.get_any(&["PolicyName", "KeyId"]).is_some();
        let is_document = object.get("Policy").is_some_and(|policy| match policy.as_str() {
            Some(text) => text.trim_start().starts_with(['{', '"']) && text.contains("Statement"),
            None => policy.get("Statement").is_some(),
        });
        if !names && !is_document {
            return false;
        }
        // S3's get-bucket-policy prints the same shape without a name; there the actions tell.
        object.get("PolicyName").is_some()
            || !matches!(
                inner_kind(probe),
                Some((Kind::Bucket | Kind::OtherResource | Kind::Trust, _))
            )
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some((object, policy)) = probe
            .object()
            .and_then(|object| Some((object, object.get("Policy")?)))
        else {
            return;
        };
        let mut fields = Fields::new(probe);
        let (name, key) = (
            fields.text(object, "PolicyName"),
            fields.key_or_command(object, "KeyId"),
        );
        // Where the whole file is one text, the document's duplicates are among those of the file.
        let beside = Beside {
            key,
            name,
            troubles: fields.troubles,
            exported: true,
            teller: Teller::Aws,
        };
        match probe.string_view(policy) {
            Some(view) => key_policy::push_text(reader, probe.source, view, beside),
            None => key_policy::push(reader, probe.source, policy, beside),
        }
    }
}
