//! Storage locations: the texts that validators sign and announce, as the relayer reads them.
//!
//! Source: mono:rust/main/hyperlane-base/src/settings/checkpoint_syncer.rs, `FromStr`.

/// Where checkpoints are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// `s3://BUCKET/REGION[/FOLDER…]`
    S3 {
        /// The bucket.
        bucket: String,
        /// The region.
        region: String,
        /// The folder, with its slashes.
        folder: Option<String>,
    },
    /// `gs://BUCKET/[FOLDER/]gcsAnnouncementKey`
    Gcs {
        /// The bucket.
        bucket: String,
        /// The folder.
        folder: Option<String>,
    },
    /// `file://PATH`
    Local {
        /// The path.
        path: String,
    },
}

/// Why the relayer cannot use a location.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// There is no `://`.
    #[error("there is no ://, so that it has no scheme")]
    NoScheme,
    /// `://` stands twice.
    #[error("there is a second ://, so that the relayer does not split it")]
    SeveralSchemes,
    /// Another scheme than s3, gs and file.
    #[error("the relayer knows no scheme {0}, only s3, gs and file")]
    UnknownScheme(String),
    /// S3 without a region.
    #[error("after s3:// come BUCKET/REGION, and a folder where there is one; the region is missing")]
    NoRegion,
    /// GCS with another number of parts.
    #[error(
        "after gs:// the relayer reads two or three parts, BUCKET/[FOLDER/]NAME, and here are {0}: no nested folder"
    )]
    GcsParts(usize),
}

/// Reads a location as the relayer does; zero bytes at its end, which fill it up on Aleo, are passed over.
///
/// # Errors
/// Why the relayer cannot use it.
pub fn parse(text: &str) -> Result<Location, LocationError> {
    let text = text.trim_end_matches('\0');
    let mut parts = text.split("://");
    let scheme = parts.next().unwrap_or_default();
    let rest = parts.next().ok_or(LocationError::NoScheme)?;
    if parts.next().is_some() {
        return Err(LocationError::SeveralSchemes);
    }
    match scheme {
        "s3" => {
            let mut parts = rest.splitn(3, '/');
            let bucket = parts.next().unwrap_or_default().to_owned();
            let region = parts.next().ok_or(LocationError::NoRegion)?.to_owned();
            Ok(Location::S3 {
                bucket,
                region,
                folder: parts.next().map(str::to_owned),
            })
        }
        "gs" => {
            let parts: Vec<&str> = rest.split('/').collect();
            match parts.as_slice() {
                [bucket, _] => Ok(Location::Gcs {
                    bucket: (*bucket).to_owned(),
                    folder: None,
                }),
                [bucket, folder, _] => Ok(Location::Gcs {
                    bucket: (*bucket).to_owned(),
                    folder: Some((*folder).to_owned()),
                }),
                other => Err(LocationError::GcsParts(other.len())),
            }
        }
        "file" => Ok(Location::Local {
            path: rest.to_owned(),
        }),
        other => Err(LocationError::UnknownScheme(other.chars().take(40).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(bucket: &str, region: &str, folder: Option<&str>) -> Location {
        Location::S3 {
            bucket: bucket.to_owned(),
            region: region.to_owned(),
            folder: folder.map(str::to_owned),
        }
    }

    #[test]
    fn locations_are_read_as_the_relayer_reads_them() {
        assert_eq!(parse("s3://b/eu-west-1"), Ok(s3("b", "eu-west-1", None)));
        assert_eq!(
            parse("s3://b/eu-west-1/x/y"),
            Ok(s3("b", "eu-west-1", Some("x/y")))
        );
        assert_eq!(parse("s3://b/eu-west-1\0\0\0"), Ok(s3("b", "eu-west-1", None)));
        assert_eq!(
            parse("gs://b/gcsAnnouncementKey"),
            Ok(Location::Gcs {
                bucket: "b".to_owned(),
                folder: None
            })
        );
        assert_eq!(
            parse("gs://b/f/gcsAnnouncementKey"),
            Ok(Location::Gcs {
                bucket: "b".to_owned(),
                folder: Some("f".to_owned())
            })
        );
        assert_eq!(
            parse("file:///tmp/x"),
            Ok(Location::Local {
                path: "/tmp/x".to_owned()
            })
        );
    }

    #[test]
    fn and_refused_where_it_refuses_them() {
        assert_eq!(parse("s3:b"), Err(LocationError::NoScheme));
        assert_eq!(parse("s3://b"), Err(LocationError::NoRegion));
        assert_eq!(parse("s3+http://h://x"), Err(LocationError::SeveralSchemes));
        assert_eq!(
            parse("https+sign://h/x"),
            Err(LocationError::UnknownScheme("https+sign".to_owned()))
        );
        assert_eq!(parse("gs://b"), Err(LocationError::GcsParts(1)));
        assert_eq!(
            parse("gs://b/f/g/gcsAnnouncementKey"),
            Err(LocationError::GcsParts(4))
        );
    }
}
