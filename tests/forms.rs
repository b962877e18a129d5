//! Every form in which a reviewer is handed one and the same key: `testdata/forms/manifest.json` says what each file
//! holds, by programs that share no code with this one, and where in the file it stands.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may fail as tests do"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kms_audit::address::EvmAddress;
use kms_audit::arn::KeyRef;
use kms_audit::evidence::{Artefact, Data, Field, FileStatus, PolicyExport};
use kms_audit::input::{Gathered, Options, gather_bytes};
use kms_audit::json::{Node, Value};
use kms_audit::source::{SourceMap, Span};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/forms")
}

fn manifest() -> Vec<Json> {
    let text = std::fs::read_to_string(root().join("manifest.json")).expect("the manifest");
    serde_json::from_str(&text).expect("JSON")
}

fn read(file: &str) -> Gathered {
    let bytes = std::fs::read(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    gather_bytes(vec![(file.to_owned(), bytes)], &Options::default()).expect("within the limits")
}

/// Lines and columns of a span, as an editor shows them, and the text there.
fn place(sources: &SourceMap, span: Span) -> (u64, u64) {
    let place = sources.place(span);
    (place.start.line as u64, place.start.column as u64)
}

fn text(field: Option<&Field<String>>) -> Json {
    field.map_or(Json::Null, |field| field.value.clone().into())
}

/// A key as the manifest names it: its ARN or its id.
fn key(field: Option<&Field<KeyRef>>) -> Json {
    let named = field.filter(|field| !matches!(field.value, KeyRef::Declared { .. }));
    named.map_or(Json::Null, |field| field.value.to_string().into())
}

/// The name in the code of a key that has none of AWS's.
fn declared(field: Option<&Field<KeyRef>>) -> Json {
    let named = field.filter(|field| matches!(field.value, KeyRef::Declared { .. }));
    named.map_or(Json::Null, |field| field.value.to_string().into())
}

/// Line and column of everything in a policy that only deployment gives.
fn unknown(sources: &SourceMap, export: &PolicyExport) -> BTreeSet<(u64, u64)> {
    let document = &export.document;
    let principals = document
        .statements
        .iter()
        .filter_map(|statement| statement.principals.as_ref())
        .flat_map(|principals| &principals.list)
        .filter(|(principal, _)| principal.as_str().contains("${"))
        .map(|(_, range)| range);
    principals
        .chain(&document.unknown)
        .map(|range| place(sources, Span::new(export.source, range.clone())))
        .collect()
}

/// Seconds since 1970 of a date in any of the forms that programs write, to the millisecond.
fn instant(date: &str) -> i64 {
    if let Ok(seconds) = date.parse::<f64>() {
        return (seconds * 1000.0).round() as i64;
    }
    let with_zone = if date.contains('Z') || date.rfind(['+', '-']).is_some_and(|at| at > 10) {
        date.replace(' ', "T")
    } else {
        format!("{}Z", date.replace(' ', "T"))
    };
    let time: jiff::Timestamp = with_zone.parse().unwrap_or_else(|error| panic!("{date}: {error}"));
    time.as_millisecond()
}

/// JSON with sorted names and no white space, as the makers of the manifest hash it.
fn canonical(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Bytes(_) => Json::Null,
        // IAM takes it for the text; to the makers' YAML reader every plain word is text.
        Value::Bool(value) => value.to_string().into(),
        Value::Number(digits) => serde_json::from_str(digits).expect("a number"),
        Value::String(text) => text.clone().into(),
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(members) => members
            .iter()
            .map(|member| (member.key.clone(), canonical(&member.value)))
            .collect(),
    }
}

/// What one expected entry differs in; nothing where an artefact is as it says.
fn compare(sources: &SourceMap, artefact: &Artefact, says: &Json) -> Result<(), String> {
    let kind = says["kind"].as_str().unwrap_or_default();
    let same = |what: &str, found: Json, expected: &Json| {
        if &found == expected {
            Ok(())
        } else {
            Err(format!("{kind}.{what}: found {found}, expected {expected}"))
        }
    };
    match (&artefact.data, kind) {
        (Data::PublicKey(export), "public-key") => {
            if says["curve"] == "secp256k1" {
                let public = export.result.as_ref().map_err(|error| format!("{kind}: {error}"))?;
                same("evm", EvmAddress::of(public).to_string().into(), &says["evm"])?;
                same("fingerprint", public.fingerprint().to_string().into(), &says["fingerprint"])?;
            } else {
                let error = export.result.as_ref().err().ok_or("a key of another curve was taken")?;
                same("is another key", error.is_another_key().into(), &true.into())?;
            }
            same("key", key(export.key.as_ref()), &says["key"])?;
            if !says["line"].is_null() {
                let (line, column) = place(sources, export.span);
                same("line", line.into(), &says["line"])?;
                if !says["column"].is_null() {
                    same("column", column.into(), &says["column"])?;
                }
            }
            Ok(())
        }
        (Data::Metadata(metadata), "metadata") => {
            same("key", key(Some(&metadata.key)), &says["key"])?;
            same("declared", declared(Some(&metadata.key)), &says["declared"])?;
            let implied = |name: &str| match (name, says["enabled"].as_bool()) {
                ("key_state", Some(true)) => "Enabled".into(),
                ("key_state", Some(false)) => "Disabled".into(),
                _ => says["implied"][name].clone(),
            };
            for (name, field) in [
                ("account", &metadata.account),
                ("key_spec", &metadata.key_spec),
                ("key_usage", &metadata.key_usage),
                ("key_state", &metadata.key_state),
                ("key_manager", &metadata.key_manager),
                ("origin", &metadata.origin),
                ("description", &metadata.description),
            ] {
                if says[name].is_null() {
                    same(name, text(field.as_ref()), &implied(name))?;
                    continue;
                }
                same(name, text(field.as_ref()), &says[name])?;
                if let Some(field) = field {
                    let place = sources.place(field.span);
                    let file = sources.get(place.file).bytes();
                    let raw = String::from_utf8_lossy(&file[place.bytes.clone()]).replace('\0', "");
                    if !raw.contains(&field.value) {
                        return Err(format!("{name}: its place says {raw:?}, not {:?}", field.value));
                    }
                }
            }
            same(
                "multi_region",
                metadata.multi_region.as_ref().map_or(Json::Null, |field| field.value.into()),
                &if says["multi_region"].is_null() { implied("multi_region") } else { says["multi_region"].clone() },
            )?;
            if let Some(date) = says["creation_date"].as_str() {
                let found = metadata.creation_date.as_ref().ok_or("no creation date")?;
                // Local time without a zone cannot be told from UTC; the fixtures were made in UTC.
                let (found, expected) = (instant(&found.value), instant(date));
                if (found - expected).abs() >= 1000 {
                    return Err(format!("creation date: found {found}, expected {expected}"));
                }
            }
            Ok(())
        }
        (Data::Policy(export), "policy") => {
            same("key", key(export.key.as_ref()), &says["key"])?;
            same("declared", declared(export.key.as_ref()), &says["declared"])?;
            if !says["policy_name"].is_null() {
                same("policy_name", text(export.name.as_ref()), &says["policy_name"])?;
            }
            let json = serde_json::to_string(&canonical(&export.document.root)).expect("JSON");
            let digest: String = Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect();
            if let Some(places) = says["unknown"].as_array() {
                let number = |at: &Json, name: &str| at[name].as_u64().expect("a number");
                let expected: BTreeSet<(u64, u64)> =
                    places.iter().map(|at| (number(at, "line"), number(at, "column"))).collect();
                let found = unknown(sources, export);
                if found != expected {
                    return Err(format!("{kind}.unknown: found {found:?}, expected {expected:?}"));
                }
            } else {
                same("sha256", digest.into(), &says["sha256"])?;
            }
            let found: Vec<Json> = export
                .document
                .statements
                .iter()
                .filter_map(|statement| statement.sid.as_ref())
                .map(|(sid, range)| {
                    // The manifest has the place of the text itself, not of the quote before it.
                    let source = sources.get(export.source).text().expect("text");
                    let quote = usize::from(source[range.clone()].starts_with(['"', '\'']));
                    let span = Span::new(export.source, range.start + quote..range.end);
                    let (line, column) = place(sources, span);
                    serde_json::json!({"sid": sid, "line": line, "column": column})
                })
                .collect();
            same("sids", found.into(), &says["sids"])
        }
        (Data::Aliases(list), "aliases") => {
            let found: Vec<Json> = list
                .aliases
                .iter()
                .map(|alias| {
                    let mut says = serde_json::json!({
                        "name": alias.name.value, "arn": text(alias.arn.as_ref()), "target": key(alias.target.as_ref()),
                    });
                    let declared = declared(alias.target.as_ref());
                    if !declared.is_null() {
                        says["target_declared"] = declared;
                    }
                    says
                })
                .collect();
            same("aliases", found.into(), &says["aliases"])
        }
        (Data::Grants(list), "grants") => {
            let expected = says["grants"].as_array().cloned().unwrap_or_default();
            same("count", list.grants.len().into(), &expected.len().into())?;
            for (grant, says) in list.grants.iter().zip(&expected) {
                same("id", grant.id.clone().into(), &says["id"])?;
                same("key", key(grant.key.as_ref()), &says["key"])?;
                same("grantee", text(grant.grantee.as_ref()), &says["grantee"])?;
                same("operations", grant.operations.clone().into(), &says["operations"])?;
            }
            Ok(())
        }
        (Data::Tags(tags), "tags") => {
            if tags.key.is_some() {
                same("key", key(tags.key.as_ref()), &says["key"])?;
                same("declared", declared(tags.key.as_ref()), &says["declared"])?;
            }
            let found: Vec<Json> = tags
                .tags
                .iter()
                .map(|(key, value)| serde_json::json!([key.value, value.value]))
                .collect();
            same("tags", found.into(), &says["tags"])
        }
        (Data::Keys(list), "keys") => {
            let found: Vec<Json> = list.keys.iter().map(|one| key(Some(one))).collect();
            same("keys", found.into(), &says["keys"])
        }
        (Data::PolicyList(list), "policy-names") => {
            let found: Vec<Json> = list.names.iter().map(|name| name.value.clone().into()).collect();
            same("names", found.into(), &says["names"])
        }
        (Data::Signature(export), "signature") => {
            same("key", key(export.key.as_ref()), &says["key"])?;
            same("algorithm", text(export.algorithm.as_ref()), &says["algorithm"])?;
            let der = kms_audit::encoding::base64::decode(export.signature.value.as_bytes()).expect("base64");
            same("signature", kms_audit::encoding::hex::encode(&der).into(), &says["signature"])
        }
        (Data::NotTold(part), "not-told") => {
            same("declared", declared(part.key.as_ref()), &says["declared"])?;
            same("what", part.kind.into(), &says["what"])
        }
        (Data::Secret(_), "secret") => Ok(()),
        _ => Err(format!("{kind}: found {}", kms_audit::evidence::kind_word(&artefact.data))),
    }
}

fn judge(entry: &Json) -> Result<(), String> {
    let file = entry["file"].as_str().expect("a file");
    let gathered = read(file);
    let all = entry["says"].as_array().expect("a list").iter();
    let expected: Vec<&Json> = all.filter(|says| says["not_taken"].is_null()).collect();
    let status = &gathered.files[0].status;
    let unread = expected.iter().any(|says| says["kind"] == "not-read");
    if unread {
        return match status {
            FileStatus::Used => Err("it was read".to_owned()),
            _ if !gathered.artefacts.is_empty() => Err("something was taken from it".to_owned()),
            _ => Ok(()),
        };
    }
    let kinds = |kind: &str| expected.iter().any(|says| says["kind"] == kind);
    if !matches!(status, FileStatus::Used) && !kinds("broken") {
        return Err(format!("{status:?}"));
    }
    if gathered.artefacts.len() != expected.len() {
        let found: Vec<_> = gathered
            .artefacts
            .iter()
            .map(|artefact| kms_audit::evidence::kind_word(&artefact.data))
            .collect();
        return Err(format!("found {found:?}, expected {} artefacts", expected.len()));
    }
    for (artefact, says) in gathered.artefacts.iter().zip(expected) {
        if artefact.intent != (says["planned"] == true || file.starts_with("cloudformation/")) {
            return Err(format!("{says}: what is there and what is to be are confused"));
        }
        compare(&gathered.sources, artefact, says)?;
    }
    Ok(())
}

#[test]
fn every_form_says_what_its_maker_says() {
    let entries = manifest();
    assert!(entries.len() >= 100, "{} forms", entries.len());
    let wrong: Vec<String> = entries
        .iter()
        .filter_map(|entry| {
            let error = judge(entry).err()?;
            Some(format!("{}: {error}", entry["file"].as_str().unwrap_or_default()))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), entries.len(), wrong.join("\n"));
}

#[test]
fn every_fixture_is_in_the_manifest() {
    let listed: BTreeSet<String> = manifest()
        .iter()
        .filter_map(|entry| Some(entry["file"].as_str()?.to_owned()))
        .collect();
    let mut found = BTreeSet::new();
    for folder in std::fs::read_dir(root()).expect("a folder") {
        let folder = folder.expect("an entry").path();
        if !folder.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&folder).expect("a folder") {
            let path = file.expect("an entry").path();
            let below = path.strip_prefix(root()).expect("below");
            found.insert(below.to_string_lossy().replace('\\', "/"));
        }
    }
    assert_eq!(listed, found);
}
