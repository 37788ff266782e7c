//! Processes beside each other: virtual time belongs to a process, so each simulates one seed at a time.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;
use crate::figures::Figures;
use crate::flags::Flags;
use crate::folder;
use crate::seed::{Verdict, shorten, walk};
use crate::template::{self, Template};
use crate::world::Seed;

/// What a worker prints before its figures.
const FIGURES: &str = "figures ";

/// Runs what was asked for; the figures, or nothing if a seed failed.
pub async fn run(flags: &Flags) -> Result<Option<Figures>, Failure> {
    if let Some((root, stride)) = &flags.worker {
        let template = Template::load(root)?;
        return work(flags, &template, *stride).await;
    }
    let root = folder::scratch()?;
    let template = template::make(root.path()).await?;
    if let Some(number) = flags.single {
        let verdict = judged(Seed { number, devices_max: flags.devices }, &template).await;
        verdict.trace.iter().for_each(|line| println!("{line}"));
        return Ok(verdict.failure.is_none().then_some(verdict.figures));
    }
    let jobs = flags.jobs.min(flags.seeds);
    let workers: Vec<Child> = (0..jobs).map(|job| start(flags, root.path(), job, jobs)).collect::<Result<_, _>>()?;
    let mut sum = Some(Figures::default());
    for worker in workers {
        let ended = listen(worker)?;
        sum = sum.zip(ended).map(|(mut sum, figures)| {
            sum.add(&figures);
            sum
        });
    }
    Ok(sum)
}

fn start(flags: &Flags, root: &std::path::Path, job: u64, jobs: u64) -> Result<Child, Failure> {
    let own = flags.seeds / jobs + u64::from(job < flags.seeds % jobs);
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--worker").arg(root).arg(jobs.to_string());
    command.args(["--first", &(flags.first + job).to_string(), "--seeds", &own.to_string()]);
    command.args(["--devices", &flags.devices.to_string()]);
    Ok(command.stdout(Stdio::piped()).spawn()?)
}

/// Passes a worker's words on and takes its figures; none if it failed.
fn listen(mut worker: Child) -> Result<Option<Figures>, Failure> {
    let mut figures = None;
    if let Some(output) = worker.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            match line.strip_prefix(FIGURES) {
                Some(text) => figures = Figures::parse(text),
                None => println!("{line}"),
            }
        }
    }
    let status = worker.wait()?;
    if !status.success() {
        println!("a worker ended with {status}");
    }
    Ok(figures.filter(|_| status.success()))
}

/// A worker's seeds: its first, and every so manieth behind it. It ends at the first that fails.
async fn work(flags: &Flags, template: &Template, stride: u64) -> Result<Option<Figures>, Failure> {
    let mut sum = Figures::default();
    for count in 0..flags.seeds {
        let number = flags.first + count * stride;
        let verdict = judged(Seed { number, devices_max: flags.devices }, template).await;
        if verdict.failure.is_some() {
            verdict.trace.iter().for_each(|line| println!("{line}"));
            return Ok(None);
        }
        sum.add(&verdict.figures);
    }
    println!("{FIGURES}{}", sum.text());
    Ok(Some(sum))
}

/// Walks a seed; of one that fails, the shortest walk that still does, with its reason behind it.
async fn judged(seed: Seed, template: &Template) -> Verdict {
    let verdict = walk(seed, template, &std::collections::BTreeSet::new()).await;
    let Some(first) = verdict.failure.as_ref().map(ToString::to_string) else { return verdict };
    let mut shortest = shorten(seed, template, verdict).await;
    let reason = shortest.failure.as_ref().map(reasons).unwrap_or_default();
    shortest.trace.insert(0, format!("seed {} failed: {first}; its shortest walk:", seed.number));
    shortest.trace.push(format!("FAILED: seed {}: {reason}", seed.number));
    shortest
}

fn reasons(failure: &Failure) -> String {
    let mut text = failure.to_string();
    let mut source = std::error::Error::source(failure);
    while let Some(reason) = source {
        text = format!("{text}: {reason}");
        source = reason.source();
    }
    text
}
