//! One run from market to folder: design, simulate part by part, summarise, and rename the folder when it is whole.

mod checkpoint;
mod folder;
mod simulation;

use std::path::{Path, PathBuf};
use std::time::Instant;

use model::kernel::Instructions;
use model::summary::Summary;

use crate::RESULTS_VERSION;
use crate::config::Market;
use crate::engine::thread_pool;
use crate::error::RunError;
use crate::manifest::{Manifest, MenuRecord, Provenance, Timings, host, unix_seconds};
use crate::outcome::{RuleName, Setting, summarise};
use crate::plan::{Design, Plan, design_and_group};
use crate::progress::Progress;
use crate::sink::{
    FileRecord, PartLayout, belief_frame, menu_frame, menu_tasks_frame, summary_frame, write_file,
    write_frame,
};
use crate::warnings;
use checkpoint::Checkpoint;
use folder::RunFolder;
pub(crate) use folder::remove_lock;
use simulation::{Simulation, first_stage};

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Folder of all results.
    pub out: PathBuf,
    /// Worker threads; 0: as many as the machine has.
    pub threads: usize,
    /// What the manifest says besides.
    pub provenance: Provenance,
}

/// How a run came to be complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Simulated from the first buyer.
    Fresh,
    /// Continued after its last finished part.
    Continued,
    /// It was complete already; nothing was computed.
    Recognised,
}

/// A complete run.
#[derive(Debug)]
pub struct RunReport {
    /// Its folder.
    pub folder: PathBuf,
    /// Its summary.
    pub summary: Summary,
    /// How it came to be.
    pub origin: Origin,
}

/// What a run does besides its market: where it works and what it keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Workplace<'a> {
    /// Folder that holds the run's.
    pub(crate) parent: &'a Path,
    /// Name of the run's folder.
    pub(crate) folder: &'a str,
    /// Threads that work.
    pub(crate) pool: &'a rayon::ThreadPool,
    /// What the manifest says besides.
    pub(crate) provenance: &'a Provenance,
    /// Whether menus and the belief are written, and not only the figures.
    pub(crate) menus: bool,
}

/// Runs a market, or recognises that it has been run, or continues where a killed run stopped.
///
/// # Errors
/// Bad input, a certificate that fails, or a disk that refuses; what was complete stays for the next attempt.
pub fn run(market: &Market, options: &RunOptions, progress: &dyn Progress) -> Result<RunReport, RunError> {
    let pool = thread_pool(options.threads)?;
    let parent = options.out.join(&market.name);
    let place = Workplace {
        parent: &parent,
        folder: &market.run_id(),
        pool: &pool,
        provenance: &options.provenance,
        menus: true,
    };
    run_in(market, place, progress)
}

/// [`run`] in a folder and on threads that others share.
pub(crate) fn run_in(
    market: &Market,
    place: Workplace,
    progress: &dyn Progress,
) -> Result<RunReport, RunError> {
    let folder = RunFolder::of(market, place.parent, place.folder);
    let total = Plan::disk_bytes(market) + Plan::BYTES_BESIDES;
    complete(market, place, &folder, progress).map_err(|error| folder.explain(error, total))
}

fn complete(
    market: &Market,
    place: Workplace,
    folder: &RunFolder,
    progress: &dyn Progress,
) -> Result<RunReport, RunError> {
    if let Some(summary) = folder.recognise()? {
        return Ok(RunReport { folder: folder.complete.clone(), summary, origin: Origin::Recognised });
    }
    if let Some(summary) = folder.show_if_whole()? {
        return Ok(RunReport { folder: folder.complete.clone(), summary, origin: Origin::Continued });
    }
    let started = Instant::now();
    let (designed, edges) = design_and_group(market, progress, place.pool)?;
    designed.certified()?;
    let design_seconds = started.elapsed().as_secs_f64();
    let _lock = folder.prepare()?;
    folder.has_room(Plan::disk_bytes(market)).map_err(|error| folder.give_up(error))?;
    let (state, origin) = match Checkpoint::read(&folder.partial, market.rules.len()) {
        Some(state) => {
            progress.note(&format!("continuing {} after part {}", folder.name, state.parts_done));
            (state, Origin::Continued)
        }
        None => (first_stage(market), Origin::Fresh),
    };
    let simulated_before = state.tally.buyers.first_best.count;
    let started = Instant::now();
    progress.keep();
    let engine = designed.engine_with(edges, market, place.pool);
    let simulation =
        Simulation { market, engine: &engine, layout: layout(market, &designed, folder), progress };
    let state = simulation.finish(state)?;
    let timings = Timings {
        design_seconds,
        simulate_seconds: started.elapsed().as_secs_f64(),
        simulated_users: state.tally.buyers.first_best.count - simulated_before,
        finished_unix_seconds: unix_seconds(),
    };
    let mut warnings = designed.warnings.clone();
    warnings.extend(warnings::of_buyers(market, &designed, &state.tally));
    let names: Vec<RuleName> = designed
        .menus
        .iter()
        .zip(&market.rules)
        .map(|(menu, rule)| RuleName {
            label: menu.label.clone(),
            kind: menu.kind.into(),
            expected_profit: menu.expected.profit,
            knowing: market.knowing(rule),
        })
        .collect();
    let setting = Setting {
        run: folder.name.clone(),
        names: &names,
        baseline: market.baseline(),
        optimum: market.optimum(),
        tokens: &simulation.layout.tokens,
        sigma: designed.technology.sigma(),
        deciles: &engine.edges.deciles,
        segments: designed.population.segment_names(),
        standard_errors: market.run.standard_errors(),
        warnings,
    };
    let summary = summarise(&state.tally, setting);
    if let Some((rule, quantity)) = summary.not_finite() {
        return Err(folder.give_up(RunError::NotFinite { rule: rule.into(), quantity }));
    }
    let finished = Finished { market, place, designed: &designed, folder, summary: &summary };
    let files = finished.write_rest(state.files)?;
    let manifest = finished.manifest(timings, files);
    write_file(&folder.partial, "manifest.json", &to_json(&manifest))?;
    folder.show(&manifest.files)?;
    Ok(RunReport { folder: folder.complete.clone(), summary, origin })
}

fn layout(market: &Market, designed: &Design, folder: &RunFolder) -> PartLayout {
    let technology = &designed.technology;
    PartLayout {
        folder: folder.partial.clone(),
        segments: designed.population.segment_names().to_vec(),
        record_tasks: market.run.record_tasks,
        labels: market.rules.iter().map(|rule| rule.label.clone()).collect(),
        tokens: technology
            .classes()
            .map(String::from)
            .zip(technology.tokens_per_spend().iter().copied())
            .collect(),
    }
}

/// A run whose buyers have all chosen.
struct Finished<'a> {
    market: &'a Market,
    place: Workplace<'a>,
    designed: &'a Design,
    folder: &'a RunFolder,
    summary: &'a Summary,
}

impl Finished<'_> {
    /// Writes everything but the parts and the manifest.
    fn write_rest(&self, mut files: Vec<FileRecord>) -> Result<Vec<FileRecord>, RunError> {
        let (into, designed) = (&self.folder.partial, self.designed);
        if self.place.menus {
            let classes: Vec<&str> = designed.technology.classes().collect();
            for menu in &designed.menus {
                let frame = menu_frame(&menu.rows(&designed.technology), &classes);
                files.push(write_frame(into, &format!("menus/{}.parquet", menu.label), frame)?);
                let tasks = menu.task_rows(&designed.technology);
                if !tasks.is_empty() {
                    let name = format!("menus/{}.tasks.parquet", menu.label);
                    files.push(write_frame(into, &name, menu_tasks_frame(&tasks))?);
                }
            }
            for (position, view) in designed.views.iter().enumerate() {
                // Every belief but the market's is that of a single rule.
                let rule = designed.viewed.iter().position(|viewed| position > 0 && *viewed == position);
                let name = rule.map_or("belief.parquet".into(), |rule| {
                    format!("beliefs/{}.parquet", designed.menus[rule].label)
                });
                let belief = belief_frame(&view.belief.index.points, &view.ironed);
                files.push(write_frame(into, &name, belief)?);
            }
        }
        files.push(write_frame(into, "summary.parquet", summary_frame(self.summary))?);
        files.push(write_file(into, "summary.json", &to_json(self.summary))?);
        files.push(write_file(into, "config.toml", self.market.to_toml().as_bytes())?);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    fn manifest(&self, timings: Timings, files: Vec<FileRecord>) -> Manifest {
        let menus = self.designed.menus.iter().zip(&self.designed.viewed).map(|(menu, view)| MenuRecord {
            rule: menu.label.clone(),
            belief: self.designed.views[*view].belief.source.clone(),
            kind: menu.kind,
            expected: menu.expected,
            certificate: menu.certificate.clone(),
        });
        Manifest {
            run: self.folder.name.clone(),
            status: "complete",
            version: env!("CARGO_PKG_VERSION"),
            commit: self.place.provenance.commit.clone(),
            results_version: RESULTS_VERSION,
            argv: self.place.provenance.argv.clone(),
            host: host(),
            threads: self.place.pool.current_num_threads(),
            seed: self.market.run.seed,
            seed_formula: population::stream::SEED_FORMULA,
            sampling: self.market.run.sampling,
            sampling_formula: population::design::SEED_FORMULA,
            standard_errors: self.market.run.standard_errors().to_string(),
            kernels: Instructions::chosen().name(),
            belief: self.designed.view().belief.source.clone(),
            menus: menus.collect(),
            warnings: self.summary.warnings.clone(),
            timings,
            files,
        }
    }
}

pub(crate) fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    let mut json = serde_json::to_vec_pretty(value).expect("plain data");
    json.push(b'\n');
    json
}
