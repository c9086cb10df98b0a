//! The tokenmarket command line: flags, progress bars and exit codes around the libraries. No science here.

mod args;
mod bars;
mod commands;
mod kernels;
mod output;
mod signals;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    quiet_about_polars();
    match catch_unwind(AssertUnwindSafe(|| {
        kernels::check()?;
        run(&arguments.command)
    })) {
        Ok(Ok(code)) => code,
        Ok(Err(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Ok(Err(error)) => {
            eprintln!("error: {}", told(&error));
            exit_code(&error)
        }
        Err(panic) if OF_POLARS.load(Ordering::SeqCst) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            eprintln!(
                "error: reading Parquet stopped, which damaged files lead to ({said}); `tokenmarket verify RESULTS` names the \
                 files that are not what was written, and running the same command again writes them anew"
            );
            ExitCode::from(2)
        }
        Err(panic) => resume_unwind(panic),
    }
}

/// An error with its causes, but those that it has told already.
fn told(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match told.as_str() {
        "" => cause,
        known if known.contains(&cause) => told,
        known => format!("{known}: {cause}"),
    })
}

/// Whether polars panicked, as it does on some damaged files rather than say what it found.
static OF_POLARS: AtomicBool = AtomicBool::new(false);

/// Leaves it to us to say that polars panicked.
fn quiet_about_polars() {
    let report = take_hook();
    set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|place| place.file().contains("polars")) {
            OF_POLARS.store(true, Ordering::SeqCst);
        } else {
            report(panic);
        }
    }));
}

fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Check(check) => commands::check::run(check),
        Command::Describe(describe) => commands::describe::run(describe),
        Command::Design(design) => commands::design::run(design),
        Command::Run(run) => commands::run::run(run),
        Command::Compare(compare) => commands::compare::run(compare),
        Command::Incidence(incidence) => commands::incidence::run(incidence),
        Command::Query(query) => commands::query::run(query),
        Command::Report(report) => commands::report::run(report),
        Command::Bundle(bundle) => commands::bundle::run(bundle),
        Command::Sweep(sweep) => commands::sweep::run(sweep),
        Command::Merge(merge) => commands::merge::run(merge),
        Command::Calibrate(calibrate) => commands::calibrate::run(calibrate),
        Command::Schema(schema) => commands::schema::run(schema),
        Command::Verify(verify) => commands::verify::run(verify),
    }
}

/// 2: the input is at fault; 1: the run failed.
fn exit_code(error: &anyhow::Error) -> ExitCode {
    let bad_input = error.chain().any(|cause| {
        cause.is::<model::config::ConfigError>()
            || cause.downcast_ref::<sim::RunError>().is_some_and(sim::RunError::is_bad_input)
            || cause
                .downcast_ref::<sim::sweep::SweepError>()
                .is_some_and(sim::sweep::SweepError::is_bad_input)
            || cause.is::<analysis::AnalysisError>()
            || cause.is::<commands::BadInput>()
    });
    ExitCode::from(if bad_input { 2 } else { 1 })
}

/// Whoever read our output has gone, for example `head`: not an error of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No market is known whose certificate fails, so errors are made here; that nothing is written of a run whose design
    /// fails is tested on the command line.
    #[test]
    fn menus_that_cannot_be_certified_are_failures_of_ours_and_not_bad_input() {
        let not_certified = || menu::DesignError::NotCertified { label: "mine".into(), gap: 0.25, rounds: 3 };
        let fails = || sim::RunError::CertificateFails { label: "mine".into(), failure: "planted".into() };
        for (error, why) in [
            (anyhow::Error::from(sim::RunError::from(not_certified())), "could not be certified"),
            (anyhow::Error::from(fails()), "certificate fails on planted"),
            (anyhow::Error::from(sim::sweep::SweepError::from(fails())), "certificate fails on planted"),
            (anyhow::Error::from(fails()).context("market.toml"), "certificate fails on planted"),
        ] {
            assert_eq!(exit_code(&error), ExitCode::from(1));
            let said = format!("error: {}", told(&error));
            assert!(said.contains("rule mine") && said.contains(why), "{said}");
        }
        let heavy = sim::RunError::from(menu::DesignError::NoMean { tail_index: 2.0, exponent: 4.0 });
        assert_eq!(exit_code(&anyhow::Error::from(heavy)), ExitCode::from(2));
    }
}
