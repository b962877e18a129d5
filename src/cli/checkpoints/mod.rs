//! `kms-audit checkpoints`

pub(super) mod args;
mod source;
mod told;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use kms_audit::audit::{CheckpointRun, Throughput};
use kms_audit::report;

use super::Failure;
use super::output::{self, Terminal};
use super::progress::Progress;
use args::{CheckpointsArgs, Format};
use source::{Meter, Reader, Told};

/// Judges documents as they come; returns the exit code.
pub(super) fn run(args: &CheckpointsArgs, terminal: &Terminal, no_progress: bool) -> Result<u8, Failure> {
    let options = told::options(args)?;
    for path in &args.paths {
        if path != std::path::Path::new("-") && !path.exists() {
            return Err(Failure::usage(
                format!("{}: there is no such file or folder", path.display()),
                "Give buckets, files of JSON Lines, archives, or - for standard input.",
            ));
        }
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    // Where there can be no handler, Ctrl-C ends the program as ever.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
    let started = Instant::now();
    let progress = Progress::work(no_progress);
    let meter = Arc::new(Meter::default());
    let (to, from) = sync_channel(2);
    let reader = Reader::new(to, Arc::clone(&meter), !args.no_history);
    let paths = args.paths.clone();
    std::thread::spawn(move || reader.run(&paths));
    let mut run = CheckpointRun::new(options);
    let mut out = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let mut passed_over: u64 = 0;
    let mut judged: u64 = 0;
    let mut partial = None;
    let mut failed = Vec::new();
    loop {
        if interrupted.load(Ordering::Relaxed) {
            partial = Some(format!("interrupted after {judged} documents"));
            break;
        }
        let told = match from.recv_timeout(Duration::from_millis(200)) {
            Ok(told) => told,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let chunk = match told {
            Told::Chunk(chunk) => chunk,
            Told::PassedOver(count) => {
                passed_over = passed_over.saturating_add(count);
                continue;
            }
            Told::Failed(reason) => {
                failed.push(reason);
                continue;
            }
        };
        let rows = run.judge(&chunk.documents());
        judged = judged.saturating_add(u64::try_from(rows.len()).unwrap_or_default());
        if args.format == Format::Jsonl && !write_rows(&mut out, &rows)? {
            partial = Some(format!("the output was closed after {judged} documents"));
            break;
        }
        show(&progress, &meter, &run, judged, started);
    }
    drop(from);
    if let Some(reason) = failed.first() {
        return Err(Failure::usage(
            reason.clone(),
            "Give files and folders that can be read.",
        ));
    }
    progress.finish();
    let mut report = run.finish(partial);
    report.passed_over = passed_over;
    if args.throughput {
        report.throughput = Some(throughput(report.records, started.elapsed()));
    }
    if let Some(path) = &args.output {
        output::file(path, report::checkpoints::json(&report).as_bytes())?;
    }
    match args.format {
        Format::Jsonl => {
            match out.flush() {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(written(&error)),
                _ => {}
            }
            let partial = report
                .partial
                .as_ref()
                .map_or_else(String::new, |why| format!("PARTIAL ({why}): "));
            output::stderr(&format!(
                "{partial}{} verified, {} failed, {} unattributed, {} unreadable; {} findings (--format table or -o FILE \
                 has them)\n",
                report.verified,
                report.failed,
                report.unattributed,
                report.unreadable,
                report.findings.len()
            ));
        }
        Format::Table => {
            drop(out);
            output::stdout(report::checkpoints::table(&report, terminal.style()).as_bytes())?;
        }
        Format::Json => {
            drop(out);
            output::stdout(report::checkpoints::json(&report).as_bytes())?;
        }
    }
    Ok(report.exit_code)
}

/// Writes verdicts; false where nobody reads them any more.
fn write_rows(out: &mut impl io::Write, rows: &[kms_audit::audit::CheckpointRow]) -> Result<bool, Failure> {
    for row in rows {
        match out.write_all(report::checkpoints::line(row).as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            other => other.map_err(|error| written(&error))?,
        }
    }
    Ok(true)
}

fn written(error: &io::Error) -> Failure {
    Failure::Write {
        path: "standard output".to_owned(),
        reason: error.to_string(),
    }
}

fn show(progress: &Progress, meter: &Meter, run: &CheckpointRun, judged: u64, started: Instant) {
    let rate = throughput(judged, started.elapsed()).records_per_second;
    let total = meter.total.load(Ordering::Relaxed);
    if total > 0 {
        progress.set_total(total);
    }
    progress.set(
        meter.done.load(Ordering::Relaxed),
        format!("{}, {rate:.0}/s", run.words()),
    );
}

fn throughput(records: u64, elapsed: Duration) -> Throughput {
    let seconds = elapsed.as_secs_f64().max(1e-6);
    // Exact up to 4 thousand million, and close enough beyond.
    let count = f64::from(u32::try_from(records).unwrap_or(u32::MAX));
    Throughput {
        seconds,
        records_per_second: count / seconds,
    }
}
