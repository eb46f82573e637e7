//! [`Plan`]: files to write, made before the first one is written.

use std::fs;
use std::path::{Path, PathBuf};

/// New and changed files, by their path from the root.
#[derive(Debug)]
pub(super) struct Plan {
    root: PathBuf,
    files: Vec<(String, String)>,
}

impl Plan {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: Vec::new(),
        }
    }

    /// Plans a new file.
    ///
    /// # Errors
    /// When its folder is there already.
    pub(super) fn create(&mut self, path: &str, text: String) -> Result<(), String> {
        let file = self.root.join(path);
        let taken = file.exists() || file.parent().is_some_and(Path::exists);
        if taken {
            return Err(format!(
                "{path}: is there already, or a part of it; remove it or choose another name"
            ));
        }
        self.files.push((path.to_owned(), text));
        Ok(())
    }

    /// Plans a change of a file that is there.
    ///
    /// # Errors
    /// When it cannot be read or has not what the change looks for.
    pub(super) fn change(
        &mut self,
        path: &str,
        edit: impl FnOnce(&str) -> Result<String, String>,
    ) -> Result<(), String> {
        let text = fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        let changed = edit(&text).map_err(|reason| format!("{path}: {reason}"))?;
        if changed != text {
            self.files.push((path.to_owned(), changed));
        }
        Ok(())
    }

    /// Writes everything, each file whole.
    ///
    /// # Errors
    /// Which file could not be written; those before it are.
    pub(super) fn write(&self, root: &Path) -> Result<(), String> {
        for (path, text) in &self.files {
            let file = root.join(path);
            let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
            let written = folder.and_then(|()| fs::write(&file, text));
            written.map_err(|error| format!("{path}: {error}; what comes before it in the plan is written"))?;
        }
        Ok(())
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|(path, _)| path.as_str())
    }

    #[cfg(test)]
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let mut files = self.files.iter();
        files.find(|(known, _)| known == path).map(|(_, text)| text.as_str())
    }
}
