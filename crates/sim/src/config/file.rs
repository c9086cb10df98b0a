//! Files that somebody names: regular ones, and texts of a size that somebody could have written.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a text: the largest price book there may be takes a third of it.
const MOST_BYTES: u64 = 64 << 20;

/// The text of a file.
///
/// # Errors
/// It cannot be read, is no regular file, is too large, or is no text.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let size = size_of(path)?;
    let too_large = || io::Error::other(format!("more than {} MiB", MOST_BYTES >> 20));
    if size > MOST_BYTES {
        return Err(too_large());
    }
    let mut text = String::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    // It may have grown since.
    if text.len() as u64 > MOST_BYTES { Err(too_large()) } else { Ok(text) }
}

/// Refuses what is no regular file: a pipe may wait forever, and a device may never end.
pub(crate) fn regular(path: &Path) -> io::Result<()> {
    size_of(path).map(|_| ())
}

fn size_of(path: &Path) -> io::Result<u64> {
    let found = std::fs::metadata(path)?;
    match (found.is_dir(), found.is_file()) {
        (true, _) => Err(io::Error::other("a folder")),
        (false, false) => {
            Err(io::Error::other("a device or a pipe, which may never end; copy it to a file first"))
        }
        (false, true) => Ok(found.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_in_regular_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        std::fs::write(&path, "a = 1\n").unwrap();
        assert_eq!(read(&path).unwrap(), "a = 1\n");
        assert!(read(folder.path()).unwrap_err().to_string().contains("a folder"));
        assert!(read(&folder.path().join("none")).is_err());
        // A file with a hole: large, but of no bytes on the disk.
        File::create(&path).unwrap().set_len(MOST_BYTES + 1).unwrap();
        assert_eq!(read(&path).unwrap_err().to_string(), "more than 64 MiB");
        #[cfg(unix)]
        assert!(read(Path::new("/dev/zero")).unwrap_err().to_string().contains("a device or a pipe"));
    }
}
