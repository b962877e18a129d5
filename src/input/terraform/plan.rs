//! A plan: what Terraform is about to make. What is there already and is not changed stands in it too.
//!
//! Of `prior_state` only the data sources count: what the managed resources are to be is in `planned_values`, and
//! what they are now is for the state to say.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Format, Probe, Reader};
use super::instance::{Instance, Instances, outputs};
use super::references::Configuration;
use super::resource::{Reading, key_addresses};
use crate::evidence::Teller;
use crate::json::Node;

/// `terraform show -json` of a plan.
pub(in crate::input) struct TerraformPlan;

impl Format for TerraformPlan {
    fn id(&self) -> &'static str {
        "terraform-plan"
    }

    fn title(&self) -> &'static str {
        "a Terraform plan"
    }

    // A value like ${X} is for deployment to fill in: nobody masked it.
    fn is_output(&self) -> bool {
        false
    }

    fn recognise(&self, probe: &Probe) -> bool {
        probe.object().is_some_and(|object| {
            object.str_of("format_version").is_some()
                && object.get_any(&["planned_values", "resource_changes"]).is_some()
        })
    }

    fn read(&self, probe: &Probe, reader: &mut Reader) {
        let Some(object) = probe.object() else { return };
        let instances = instances(object);
        let configuration = Configuration::of(object.get("configuration"));
        let keys = key_addresses(&instances);
        let target = |instance: &Instance<'_>, argument| configuration.target(instance, argument, &keys);
        let outputs = object.get("planned_values").into_iter().flat_map(outputs);
        Reading::new(probe, reader, Teller::TerraformPlan, &instances, &target).all(&instances, outputs);
    }
}

/// What is planned, with what of it is known only after apply; and the data sources that were read for the plan.
fn instances(object: &Node) -> Instances<'_> {
    let changes = object
        .get("resource_changes")
        .map(Node::items)
        .unwrap_or_default();
    let mut instances = object
        .get("planned_values")
        .map_or_else(|| Instances::of_changes(changes), Instances::of_values);
    let unknown: BTreeMap<&str, &Node> = changes
        .iter()
        .filter_map(|change| {
            Some((
                change.str_of("address")?,
                change.get("change")?.get("after_unknown")?,
            ))
        })
        .collect();
    let mut planned: BTreeSet<String> = BTreeSet::new();
    for instance in &mut instances.list {
        let address = instance.address();
        instance.unknown = unknown.get(address.as_str()).copied();
        planned.insert(address);
    }
    let prior = object
        .get("prior_state")
        .and_then(|state| state.get("values"))
        .map(Instances::of_values)
        .unwrap_or_default();
    let read = prior.list.into_iter();
    instances
        .list
        .extend(read.filter(|instance| instance.is_data && !planned.contains(&instance.address())));
    instances.left_out = instances.left_out.or(prior.left_out);
    instances
}
