//! Things that no file of the repository mentions.

use crate::none;
use crate::repository::files;

/// In two halves each, so that this file does not mention them either.
const UNWANTED: &[(&str, &str, &str)] = &[
    ("/wo", "rk/", "a path of somebody's machine"),
    ("/ro", "ot/", "a path of somebody's machine"),
    ("/ho", "me/", "a path of somebody's machine"),
    ("/tmp/tar", "get", "a path of somebody's machine"),
    ("cla", "ude", "how a change came about"),
    ("anthr", "opic", "how a change came about"),
    ("chat", "gpt", "how a change came about"),
    ("copi", "lot", "how a change came about"),
    ("issue", " #", "a number that means nothing outside its tracker"),
];

#[test]
fn the_repository_speaks_of_itself_alone() {
    none(files().iter().flat_map(|file| {
        let text = file.text.to_lowercase();
        let found = UNWANTED
            .iter()
            .filter(move |(first, second, _)| text.contains(&format!("{first}{second}")));
        found.map(|(first, second, what)| format!("{}: mentions '{first}{second}', {what}", file.path))
    }));
}
