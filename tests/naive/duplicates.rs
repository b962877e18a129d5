//! Whether an object in a JSON text has a name twice, which `serde_json::Value` does not tell.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

struct Twice(bool);

impl<'de> Deserialize<'de> for Twice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Seeker)
    }
}

struct Seeker;

impl<'de> Visitor<'de> for Seeker {
    type Value = Twice;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_str<E>(self, _: &str) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_unit<E>(self) -> Result<Twice, E> {
        Ok(Twice(false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Twice, A::Error> {
        let mut any = false;
        while let Some(Twice(twice)) = items.next_element()? {
            any |= twice;
        }
        Ok(Twice(any))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Twice, A::Error> {
        let mut any = false;
        let mut names = BTreeSet::new();
        while let Some((name, Twice(twice))) = pairs.next_entry::<String, Twice>()? {
            any |= twice || !names.insert(name);
        }
        Ok(Twice(any))
    }
}

/// For each statement of a policy, whether it has a name twice.
pub(crate) fn of_statements(policy: &str) -> Vec<bool> {
    let twice = |text: &str| serde_json::from_str::<Twice>(text).expect("JSON").0;
    let members: Members = serde_json::from_str(policy).expect("an object");
    let statement = members.0.iter().rev().find(|(name, _)| name == "Statement");
    let Some((_, statement)) = statement else {
        return Vec::new();
    };
    match serde_json::from_str::<Vec<Box<RawValue>>>(statement.get()) {
        Ok(list) => list.iter().map(|statement| twice(statement.get())).collect(),
        Err(_) => vec![twice(statement.get())],
    }
}

/// The members of an object, in order.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lister;

        impl<'de> Visitor<'de> for Lister {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Members, A::Error> {
                let mut list = Vec::new();
                while let Some(pair) = pairs.next_entry()? {
                    list.push(pair);
                }
                Ok(Members(list))
            }
        }

        deserializer.deserialize_map(Lister)
    }
}
