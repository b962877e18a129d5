//! From files to artefacts: one format a file, recognised by its content.
//!
//! A file is tried against every [`Format`] of [`FORMATS`]. One that fits reads it; two that fit are an error that
//! names both; none leaves the file listed as not recognised, with the nearest guess.

mod agent;
mod announcement;
mod aws_error;
mod bucket;
mod challenge;
mod claims_csv;
mod claims_json;
mod claims_toml;
mod cli_describe_key;
mod cli_get_key_policy;
mod cli_get_public_key;
mod cli_grant;
mod cli_lists;
mod cli_sign;
mod cloudformation;
mod csv_places;
mod decode;
mod fields;
mod foreign;
mod guess;
mod hyperlane_contracts;
mod iam;
mod jwk;
mod key_policy;
pub mod notation;
mod openssl_text;
mod probe;
mod public_key;
mod recognise;
mod redacted;
mod rewrite;
mod sec1_point;
mod secrets;
mod shape;
mod signature_sample;
mod signed_transaction;
mod spki_base64;
mod spki_der;
mod spki_hex;
mod spki_pem;
mod strip;
mod terraform;
mod validator_sets;
mod walk;

use crate::arn::KeyRef;
use crate::evidence::{Artefact, Data, FileRecord, FileStatus, Strength, Trouble};
use crate::json;
use crate::source::{SourceId, SourceMap, Span};

use recognise::{Found, Recogniser};

pub use probe::Probe;
pub use walk::{Gathered, InputError, Limits, Options, gather, gather_bytes};

/// One form of evidence.
pub trait Format: Sync {
    /// The id that `--input-format` and reports use.
    fn id(&self) -> &'static str;
    /// What it is, with an article, for messages.
    fn title(&self) -> &'static str;
    /// True for a format of trees, false for one of a whole text or of bytes: a tree is not asked for those, since a text
    /// of many trees would be walked for each.
    fn is_of_trees(&self) -> bool {
        true
    }
    /// True if the content has this form. Looks at the content alone, never at a name, and decides by what only this
    /// form has; whether it is well formed is for [`Format::read`] to say.
    fn recognise(&self, probe: &Probe) -> bool;
    /// False for templates, in which `${…}` and the like are references: elsewhere they are values that were left out.
    fn is_output(&self) -> bool {
        true
    }
    /// Reads the content. Never fails: what is wrong goes into the reader.
    fn read(&self, probe: &Probe, reader: &mut Reader);
}

/// Every format. A new one is one file and one line here; the order is that of `--help` and of the messages.
pub static FORMATS: &[&dyn Format] = &[
    &spki_der::SpkiDer,
    &spki_pem::SpkiPem,
    &spki_base64::SpkiBase64,
    &spki_hex::SpkiHex,
    &sec1_point::Sec1Point,
    &openssl_text::OpensslText,
    &jwk::Jwk,
    &cli_get_public_key::GetPublicKey,
    &cli_describe_key::DescribeKey,
    &cli_get_key_policy::GetKeyPolicy,
    &cli_lists::ListKeyPolicies,
    &cli_lists::ListGrants,
    &cli_lists::ListAliases,
    &cli_lists::ListResourceTags,
    &cli_lists::ListKeys,
    &cli_sign::Sign,
    &challenge::ChallengeText,
    &signature_sample::SignatureSample,
    &signed_transaction::SignedTransaction,
    &key_policy::KeyPolicy,
    &iam::AccountAuthorizationDetails,
    &iam::GetUser,
    &iam::GetRole,
    &iam::GetGroup,
    &iam::InlinePolicyNames,
    &iam::InlinePolicy,
    &iam::AttachedPolicies,
    &iam::GroupsForUser,
    &iam::GetPolicy,
    &iam::GetPolicyVersion,
    &iam::ListAccessKeys,
    &iam::AccessKeyLastUsed,
    &iam::MfaDevices,
    &iam::LoginProfile,
    &iam::CredentialReport,
    &iam::GetCredentialReport,
    &terraform::TerraformState,
    &terraform::TerraformPlan,
    &cloudformation::CloudFormation,
    &claims_csv::ClaimsCsv,
    &claims_json::ClaimsJson,
    &claims_toml::ClaimsToml,
    &validator_sets::ValidatorSets,
    &announcement::Announcement,
    &aws_error::AwsError,
    &hyperlane_contracts::HyperlaneContracts,
    &agent::AgentConfig,
    &agent::AgentEnvironment,
    &agent::AgentDeployment,
    &bucket::GetBucketPolicy,
    &bucket::Policy,
    &bucket::Versioning,
    &bucket::PublicAccessBlock,
    &bucket::PolicyStatus,
];

/// The format of an id.
pub fn format_by_id(id: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.id() == id)
}

/// Takes what a format reads out of one file.
pub struct Reader<'s> {
    /// The sources, for views of parts of the file.
    pub sources: &'s mut SourceMap,
    /// What JSON may cost.
    pub json_limits: json::Limits,
    file: SourceId,
    format: &'static str,
    /// True for code, which says what is to be.
    intent: bool,
    artefacts: Vec<Artefact>,
    broken: Option<(String, Span)>,
}

impl Reader<'_> {
    /// Adds an artefact.
    pub fn push(&mut self, span: Span, data: Data) {
        self.push_with(span, data, Vec::new());
    }

    /// Adds an artefact with what is wrong about its form.
    pub fn push_with(&mut self, span: Span, mut data: Data, troubles: Vec<Trouble>) {
        // What could be a private key is kept nowhere, so that nothing can show it.
        if let Data::Claims(claims) = &mut data {
            for address in claims.iter_mut().map(|claim| &mut claim.address) {
                let shown = crate::address::shown(&address.value);
                if shown != address.value {
                    let text = self.sources.snippet(address.span).unwrap_or_default();
                    let quotes = usize::from(text.starts_with(['"', '\'']));
                    let part =
                        address.span.start.saturating_add(quotes)..address.span.end.saturating_sub(quotes);
                    self.sources.overwrite(address.span.source, &[(part, b"*")]);
                    address.value = shown;
                }
            }
        }
        let strength = if matches!(data, Data::Claims(_)) || self.intent {
            Strength::Statement
        } else {
            Strength::ClientFile
        };
        self.artefacts.push(Artefact {
            file: self.file,
            span,
            format: self.format,
            strength,
            intent: self.intent,
            data,
            troubles,
        });
    }

    /// A name for a key that has none of AWS's: its name in the code. Of several parts of one text, each has its own.
    fn declared(&self, probe: &Probe, name: &str) -> KeyRef {
        let part = probe.whole();
        let name = if part.start == 0 {
            name.to_owned()
        } else {
            let place = self.sources.place(part);
            format!("{name} (at line {})", place.start.line)
        };
        KeyRef::Declared {
            name,
            file: self.file,
        }
    }

    /// Says that the file is broken, and where. The first word on it stays.
    pub fn broken(&mut self, message: impl Into<String>, span: Span) {
        if self.broken.is_none() {
            self.broken = Some((message.into(), span));
        }
    }
}

/// Recognises and reads one file; returns what became of it.
pub fn read_file(
    sources: &mut SourceMap,
    file: SourceId,
    options: &Options,
    artefacts: &mut Vec<Artefact>,
) -> (Option<&'static str>, FileStatus) {
    let text = decode::decoded(sources, file);
    let secrets = secrets::hide(sources, text);
    let mut recogniser = Recogniser {
        sources,
        file,
        options,
        artefacts,
    };
    let found = if secrets.alone {
        Found::nothing("a secret and nothing else".to_owned())
    } else {
        recogniser.source(text, 0)
    };
    let found = secrets.report(file, found, artefacts);
    aws_error::beside(sources, text, file, found, artefacts)
}

/// A file record without a format, for what cannot be read at all.
fn unread(source: SourceId, path: String, below: String, named: bool, status: FileStatus) -> FileRecord {
    FileRecord {
        source,
        path,
        below,
        named,
        format: None,
        status,
    }
}
