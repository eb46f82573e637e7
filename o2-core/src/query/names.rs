//! What error texts about unknown names end with: a guess which name was meant, and the known ones.

/// "; did you mean 'x'? (known: …)", without the question when no name is near.
pub(crate) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let list = known.clone().collect::<Vec<_>>().join(", ");
    match closest(name, known) {
        Some(guess) => format!("; did you mean '{guess}'? (known: {list})"),
        None => format!(" (known: {list})"),
    }
}

/// The known name that is so near to `name` that it was probably meant.
pub(crate) fn closest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: String = name.chars().take(64).collect::<String>().to_lowercase();
    let allowed = (name.chars().count() / 3).max(1);
    known
        .map(|candidate| (strsim::damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_guessed_if_it_is_near() {
        let known = ["name", "resourcePoolId", "labels"];
        for (name, guess) in [
            ("nmae", Some("name")),
            ("NAME", Some("name")),
            ("resourcepoolid", Some("resourcePoolId")),
            ("label", Some("labels")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(closest(name, known.into_iter()), guess, "{name}");
        }
        assert_eq!(
            hint("nam", known.into_iter()),
            "; did you mean 'name'? (known: name, resourcePoolId, labels)"
        );
        assert_eq!(hint("x", ["name"].into_iter()), " (known: name)");
    }
}
