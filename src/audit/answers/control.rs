//! Question 5: does the owner control the key today?

use super::row;
use crate::audit::Options;
use crate::audit::report::{Answer, AnswerRow};
use crate::challenge::Challenge;
use crate::evidence::{Bundle, Data, Key, Sample, SampleOutcome, Strength};

/// A challenge that was answered with the key, and whether the auditor says that it is his own.
struct Answered<'b> {
    challenge: &'b Challenge,
    is_own: bool,
}

fn answered<'b>(bundle: &'b Bundle, key: &Key, options: &Options) -> Vec<Answered<'b>> {
    let address = key.evm();
    own_samples(bundle, key)
        .filter(|sample| sample.outcome == SampleOutcome::Verified)
        .filter_map(|sample| match &bundle.artefact(sample.challenge?)?.data {
            Data::Challenge(challenge) => Some(challenge.as_ref()),
            _ => None,
        })
        .filter(|challenge| {
            let named = key.arn.as_ref().is_none_or(|arn| challenge.parts().key == *arn);
            named && Some(challenge.parts().address) == address
        })
        .map(|challenge| Answered {
            challenge,
            is_own: options.challenges.contains(&challenge.sha256()),
        })
        .collect()
}

fn own_samples<'b>(bundle: &'b Bundle, key: &'b Key) -> impl Iterator<Item = &'b Sample> {
    bundle.samples.iter().filter(move |sample| {
        sample
            .key
            .and_then(|at| bundle.keys.get(at))
            .is_some_and(|of| std::ptr::eq(of, key))
    })
}

pub(super) fn controlled(bundle: &Bundle, key: &Key, options: &Options) -> AnswerRow {
    let mut settles_with = vec![format!(
        "a challenge for {} (kms-audit challenge new)",
        key.subject()
    )];
    let answered = answered(bundle, key, options);
    // The latest one says most; one of the auditor's own more than one that lay in the evidence.
    let best = answered.iter().max_by_key(|one| {
        (
            one.is_own,
            one.challenge.parts().date,
            one.challenge.parts().nonce,
        )
    });
    let mut answer = Answer::Unknown;
    let why = if let Some(Answered { challenge, is_own }) = best {
        let parts = challenge.parts();
        let in_time = parts.date <= options.as_of && options.as_of <= parts.expires;
        let what = format!("the challenge of {} is answered", parts.date);
        if *is_own && in_time {
            answer = Answer::Yes;
            settles_with.clear();
            format!(
                "{what}, and open until {}: whoever holds the key signed since then",
                parts.expires
            )
        } else if *is_own {
            format!(
                "{what}, and was open until {}: it shows control since {}, not today",
                parts.expires, parts.date
            )
        } else {
            settles_with = vec![format!(
                "your own copy of the challenge for {} (--challenge FILE)",
                key.subject()
            )];
            format!(
                "{what}, but it lay in the evidence: nothing shows that the auditor made it, and whoever made it chose its date"
            )
        }
    } else {
        samples_in_words(bundle, key)
    };
    let strength = if answer == Answer::Yes {
        Strength::Computed
    } else {
        Strength::ClientFile
    };
    AnswerRow {
        rests_on: vec![why],
        settles_with,
        ..row(5, key.subject(), answer, strength)
    }
}

fn samples_in_words(bundle: &Bundle, key: &Key) -> String {
    let count = |wanted: fn(&SampleOutcome) -> bool| {
        own_samples(bundle, key)
            .filter(|sample| wanted(&sample.outcome))
            .count()
    };
    let verified = count(|outcome| *outcome == SampleOutcome::Verified);
    let refused = count(|outcome| *outcome == SampleOutcome::NotVerified);
    match (verified, refused, own_samples(bundle, key).count()) {
        (_, _, 0) => "possession not shown: no signature in the evidence".to_owned(),
        (0, 0, all) => format!("possession not shown: nothing tells what {} signed", plural(all)),
        (0, _, _) => format!("possession not shown: {} not verified", plural(refused)),
        (verified, _, _) => format!(
            "somebody could sign with it: {} verified; nothing shows when it was made",
            plural(verified)
        ),
    }
}

fn plural(count: usize) -> String {
    if count == 1 {
        "one signature".to_owned()
    } else {
        format!("{count} signatures")
    }
}
