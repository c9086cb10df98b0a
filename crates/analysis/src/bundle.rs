//! A replication bundle: one zip with what a reader, a referee or an archive needs.

mod readme;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use rawzip::time::UtcDateTime;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use serde_json::Value;

use crate::recorded::Place;
use crate::{AnalysisError, By, Format, Report, Style, compare, incidence, query};

/// 1980-01-01, the first day a zip can hold: the same bytes whenever a bundle is made.
const DAY_ONE: i64 = 315_532_800;

/// Files that are copied as they are, where they exist.
const COPIED: [&str; 4] = ["config.toml", "plan.json", "manifest.json", "summary.json"];

/// Columns of a sweep's table for papers.
const FOR_PAPERS: &str = "SELECT cell, rule, replicates, profit, profit_se, consumer_surplus, consumer_surplus_se, \
                          deadweight_loss, deadweight_loss_se, served_share, served_share_se FROM summary";

/// Writes `bundle.zip` into the folder of a run or a sweep: configuration, manifest, tables, figures, report and a README
/// in the form of the template of the Social Science Data Editors. The path of the file is returned.
///
/// The same results give the same bytes: entries are sorted, and no clock is looked at.
///
/// # Errors
/// Nothing complete stands at `path`, files are damaged, or the folder cannot be written.
///
/// # References
/// L. Vilhuber, M. Connolly, M. Koren, J. Llull, P. Morrow, "A template README for social science replication packages"
/// (2022), doi 10.5281/zenodo.7293838.
pub fn bundle(path: &Path) -> Result<PathBuf, AnalysisError> {
    let place = Place::of(path)?;
    let folder = place.folder().to_path_buf();
    let manifest: Value = match &place {
        Place::Run(run) => run.manifest()?,
        Place::Sweep(sweep) => sweep.manifest()?,
    };
    let report = Report::of(path)?;
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    for name in COPIED {
        let file = folder.join(name);
        if file.is_file() {
            let bytes = fs::read(&file).map_err(|source| AnalysisError::Unreadable { path: file, source })?;
            entries.push((name.into(), bytes));
        }
    }
    for (name, text) in tables(&place)? {
        entries.push((format!("tables/{name}"), text.into_bytes()));
    }
    for (name, svg) in report.figures {
        entries.push((format!("figures/{name}.svg"), svg.into_bytes()));
    }
    entries.push(("report.html".into(), report.html.into_bytes()));
    let names: Vec<String> = entries.iter().map(|(name, _)| name.clone()).collect();
    entries.push(("README.md".into(), readme::text(&place, &manifest, &names).into_bytes()));
    entries.sort();
    let file = folder.join("bundle.zip");
    let written = archive(&entries).and_then(|bytes| fs::write(&file, bytes));
    written.map_err(|source| AnalysisError::Unwritable { path: file.clone(), source })?;
    Ok(file)
}

/// The tables, for papers and for programs.
fn tables(place: &Place) -> Result<Vec<(String, String)>, AnalysisError> {
    let mut tables = Vec::new();
    let folder = place.folder();
    for (format, ending) in [(Format::Latex, "tex"), (Format::Csv, "csv")] {
        let style = Style::default();
        match place {
            Place::Run(run) => {
                let text = compare(std::slice::from_ref(&run.summary), None, format, style)?;
                tables.push((format!("compare.{ending}"), text));
                if run.has_buyers()? {
                    tables.push((
                        format!("incidence.{ending}"),
                        incidence(folder, &By::Decile, None, format, style)?,
                    ));
                }
            }
            Place::Sweep(_) => {
                let everything = "SELECT * FROM summary";
                let sql = if format == Format::Latex { FOR_PAPERS } else { everything };
                tables.push((format!("summary.{ending}"), query(folder, sql, format, style)?));
                if format == Format::Csv {
                    tables.push(("runs.csv".into(), query(folder, "SELECT * FROM runs", format, style)?));
                    tables.push(("cells.csv".into(), query(folder, "SELECT * FROM cells", format, style)?));
                }
            }
        }
    }
    Ok(tables)
}

/// The zip, entry by entry.
fn archive(entries: &[(String, Vec<u8>)]) -> io::Result<Vec<u8>> {
    let mut archive = ZipArchiveWriter::new(Vec::new());
    for (name, bytes) in entries {
        let entry = archive.new_file(name).compression_method(CompressionMethod::DEFLATE);
        let entry = entry.last_modified(UtcDateTime::from_unix(DAY_ONE)).unix_permissions(0o644).start();
        let (mut entry, config) = entry.map_err(io::Error::other)?;
        let encoder = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut writer = config.wrap(encoder);
        writer.write_all(bytes)?;
        let (encoder, descriptor) = writer.finish().map_err(io::Error::other)?;
        encoder.finish()?;
        entry.finish(descriptor).map_err(io::Error::other)?;
    }
    archive.finish().map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let entries =
            vec![("a.txt".to_string(), b"some text".to_vec()), ("b/c.bin".into(), vec![7; 100_000])];
        let bytes = archive(&entries).unwrap();
        assert_eq!(bytes, archive(&entries).unwrap());
        assert!(bytes.len() < 10_000);
        let archive = rawzip::ZipArchive::from_slice(&bytes).unwrap();
        let mut listed = archive.entries();
        for (name, content) in &entries {
            let entry = listed.next_entry().unwrap().unwrap();
            assert_eq!(entry.file_path().try_normalize().unwrap().as_ref(), name);
            let wayfinder = entry.wayfinder();
            let local = archive.get_entry(wayfinder).unwrap();
            let mut found = Vec::new();
            let inflated = flate2::bufread::DeflateDecoder::new(local.data());
            local.verifying_reader(inflated).read_to_end(&mut found).unwrap();
            assert_eq!(&found, content);
        }
        assert!(listed.next_entry().unwrap().is_none());
    }
}
