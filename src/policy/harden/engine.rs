//! Edit by edit: what is proposed, tried, and kept.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::change::{Change, apply};
use super::guard::{Ask, Ground, Leave, Rights, Standing, callers, partition};
use super::plan::{Plan, Proposal, STAGES, Seen, Signers};
use super::witness::{self, Piece};
use super::{AccountFrom, Edit, Hardened, LeftOut, Needs, Options, Refusal, Signer, caller, refused};
use crate::policy::Document;
use crate::policy::compare::{self, Verdict};
use crate::policy::evaluate::Caller;

/// The most edits that are tried on one document.
const MOST_TRIALS: usize = 2_000;

/// The most times that a document is looked at anew.
const MOST_ROUNDS: usize = 20;

/// The most comparisons that show that an edit takes nothing away.
const MOST_REVERSED: usize = 40;

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
    signers: Signers,
    partition: String,
    old: &'a Document,
}

/// An edit that was made, with the requests that may show what it took away.
struct Made {
    edit: Edit,
    pieces: Vec<Piece>,
    proposal: Proposal,
    /// The document that it, and others with it, were made in; and what came of all of them.
    documents: Rc<(Document, Document)>,
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

impl State {
    fn new(old: &Document, rights: Rights, strict: bool) -> Self {
        Self {
            document: old.clone(),
            rights,
            origin: (0..old.statements.len()).map(Some).collect(),
            made: Vec::new(),
            left_out: Vec::new(),
            trials: 0,
            strict,
        }
    }
}

pub(super) fn run(
    old: &Document,
    options: &Options,
    account: &str,
    account_from: AccountFrom,
) -> Result<Hardened, Refusal> {
    let first = View::of(old, old, options, account)?;
    let setting = first.frame.setting.clone();
    let makes = |needs| options.makes(needs);
    let mut state = State::new(old, first.rights.clone(), false);
    let mut complete = rounds(&mut state, old, options, account, &makes)?;
    let mut comparison = compare::compare(old, &state.document, &setting);
    if comparison.verdict != Verdict::NoNewAccess {
        // Each edit by itself is less, but together they are not proven to be: then each is held against the old policy.
        state = State::new(old, first.rights, true);
        complete = rounds(&mut state, old, options, account, &makes)?;
        comparison = compare::compare(old, &state.document, &setting);
    }
    if comparison.verdict != Verdict::NoNewAccess {
        return Err(Refusal::NotProven(comparison.reasons.join("; ")));
    }
    let (frame, signers) = (first.frame, first.signers);
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
        complete &= rounds(&mut state, old, options, account, &|_| true)?;
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

/// Works on the document until it stays as it is. What a policy names changes with it, and so does what is seen of it:
/// a hardened policy that is hardened again must be what it was.
fn rounds(
    state: &mut State,
    old: &Document,
    options: &Options,
    account: &str,
    makes: &dyn Fn(Needs) -> bool,
) -> Result<bool, Refusal> {
    for _ in 0..MOST_ROUNDS {
        let before = state.document.clone();
        let view = View::of(&before, old, options, account)?;
        state.rights = view.rights;
        let work = view.frame.work(state, makes);
        if !work.complete {
            return Ok(false);
        }
        if !work.moved {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A document, as it is looked at while it is worked on.
struct View<'a> {
    frame: Frame<'a>,
    rights: Rights,
    signers: Vec<Signer>,
}

impl<'a> View<'a> {
    /// `old` is the document that pointers count in.
    fn of(
        document: &Document,
        old: &'a Document,
        options: &'a Options,
        account: &'a str,
    ) -> Result<Self, Refusal> {
        let ground = Ground {
            account,
            metadata: options.metadata.as_ref(),
        };
        let mut all = callers(document, account);
        for name in &options.signers {
            let signer = caller(name).ok_or_else(|| Refusal::NoSigner(name.clone()))?;
            all.insert(name.clone(), signer);
        }
        let alone = Rights::of(document, ground, &all, &BTreeSet::new());
        let by_iam: BTreeSet<String> = options
            .signers
            .iter()
            .filter(|name| !alone.may_sign(name))
            .cloned()
            .collect();
        let rights = Rights::of(document, ground, &all, &by_iam);
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
            signers: Signers::new(signers.iter().map(|signer| signer.principal.clone()).collect()),
            partition: partition(document).unwrap_or_else(|| "aws".to_owned()),
            callers: all,
            by_iam,
            old,
        };
        Ok(Self {
            frame,
            rights,
            signers,
        })
    }
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
struct Tried {
    document: Document,
    rights: Rights,
    gone: BTreeSet<usize>,
}

/// Edits that failed, each by what it is; with what is to be said of it.
type Failed = BTreeMap<String, LeftOut>;

/// What came of work on a document.
struct Work {
    /// True where something was edited.
    moved: bool,
    /// False where the limit ended it.
    complete: bool,
}

/// What came of some edits.
enum Batch {
    Made,
    NotMade,
    Limit,
}

impl Frame<'_> {
    /// Makes every edit that `makes` lets through and that keeps what must be kept, until none is left.
    fn work(&self, state: &mut State, makes: &dyn Fn(Needs) -> bool) -> Work {
        let mut any = false;
        loop {
            // What failed once may succeed after later edits: when nothing more succeeds, it is tried again.
            let mut failed = Failed::new();
            let mut moved = false;
            loop {
                match self.step(state, makes, &mut failed) {
                    Batch::Made => moved = true,
                    Batch::NotMade => break,
                    Batch::Limit => {
                        return Work {
                            moved: true,
                            complete: false,
                        };
                    }
                }
            }
            if !moved {
                state.left_out = self.not_done(state, makes, failed);
                return Work {
                    moved: any,
                    complete: true,
                };
            }
            any = true;
        }
    }

    fn not_done(&self, state: &State, makes: &dyn Fn(Needs) -> bool, failed: Failed) -> Vec<LeftOut> {
        let mut left_out: Vec<LeftOut> = failed.into_values().collect();
        for stage in STAGES {
            let mut plan = Plan::default();
            stage(&self.seen(state), &mut plan);
            let unclear = plan.unclear.into_iter();
            left_out.extend(
                unclear
                    .filter(|(proposal, _)| makes(proposal.needs))
                    .map(|(proposal, why)| self.left_out(state, &proposal, why)),
            );
        }
        left_out.sort_by(|one, other| {
            (&one.pointer, one.rule, &one.action).cmp(&(&other.pointer, other.rule, &other.action))
        });
        left_out.dedup();
        left_out
    }

    /// Makes the first edits that can be made.
    fn step(&self, state: &mut State, makes: &dyn Fn(Needs) -> bool, failed: &mut Failed) -> Batch {
        for stage in STAGES {
            let mut plan = Plan::default();
            stage(&self.seen(state), &mut plan);
            plan.proposals.retain(|proposal| makes(proposal.needs));
            match self.batch(state, &plan.proposals, failed) {
                Batch::NotMade => {}
                other => return other,
            }
        }
        Batch::NotMade
    }

    /// Makes these edits of one document together; where that cannot be, one half of them or the other.
    fn batch(&self, state: &mut State, edits: &[Proposal], failed: &mut Failed) -> Batch {
        let edits: Vec<Proposal> = edits
            .iter()
            .filter(|proposal| !failed.contains_key(&Self::key(state, proposal)))
            .cloned()
            .collect();
        if edits.is_empty() {
            return Batch::NotMade;
        }
        state.trials = state.trials.saturating_add(1);
        if state.trials > MOST_TRIALS {
            return Batch::Limit;
        }
        let why = match self.trial(state, &edits) {
            Ok(tried) => {
                self.accept(state, &edits, tried);
                return Batch::Made;
            }
            Err(why) => why,
        };
        let halves = match edits.as_slice() {
            [only] => match only.change.halves() {
                None => {
                    let left_out = self.left_out(state, only, why);
                    failed.insert(Self::key(state, only), left_out);
                    return Batch::NotMade;
                }
                Some(two) => two.map(|change| {
                    vec![Proposal {
                        change,
                        ..only.clone()
                    }]
                }),
            },
            several => {
                let (one, other) = several.split_at(several.len() / 2);
                [one.to_vec(), other.to_vec()]
            }
        };
        for half in &halves {
            match self.batch(state, half, failed) {
                Batch::NotMade => {}
                other => return other,
            }
        }
        Batch::NotMade
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

    fn trial(&self, state: &State, edits: &[Proposal]) -> Result<Tried, String> {
        let old = &state.document;
        let changes: Vec<(usize, &Change)> =
            edits.iter().map(|edit| (edit.statement, &edit.change)).collect();
        let changed =
            apply(old, &changes).ok_or("it would leave no statement, or cannot be written in place")?;
        let text = changed.text;
        let new = Document::parse(&text).map_err(|error| error.message)?;
        let touched: BTreeSet<usize> = changes.iter().map(|(index, _)| *index).collect();
        if !untouched(old, &new, &touched, &changed.gone) {
            return Err("it cannot be written without touching other statements".to_owned());
        }
        if edits.iter().any(|edit| matches!(edit.change, Change::Add(_))) && text.len() > LARGEST {
            return Err(format!(
                "the policy would have {} bytes, and AWS takes {LARGEST}",
                text.len()
            ));
        }
        let rights = Rights::of(&new, self.ground, &self.callers, &self.by_iam);
        let leave = edits
            .iter()
            .fold(Leave::default(), |all, edit| all.and(&edit.leave));
        if let Some(loss) = state.rights.loss(&rights, &leave) {
            return Err(loss);
        }
        let tried = Tried {
            document: new,
            rights,
            gone: changed.gone,
        };
        let takes = |edit: &Proposal| edit.change.only_takes(old.statements.get(edit.statement));
        if !state.strict && edits.iter().all(takes) {
            return Ok(tried);
        }
        let old = if state.strict { self.old } else { old };
        let comparison = compare::compare(old, &tried.document, &self.setting);
        let first = || comparison.reasons.first().cloned().unwrap_or_default();
        match comparison.verdict {
            Verdict::NoNewAccess => Ok(tried),
            Verdict::NewAccess => Err(format!("it would allow something new: {}", first())),
            Verdict::NotProven => Err(format!("that it allows nothing new is not proven: {}", first())),
        }
    }

    fn accept(&self, state: &mut State, edits: &[Proposal], tried: Tried) {
        let mut made: Vec<(Edit, Vec<Piece>)> = Vec::new();
        for proposal in edits {
            let edit = Edit {
                rule: proposal.rule,
                needs: proposal.needs,
                pointer: self.pointer(state, proposal),
                statement: Self::name(state, proposal),
                actions: proposal.actions(&state.document),
                taken: Vec::new(),
                added: proposal.added(),
                explanation: proposal.why.clone(),
            };
            let pieces = witness::pieces(&self.seen(state), proposal, self.old, &state.origin);
            made.push((edit, pieces));
        }
        let numbered = state.origin.iter().enumerate();
        let mut origin: Vec<Option<usize>> = numbered
            .filter(|(at, _)| !tried.gone.contains(at))
            .map(|(_, origin)| *origin)
            .collect();
        origin.resize(tried.document.statements.len(), None);
        state.origin = origin;
        let before = std::mem::replace(&mut state.document, tried.document);
        let documents = Rc::new((before, state.document.clone()));
        state.made.extend(
            made.into_iter()
                .zip(edits)
                .map(|((edit, pieces), proposal)| Made {
                    edit,
                    pieces,
                    proposal: proposal.clone(),
                    documents: Rc::clone(&documents),
                }),
        );
        state.rights = tried.rights;
    }

    fn left_out(&self, state: &State, proposal: &Proposal, reason: String) -> LeftOut {
        LeftOut {
            rule: proposal.rule,
            needs: proposal.needs,
            pointer: self.pointer(state, proposal),
            statement: Self::name(state, proposal),
            action: proposal.actions(&state.document).join("; "),
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
        let mut equal = Equal {
            frame: self,
            together: Vec::new(),
            left: MOST_REVERSED,
        };
        made.into_iter()
            .map(|made| {
                let mut nothing = None;
                let mut nothing =
                    || *nothing.get_or_insert_with(|| equal.takes_nothing(&made.documents, &made.proposal));
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

/// Comparisons the other way round, so many at most.
struct Equal<'f> {
    frame: &'f Frame<'f>,
    /// What was found of edits that were made together.
    together: Vec<(Rc<(Document, Document)>, bool)>,
    left: usize,
}

impl Equal<'_> {
    /// True where the edit is proven to take nothing from anybody.
    fn takes_nothing(&mut self, documents: &Rc<(Document, Document)>, edit: &Proposal) -> bool {
        let known = self
            .together
            .iter()
            .find(|(other, _)| Rc::ptr_eq(other, documents));
        let together = if let Some((_, found)) = known {
            *found
        } else {
            let found = self.reverse(&documents.0, &documents.1);
            self.together.push((Rc::clone(documents), found));
            found
        };
        together || {
            let alone = apply(&documents.0, &[(edit.statement, &edit.change)]);
            let alone = alone.and_then(|changed| Document::parse(&changed.text).ok());
            alone.is_some_and(|alone| self.reverse(&documents.0, &alone))
        }
    }

    fn reverse(&mut self, before: &Document, after: &Document) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left = self.left.saturating_sub(1);
        compare::compare(after, before, &self.frame.setting).verdict == Verdict::NoNewAccess
    }
}

/// True where every statement but those that were touched has the same bytes as before.
fn untouched(old: &Document, new: &Document, touched: &BTreeSet<usize>, gone: &BTreeSet<usize>) -> bool {
    let (Some(before), Some(after)) = (old.source(), new.source()) else {
        return false;
    };
    let kept = (0..old.statements.len()).filter(|at| !gone.contains(at));
    let mut now = new.statements.iter();
    for at in kept {
        let (Some(old), Some(new)) = (old.statements.get(at), now.next()) else {
            return false;
        };
        if !touched.contains(&at) && before.get(old.span.clone()) != after.get(new.span.clone()) {
            return false;
        }
    }
    // What is left is new.
    now.count() <= touched.len()
}
