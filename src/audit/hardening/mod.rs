//! A tighter policy and its proof: what the `harden` command answers.

mod file;
mod row;

use sha2::{Digest as _, Sha256};

use crate::encoding::hex;
use crate::policy::Document;
use crate::policy::compare::Verdict;
use crate::policy::evaluate::KeyMetadata;
use crate::policy::harden::{
    self, AccountFrom, Edit, Hardened, LeftOut, Needs, Options, Refusal, Unseen, Witness,
};

pub use file::{PolicyFile, policy_file};
pub use row::{
    AccountSource, CasePolicies, CaseRequest, DocumentRow, EditRow, HardenCase, HardenComparison,
    HardenInput, HardenOptions, HardenOutcome, HardenRefusal, HardenReport, HardenSetting, HardenWitnessRow,
    KeyMetadataRow, LeftOutRow, MultiRegionRow, Safety, SignerRow, TakenRow, UnseenWord,
};

/// The most cases: each holds a whole policy.
const MOST_CASES: usize = 400;

/// Codes of [`HardenRefusal`].
pub const HARDEN_REFUSAL_CODES: &[&str] = &["ambiguous", "cannot-sign", "locked", "not-proven", "wrong-key"];

/// Hardens a policy. What other arguments would mend, and what is no key policy, is an error; any other refusal is a
/// report that says so. `account_from` says how the account of the options is known.
///
/// # Errors
/// [`Refusal::is_usage`] and [`Refusal::is_broken`].
pub fn harden(
    file: PolicyFile,
    account_from: AccountSource,
    options: &Options,
) -> Result<HardenReport, Refusal> {
    let old = file.document.source().unwrap_or_default().to_owned();
    let mut report = HardenReport {
        schema_version: crate::audit::SCHEMA_VERSION,
        input: file.input,
        setting: HardenSetting {
            account: options.account.clone(),
            account_from: options.account.is_some().then_some(account_from),
            key_metadata: options.metadata.as_ref().map(metadata),
        },
        options: HardenOptions {
            r#unsafe: options.unsafe_edits,
            guards: options.guards,
            evm_only: options.evm_only,
        },
        outcome: HardenOutcome::Refused,
        refusal: None,
        signers: Vec::new(),
        administrators: Vec::new(),
        old: document(&file.document),
        new: None,
        comparison: None,
        edits: Vec::new(),
        left_out: Vec::new(),
        offered: Vec::new(),
        cases: Vec::new(),
        notes: Vec::new(),
        policy: None,
    };
    match harden::harden(&file.document, options) {
        Err(refusal) if refusal.is_usage() || refusal.is_broken() => return Err(refusal),
        Err(refusal) => {
            report.refusal = Some(HardenRefusal {
                code: refusal.code().to_owned(),
                message: refusal.to_string(),
            });
        }
        Ok(hardened) => fill(&mut report, hardened, &old),
    }
    Ok(report)
}

fn fill(report: &mut HardenReport, hardened: Hardened, old: &str) {
    let Hardened {
        text,
        account,
        account_from,
        signers,
        administrators,
        edits,
        left_out,
        offered,
        comparison,
        notes,
    } = hardened;
    let options = report.options;
    report.setting.account_from = match account_from {
        AccountFrom::Given => report.setting.account_from,
        AccountFrom::Root => Some(AccountSource::RootPrincipal),
        AccountFrom::Named => Some(AccountSource::NamedPrincipals),
    };
    report.setting.account = Some(account);
    report.outcome = if text == old {
        HardenOutcome::Unchanged
    } else {
        HardenOutcome::Changed
    };
    report.signers = signers
        .into_iter()
        .map(|signer| SignerRow {
            principal: signer.principal,
            declared: signer.declared,
            premises: signer.premises,
        })
        .collect();
    report.administrators = administrators;
    report.new = Document::parse(&text).ok().as_ref().map(document);
    report.comparison = Some(HardenComparison {
        verdict: match comparison.verdict {
            Verdict::NoNewAccess => "no-new-access",
            Verdict::NewAccess => "new-access",
            Verdict::NotProven => "not-proven",
        }
        .to_owned(),
        reasons: comparison.reasons,
    });
    report.edits = edits
        .into_iter()
        .map(|edit| {
            let made = edit_row(&edit, options);
            let taken = edit.taken.into_iter().map(|taken| TakenRow {
                what: taken.what,
                pointer: taken.pointer,
                unseen: taken.unseen.map(|unseen| match unseen {
                    Unseen::Nothing => UnseenWord::NothingTaken,
                    Unseen::Future => UnseenWord::FutureActions,
                    Unseen::NotFound => UnseenWord::NotFound,
                }),
                witness: taken
                    .witness
                    .map(|witness| case(&mut report.cases, &witness, (old, &text), &report.setting)),
            });
            EditRow {
                taken: taken.collect(),
                ..made
            }
        })
        .collect();
    report.offered = offered.iter().map(|edit| edit_row(edit, options)).collect();
    let left_out = left_out.into_iter();
    report.left_out = left_out.map(|row| left_out_row(row, options)).collect();
    report.notes = notes;
    report.policy = Some(text);
}

fn document(document: &Document) -> DocumentRow {
    let text = document.source().unwrap_or_default();
    DocumentRow {
        sha256: hex::encode(&Sha256::digest(text)),
        canonical_sha256: hex::encode(&Sha256::digest(document.canonical())),
        bytes: text.len(),
    }
}

fn metadata(key: &KeyMetadata) -> KeyMetadataRow {
    KeyMetadataRow {
        key_spec: key.key_spec.clone(),
        key_usage: key.key_usage.clone(),
        origin: key.origin.clone(),
        multi_region: key.multi_region,
        multi_region_configuration: key.multi_region_key_type.clone().map(|multi_region_key_type| {
            MultiRegionRow {
                multi_region_key_type,
            }
        }),
    }
}

/// Whether an edit needs a person: that the key signs for EVM chains only is safe where it was said.
fn safety(needs: Needs, options: HardenOptions) -> Safety {
    match needs {
        Needs::Nothing | Needs::Guards => Safety::Safe,
        Needs::EvmOnly if options.evm_only => Safety::Safe,
        Needs::EvmOnly | Needs::Person => Safety::Unsafe,
    }
}

fn edit_row(edit: &Edit, options: HardenOptions) -> EditRow {
    EditRow {
        rule: edit.rule.to_owned(),
        safety: safety(edit.needs, options),
        option: edit.needs.option().map(str::to_owned),
        pointer: edit.pointer.clone(),
        statement: edit.statement.clone(),
        actions: edit.actions.clone(),
        taken: Vec::new(),
        added: edit.added.clone(),
        explanation: edit.explanation.clone(),
    }
}

fn left_out_row(left_out: LeftOut, options: HardenOptions) -> LeftOutRow {
    LeftOutRow {
        rule: left_out.rule.to_owned(),
        safety: safety(left_out.needs, options),
        pointer: left_out.pointer,
        statement: left_out.statement,
        action: left_out.action,
        reason: left_out.reason,
    }
}

/// The witness, and its two cases: the same request twice is one.
fn case(
    cases: &mut Vec<HardenCase>,
    witness: &Witness,
    (old, new): (&str, &str),
    setting: &HardenSetting,
) -> HardenWitnessRow {
    let request = CaseRequest {
        principal: witness.asked.request.principal.text.clone(),
        action: witness.asked.request.action.clone(),
        resource: witness.asked.request.resource.clone(),
        resource_account: witness.asked.request.resource_account.clone().unwrap_or_default(),
        context: witness.asked.context.iter().cloned().collect(),
    };
    let known = cases.iter().position(|case| case.request == request);
    let (before, after) = (witness.before.verdict.into(), witness.after.verdict.into());
    let mut ids = Vec::new();
    if let Some(number) = known
        .or((cases.len() < MOST_CASES).then_some(cases.len()))
        .map(|at| (at / 2).saturating_add(1))
    {
        ids = vec![format!("{number} before"), format!("{number} after")];
    }
    if known.is_none() {
        for (id, (text, expected)) in ids.iter().zip([(old, before), (new, after)]) {
            cases.push(HardenCase {
                id: id.clone(),
                policies: CasePolicies {
                    key_policy: text.to_owned(),
                    identity_policies: Vec::new(),
                    grants: Vec::new(),
                },
                key_metadata: setting.key_metadata.clone(),
                request: request.clone(),
                expected,
            });
        }
    }
    HardenWitnessRow {
        principal: request.principal,
        action: request.action,
        context: request.context,
        before,
        after,
        cases: ids,
    }
}
