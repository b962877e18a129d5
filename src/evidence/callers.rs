//! The users and roles whose IAM policies are in the evidence, ready to be asked for.

use std::collections::BTreeSet;

use super::{Bundle, Ground};
use crate::policy::access::Known;

/// Users and roles, and the accounts that have no others.
#[derive(Debug, Default)]
pub struct Callers {
    pub(super) known: Vec<Known>,
    pub(super) whole: BTreeSet<String>,
}

impl Bundle {
    pub(super) fn known(&self) -> (&[Known], &BTreeSet<String>) {
        let callers = self.callers.get(Callers::default);
        (&callers.known, &callers.whole)
    }

    pub(super) fn identity_ground(
        &self,
        known: Option<usize>,
        at: usize,
        statement: Option<usize>,
    ) -> Ground {
        let _ = (known, statement);
        Ground {
            words: format!("identity policy {at}"),
            span: None,
        }
    }
}
