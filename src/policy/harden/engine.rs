//! Edit by edit: what is proposed, tried, and kept.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, apply};
use super::guard::{Ask, Ground, Rights, Standing, callers, partition};
use super::plan::{self, Proposal, Seen};
use super::witness::{self, Piece};
use super::{AccountFrom, Edit, Hardened, LeftOut, Needs, Options, Refusal, Signer, caller, refused};
use crate::policy::Document;
use crate::policy::compare::{self, Verdict};
use crate::policy::evaluate::Caller;

/// The most edits that are tried on one document.
const MOST_TRIALS: usize = 2_000;

/// Bytes of a key policy (KMS developer guide, "Quotas").
const LARGEST: usize = 32_768;

/// What does not change while a document is hardened.
struct Frame<'a> {
    options: &'a Options,
    ground: Ground<'a>,
    setting: compare::Setting,
    callers: BTreeMap<String, Caller>,
    /// Declared signers that the policy does not let sign by itself.
    by_iam: BTreeSet<String>,
    signers: BTreeSet<String>,
    partition: String,
    old: &'a Document,
}

/// An edit that was made, with the requests that may show what it took away.
struct Made {
    edit: Edit,
    pieces: Vec<Piece>,
    /// The document before and after it.
    documents: (Document, Document),
}

/// How far it is.
struct State {
    document: Document,
    rights: Rights,
    /// Where each statement stood in the old document; nothing for a new one.
    origin: Vec<Option<usize>>,
    made: Vec<Made>,
    left_out: Vec<LeftOut>,
    trials: usize,
    /// True where every edit is compared with the old policy.
    strict: bool,
}

pub(super) fn run(
    old: &Document,
    options: &Options,
    account: &str,
    account_from: AccountFrom,
) -> Result<Hardened, Refusal> {
    let ground = Ground {
        account,
        metadata: options.metadata.as_ref(),
    };
    let mut all = callers(old, account);
    for name in &options.signers {
        let signer = caller(name).ok_or_else(|| Refusal::NoSigner(name.clone()))?;
        all.insert(name.clone(), signer);
    }
    let alone = Rights::of(old, ground, &all, &BTreeSet::new());
    let by_iam: BTreeSet<String> = options
        .signers
        .iter()
        .filter(|name| !alone.may_sign(name))
        .cloned()
        .collect();
    let rights = Rights::of(old, ground, &all, &by_iam);
    if rights.administrators(false).is_empty() {
        return Err(Refusal::Locked(format!(
            "nobody of account {account} can put another key policy: the key is locked, and only AWS Support opens it"
        )));
    }
    let signers = signers(options, &all, &rights)?;
    let frame = Frame {
        options,
        ground,
        setting: compare::Setting {
            account: Some(account.to_owned()),
            key_metadata: options.metadata.clone(),
            ..compare::Setting::default()
        },
        signers: signers.iter().map(|signer| signer.principal.clone()).collect(),
        partition: partition(old).unwrap_or_else(|| "aws".to_owned()),
        callers: all,
        by_iam,
        old,
    };
    let start = |strict| State {
        document: old.clone(),
        rights: rights.clone(),
        origin: (0..old.statements.len()).map(Some).collect(),
        made: Vec::new(),
        left_out: Vec::new(),
        trials: 0,
        strict,
    };
    let makes = |needs| options.makes(needs);
    let mut state = start(false);
    let mut complete = frame.work(&mut state, &makes);
    let mut comparison = compare::compare(old, &state.document, &frame.setting);
    if comparison.verdict != Verdict::NoNewAccess {
        // Each edit by itself is less, but together they are not proven to be: then each is held against the old policy.
        state = start(true);
        complete = frame.work(&mut state, &makes);
        comparison = compare::compare(old, &state.document, &frame.setting);
    }
    if comparison.verdict != Verdict::NoNewAccess {
        return Err(Refusal::NotProven(comparison.reasons.join("; ")));
    }
    let made = std::mem::take(&mut state.made);
    let edits = frame.proven(made, &state.document);
    let left_out = std::mem::take(&mut state.left_out);
    let new = state.document.clone();
    let administrators = state.rights.administrators(false);
    let administrators = administrators.into_iter().map(str::to_owned).collect();
    // What the options that were not given would have done, after these edits.
    let offered = if options.unsafe_edits {
        Vec::new()
    } else {
        complete &= frame.work(&mut state, &|_| true);
        state.made.into_iter().map(|made| made.edit).collect()
    };
    let mut notes = refused(&new);
    if !complete {
        notes.push(format!(
            "{MOST_TRIALS} edits were tried, and not all: harden the new policy again"
        ));
    }
    Ok(Hardened {
        text: new.source().unwrap_or_default().to_owned(),
        account: account.to_owned(),
        account_from,
        signers,
        administrators,
        edits,
        left_out,
        offered,
        comparison,
        notes,
    })
}

/// Those who must be able to sign: the declared ones, else all that the policy names and lets sign.
fn signers(
    options: &Options,
    all: &BTreeMap<String, Caller>,
    rights: &Rights,
) -> Result<Vec<Signer>, Refusal> {
    let declared = !options.signers.is_empty();
    let named: BTreeSet<&String> = if declared {
        options.signers.iter().collect()
    } else {
        let named = all.iter().filter(|(_, caller)| !super::guard::is_root(caller));
        named
            .map(|(name, _)| name)
            .filter(|name| rights.may_sign(name))
            .collect()
    };
    let mut signers = Vec::new();
    for name in named {
        if !rights.may_sign(name) {
            return Err(Refusal::CannotSign(format!(
                "the policy does not let {name} sign, whatever IAM says: it is not the signer, or it signs through a grant, \
                 which no key policy shows"
            )));
        }
        let best = [Ask::SignDigest, Ask::SignRaw]
            .map(|ask| rights.get(name, ask))
            .into_iter()
            .max_by_key(|standing| matches!(standing, Standing::Yes));
        let premises = match best {
            Some(Standing::If(premises)) => premises.iter().map(|one| one.message.clone()).collect(),
            _ => Vec::new(),
        };
        signers.push(Signer {
            principal: name.clone(),
            declared,
            premises,
        });
    }
    Ok(signers)
}

/// A trial's outcome.
type Trial = Result<(Document, Rights), String>;

impl Frame<'_> {
    /// Makes every edit that `makes` lets through and that keeps what must be kept, until none is left; false where the
    /// limit ended it.
    fn work(&self, state: &mut State, makes: &dyn Fn(Needs) -> bool) -> bool {
        loop {
            // What failed once may succeed after later edits: when nothing more succeeds, it is tried again.
            let mut failed: BTreeMap<String, Option<LeftOut>> = BTreeMap::new();
            let mut moved = false;
            while let Some(complete) = self.step(state, makes, &mut failed) {
                if !complete {
                    return false;
                }
                moved = true;
            }
            if !moved {
                let mut left_out: Vec<LeftOut> = failed.into_values().flatten().collect();
                let plan = plan::plan(&self.seen(state));
                left_out.extend(
                    plan.unclear
                        .into_iter()
                        .filter(|(proposal, _)| makes(proposal.needs))
                        .map(|(proposal, why)| self.left_out(state, &proposal, why)),
                );
                left_out.sort_by(|one, other| {
                    (&one.pointer, one.rule, &one.action).cmp(&(&other.pointer, other.rule, &other.action))
                });
                left_out.dedup();
                state.left_out = left_out;
                return true;
            }
        }
    }

    /// Makes the first edit that can be made: nothing where there is none, false where the limit is reached.
    fn step(
        &self,
        state: &mut State,
        makes: &dyn Fn(Needs) -> bool,
        failed: &mut BTreeMap<String, Option<LeftOut>>,
    ) -> Option<bool> {
        let plan = plan::plan(&self.seen(state));
        for proposal in plan.proposals.iter().filter(|proposal| makes(proposal.needs)) {
            let parts = proposal.change.parts();
            let several = parts.len() > 1;
            for change in
                std::iter::once(proposal.change.clone()).chain(parts.into_iter().filter(|_| several))
            {
                let part = Proposal {
                    change,
                    ..proposal.clone()
                };
                let key = Self::key(state, &part);
                if failed.contains_key(&key) {
                    continue;
                }
                state.trials = state.trials.saturating_add(1);
                if state.trials > MOST_TRIALS {
                    return Some(false);
                }
                match self.trial(state, &part) {
                    Ok((document, rights)) => {
                        self.accept(state, &part, document, rights);
                        return Some(true);
                    }
                    Err(why) => {
                        let whole = several && part.change == proposal.change;
                        let left_out = (!whole).then(|| self.left_out(state, &part, why));
                        failed.insert(key, left_out);
                    }
                }
            }
        }
        None
    }

    fn seen<'s>(&'s self, state: &'s State) -> Seen<'s> {
        Seen {
            document: &state.document,
            ground: self.ground,
            rights: &state.rights,
            callers: &self.callers,
            signers: &self.signers,
            by_iam: &self.by_iam,
            declared: !self.options.signers.is_empty(),
            partition: &self.partition,
        }
    }

    /// What an edit is, whatever stands around its statement.
    fn key(state: &State, proposal: &Proposal) -> String {
        let statement = state.document.statements.get(proposal.statement);
        let text = statement.and_then(|statement| state.document.source()?.get(statement.span.clone()));
        format!(
            "{}|{:?}|{}",
            proposal.rule,
            proposal.change,
            text.unwrap_or_default()
        )
    }

    fn trial(&self, state: &State, proposal: &Proposal) -> Trial {
        let (rights, old) = (&state.rights, &state.document);
        let text = apply(old, proposal.statement, &proposal.change)
            .ok_or("it would leave no statement, or cannot be written in place")?;
        let new = Document::parse(&text).map_err(|error| error.message)?;
        if !untouched(old, &new, proposal) {
            return Err("it cannot be written without touching other statements".to_owned());
        }
        if matches!(proposal.change, Change::Add(_)) && text.len() > LARGEST {
            return Err(format!(
                "the policy would have {} bytes, and AWS takes {LARGEST}",
                text.len()
            ));
        }
        let after = Rights::of(&new, self.ground, &self.callers, &self.by_iam);
        if let Some(loss) = rights.loss(&after, &proposal.leave) {
            return Err(loss);
        }
        if !state.strict && proposal.change.only_takes(old.statements.get(proposal.statement)) {
            return Ok((new, after));
        }
        let old = if state.strict { self.old } else { old };
        let comparison = compare::compare(old, &new, &self.setting);
        let first = || comparison.reasons.first().cloned().unwrap_or_default();
        match comparison.verdict {
            Verdict::NoNewAccess => Ok((new, after)),
            Verdict::NewAccess => Err(format!("it would allow something new: {}", first())),
            Verdict::NotProven => Err(format!("that it allows nothing new is not proven: {}", first())),
        }
    }

    fn accept(&self, state: &mut State, proposal: &Proposal, document: Document, rights: Rights) {
        let edit = Edit {
            rule: proposal.rule,
            needs: proposal.needs,
            pointer: self.pointer(state, proposal),
            statement: Self::name(state, proposal),
            action: proposal.action(&state.document),
            taken: Vec::new(),
            added: proposal.added(),
            explanation: proposal.why.clone(),
        };
        let pieces = witness::pieces(&self.seen(state), proposal, self.old, &state.origin);
        if document.statements.len() < state.document.statements.len() {
            state.origin.remove(proposal.statement);
        } else if document.statements.len() > state.document.statements.len() {
            state.origin.push(None);
        }
        let before = std::mem::replace(&mut state.document, document);
        state.made.push(Made {
            edit,
            pieces,
            documents: (before, state.document.clone()),
        });
        state.rights = rights;
    }

    fn left_out(&self, state: &State, proposal: &Proposal, reason: String) -> LeftOut {
        LeftOut {
            rule: proposal.rule,
            needs: proposal.needs,
            pointer: self.pointer(state, proposal),
            statement: Self::name(state, proposal),
            action: proposal.action(&state.document),
            reason,
        }
    }

    /// Where the statement of an edit stands in the old document.
    fn pointer(&self, state: &State, proposal: &Proposal) -> Option<String> {
        if matches!(proposal.change, Change::Add(_)) {
            return None;
        }
        let at = state.origin.get(proposal.statement).copied().flatten()?;
        witness::statement_pointer(self.old, at)
    }

    fn name(state: &State, proposal: &Proposal) -> String {
        if matches!(proposal.change, Change::Add(_)) {
            return "a new statement".to_owned();
        }
        let at = state.origin.get(proposal.statement).copied().flatten();
        let statement = state.document.statements.get(proposal.statement);
        statement.map_or_else(String::new, |statement| {
            statement.name(at.unwrap_or(proposal.statement))
        })
    }

    /// The edits, with what they took away from whom.
    fn proven(&self, made: Vec<Made>, new: &Document) -> Vec<Edit> {
        let before = self.ground.bare(self.old);
        let after = self.ground.bare(new);
        made.into_iter()
            .map(|made| {
                let (one, other) = made.documents;
                let mut reverse = None;
                let mut nothing = || {
                    let verdict =
                        *reverse.get_or_insert_with(|| compare::compare(&other, &one, &self.setting).verdict);
                    verdict == Verdict::NoNewAccess
                };
                let pieces = made.pieces.into_iter();
                Edit {
                    taken: pieces
                        .map(|piece| witness::taken(piece, &before, &after, &mut nothing))
                        .collect(),
                    ..made.edit
                }
            })
            .collect()
    }
}

/// True where every statement but that of the edit has the same bytes as before.
fn untouched(old: &Document, new: &Document, proposal: &Proposal) -> bool {
    let (Some(before), Some(after)) = (old.source(), new.source()) else {
        return false;
    };
    let bytes = |document: &Document, text: &str| -> Vec<String> {
        let statements = document.statements.iter();
        statements
            .map(|statement| text.get(statement.span.clone()).unwrap_or_default().to_owned())
            .collect()
    };
    let (mut before, mut after) = (bytes(old, before), bytes(new, after));
    match (&proposal.change, after.len().cmp(&before.len())) {
        (Change::Add(_), std::cmp::Ordering::Greater) => {
            after.pop();
        }
        (Change::Add(_), _) | (_, std::cmp::Ordering::Greater) => return false,
        (_, std::cmp::Ordering::Less) => {
            before.remove(proposal.statement);
        }
        (_, std::cmp::Ordering::Equal) => {
            before.remove(proposal.statement);
            after.remove(proposal.statement);
        }
    }
    before == after
}
