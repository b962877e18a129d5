//! Every form in which a reviewer is handed one and the same key: `testdata/forms/manifest.json` says what each file
//! holds, by programs that share no code with this one, and where in the file it stands.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::format_push_string,
    clippy::too_many_lines,
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
    let time: jiff::Timestamp = with_zone
        .parse()
        .unwrap_or_else(|error| panic!("{date}: {error}"));
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

/// The constraints of a grant as `ListGrants` has them.
fn constraints(grant: &kms_audit::evidence::Grant) -> Json {
    let Some(own) = &grant.constraints else {
        return Json::Null;
    };
    let pairs = |pairs: &kms_audit::evidence::ContextPairs| -> Json {
        pairs
            .iter()
            .map(|(key, value)| (key.value.clone(), Json::from(value.value.clone())))
            .collect()
    };
    let mut made = serde_json::Map::new();
    for (name, value) in [
        ("EncryptionContextEquals", own.context_equals.as_ref().map(pairs)),
        ("EncryptionContextSubset", own.context_subset.as_ref().map(pairs)),
        (
            "SourceArn",
            own.source_arn.as_ref().map(|arn| arn.value.clone().into()),
        ),
    ] {
        made.extend(value.map(|value| (name.to_owned(), value)));
    }
    made.into()
}

/// True for text output of the AWS CLI: columns between tabs.
fn artefact_is_text(sources: &SourceMap, artefact: &Artefact) -> bool {
    sources
        .snippet(artefact.span)
        .is_some_and(|text| text.contains("\nOPERATIONS\t"))
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
            if says["error"].is_null() {
                let public = export
                    .result
                    .as_ref()
                    .map_err(|error| format!("{kind}: {error}"))?;
                same("evm", EvmAddress::of(public).to_string().into(), &says["evm"])?;
                same(
                    "fingerprint",
                    public.fingerprint().to_string().into(),
                    &says["fingerprint"],
                )?;
            } else {
                let error = export.result.as_ref().err();
                let error = error.ok_or("a key was taken that must be refused")?;
                same("error", error.code().into(), &says["error"])?;
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
            same("key", key(metadata.key.as_ref()), &says["key"])?;
            same("declared", declared(metadata.key.as_ref()), &says["declared"])?;
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
                metadata
                    .multi_region
                    .as_ref()
                    .map_or(Json::Null, |field| field.value.into()),
                &if says["multi_region"].is_null() {
                    implied("multi_region")
                } else {
                    says["multi_region"].clone()
                },
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
            let digest = kms_audit::encoding::hex::encode(&Sha256::digest(json));
            if let Some(places) = says["unknown"].as_array() {
                let number = |at: &Json, name: &str| at[name].as_u64().expect("a number");
                let expected: BTreeSet<(u64, u64)> = places
                    .iter()
                    .map(|at| (number(at, "line"), number(at, "column")))
                    .collect();
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
        (Data::Agent(export), "agent-configuration") => {
            let sources: Vec<_> = export.sources.iter().collect();
            let agent = kms_audit::hyperlane::agent::Agent::of(None, &sources);
            same("uses", agent.uses.len().into(), &says["uses"])
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
                same("name", text(grant.name.as_ref()), &says["name"])?;
                same("retiring", text(grant.retiring.as_ref()), &says["retiring"])?;
                let mut expected = says["constraints"].clone();
                if artefact_is_text(sources, artefact) {
                    // The text output leaves out the names of the context's pairs.
                    for (_, pairs) in expected.as_object_mut().into_iter().flatten() {
                        *pairs = serde_json::json!({});
                    }
                }
                same("constraints", constraints(grant), &expected)?;
                same(
                    "issuing_account",
                    text(grant.issuing_account.as_ref()),
                    &says["issuing_account"],
                )?;
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
            same(
                "signature",
                kms_audit::encoding::hex::encode(&der).into(),
                &says["signature"],
            )
        }
        (Data::NotTold(part), "not-told") => {
            same("declared", declared(part.key.as_ref()), &says["declared"])?;
            same("what", part.kind.into(), &says["what"])
        }
        (Data::Failed(call), "refused") => {
            same("code", call.code.value.clone().into(), &says["code"])?;
            same("operation", call.operation.clone().into(), &says["operation"])?;
            same("caller", call.caller.clone().into(), &says["caller"])?;
            same("key", key(call.key.as_ref()), &says["key"])
        }
        _ => Err(format!(
            "{kind}: found {}",
            kms_audit::evidence::kind_word(&artefact.data)
        )),
    }
}

/// The key id of the forms.
const KEY_ID: &str = "c198e57b-ff7b-4500-911d-c1c85f2ef956";

fn key_of(artefact: &Artefact) -> Option<String> {
    let key = match &artefact.data {
        Data::PublicKey(export) => export.key.as_ref(),
        Data::Metadata(metadata) => metadata.key.as_ref(),
        _ => None,
    };
    key.map(|key| key.value.to_string())
}

fn judge(entry: &Json) -> Result<(), String> {
    let file = entry["file"].as_str().expect("a file");
    let gathered = read(file);
    // What is no value, and no JSON, is for tests/unfit.rs; which bytes are secret for tests/cli/secrets.rs.
    let all = entry["says"].as_array().expect("a list");
    let expected: Vec<&Json> = all
        .iter()
        .filter(|says| says["kind"] != "placeholder" && says["kind"] != "secret")
        .filter(|says| says["not_taken"].is_null())
        .collect();
    if expected.iter().any(|says| says["kind"] == "fault") {
        return Ok(());
    }
    let status = &gathered.files[0].status;
    let is_secret = |artefact: &&Artefact| matches!(artefact.data, Data::Secret(_));
    let secrets = gathered.artefacts.iter().filter(is_secret).count();
    if (secrets > 0) != all.iter().any(|says| says["kind"] == "secret") {
        return Err(format!("{secrets} secrets"));
    }
    let artefacts: Vec<&Artefact> = gathered
        .artefacts
        .iter()
        .filter(|artefact| !is_secret(artefact))
        .collect();
    let unread = expected.iter().any(|says| says["kind"] == "not-read");
    if unread {
        return match status {
            FileStatus::Used => Err("it was read".to_owned()),
            _ if !artefacts.is_empty() => Err("something was taken from it".to_owned()),
            _ => Ok(()),
        };
    }
    let kinds = |kind: &str| expected.iter().any(|says| says["kind"] == kind);
    let refused = expected.iter().any(|says| !says["error"].is_null());
    if !matches!(status, FileStatus::Used) && !kinds("broken") && !refused {
        return Err(format!("{status:?}"));
    }
    if artefacts.len() != expected.len() {
        let found: Vec<_> = artefacts
            .iter()
            .map(|artefact| kms_audit::evidence::kind_word(&artefact.data))
            .collect();
        return Err(format!("found {found:?}, expected {} artefacts", expected.len()));
    }
    let mut artefacts = artefacts;
    artefacts.sort_by_key(|artefact| gathered.sources.outer(artefact.span).start);
    for (artefact, says) in artefacts.into_iter().zip(expected) {
        if artefact.intent != (says["planned"] == true || file.starts_with("cloudformation/")) {
            return Err(format!("{says}: what is there and what is to be are confused"));
        }
        let mut says = says.clone();
        // The ARN is masked; its key id, where it is whole, names the key all the same.
        if all.iter().any(|says| says["kind"] == "placeholder") && says["key"].is_null() {
            says["key"] = key_of(artefact).filter(|key| *key == KEY_ID).into();
        }
        compare(&gathered.sources, artefact, &says)?;
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
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        entries.len(),
        wrong.join("\n")
    );
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

/// What was taken from a file, in words: the formats that read it, and the values.
fn taken(entry: &Json) -> String {
    let file = entry["file"].as_str().unwrap_or_default();
    let gathered = read(file);
    match &gathered.files[0].status {
        FileStatus::Broken { message, .. } if gathered.artefacts.is_empty() => {
            return format!("nothing; it is said why: {message}");
        }
        FileStatus::NotRecognised(reason) => return format!("nothing; it is said why: {reason}"),
        FileStatus::Used | FileStatus::Broken { .. } => {}
    }
    let mut artefacts: Vec<&Artefact> = gathered.artefacts.iter().collect();
    artefacts.sort_by_key(|artefact| gathered.sources.outer(artefact.span).start);
    let words: Vec<String> = artefacts
        .iter()
        .map(|artefact| {
            let named = |key: Option<&Field<KeyRef>>| if key.is_some() { " with the key's name" } else { "" };
            let what = match &artefact.data {
                Data::PublicKey(export) => match &export.result {
                    Ok(_) => format!("public key{}", named(export.key.as_ref())),
                    Err(error) => format!("public key, refused: {}", error.code()),
                },
                Data::Policy(export) => format!(
                    "policy{}, {} statements",
                    named(export.key.as_ref()),
                    export.document.statements.len()
                ),
                Data::Aliases(list) => format!("{} aliases", list.aliases.len()),
                Data::Grants(list) => format!("{} grants", list.grants.len()),
                Data::Tags(tags) => format!("{} tags", tags.tags.len()),
                Data::Keys(list) => format!("names of {} keys", list.keys.len()),
                Data::Failed(call) => format!("an error: {}", call.words()),
                Data::Secret(_) => "a secret: its place, never its value".to_owned(),
                Data::Iam(details) => format!(
                    "{} users, roles and groups, {} managed policies",
                    details.principals.len(),
                    details.policies.len()
                ),
                Data::IamPart(part) => part.words(),
                Data::Bucket(part) => part.words(),
                Data::Agent(export) => {
                    let sources: Vec<_> = export.sources.iter().collect();
                    let agent = kms_audit::hyperlane::agent::Agent::of(None, &sources);
                    format!("agent configuration, {} uses of keys", agent.uses.len())
                }
                other => kms_audit::evidence::kind_word(other).to_owned(),
            };
            format!("{what} (`{}`)", artefact.format)
        })
        .collect();
    words.join(", ")
}

/// Evidence that has a folder of its own: `tests/iam.rs`, `tests/bucket.rs` and `tests/agent.rs` hold it to what it must
/// say.
const FOLDERS: [&str; 3] = ["iam", "bucket", "agent"];

fn manifest_of(folder: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/{folder}/manifest.json"));
    let text = std::fs::read_to_string(path).expect("the folder's manifest");
    let mut entries: Vec<Json> = serde_json::from_str(&text).expect("JSON");
    for entry in &mut entries {
        let file = format!("../{folder}/{}", entry["file"].as_str().unwrap_or_default());
        entry["file"] = file.into();
    }
    entries
}

/// The page of all forms, from the manifest and from what the reader makes of each file.
fn page() -> String {
    let mut text = String::from(
        "# Forms of evidence\n\n\
         Every form in which a key's owner may hand evidence over, the command that makes it, a fixture in\n\
         `testdata/forms/`, and what is taken from it. Files are recognised by their content, never by their name.\n\
         Written by `UPDATE_DOCS=1 cargo test --test forms`, which also holds every fixture to what its maker says of it\n\
         (`testdata/forms/manifest.json`). Fixtures of programs that could not be run here are written by hand in the shape\n\
         of their output; their program says so.\n",
    );
    let mut folder = String::new();
    for entry in manifest()
        .into_iter()
        .chain(FOLDERS.into_iter().flat_map(manifest_of))
    {
        let file = entry["file"].as_str().unwrap_or_default().to_owned();
        // Below a folder of its own, folders are those of users and of programs.
        let below = file.strip_prefix("../");
        let (own, name) = below.unwrap_or(&file).split_once('/').unwrap_or(("", &file));
        if own != folder {
            own.clone_into(&mut folder);
            let place = if below.is_some() {
                format!(" (`testdata/{own}/`)")
            } else {
                String::new()
            };
            text.push_str(&format!(
                "\n## {own}/{place}\n\n| fixture | made by | command | what is taken |\n|---|---|---|---|\n"
            ));
        }
        let cell = |text: &str| {
            let shown: String = text.chars().take(220).collect();
            let cut = if shown.len() < text.len() { "..." } else { "" };
            format!("{shown}{cut}").replace('\n', " ").replace('|', "\\|")
        };
        let command = entry["command"].as_str().unwrap_or_default();
        let command = if command.is_empty() {
            String::new()
        } else {
            format!("`{}`", cell(&command.replace('`', "'")))
        };
        text.push_str(&format!(
            "| `{name}` | {} | {command} | {} |\n",
            cell(entry["program"].as_str().unwrap_or_default()),
            cell(&taken(&entry))
        ));
    }
    text
}

#[test]
fn the_page_of_forms_is_what_the_fixtures_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/formats.md");
    let text = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).expect("written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "docs/formats.md is out of date: UPDATE_DOCS=1 cargo test --test forms"
    );
    for format in kms_audit::input::FORMATS {
        // Formats of claims, of errors and of samples have fixtures of their own: testdata/example, the rules' pages,
        // testdata/transactions.json, tests.
        let elsewhere = [
            "claims",
            "validator",
            "hyperlane",
            "aws-error",
            "signature-sample",
            "challenge",
            "signed-transaction",
        ];
        let id = format.id();
        assert!(
            elsewhere.iter().any(|head| id.starts_with(head)) || text.contains(&format!("(`{id}`)")),
            "no fixture is read as {id}"
        );
    }
}

/// The characters of a text from one line and column to another, both from 1, columns in characters.
fn between(text: &str, from: (usize, usize), to: (usize, usize)) -> String {
    let offset = |(line, column): (usize, usize)| {
        let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let rest = &text[start..];
        start
            + rest
                .char_indices()
                .nth(column - 1)
                .map_or(rest.len(), |(at, _)| at)
    };
    text[offset(from)..offset(to)].to_owned()
}

/// A part of a document without what its form adds: escapes, quotes, blanks, line ends and what stands before a line.
fn bare(text: &str) -> String {
    let mut kept = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char == '\\' {
            while chars.peek() == Some(&'\\') {
                chars.next();
            }
            match chars.peek() {
                Some('n' | 'r') => {
                    chars.next();
                }
                // A quote as \u0022.
                Some('u') => {
                    chars.nth(4);
                }
                _ => {}
            }
        } else if !char.is_whitespace() && !matches!(char, '"' | '\'' | '#' | '>') {
            kept.push(char);
        }
    }
    kept
}

/// The text of a file as an editor shows it.
fn as_text(bytes: &[u8]) -> String {
    let units = |of: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes[2..].chunks(2).map(|pair| of([pair[0], pair[1]])).collect()
    };
    match bytes {
        [0xff, 0xfe, ..] => String::from_utf16(&units(u16::from_le_bytes)).expect("UTF-16"),
        [0xfe, 0xff, ..] => String::from_utf16(&units(u16::from_be_bytes)).expect("UTF-16"),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).expect("UTF-8"),
        _ => String::from_utf8(bytes.to_vec()).expect("UTF-8"),
    }
}

/// Rule, message and the text that the finding points at, read back from the file.
fn findings(file: &str) -> Vec<(String, String, String)> {
    let gathered = read(file);
    let text = as_text(&std::fs::read(root().join(file)).expect("a file"));
    let bundle = kms_audit::evidence::assemble(gathered.sources, gathered.files, gathered.artefacts);
    let day = "2026-11-20".parse().expect("a date");
    let mut options = kms_audit::audit::Options::new(day, "test");
    // Those whose places are told apart here: what the others say is of the whole policy.
    options.select = ["describe-key", "grant-statement", "verify"]
        .map(|rule| format!("removable-{rule}"))
        .to_vec();
    options.hyperlane = Some(true);
    let audit = kms_audit::audit::audit(&bundle, &options);
    let mut found: Vec<_> = audit
        .report
        .findings
        .iter()
        .map(|row| {
            let place = &row.location;
            let there = between(
                &text,
                (place.line, place.column),
                (place.end_line, place.end_column),
            );
            (row.rule.clone(), row.message.clone(), bare(&there))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn each_form_of_one_policy_has_the_same_findings_at_the_right_place() {
    let console = "504a2dba36550d72f194713fbb4971a242875b2119e78d837f2c25e09620f763";
    let expected = findings("query/policy.txt");
    let rules: Vec<&str> = expected.iter().map(|(rule, ..)| rule.as_str()).collect();
    assert_eq!(
        rules,
        [
            "removable-describe-key",
            "removable-grant-statement",
            "removable-verify"
        ]
    );
    assert_eq!(expected[0].2, "kms:DescribeKey");
    assert!(
        expected[1].2.starts_with("{Sid:Allowattachment"),
        "{}",
        expected[1].2
    );
    let mut forms = 0;
    let mut wrong = Vec::new();
    for entry in manifest() {
        let says = entry["says"].as_array().expect("a list");
        let policies: Vec<&Json> = says.iter().filter(|says| says["kind"] == "policy").collect();
        let whole = policies.len() == 1 && policies[0]["sha256"] == console;
        let hurt = says
            .iter()
            .any(|says| matches!(says["kind"].as_str(), Some("fault" | "placeholder")));
        if !whole || hurt {
            continue;
        }
        forms += 1;
        let file = entry["file"].as_str().expect("a file");
        let found = findings(file);
        // Terraform sorts the members of a document.
        let unordered = |found: &[(String, String, String)]| -> Vec<(String, String, Vec<String>)> {
            let parts = |text: &str| {
                let mut parts: Vec<String> =
                    text.split([',', '{', '}', '[', ']']).map(str::to_owned).collect();
                parts.sort();
                parts
            };
            found
                .iter()
                .map(|(rule, message, text)| (rule.clone(), message.clone(), parts(text)))
                .collect()
        };
        if unordered(&found) != unordered(&expected) {
            wrong.push(format!("{file}: {found:#?}"));
        }
    }
    assert!(forms > 30, "only {forms} forms");
    assert!(
        wrong.is_empty(),
        "{} of {forms}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
