//! `tokenmarket sweep --slurm-script`: a shell script that submits a sweep to Slurm.

use std::process::Command;

use anyhow::Context;
use sim::sweep::{SweepPlan, missing_shards};

use crate::args::Sweep;

/// Submits the missing shards as an array, and a job that merges when all have ended.
pub(super) fn script(plan: &SweepPlan, arguments: &Sweep, tasks: usize) -> anyhow::Result<String> {
    let tasks = tasks.min(plan.cells.len() * plan.replicates as usize);
    let tasks = match largest_array() {
        Some(largest) if tasks >= largest => {
            eprintln!("this cluster's MaxArraySize is {largest}: {} tasks instead of {tasks}", largest - 1);
            largest - 1
        }
        _ => tasks,
    };
    let missing = missing_shards(plan, &arguments.experiment.out, tasks)?;
    let out = std::path::absolute(&arguments.experiment.out)?;
    let log = out.join(&plan.name).join("log");
    let folder = std::env::current_dir().context("the current folder")?;
    let program = std::env::current_exe().context("the path of this program")?;
    let quoted = |path: &std::path::Path| quote(&path.to_string_lossy());
    let common = format!(
        "--job-name={} --chdir={} --open-mode=append",
        quote(&format!("tokenmarket-{}", plan.name)),
        quoted(&folder)
    );
    let flags = flags_of_experiment();
    let program = quoted(&program);
    let head = format!(
        "#!/usr/bin/env bash\n# Submits the sweep {}; arguments are given to sbatch: ... | bash -s -- --time=60 --cpus-per-task=4\n\
         set -euo pipefail\nmkdir -p {}\n",
        plan.name,
        quoted(&log)
    );
    let (shards, dependency) = if missing.is_empty() {
        (String::new(), "")
    } else {
        // A signal goes to the shell alone (B:), two minutes before the limit; it hands it on to the worker, which stops at
        // the next batch of buyers with exit code 75, and the task goes back into the queue.
        let array = format!(
            "array=$(sbatch --parsable {common} --output={log}/%A_%a.log --array={list}%{throttle} --requeue \\\n  \
             --signal=B:USR1@120 \"$@\" <<'TASK'\n#!/usr/bin/env bash\n\
             {program} sweep {flags} --shard \"$SLURM_ARRAY_TASK_ID/{tasks}\" --threads \"${{SLURM_CPUS_PER_TASK:-1}}\" &\n\
             worker=$!\n\
             trap 'kill -USR1 \"$worker\"' USR1\n\
             trap 'kill -TERM \"$worker\"' TERM\n\
             code=0\n\
             while kill -0 \"$worker\" 2>/dev/null; do code=0; wait \"$worker\" || code=$?; done\n\
             if [ \"$code\" = 75 ]; then scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\"; fi\n\
             exit \"$code\"\nTASK\n)\necho \"shards: job $array\"\n",
            log = quoted(&log),
            list = ranges(&missing),
            throttle = arguments.throttle,
        );
        (array, " --dependency=\"afterany:$array\"")
    };
    let merge = format!(
        "merge=$(sbatch --parsable {common} --output={}/merge_%j.log{dependency} <<'MERGE'\n#!/usr/bin/env bash\n\
         exec {program} merge {flags}\nMERGE\n)\necho \"merge: job $merge\"\n",
        quoted(&log)
    );
    Ok(head + &shards + &merge)
}

/// Flags of this command that merge and the shards need, too: the experiment, changes to its market, and the folder.
fn flags_of_experiment() -> String {
    let mut kept = Vec::new();
    let mut arguments = std::env::args().skip(2);
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or_default();
        match name {
            "--slurm-script" | "--throttle" | "--format" | "--threads" => {
                if !argument.contains('=') {
                    arguments.next();
                }
            }
            "--retry-failed" => {}
            _ => kept.push(quote(&argument)),
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
    use super::{quote, ranges};

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
