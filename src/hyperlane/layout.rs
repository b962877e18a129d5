//! Names of files in a validator's storage, and what they say.
//!
//! Source: mono:rust/main/hyperlane-base/src/types/{s3,gcs,local}_storage.rs.

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A checkpoint.
    Checkpoint {
        /// Its index.
        index: u32,
        /// True for `_with_id`, false for the layout before 2023-05-25.
        with_id: bool,
    },
    /// The latest index, a bare number.
    LatestIndex,
    /// The announcement.
    Announcement,
    /// What the agent says of itself.
    Metadata,
    /// The sign that the chain was reorganised below a checkpoint: its presence is what counts.
    ReorgFlag,
    /// What the nodes answered at that time.
    ReorgLog,
}

/// Which storage has such a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Storage {
    /// A bucket of S3.
    S3,
    /// A bucket of Google Cloud Storage.
    Gcs,
    /// A folder.
    Local,
    /// S3 or GCS, which name checkpoints alike.
    Bucket,
    /// Any.
    Any,
}

/// A path that follows the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named<'p> {
    /// What it is.
    pub kind: Kind,
    /// Whose name it is.
    pub storage: Storage,
    /// The folder before the name, without a slash at its end; empty for the root.
    pub folder: &'p str,
}

/// The part before the last slash, and the part after it.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// What a path says; nothing for another name.
pub fn of_path(path: &str) -> Option<Named<'_>> {
    let (folder, name) = split(path);
    let (kind, storage) = of_name(name)?;
    Some(Named {
        kind,
        storage,
        folder,
    })
}

fn of_name(name: &str) -> Option<(Kind, Storage)> {
    Some(match name {
        "checkpoint_latest_index.json" => (Kind::LatestIndex, Storage::S3),
        "gcsLatestIndexKey" => (Kind::LatestIndex, Storage::Gcs),
        "index.json" => (Kind::LatestIndex, Storage::Local),
        "announcement.json" => (Kind::Announcement, Storage::Any),
        "gcsAnnouncementKey" => (Kind::Announcement, Storage::Gcs),
        "metadata_latest.json" => (Kind::Metadata, Storage::Any),
        "gcsMetadataKey" => (Kind::Metadata, Storage::Gcs),
        "reorg_flag.json" => (Kind::ReorgFlag, Storage::Any),
        "gcsReorgFlagKey" => (Kind::ReorgFlag, Storage::Gcs),
        "reorg_rpc_responses.json" => (Kind::ReorgLog, Storage::Any),
        "gcsReorgRpcResponsesKey" => (Kind::ReorgLog, Storage::Gcs),
        _ => return of_checkpoint(name),
    })
}

fn of_checkpoint(name: &str) -> Option<(Kind, Storage)> {
    let stem = name.strip_suffix(".json")?;
    let (stem, storage) = match stem.strip_prefix("checkpoint_") {
        Some(stem) => (stem, Storage::Bucket),
        None => (stem, Storage::Local),
    };
    let (digits, with_id) = match stem.strip_suffix("_with_id") {
        Some(digits) => (digits, true),
        None => (stem, false),
    };
    // As the agents write a number: no sign, no leading zero.
    let is_plain =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
    let index = is_plain.then(|| digits.parse().ok()).flatten()?;
    Some((Kind::Checkpoint { index, with_id }, storage))
}

/// The file name that a bucket has for a checkpoint.
pub fn checkpoint_name(index: u32, storage: Storage) -> String {
    match storage {
        Storage::Local => format!("{index}_with_id.json"),
        _ => format!("checkpoint_{index}_with_id.json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_all_storages() {
        let checkpoint = |index, with_id| Kind::Checkpoint { index, with_id };
        for (path, folder, kind, storage) in [
            (
                "checkpoint_0_with_id.json",
                "",
                checkpoint(0, true),
                Storage::Bucket,
            ),
            (
                "a/b/checkpoint_4294967295_with_id.json",
                "a/b",
                checkpoint(u32::MAX, true),
                Storage::Bucket,
            ),
            ("checkpoint_12.json", "", checkpoint(12, false), Storage::Bucket),
            ("x/7_with_id.json", "x", checkpoint(7, true), Storage::Local),
            ("7.json", "", checkpoint(7, false), Storage::Local),
            ("checkpoint_latest_index.json", "", Kind::LatestIndex, Storage::S3),
            ("f/gcsLatestIndexKey", "f", Kind::LatestIndex, Storage::Gcs),
            ("index.json", "", Kind::LatestIndex, Storage::Local),
            ("announcement.json", "", Kind::Announcement, Storage::Any),
            ("gcsAnnouncementKey", "", Kind::Announcement, Storage::Gcs),
            ("metadata_latest.json", "", Kind::Metadata, Storage::Any),
            ("gcsMetadataKey", "", Kind::Metadata, Storage::Gcs),
            ("reorg_flag.json", "", Kind::ReorgFlag, Storage::Any),
            ("gcsReorgFlagKey", "", Kind::ReorgFlag, Storage::Gcs),
            ("reorg_rpc_responses.json", "", Kind::ReorgLog, Storage::Any),
            ("gcsReorgRpcResponsesKey", "", Kind::ReorgLog, Storage::Gcs),
        ] {
            assert_eq!(
                of_path(path),
                Some(Named {
                    kind,
                    storage,
                    folder
                }),
                "{path}"
            );
        }
    }

    #[test]
    fn other_names_say_nothing() {
        for path in [
            "",
            "checkpoint_.json",
            "checkpoint_-1_with_id.json",
            "checkpoint_+1_with_id.json",
            "checkpoint_01_with_id.json",
            "checkpoint_4294967296_with_id.json",
            "checkpoint_1_with_id.json.bak",
            "checkpoint_1_with_id",
            "Announcement.json",
            "_with_id.json",
            "a/",
        ] {
            assert_eq!(of_path(path), None, "{path}");
        }
    }
}
