//! Recording every choice of a million buyers, beside polars alone writing the same frames.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use polars::polars_utils::compression::ZstdLevel;
use polars::prelude::{
    DataFrame, ParquetCompression, ParquetReader, ParquetWriter, SerReader, StatisticsOptions,
};
use rayon::prelude::*;
use sim::manifest::Provenance;
use sim::progress::Silent;
use sim::sink::ROW_GROUP;
use sim::{Market, RunOptions, run};
use tempfile::TempDir;

const USERS: i64 = 1 << 20;
const THREADS: usize = 2;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().expect("a folder of results").map(|entry| entry.expect("readable").path())
    {
        if entry.is_dir() {
            found.extend(files(&entry));
        } else if entry.file_name().is_some_and(|name| name.to_string_lossy().starts_with("part-")) {
            found.push(entry);
        }
    }
    found
}

/// Writes a frame as the product does, but not to the disk's own pace: nobody waits for it there either.
fn write(path: &Path, frame: &mut DataFrame) {
    ParquetWriter::new(File::create(path).expect("a new file"))
        .with_compression(ParquetCompression::Zstd(Some(ZstdLevel::try_new(1).expect("zstd has a level 1"))))
        .with_statistics(StatisticsOptions::empty())
        .with_row_group_size(Some(ROW_GROUP as usize))
        .set_parallel(false)
        .finish(frame)
        .expect("space for the file");
}

/// What a run took once menus were designed.
fn simulated(run: &Path) -> Duration {
    let manifest = std::fs::read_to_string(run.join("manifest.json")).expect("a complete run");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    let seconds = manifest["timings"]["simulate_seconds"].as_f64().expect("seconds");
    Duration::from_secs_f64(seconds)
}

fn recording(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/paper-uniform.toml");
    let changes = [format!("run.users={USERS}"), "run.record=all".into()]
        .map(|change| change.parse().expect("a change of a key"));
    let market = Market::load(&path, &changes).expect("the shipped market is valid");
    let simulate = |out: &TempDir| {
        let options =
            RunOptions { out: out.path().into(), threads: THREADS, provenance: Provenance::default() };
        run(&market, &options, &Silent).expect("space for the results")
    };
    let out = TempDir::new().expect("a temporary folder");
    let recorded = simulate(&out);
    let frame =
        |path: PathBuf| ParquetReader::new(File::open(path).expect("a part")).finish().expect("a frame");
    let frames: Vec<DataFrame> = files(&recorded.folder).into_iter().map(frame).collect();
    let rows: usize = frames.iter().map(DataFrame::height).sum();
    let pool = sim::engine::thread_pool(THREADS).expect("two threads");

    let mut group = criterion.benchmark_group("recording");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(rows as u64));
    group.bench_function("polars alone", |bencher| {
        bencher.iter(|| {
            let folder = TempDir::new().expect("a temporary folder");
            pool.install(|| {
                frames.par_iter().enumerate().for_each(|(number, frame)| {
                    write(&folder.path().join(number.to_string()), &mut frame.clone());
                });
            });
        });
    });
    group.bench_function("drawing, choosing and recording (target: 0.7 of polars alone)", |bencher| {
        bencher.iter_custom(|runs| {
            (0..runs).map(|_| simulated(&simulate(&TempDir::new().expect("a temporary folder")).folder)).sum()
        });
    });
    group.finish();
}

criterion_group!(benches, recording);
criterion_main!(benches);
