//! `tokenmarket sweep --slurm-script`: a shell script that submits a sweep to Slurm.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::Context;
use sim::sweep::{Experiment, SweepPlan, estimate, missing_shards};

use crate::args::Sweep;
use crate::bars::Bars;

/// Submits the missing shards as an array, and a job that merges when all have ended.
///
/// Shards that are in the queue already are not submitted again; the merge waits for their jobs, too.
pub(super) fn script(experiment: &Experiment, plan: &SweepPlan, arguments: &Sweep) -> anyhow::Result<String> {
    let tasks = tasks_of(plan, arguments.slurm_script.unwrap_or(1) as usize);
    let out = &arguments.experiment.out;
    let missing = missing_shards(plan, out, tasks, arguments.retry_failed)?;
    let queue = Queue::of(&plan.name, tasks);
    let new: Vec<usize> = missing.iter().copied().filter(|shard| !queue.shards.contains(shard)).collect();
    if new.is_empty() && !queue.shards.is_empty() {
        let queued: Vec<usize> = queue.shards.into_iter().collect();
        return Ok(format!(
            "echo 'nothing to submit: shards {} of {tasks} are in the queue'\n",
            ranges(&queued)
        ));
    }
    let log = std::path::absolute(out)?.join(&plan.name).join("log");
    let folder = std::env::current_dir().context("the current folder")?;
    let program = std::env::current_exe().context("the path of this program")?;
    let quoted = |path: &std::path::Path| quote(&path.to_string_lossy());
    let job = Job {
        common: format!(
            "--job-name={} --chdir={} --open-mode=append",
            quote(&job_name(&plan.name)),
            quoted(&folder)
        ),
        log: quoted(&log),
        program: quoted(&program),
        flags: flags_kept(&ONLY_HERE),
        merging: flags_kept(&[&ONLY_HERE[..], &LIMITS].concat()),
    };
    let head = format!(
        "#!/usr/bin/env bash\n# Submits the sweep {}; arguments are given to sbatch: ... | bash -s -- --time=60 --cpus-per-task=4\n\
         set -euo pipefail\nmkdir -p {}\n",
        plan.name, job.log
    );
    if new.is_empty() {
        return Ok(head + &job.merge(""));
    }
    let limit = minutes(experiment, tasks)?;
    let array = job.array(&new, (tasks, arguments.throttle), limit, arguments.retry_failed);
    let jobs: Vec<String> = queue.jobs.iter().map(|job| format!(":{job}")).collect();
    let jobs = jobs.concat();
    Ok(head + &array + &job.merge(&format!(" --dependency=\"afterany:$array{jobs}\"")))
}

/// Tasks of the array: a run each at least, and no more than the cluster allows.
fn tasks_of(plan: &SweepPlan, wanted: usize) -> usize {
    let tasks = wanted.min(plan.cells.len() * plan.replicates as usize);
    match largest_array() {
        Some(largest) if tasks >= largest => {
            eprintln!("this cluster's MaxArraySize is {largest}: {} tasks instead of {tasks}", largest - 1);
            largest - 1
        }
        _ => tasks,
    }
}

/// Time limit of a shard: three times what a probe on one thread expects, and five minutes.
fn minutes(experiment: &Experiment, tasks: usize) -> anyhow::Result<u64> {
    let pool = sim::engine::thread_pool(1)?;
    let expected = estimate(experiment, &pool, &Bars::new())?.seconds / tasks as f64;
    Ok(5 + (3.0 * expected / 60.0).ceil() as u64)
}

/// What all jobs of a sweep share.
struct Job {
    common: String,
    log: String,
    program: String,
    /// Flags of the shards.
    flags: String,
    /// Flags of the merge.
    merging: String,
}

impl Job {
    /// The array of some shards.
    ///
    /// A signal goes to the shell alone (B:), two minutes before the limit; it hands it on to the worker, which stops at the
    /// next batch of buyers with exit code 75, and the task goes back into the queue.
    fn array(&self, shards: &[usize], (tasks, throttle): (usize, u32), limit: u64, retry: bool) -> String {
        let Self { common, log, program, flags, .. } = self;
        let retry = if retry { " --retry-failed" } else { "" };
        format!(
            "array=$(sbatch --parsable {common} --output={log}/%A_%a.log --array={list}%{throttle} --comment={comment} \\\n  \
             --requeue --signal=B:USR1@120 --time={limit} \"$@\" <<'TASK'\n#!/usr/bin/env bash\n\
             {program} sweep {flags}{retry} --shard \"$SLURM_ARRAY_TASK_ID/{tasks}\" --threads \"${{SLURM_CPUS_PER_TASK:-1}}\" &\n\
             worker=$!\n\
             trap 'kill -USR1 \"$worker\"' USR1\n\
             trap 'kill -TERM \"$worker\"' TERM\n\
             code=0\n\
             while kill -0 \"$worker\" 2>/dev/null; do code=0; wait \"$worker\" || code=$?; done\n\
             if [ \"$code\" = 75 ]; then scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\"; fi\n\
             exit \"$code\"\nTASK\n)\necho \"shards: job $array\"\n",
            list = ranges(shards),
            comment = comment(tasks),
        )
    }

    fn merge(&self, dependency: &str) -> String {
        let Self { common, log, program, merging, .. } = self;
        format!(
            "merge=$(sbatch --parsable {common} --output={log}/merge_%j.log{dependency} <<'MERGE'\n#!/usr/bin/env bash\n\
             exec {program} merge {merging}\nMERGE\n)\necho \"merge: job $merge\"\n"
        )
    }
}

fn job_name(sweep: &str) -> String {
    format!("tokenmarket-{sweep}")
}

/// Tells arrays of as many shards from others: shard 2 of 4 is not shard 2 of 8.
fn comment(tasks: usize) -> String {
    format!("shards-of-{tasks}")
}

/// What of a sweep is in the cluster's queue.
#[derive(Debug, Default, PartialEq, Eq)]
struct Queue {
    /// Shards of as many that wait or run.
    shards: BTreeSet<usize>,
    /// The arrays they belong to.
    jobs: BTreeSet<u64>,
}

impl Queue {
    /// Nothing where there is no Slurm.
    fn of(sweep: &str, tasks: usize) -> Self {
        let name = format!("--name={}", job_name(sweep));
        let states = "--states=PENDING,RUNNING,CONFIGURING,SUSPENDED";
        let flags = ["--me", "--noheader", "--array", states, "--format=%K %F %k", &name];
        let output = Command::new("squeue").args(flags).output();
        let text = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
        Self::read(&String::from_utf8_lossy(&text.unwrap_or_default()), tasks)
    }

    /// Lines of task, job and comment.
    fn read(text: &str, tasks: usize) -> Self {
        let mut queue = Self::default();
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let &[task, job, of] = words.as_slice() else { continue };
            if let (Ok(task), Ok(job)) = (task.parse(), job.parse())
                && of == comment(tasks)
            {
                queue.shards.insert(task);
                queue.jobs.insert(job);
            }
        }
        queue
    }
}

/// Flags with a value that neither the shards nor the merge get.
const ONLY_HERE: [&str; 4] = ["--slurm-script", "--throttle", "--format", "--threads"];
/// Flags with a value that only the shards need.
const LIMITS: [&str; 2] = ["--cell-time", "--cell-memory"];

/// This command's arguments without some flags: the experiment, changes to its market, and the folder.
fn flags_kept(without: &[&str]) -> String {
    let mut kept = Vec::new();
    let mut arguments = std::env::args().skip(2);
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or_default();
        if without.contains(&name) {
            if !argument.contains('=') {
                arguments.next();
            }
        } else if name != "--retry-failed" {
            kept.push(quote(&argument));
        }
    }
    kept.join(" ")
}

/// One more than the largest number of a task of an array, where there is Slurm.
fn largest_array() -> Option<usize> {
    let output = Command::new("scontrol").args(["show", "config"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().find(|line| line.starts_with("MaxArraySize"))?;
    line.split('=').nth(1)?.trim().parse().ok().filter(|largest| *largest > 1)
}

/// 1, 2, 3, 7 as 1-3,7.
fn ranges(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let texts = ranges.iter().map(
        |(first, last)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        },
    );
    texts.collect::<Vec<_>>().join(",")
}

/// A word of a shell command.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, quote, ranges};

    #[test]
    fn the_queue_knows_shards_of_as_many() {
        let text = "3 17 shards-of-8\n4 17 shards-of-8\n4 18 shards-of-4\nN/A 19 (null)\n";
        let found = Queue::read(text, 8);
        assert_eq!(found.shards.into_iter().collect::<Vec<_>>(), [3, 4]);
        assert_eq!(found.jobs.into_iter().collect::<Vec<_>>(), [17]);
        assert_eq!(Queue::read("", 8), Queue::default());
    }

    #[test]
    fn numbers_in_a_row_are_ranges() {
        assert_eq!(ranges(&[1, 2, 3, 7, 9, 10]), "1-3,7,9-10");
        assert_eq!(ranges(&[4]), "4");
    }

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quote("a/b.toml"), "a/b.toml");
        assert_eq!(quote("it's { a = 1 }"), r"'it'\''s { a = 1 }'");
    }
}
