//! [`Capabilities`]: what a plugin can do. The same value is advertised to users and enforced by the capability layer.

use std::fmt;

use crate::model::extensions::JsonMap;
use crate::operation::Operation;
use crate::{Error, Result};

/// What a plugin can do: its operations, which filters it evaluates itself, and its limits.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Capabilities {
    operations: Vec<&'static Operation>,
    /// Those of them that the backend itself does not have.
    synthesised: Vec<&'static Operation>,
    features: Vec<&'static str>,
    /// What part of a query the backend evaluates itself; the service does the rest.
    pub pushdown: Pushdown,
    /// The most items the backend returns in one page, if it has a limit.
    pub max_page_size: Option<u32>,
}

impl Capabilities {
    /// A plugin that can do `operations`.
    #[must_use]
    pub fn new(operations: impl IntoIterator<Item = &'static Operation>) -> Self {
        operations.into_iter().fold(Self::default(), Self::with)
    }

    /// Adds one operation.
    #[must_use]
    pub fn with(mut self, operation: &'static Operation) -> Self {
        if !self.supports(operation) {
            self.operations.push(operation);
        }
        self
    }

    /// Adds operations that the adapter makes of others, because the backend itself does not have them.
    ///
    /// ```
    /// use o2_core::Capabilities;
    /// use o2_core::capability::Level;
    /// use o2_core::operation::{Action, Category, Operation};
    ///
    /// static GET: Operation = Operation::new(Category::Dms, "get_thing", "thing", "things", Action::Read);
    /// static ROLLBACK: Operation = Operation::new(Category::Dms, "rollback_thing", "thing", "things", Action::Update);
    ///
    /// let capabilities = Capabilities::new([&GET]).with_synthesised([&ROLLBACK]);
    /// assert!(capabilities.supports(&ROLLBACK));
    /// assert_eq!(capabilities.level(&ROLLBACK), Level::Synthesised);
    /// ```
    #[must_use]
    pub fn with_synthesised(self, operations: impl IntoIterator<Item = &'static Operation>) -> Self {
        operations.into_iter().fold(self, |mut all, operation| {
            if !all.synthesised.contains(&operation) {
                all.synthesised.push(operation);
            }
            all.with(operation)
        })
    }

    /// Takes one operation away.
    #[must_use]
    pub fn without(mut self, operation: &'static Operation) -> Self {
        self.operations.retain(|known| *known != operation);
        self.synthesised.retain(|known| *known != operation);
        self
    }

    /// Adds a feature that is more than an operation, such as `gitops`.
    #[must_use]
    pub fn with_feature(mut self, feature: &'static str) -> Self {
        if !self.has_feature(feature) {
            self.features.push(feature);
        }
        self
    }

    /// Says what the backend evaluates itself.
    #[must_use]
    pub fn with_pushdown(mut self, pushdown: Pushdown) -> Self {
        self.pushdown = pushdown;
        self
    }

    /// Limits the size of a page.
    #[must_use]
    pub fn with_max_page_size(mut self, items: u32) -> Self {
        self.max_page_size = Some(items);
        self
    }

    /// Whether the plugin has `operation`.
    #[must_use]
    pub fn supports(&self, operation: &'static Operation) -> bool {
        self.operations.contains(&operation)
    }

    /// Who does `operation`: the backend, the adapter, or nobody.
    #[must_use]
    pub fn level(&self, operation: &'static Operation) -> Level {
        if self.synthesised.contains(&operation) {
            Level::Synthesised
        } else if self.supports(operation) {
            Level::Native
        } else {
            Level::Unsupported
        }
    }

    /// Whether the plugin has `feature`.
    #[must_use]
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.contains(&feature)
    }

    /// Every operation, in the order of declaration.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + '_ {
        self.operations.iter().copied()
    }

    /// Every feature beyond the operations.
    pub fn features(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.features.iter().copied()
    }

    /// The words of `vocabulary` that hold completely for this plugin.
    #[must_use]
    pub fn words(&self, vocabulary: &'static [Word]) -> Vec<&'static str> {
        vocabulary
            .iter()
            .filter(|word| self.has_word(word))
            .map(|word| word.name)
            .collect()
    }

    /// Whether everything `word` stands for holds.
    #[must_use]
    pub fn has_word(&self, word: &Word) -> bool {
        word.operations.iter().all(|operation| self.supports(operation))
            && (!word.operations.is_empty() || self.has_feature(word.name))
    }

    /// Builds capabilities from words such as `resource-pool-management`.
    ///
    /// # Errors
    /// `Config` naming the word that `vocabulary` lacks, with the words it has.
    pub fn parse<'w>(words: impl IntoIterator<Item = &'w str>, vocabulary: &'static [Word]) -> Result<Self> {
        words.into_iter().try_fold(Self::default(), |capabilities, text| {
            let word = Word::find(vocabulary, text)?;
            let capabilities = word
                .operations
                .iter()
                .fold(capabilities, |all, operation| all.with(operation));
            Ok(if word.operations.is_empty() {
                capabilities.with_feature(word.name)
            } else {
                capabilities
            })
        })
    }

    /// As JSON for the admin API: operation names, those of them that the adapter makes of others, and features.
    #[must_use]
    pub fn describe(&self) -> JsonMap {
        let names = |operations: &[&'static Operation]| operations.iter().map(|operation| operation.name).collect();
        JsonMap::from_iter([
            ("operations".to_owned(), names(&self.operations)),
            ("synthesised".to_owned(), names(&self.synthesised)),
            ("features".to_owned(), self.features.iter().copied().collect()),
        ])
    }
}

/// Who does an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// The backend has it.
    Native,
    /// The adapter makes it of other things that the backend has, or keeps what it needs by itself: a history, for instance.
    Synthesised,
    /// Nobody.
    Unsupported,
}

/// A word for a group of operations, as the configuration and the admin API use it.
#[derive(Debug)]
pub struct Word {
    /// The word, kebab-case.
    pub name: &'static str,
    /// Other spellings that are understood.
    pub aliases: &'static [&'static str],
    /// The operations it stands for. Empty: the word is a feature of its own.
    pub operations: &'static [&'static Operation],
}

impl Word {
    /// Finds a word or one of its other spellings, in any case.
    ///
    /// # Errors
    /// `Config` naming the unknown word and the known ones.
    pub fn find(vocabulary: &'static [Self], text: &str) -> Result<&'static Self> {
        let matches = |name: &&str| name.eq_ignore_ascii_case(text);
        vocabulary
            .iter()
            .find(|word| matches(&word.name) || word.aliases.iter().any(matches))
            .ok_or_else(|| {
                let known = vocabulary.iter().map(|word| word.name).collect::<Vec<_>>().join(", ");
                Error::config(format!("unknown capability '{text}' (known: {known})"))
            })
    }
}

/// What part of a query the backend evaluates itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pushdown {
    /// Nothing: the service filters and sorts.
    #[default]
    None,
    /// Filter clauses on these attributes, with every operator; the service filters the rest and sorts.
    Attributes(&'static [&'static str]),
    /// Every filter clause, exactly as the reference evaluation does it; the service sorts.
    Filter,
}

impl fmt::Display for Pushdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Attributes(names) => f.write_str(&names.join(",")),
            Self::Filter => f.write_str("filter"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::operation::{Action, Category};

    static LIST: Operation = Operation::new(Category::Ims, "list_pools", "pool", "pools", Action::Read);
    static GET: Operation = Operation::new(Category::Ims, "get_pool", "pool", "pools", Action::Read);
    static CREATE: Operation = Operation::new(Category::Ims, "create_pool", "pool", "pools", Action::Create);
    static VOCABULARY: &[Word] = &[
        Word {
            name: "pool-management",
            aliases: &["pools"],
            operations: &[&LIST, &GET, &CREATE],
        },
        Word {
            name: "pool-read",
            aliases: &[],
            operations: &[&LIST, &GET],
        },
        Word {
            name: "gitops",
            aliases: &["git-ops"],
            operations: &[],
        },
    ];

    fn operations(capabilities: &Capabilities) -> Vec<&str> {
        capabilities.operations().map(|operation| operation.name).collect()
    }

    #[test]
    fn operations_and_features_are_there_once_and_in_order() {
        let capabilities = Capabilities::new([&GET, &LIST, &GET]).with(&LIST);
        assert_eq!(operations(&capabilities), ["get_pool", "list_pools"]);
        let capabilities = capabilities.without(&GET).without(&CREATE);
        assert!(capabilities.supports(&LIST) && !capabilities.supports(&GET));
        let capabilities = capabilities.with_feature("gitops").with_feature("gitops");
        assert_eq!(capabilities.features().collect::<Vec<_>>(), ["gitops"]);
        assert_eq!(
            serde_json::Value::from(capabilities.describe()),
            json!({"operations": ["list_pools"], "synthesised": [], "features": ["gitops"]})
        );
    }

    #[test]
    fn what_is_synthesised_is_there_and_says_so() {
        let capabilities = Capabilities::new([&LIST, &GET]).with_synthesised([&GET, &CREATE, &GET]);
        let levels =
            |capabilities: &Capabilities| [&LIST, &GET, &CREATE].map(|operation| capabilities.level(operation));
        assert_eq!(
            levels(&capabilities),
            [Level::Native, Level::Synthesised, Level::Synthesised]
        );
        assert_eq!(
            capabilities.describe()["synthesised"],
            json!(["get_pool", "create_pool"])
        );
        assert_eq!(
            levels(&capabilities.without(&CREATE)),
            [Level::Native, Level::Synthesised, Level::Unsupported]
        );
    }

    #[test]
    fn an_operation_is_itself_and_not_one_of_the_same_name() {
        static OTHER: Operation = Operation::new(Category::Ims, "list_pools", "pool", "pools", Action::Read);
        assert!(!Capabilities::new([&LIST]).supports(&OTHER));
    }

    #[test]
    fn words_hold_when_all_they_stand_for_holds() {
        for (capabilities, words) in [
            (Capabilities::default(), vec![]),
            (Capabilities::new([&LIST]), vec![]),
            (Capabilities::new([&LIST, &GET]), vec!["pool-read"]),
            (
                Capabilities::new([&CREATE, &GET, &LIST]),
                vec!["pool-management", "pool-read"],
            ),
            (Capabilities::default().with_feature("gitops"), vec!["gitops"]),
        ] {
            assert_eq!(capabilities.words(VOCABULARY), words);
        }
    }

    #[test]
    fn words_are_read_in_any_spelling() {
        let capabilities = Capabilities::parse(["Pool-Read", "git-ops"], VOCABULARY).unwrap();
        assert_eq!(capabilities.words(VOCABULARY), ["pool-read", "gitops"]);
        assert_eq!(
            operations(&Capabilities::parse(["POOLS"], VOCABULARY).unwrap()).len(),
            3
        );
        let error = Capabilities::parse(["pool-read", "pool-raed"], VOCABULARY).unwrap_err();
        assert!(error.is(crate::ErrorKind::Config));
        assert_eq!(
            error.message(),
            "unknown capability 'pool-raed' (known: pool-management, pool-read, gitops)"
        );
    }

    #[test]
    fn limits_and_pushdown_are_told() {
        let capabilities = Capabilities::default()
            .with_pushdown(Pushdown::Attributes(&["name", "location"]))
            .with_max_page_size(50);
        assert_eq!(capabilities.max_page_size, Some(50));
        assert_eq!(capabilities.pushdown.to_string(), "name,location");
        assert_eq!(
            [Pushdown::None, Pushdown::Filter].map(|pushdown| pushdown.to_string()),
            ["none", "filter"]
        );
    }
}
