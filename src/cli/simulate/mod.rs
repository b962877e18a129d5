//! `kms-audit simulate`

pub(super) mod args;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use kms_audit::arn::Arn;
use kms_audit::audit::{SimulateRow, simulate_case, simulate_lines};
use kms_audit::json::{self, Limits, Node, Value};
use kms_audit::policy::evaluate::Caller;
use kms_audit::report;

use self::args::SimulateArgs;
use super::Failure;
use super::args::TextFormat;
use super::lines::{self, Lines};
use super::output::{self, Terminal};
use super::progress::Progress;

/// Bytes of one policy, or of one list of grants, that are read.
const LARGEST_FILE: u64 = 64 << 20;

/// Decides; returns the exit code.
pub(super) fn run(args: &SimulateArgs, terminal: &Terminal, no_progress: bool) -> Result<u8, Failure> {
    if let Some(cases) = &args.cases {
        return run_cases(cases, args.format.unwrap_or(TextFormat::Json), no_progress);
    }
    let (case, note) = case(args)?;
    let mut row = simulate_case(&case);
    row.notes.extend(note);
    let mut counts = Counts::default();
    counts.add(&row);
    let text = match args.format.unwrap_or(TextFormat::Table) {
        TextFormat::Table => report::simulate::table(&row, terminal.style()),
        TextFormat::Json => report::simulate::json(&row),
    };
    output::stdout(text.as_bytes())?;
    Ok(counts.code())
}

fn object(members: Vec<(&str, Node)>) -> Node {
    let members = members
        .into_iter()
        .map(|(key, value)| json::Member {
            key: key.to_owned(),
            key_span: 0..0,
            value,
        })
        .collect();
    node(Value::Object(members))
}

fn node(value: Value) -> Node {
    Node { span: 0..0, value }
}

fn text(text: &str) -> Node {
    node(Value::String(text.to_owned()))
}

/// The case that the options make, and what was assumed.
fn case(args: &SimulateArgs) -> Result<(Node, Option<String>), Failure> {
    let mut policies: Vec<(&str, Node)> = Vec::new();
    let list = |paths: &[std::path::PathBuf], option: &str| -> Result<Vec<Node>, Failure> {
        paths.iter().map(|path| read(path, option)).collect()
    };
    let mut add = |name, path: &Option<std::path::PathBuf>, option: &str| -> Result<(), Failure> {
        if let Some(path) = path {
            policies.push((name, read(path, option)?));
        }
        Ok(())
    };
    add("key_policy", &args.policy, "--policy")?;
    add("ram_policy", &args.ram_policy, "--ram-policy")?;
    add("session_policy", &args.session_policy, "--session-policy")?;
    add("grants", &args.grants, "--grants")?;
    if args.no_grants {
        policies.push(("grants", node(Value::Array(Vec::new()))));
    }
    if args.no_identity_policies || !args.identity_policy.is_empty() {
        let identity = list(&args.identity_policy, "--identity-policy")?;
        policies.push(("identity_policies", node(Value::Array(identity))));
    }
    if let Some(path) = &args.boundary {
        let own = vec![read(path, "--boundary")?];
        policies.push(("permission_boundaries", node(Value::Array(own))));
    }
    if let Some(path) = &args.endpoint_policy {
        let own = vec![read(path, "--endpoint-policy")?];
        policies.push(("endpoint_policies", node(Value::Array(own))));
    }
    for (name, paths, option) in [("scps", &args.scp, "--scp"), ("rcps", &args.rcp, "--rcp")] {
        let levels = list(paths, option)?
            .into_iter()
            .map(|policy| node(Value::Array(vec![policy])))
            .collect();
        policies.push((name, node(Value::Array(levels))));
    }
    let mut context: Vec<(&str, Vec<Node>)> = Vec::new();
    for pair in &args.context {
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Failure::usage(
                format!("--context {pair}: it is not KEY=VALUE"),
                "For instance --context kms:MessageType=DIGEST.",
            ));
        };
        match context
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(key))
        {
            Some((_, values)) => values.push(text(value)),
            None => context.push((key, vec![text(value)])),
        }
    }
    let context = context
        .into_iter()
        .map(|(key, values)| (key, node(Value::Array(values))))
        .collect();
    let principal = args.principal.as_deref().unwrap_or_default();
    let mut request = vec![
        ("principal", text(principal)),
        ("action", text(args.action.as_deref().unwrap_or_default())),
        ("resource", text(&args.resource)),
        ("context", object(context)),
    ];
    let of_arn = Arn::parse(&args.resource).is_some_and(|arn| !arn.account.is_empty());
    let mut note = None;
    if let Some(account) = &args.account {
        request.push(("resource_account", text(account)));
    } else if !of_arn
        && let Some(caller) = Caller::parse(principal)
        && let Some(account) = caller.account()
    {
        note = Some(format!(
            "the resource is taken for one of the caller's account, {account}: --account says otherwise"
        ));
        request.push(("resource_account", text(account)));
    }
    let unknown = args.unknown.iter().map(|member| text(member)).collect();
    let mut members = vec![
        ("policies", object(policies)),
        ("unknown", node(Value::Array(unknown))),
        ("request", object(request)),
        ("context_complete", node(Value::Bool(!args.context_incomplete))),
    ];
    if let Some(path) = &args.metadata {
        members.push(("key_metadata", read(path, "--metadata")?));
    }
    if let Some(expected) = &args.expect {
        members.push(("expected", text(expected)));
    }
    Ok((object(members), note))
}

fn read(path: &Path, option: &str) -> Result<Node, Failure> {
    let fail = |reason: String| {
        Failure::usage(
            format!("{option} {}: {reason}", path.display()),
            "Give a JSON file that can be read.",
        )
    };
    let mut bytes = Vec::new();
    let count = if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(LARGEST_FILE.saturating_add(1))
            .read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(LARGEST_FILE.saturating_add(1)).read_to_end(&mut bytes))
    };
    count.map_err(|error| fail(error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST_FILE {
        return Err(fail(format!("it is larger than {LARGEST_FILE} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| fail("it is not UTF-8".to_owned()))?;
    json::parse(text.trim_start_matches('\u{feff}'), &Limits::default()).map_err(|error| {
        fail(format!(
            "it is no JSON: {} (byte {})",
            error.message, error.offset
        ))
    })
}

/// Decides a file of cases as it comes, in chunks; memory does not depend on its length.
fn run_cases(path: &Path, format: TextFormat, no_progress: bool) -> Result<u8, Failure> {
    let fail = |error: &io::Error| {
        Failure::usage(
            format!("--cases {}: {error}", path.display()),
            "Give a file of JSON Lines that can be read, or - for standard input.",
        )
    };
    let written = |error: &io::Error| Failure::Write {
        path: "standard output".to_owned(),
        reason: error.to_string(),
    };
    let (mut reader, total) = lines::open(path).map_err(|error| fail(&error))?;
    let progress = Progress::bytes(total, no_progress);
    let mut counts = Counts::default();
    let mut lines = Lines::default();
    let mut out = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    loop {
        let more = lines.fill(&mut reader).map_err(|error| fail(&error))?;
        for row in simulate_lines(&lines.views()) {
            counts.add(&row);
            let text = match format {
                TextFormat::Table => report::simulate::line(&row),
                TextFormat::Json => report::simulate::json_line(&row),
            };
            match out.write_all(text.as_bytes()) {
                // Whoever reads has read enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(counts.code()),
                other => other.map_err(|error| written(&error))?,
            }
        }
        progress.set(lines.read, counts.words());
        if !more {
            break;
        }
    }
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(written(&error)),
        _ => {}
    }
    progress.finish();
    if matches!(format, TextFormat::Table) {
        output::stderr(&format!("{}\n", counts.words()));
    }
    Ok(counts.code())
}

/// How many cases came out how.
#[derive(Default)]
struct Counts {
    cases: u64,
    as_expected: u64,
    otherwise: u64,
    errors: u64,
}

impl Counts {
    fn add(&mut self, row: &SimulateRow) {
        self.cases = self.cases.saturating_add(1);
        let count = match (row.error.is_some(), row.as_expected) {
            (true, _) => &mut self.errors,
            (false, Some(true)) => &mut self.as_expected,
            (false, Some(false)) => &mut self.otherwise,
            (false, None) => return,
        };
        *count = count.saturating_add(1);
    }

    /// 1 with any that is not as expected, else 3 with any that cannot be read.
    fn code(&self) -> u8 {
        if self.otherwise > 0 {
            1
        } else if self.errors > 0 {
            3
        } else {
            0
        }
    }

    fn words(&self) -> String {
        format!(
            "{} cases: {} as expected, {} otherwise, {} that cannot be read",
            self.cases, self.as_expected, self.otherwise, self.errors
        )
    }
}
