//! Terraform and OpenTofu: the state, `show -json` of a state, and `show -json` of a plan.
//!
//! Sources: Terraform's "JSON Output Format" (format versions 0.1 to 1.2), the state file's version 4 as Terraform 0.12
//! and later and OpenTofu write it, and the argument and attribute references of the AWS provider's `aws_kms_*`
//! resources and data sources (versions 3 to 6). Attributes that are not listed in `resource.rs` are never looked at.

mod instance;
mod plan;
mod references;
mod resource;
mod state;

pub(super) use plan::TerraformPlan;
pub(super) use state::TerraformState;
