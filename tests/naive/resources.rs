//! What a request is on: a key, however it is called, and the alias beside it.

use crate::context::alias_name;
use crate::decision::Deciding;

impl Deciding<'_, '_> {
    /// Each resource on which the request needs a permission: for an operation on aliases the key and the alias.
    pub(crate) fn resources(&mut self) -> Vec<String> {
        let mut all = vec![self.resource()];
        if self.is_kms() && self.fact().is_some_and(|fact| fact.on_alias) {
            all.push(self.alias());
        }
        all
    }

    /// The resource as an ARN that a policy can match.
    pub(crate) fn resource(&mut self) -> String {
        let case = self.case();
        if !self.is_kms() || !self.fact().is_none_or(|fact| fact.on_key) || case.resource.contains(":key/") {
            return case.resource.clone();
        }
        let parts: Vec<&str> = case.resource.splitn(6, ':').collect();
        let before = match parts[..] {
            [arn, partition, kms, region, account, _] => {
                format!("{arn}:{partition}:{kms}:{region}:{account}:")
            }
            _ => {
                let partition = case.caller.partition().unwrap_or("aws");
                format!("arn:{partition}:kms:{}:{}:", self.region(), self.account())
            }
        };
        if alias_name(&case.resource).is_none() {
            return format!("{before}key/{}", case.resource);
        }
        self.one_that_is_spoken_of(&format!("{before}key/"))
    }

    /// A region that a policy speaks of, or another.
    fn region(&mut self) -> String {
        let mut regions = vec!["another-region".to_owned()];
        for mention in self.case().mentions() {
            let region = mention.split(':').nth(3).unwrap_or_default();
            regions.push(region.replace(['*', '?'], "x"));
        }
        regions.retain(|region| !region.is_empty());
        regions.sort();
        regions.dedup();
        let chosen = self.asked.world.choose("the region", regions.len());
        regions.swap_remove(chosen)
    }

    /// The alias that an operation on aliases is about: "in the same AWS account and Region" as the key.
    pub(crate) fn alias(&mut self) -> String {
        let case = self.case();
        if case.resource.contains(":alias/") {
            return case.resource.clone();
        }
        let key = self.resource();
        let parts: Vec<&str> = key.splitn(6, ':').collect();
        let before = format!("{}:alias/", parts[..5].join(":"));
        match case.resource.strip_prefix("alias/") {
            Some(name) => format!("{before}{name}"),
            None => self.one_that_is_spoken_of(&before),
        }
    }

    /// A resource of this beginning that a policy speaks of, or another.
    fn one_that_is_spoken_of(&mut self, before: &str) -> String {
        let mut all = vec![format!("{before}another")];
        for mention in self.case().mentions() {
            let name = mention
                .splitn(6, ':')
                .nth(5)
                .and_then(|name| name.split_once('/'));
            let Some((_, name)) = name else { continue };
            all.push(format!("{before}{}", name.replace(['*', '?'], "x")));
            all.push(format!("{before}{}", name.replace('*', "").replace('?', "x")));
        }
        all.retain(|one| one.len() > before.len());
        all.sort();
        all.dedup();
        let chosen = self.asked.world.choose(before, all.len());
        all.swap_remove(chosen)
    }
}
