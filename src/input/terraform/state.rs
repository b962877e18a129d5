//! The state: what Terraform has made, as it last saw it.

use super::super::{Format, Probe, Reader};
use super::instance::{Instances, outputs};
use super::resource::Reading;
use crate::evidence::Teller;
use crate::json::Node;

/// `terraform.tfstate` (version 4), and `terraform show -json` of a state.
pub(in crate::input) struct TerraformState;

/// True for a state file. Its version is 4 since Terraform 0.12.
fn is_file(object: &Node) -> bool {
    object.get("version").and_then(Node::as_u64) == Some(4)
        && object.get("resources").is_some_and(Node::is_array)
        && object
            .get_any(&["terraform_version", "lineage", "serial"])
            .is_some()
}

/// The values of what `terraform show -json` prints of a state.
fn shown(object: &Node) -> Option<&Node> {
    let is_plan = object.get_any(&["planned_values", "resource_changes"]).is_some();
    object
        .get("values")
        .filter(|values| !is_plan && object.str_of("format_version").is_some() && values.is_object())
}

impl Format for TerraformState {
    fn id(&self) -> &'static str {
        "terraform-state"
    }

    fn title(&self) -> &'static str {
        "a Terraform state"
    }

    // A value like ${X} is for deployment to fill in: nobody masked it.
    fn is_output(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe
            .object()
            .is_some_and(|object| is_file(object) || shown(object).is_some())
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let (holder, instances) = match shown(object) {
            Some(values) => (values, Instances::of_values(values)),
            None => (object, Instances::of_state(object)),
        };
        Reading::new(probe, reader, Teller::TerraformState, &instances, &|_, _| None)
            .all(&instances, outputs(holder));
    }
}
