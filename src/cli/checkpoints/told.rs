//! What the options say is expected: signers, and chains.

use std::path::{Path, PathBuf};

use kms_audit::address::{self, EvmAddress, PayloadKind};
use kms_audit::audit::{
    AddressOptions, CheckpointOptions, Expected, ExpectedSigner, addresses, expected_of_claims,
};
use kms_audit::hyperlane::registry::Registry;
use kms_audit::input::notation::pointed_trees;
use kms_audit::json::Limits;

use super::super::Failure;
use super::super::args::InputArgs;
use super::super::audit::{fail_on, gather};
use super::args::CheckpointsArgs;

/// Bytes of a file of keys, claims or a registry.
const LARGEST_FILE: u64 = 64 << 20;

/// Values of one document of a registry: the public one has some ten thousand.
const LIMITS: Limits = Limits {
    depth: 32,
    values: 2_000_000,
};

/// Folders of chains that are read.
const MOST_CHAINS: usize = 20_000;

pub(super) fn options(args: &CheckpointsArgs) -> Result<CheckpointOptions, Failure> {
    let mut expected = Expected::default();
    for text in &args.address {
        let address = parse(text).ok_or_else(|| {
            Failure::usage(
                format!(
                    "--address {}: it is no address of an EVM chain",
                    address::shown(text)
                ),
                "A validator is an address of 20 bytes on every chain: 0x and 40 digits.",
            )
        })?;
        expected.add(ExpectedSigner {
            address,
            chain: None,
            role: None,
            label: "--address".to_owned(),
        });
    }
    for path in &args.claims {
        claims(path, &mut expected)?;
    }
    for path in &args.key {
        keys(path, &mut expected)?;
    }
    let mut registry = Registry::new();
    for path in &args.registry {
        chains(path, &mut registry)?;
    }
    Ok(CheckpointOptions {
        expected,
        registry,
        no_history: args.no_history,
        fail_on: fail_on(&args.fail_on),
    })
}

fn parse(text: &str) -> Option<EvmAddress> {
    let options = address::Options::new();
    let claimed = address::parse_claim(text.trim(), &options).ok()?;
    claimed
        .payloads()
        .any(|payload| payload.kind == PayloadKind::Evm20)
        .then_some(EvmAddress(claimed.payload))
}

fn input(path: &Path) -> InputArgs {
    InputArgs {
        paths: vec![path.to_owned()],
        input_format: None,
        stdin_name: None,
        max_file_size: LARGEST_FILE,
    }
}

fn claims(path: &Path, expected: &mut Expected) -> Result<(), Failure> {
    let gathered = gather(&input(path), &[], kms_audit::key::Options::new())?;
    let (signers, bad) = expected_of_claims(&gathered.artefacts);
    let fail = |reason: String| {
        Err(Failure::usage(
            format!("--claims {}: {reason}", path.display()),
            "A file of claims names addresses of 20 bytes, with role and chain where they are known.",
        ))
    };
    if let Some(first) = bad.first() {
        return fail(format!("{} is no address of an EVM chain", address::shown(first)));
    }
    if signers.is_empty() {
        return fail("it has no claims".to_owned());
    }
    for signer in signers {
        expected.add(signer);
    }
    Ok(())
}

fn keys(path: &Path, expected: &mut Expected) -> Result<(), Failure> {
    let options = kms_audit::key::Options::new().with_compressed(true);
    let gathered = gather(&input(path), &[], options)?;
    let report = addresses(&gathered, &AddressOptions::default());
    let fail = |reason: String| {
        Failure::usage(
            format!("--key {}: {reason}", path.display()),
            "Give a file with a public key, for instance the answer of aws kms get-public-key.",
        )
    };
    if let Some(error) = report.errors.first() {
        return Err(fail(error.message.clone()));
    }
    if report.keys.is_empty() {
        return Err(fail("it has no public key".to_owned()));
    }
    for key in &report.keys {
        let address = key.addresses.get("evm").and_then(|address| parse(address));
        expected.add(ExpectedSigner {
            address: address.ok_or_else(|| fail("it has a key without an address".to_owned()))?,
            chain: None,
            role: None,
            label: key.source.clone(),
        });
    }
    Ok(())
}

/// A registry: a folder of it, its `chains`, or files.
fn chains(path: &Path, registry: &mut Registry) -> Result<(), Failure> {
    let mut told: usize = 0;
    let files = if path.is_dir() {
        of_folder(path).map_err(|error| fail(path, &error.to_string()))?
    } else {
        vec![path.to_owned()]
    };
    for file in files {
        told = told.saturating_add(document(&file, registry)?);
    }
    if told == 0 {
        return Err(fail(path, "it tells of no chain"));
    }
    Ok(())
}

fn fail(path: &Path, reason: &str) -> Failure {
    Failure::usage(
        format!("--registry {}: {reason}", path.display()),
        "Give a copy of hyperlane-registry, or its files chains/metadata.yaml and chains/addresses.yaml.",
    )
}

/// The two files of all chains where they are there, else the two of each chain.
fn of_folder(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    const NAMES: [&str; 2] = ["metadata.yaml", "addresses.yaml"];
    let below = folder.join("chains");
    let chains = if below.is_dir() { below } else { folder.to_owned() };
    let of = |folder: &Path| -> Vec<PathBuf> {
        NAMES
            .iter()
            .map(|name| folder.join(name))
            .filter(|file| file.is_file())
            .collect()
    };
    let whole = of(&chains);
    if !whole.is_empty() {
        return Ok(whole);
    }
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&chains)?
        .take(MOST_CHAINS)
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort_unstable();
    Ok(folders.iter().flat_map(|folder| of(folder)).collect())
}

/// One document, whose chain is that of its folder where it names none; how many chains it told of.
fn document(file: &Path, registry: &mut Registry) -> Result<usize, Failure> {
    let bytes =
        super::super::read_at_most(file, LARGEST_FILE).map_err(|error| fail(file, &error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST_FILE {
        return Err(fail(file, "it is too large"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|error| fail(file, &error.to_string()))?;
    let folder = file
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    let roots = pointed_trees(text, &LIMITS);
    if roots.is_empty() {
        return Err(fail(file, "it is neither YAML nor JSON"));
    }
    let told = roots
        .iter()
        .map(|root| registry.add(&root.node, folder.as_deref()));
    Ok(told.sum())
}
