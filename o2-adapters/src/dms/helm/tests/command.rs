//! [`Command`]: the arguments of the program, read as strictly as the real one reads them.

use std::collections::BTreeMap;

/// What the program is asked for.
#[derive(Debug, Clone)]
pub(super) enum Verb {
    Install,
    Upgrade,
    Rollback(u64),
    Uninstall,
}

/// A command line.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) verb: Verb,
    pub(super) name: String,
    pub(super) namespace: String,
    pub(super) create_namespace: bool,
    pub(super) history: usize,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) description: Option<String>,
}

impl Command {
    /// How complaints about it begin.
    pub(super) fn failed(&self) -> &'static str {
        match self.verb {
            Verb::Install => "INSTALLATION FAILED: ",
            Verb::Upgrade => "UPGRADE FAILED: ",
            Verb::Rollback(_) | Verb::Uninstall => "",
        }
    }

    /// Reads the arguments for a version of the program.
    ///
    /// # Errors
    /// What the program complains about.
    pub(super) fn read(arguments: &[String], major: u32) -> Result<Self, String> {
        let [verb, name, rest @ ..] = arguments else {
            return Err("requires at least 1 argument".to_owned());
        };
        let flags = Flags::of(verb, major);
        let mut command = Self {
            verb: Verb::Uninstall,
            name: name.clone(),
            namespace: "default".to_owned(),
            create_namespace: false,
            history: 10,
            labels: BTreeMap::new(),
            description: None,
        };
        let (mut positional, mut rest) = (Vec::new(), rest.iter());
        while let Some(argument) = rest.next() {
            if !argument.starts_with("--") {
                positional.push(argument.as_str());
                continue;
            }
            let value = match flags.kind(argument)? {
                Takes::Nothing => String::new(),
                Takes::Value => rest
                    .next()
                    .ok_or(format!("flag needs an argument: {argument}"))?
                    .clone(),
            };
            command.set(argument, &value);
        }
        command.verb = match (verb.as_str(), &positional[..]) {
            ("install", ["./chart.tgz"]) => Verb::Install,
            ("upgrade", ["./chart.tgz"]) => Verb::Upgrade,
            ("rollback", [revision]) => Verb::Rollback(revision.parse().map_err(|_| "could not convert revision")?),
            ("uninstall", []) => Verb::Uninstall,
            _ => return Err(format!("unknown command {arguments:?}")),
        };
        Ok(command)
    }

    fn set(&mut self, flag: &str, value: &str) {
        match flag {
            "--namespace" => self.namespace = value.to_owned(),
            "--create-namespace" => self.create_namespace = true,
            "--history-max" => self.history = value.parse().unwrap(),
            "--description" => self.description = Some(value.to_owned()),
            "--labels" => {
                let pairs = value.split(',').map(|pair| pair.split_once('=').unwrap());
                self.labels = pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            }
            "--values" => assert_eq!(value, "-", "values come by the input"),
            "--timeout" => assert!(value.ends_with('s'), "{value}"),
            _ => {}
        }
    }
}

enum Takes {
    Nothing,
    Value,
}

/// The flags that a command has.
struct Flags {
    bare: Vec<&'static str>,
    valued: Vec<&'static str>,
}

impl Flags {
    fn of(verb: &str, major: u32) -> Self {
        let (mut bare, mut valued) = (vec![], vec!["--namespace", "--timeout"]);
        match verb {
            "install" => {
                bare.push("--create-namespace");
                valued.extend(["--values", "--labels", "--description"]);
            }
            "upgrade" => {
                bare.extend(["--reset-values", "--create-namespace"]);
                valued.extend(["--values", "--labels", "--description", "--history-max"]);
            }
            "rollback" => valued.push("--history-max"),
            _ => bare.push("--ignore-not-found"),
        }
        if major >= 4 {
            bare.push("--wait=hookOnly");
        }
        Self { bare, valued }
    }

    fn kind(&self, flag: &str) -> Result<Takes, String> {
        if self.bare.contains(&flag) {
            Ok(Takes::Nothing)
        } else if self.valued.contains(&flag) {
            Ok(Takes::Value)
        } else {
            Err(format!("unknown flag: {flag}"))
        }
    }
}
