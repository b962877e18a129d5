//! The addresses of every public key in some files: what the `address` command answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::report::{DiagnosisRow, SCHEMA_VERSION};
use crate::address::diagnose::{self, Hypotheses, Hypothesis, Subject};
use crate::address::{self, Agreement, ClaimError, Payload};
use crate::evidence::{Data, FileStatus};
use crate::input::Gathered;
use crate::key;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct AddressOptions {
    /// The address that every key should have.
    pub expect: Option<String>,
    /// How addresses are written and read: the chain id of ERC-1191, the prefix of Cosmos addresses.
    pub addresses: address::Options,
    /// How keys are read.
    pub key_options: key::Options,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressReport {
    /// 1.
    pub schema_version: u32,
    /// The keys, sorted by source and place.
    pub keys: Vec<AddressRow>,
    /// What gave no key.
    pub errors: Vec<AddressError>,
    /// The exit code of the command.
    #[serde(skip)]
    pub exit_code: u8,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressRow {
    /// Path as given.
    pub source: String,
    /// Id of the format.
    pub format: String,
    /// SHA-256 of the canonical SPKI, hex.
    pub fingerprint: String,
    /// The uncompressed point, `0x04…`.
    pub public_key: String,
    /// `ECC_SECG_P256K1`
    pub key_spec: String,
    /// Addresses by scheme id.
    pub addresses: BTreeMap<String, String>,
    /// `agrees`, or why there was no second derivation.
    pub second_derivation: String,
    /// The comparison with `--expect`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedAddress>,
}

/// The comparison with an expected address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectedAddress {
    /// As given.
    pub address: String,
    /// Whether it is the key's.
    pub verdict: ExpectedVerdict,
    /// Why not: every reason that fits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnosis: Vec<DiagnosisRow>,
}

/// Whether a key has the expected address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectedVerdict {
    /// It has.
    Match,
    /// It has not.
    Mismatch,
    /// The digits are right or not, but the letters' case is no checksum of them.
    WrongChecksum,
}

/// Something that gave no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddressError {
    /// Path as given.
    pub source: String,
    /// Kebab-case, of a closed list.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Byte offset in the DER, for an error of the key itself; else in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
}

/// Codes of [`AddressError`] beyond those of keys ([`key::CODES`]).
pub const ADDRESS_ERROR_CODES: [&str; 5] = [
    "not-recognised",
    "broken-input",
    "no-public-key",
    "private-key",
    "derivation-disagreement",
];

/// Checks the form of an expected address before any file is read.
///
/// # Errors
/// The reason why a text is no address of any scheme. A wrong checksum is not one: it is judged per key.
pub fn check_expected(text: &str, options: &address::Options) -> Result<(), String> {
    match address::parse_claim(text, options) {
        Ok(_) | Err(ClaimError::WrongChecksum { .. }) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Derives the addresses of everything that was gathered.
pub fn addresses(gathered: &Gathered, options: &AddressOptions) -> AddressReport {
    let mut keys = Vec::new();
    let mut errors = Vec::new();
    let mut files: Vec<_> = gathered.files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let by_file = gathered.by_file();
    let known = if options.expect.is_some() {
        hypotheses(gathered)
    } else {
        Hypotheses::default()
    };
    for file in files {
        let own = by_file.get(&file.source).map(Vec::as_slice).unwrap_or_default();
        let before = errors.len();
        for artefact in own {
            match &artefact.data {
                Data::PublicKey(export) => match row(&file.path, artefact.format, export, options, &known) {
                    Ok(row) => keys.push(row),
                    Err(error) => errors.push(error),
                },
                // Credentials are for the audit to judge; here they are no key.
                Data::Secret(kind) if !kind.is_credential() => errors.push(AddressError {
                    source: file.path.clone(),
                    code: "private-key".to_owned(),
                    message: format!(
                        "{} ({}): it is not read. Remove it from the evidence",
                        kind.title(),
                        kind.what()
                    ),
                    offset: Some(artefact.span.start),
                }),
                _ => {}
            }
        }
        match &file.status {
            FileStatus::Broken { message, span } if errors.len() == before => errors.push(AddressError {
                source: file.path.clone(),
                code: "broken-input".to_owned(),
                message: message.clone(),
                offset: Some(gathered.sources.outer(*span).start),
            }),
            // In a folder other files are none of this command's business; a file that was named is.
            FileStatus::NotRecognised(reason) if file.named => errors.push(AddressError {
                source: file.path.clone(),
                code: "not-recognised".to_owned(),
                message: reason.clone(),
                offset: None,
            }),
            FileStatus::Used if file.named && !own.iter().any(|artefact| is_key(&artefact.data)) => {
                errors.push(AddressError {
                    source: file.path.clone(),
                    code: "no-public-key".to_owned(),
                    message: format!("it is {} and has no public key", titled(file.format)),
                    offset: None,
                });
            }
            _ => {}
        }
    }
    if keys.is_empty() && errors.is_empty() {
        let message = "no public key was found in any file".to_owned();
        errors.push(AddressError {
            source: String::new(),
            code: "no-public-key".to_owned(),
            message,
            offset: None,
        });
    }
    let differs = |row: &AddressRow| {
        row.expected
            .as_ref()
            .is_some_and(|expected| expected.verdict != ExpectedVerdict::Match)
    };
    // A key of another kind has no address: it is not the expected one, whatever that is.
    let another = |error: &AddressError| matches!(error.code.as_str(), "wrong-curve" | "wrong-algorithm");
    let unexpected = keys.iter().any(differs) || (options.expect.is_some() && errors.iter().any(another));
    let exit_code = if unexpected {
        1
    } else if !errors.is_empty() {
        3
    } else {
        0
    };
    AddressReport {
        schema_version: SCHEMA_VERSION,
        keys,
        errors,
        exit_code,
    }
}

/// What an expected address may be by mistake: another key of the same files, or a contract.
fn hypotheses(gathered: &Gathered) -> Hypotheses {
    let mut paths: BTreeMap<_, &str> = BTreeMap::new();
    for file in &gathered.files {
        paths.insert(file.source, file.path.as_str());
    }
    let mut all = Vec::new();
    for artefact in &gathered.artefacts {
        let path = paths.get(&artefact.file).copied().unwrap_or_default();
        match &artefact.data {
            Data::PublicKey(export) => all.extend(export.result.iter().map(|key| Hypothesis {
                label: format!("the key of {path} (SHA-256 {})", key.fingerprint()),
                subject: Subject::Key(Payload::all_of(key).to_vec()),
            })),
            Data::Contracts(contracts) => {
                all.extend(contracts.iter().map(|contract| contract.hypothesis(path)));
            }
            _ => {}
        }
    }
    all.sort_by(|a, b| a.label.cmp(&b.label));
    all.dedup();
    Hypotheses::new(all)
}

fn is_key(data: &Data) -> bool {
    matches!(data, Data::PublicKey(_) | Data::Secret(_))
}

fn titled(format: Option<&str>) -> String {
    format
        .and_then(crate::input::format_by_id)
        .map_or("of no known form".to_owned(), |format| format.title().to_owned())
}

fn row(
    source: &str,
    format: &str,
    export: &crate::evidence::PublicKeyExport,
    options: &AddressOptions,
    known: &Hypotheses,
) -> Result<AddressRow, AddressError> {
    let fail = |code: &str, message: String, offset: Option<usize>| AddressError {
        source: source.to_owned(),
        code: code.to_owned(),
        message,
        offset,
    };
    let (key, derived) = address::derive_all_der(&export.spki, options.key_options, &options.addresses)
        .map_err(|error| {
            let offset = error.offset.saturating_sub(export.lead);
            let error = key::SpkiError { offset, ..error };
            fail(error.code(), error.to_string(), Some(offset))
        })?;
    let mut addresses = BTreeMap::new();
    let mut second = "not evaluated".to_owned();
    for (scheme, checked) in derived {
        match checked.second {
            Agreement::Agrees => "agrees".clone_into(&mut second),
            Agreement::NotEvaluated(why) => second = format!("not evaluated, {why}"),
            Agreement::Disagrees { first, second } => {
                let message =
                    format!("two derivations disagree: {first} and {second}. Please report it; use neither");
                return Err(fail("derivation-disagreement", message, None));
            }
        }
        addresses.insert(scheme.to_owned(), checked.address);
    }
    let expected = options.expect.as_ref().map(|text| {
        let verdict = match address::parse_claim(text, &options.addresses) {
            Ok(claimed) if claimed.is_of(&key) => ExpectedVerdict::Match,
            Err(ClaimError::WrongChecksum { .. }) => ExpectedVerdict::WrongChecksum,
            _ => ExpectedVerdict::Mismatch,
        };
        let diagnosis = match verdict {
            ExpectedVerdict::Match => Vec::new(),
            _ => diagnose::diagnose(text, &key, known, &options.addresses),
        };
        ExpectedAddress {
            address: text.clone(),
            verdict,
            diagnosis: diagnosis.into_iter().map(DiagnosisRow::from).collect(),
        }
    });
    Ok(AddressRow {
        source: source.to_owned(),
        format: format.to_owned(),
        fingerprint: key.fingerprint().to_string(),
        public_key: format!("0x{}", crate::encoding::hex::encode(&key.uncompressed())),
        key_spec: "ECC_SECG_P256K1".to_owned(),
        addresses,
        second_derivation: second,
        expected,
    })
}
