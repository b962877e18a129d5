//! Policy documents: what a statement says, and where it says so.
//!
//! Service-generic: KMS key policies, IAM identity policies and the other kinds share one model.

pub mod access;
mod action;
mod atoms;
pub mod catalogue;
pub mod compare;
mod document;
pub mod evaluate;
mod faults;
pub mod harden;
mod kind;
pub mod lint;
mod normal;
mod principal;

pub use action::{ActionPattern, glob};
pub use atoms::Atoms;
pub(crate) use document::canonical;
pub use document::{Document, Effect, Element, Problem, Statement};
pub use faults::{Fault, FaultCode};
pub use kind::Kind;
pub use principal::{OWN_ACCOUNT, Principal, Principals};
