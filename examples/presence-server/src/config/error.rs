use std::io;

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A flag of the command line is wrong, which is an error of usage.
    #[error("{flag}: {message}")]
    Flag {
        /// The flag.
        flag: &'static str,
        /// What was expected.
        message: String,
    },
    /// A key or a value in the file is wrong.
    #[error("{file}: line {line}, column {column}: {message}")]
    Invalid {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The character in the line, counted from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// The file cannot be read.
    #[error("cannot read the configuration {file}: {source}")]
    Read {
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
}

/// The text of a file, and what to call it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
}

impl ConfigError {
    pub(super) fn flag(flag: &'static str, message: impl Into<String>) -> Self {
        Self::Flag {
            flag,
            message: message.into(),
        }
    }
}

impl Source<'_> {
    /// Something is wrong at this byte.
    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> ConfigError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        ConfigError::Invalid {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
        }
    }

    /// What the TOML reader says, with its names for things replaced by those of the file format.
    pub(super) fn toml_error(&self, error: &toml::de::Error) -> ConfigError {
        let message = error
            .message()
            .replace("unknown field", "unknown key")
            .replace("missing field", "missing key")
            .replace("duplicate field", "duplicate key")
            .replace("invalid type: map", "invalid type: table")
            .replace("invalid type: sequence", "invalid type: array")
            .replace(", expected a sequence", ", expected an array")
            .lines()
            .collect::<Vec<_>>()
            .join("; ");
        self.error(error.span().map_or(0, |span| span.start), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let source = Source {
            name: "f",
            text: "a\nö = é\n",
        };
        let place = |offset| source.error(offset, "x").to_string();
        assert_eq!(place(0), "f: line 1, column 1: x");
        assert_eq!(place(2), "f: line 2, column 1: x");
        assert_eq!(place(7), "f: line 2, column 5: x");
        assert_eq!(place(99), "f: line 3, column 1: x");
    }
}
