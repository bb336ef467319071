use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process,
};

/// A directory of this run alone, which goes with it.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new() -> io::Result<Self> {
        let parent = env::temp_dir();
        let mut number = 0_u32;
        loop {
            let path = parent.join(format!("sip-quickstart-{}-{number}", process::id()));
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// The SQLite file.
    pub(super) fn store(&self) -> PathBuf {
        let directory: &Path = &self.0;
        directory.join("presence.sqlite")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left behind lies in the system's directory for that.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_behind() {
        let (one, two) = (Directory::new().unwrap(), Directory::new().unwrap());
        assert_ne!(one.store(), two.store());
        fs::write(one.store(), "x").unwrap();
        let path = one.store();
        drop(one);
        assert!(!path.exists() && !path.parent().unwrap().exists());
        assert!(two.store().parent().unwrap().exists());
    }
}
