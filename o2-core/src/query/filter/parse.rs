//! The filter syntax: text to clauses. Every mistake is reported with the character at which it is.
//!
//! ```text
//! filter = clause *( ";" clause )
//! clause = "(" operator "," path "," value *( "," value ) ")"
//! value  = 1*( any character except ' , ) )  /  "'" *( any character except ' / "''" ) "'"
//! ```
//!
//! Blanks are ignored around clauses, operators, paths and quoted values; in unquoted values they count.

use super::super::path::{BLANK, Path, Syntax};
use super::{FilterLimits, Operator, Predicate};
use crate::error::Excerpt;

const LIMITS: FilterLimits = FilterLimits::CURRENT;

pub(super) fn parse(text: &str) -> Result<Vec<Predicate>, Syntax> {
    if text.len() > LIMITS.length {
        let reason = format!(
            "the filter has {} bytes, at most {} are allowed",
            text.len(),
            LIMITS.length
        );
        return Err(Syntax::at(0, reason));
    }
    let mut cursor = Cursor { rest: text, offset: 0 };
    let mut clauses = Vec::new();
    cursor.skip_blanks();
    if cursor.rest.is_empty() {
        return Ok(clauses);
    }
    loop {
        if clauses.len() == LIMITS.clauses {
            return Err(cursor.wrong(format!("at most {} clauses are allowed", LIMITS.clauses)));
        }
        clauses.push(clause(&mut cursor)?);
        cursor.skip_blanks();
        if cursor.rest.is_empty() {
            return Ok(clauses);
        }
        cursor.expect(';', "between two clauses")?;
        cursor.skip_blanks();
    }
}

fn clause(cursor: &mut Cursor<'_>) -> Result<Predicate, Syntax> {
    cursor.expect('(', "before a clause, as in (eq,name,value)")?;
    let operator = operator(cursor)?;
    cursor.expect(',', "between operator and attribute")?;
    cursor.skip_blanks();
    let position = cursor.offset;
    let path = Path::read(cursor.take_until(&[',', ')'])).map_err(|mut syntax| {
        syntax.offset += position;
        syntax
    })?;
    if !cursor.rest.starts_with(',') {
        return Err(cursor.wrong("a value is missing, as in (eq,name,value)"));
    }
    let values = values(cursor)?;
    if values.len() > 1 && !operator.takes_many() {
        let reason = format!("'{operator}' takes exactly one value (a value with a ',' must be quoted)");
        return Err(Syntax::at(position, reason));
    }
    Ok(Predicate::new(path, operator, values).at(position))
}

fn operator(cursor: &mut Cursor<'_>) -> Result<Operator, Syntax> {
    cursor.skip_blanks();
    let start = cursor.offset;
    let name = cursor.take_until(&[',', ')']).trim_end_matches(BLANK);
    Operator::from_name(name).ok_or_else(|| {
        let known = Operator::ALL.map(Operator::as_str).join(", ");
        Syntax::at(start, format!("unknown operator '{}' (known: {known})", Excerpt(name)))
    })
}

/// Reads `,value` until the clause is closed.
fn values(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Syntax> {
    let mut values = Vec::new();
    while cursor.next_if(',') {
        if values.len() == LIMITS.values {
            return Err(cursor.wrong(format!("at most {} values are allowed", LIMITS.values)));
        }
        values.push(value(cursor)?);
    }
    cursor.expect(')', "after the last value of a clause")?;
    Ok(values)
}

fn value(cursor: &mut Cursor<'_>) -> Result<String, Syntax> {
    let mut quoted = *cursor;
    quoted.skip_blanks();
    if quoted.rest.starts_with('\'') {
        *cursor = quoted;
        let text = quoted_value(cursor)?;
        cursor.skip_blanks();
        return Ok(text);
    }
    let text = cursor.take_until(&[',', ')', '\'']);
    if cursor.rest.starts_with('\'') {
        return Err(cursor.wrong("a value that contains a quote must be quoted and the quote doubled, as in 'it''s'"));
    }
    if text.is_empty() {
        return Err(cursor.wrong("a value is missing (the empty value is written '')"));
    }
    Ok(text.into())
}

fn quoted_value(cursor: &mut Cursor<'_>) -> Result<String, Syntax> {
    let start = cursor.offset;
    let mut text = String::new();
    while cursor.next_if('\'') {
        if !text.is_empty() || cursor.offset > start + 1 {
            text.push('\'');
        }
        text.push_str(cursor.take_until(&['\'']));
        if !cursor.next_if('\'') {
            return Err(Syntax::at(start, "the quote is not closed"));
        }
    }
    Ok(text)
}

/// The unread text, and how many characters have been read.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    rest: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    fn wrong(&self, reason: impl Into<String>) -> Syntax {
        Syntax::at(self.offset, reason)
    }

    fn next_if(&mut self, wanted: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(wanted) else {
            return false;
        };
        self.rest = rest;
        self.offset += 1;
        true
    }

    fn expect(&mut self, wanted: char, place: &str) -> Result<(), Syntax> {
        if self.next_if(wanted) {
            return Ok(());
        }
        Err(match self.rest.chars().next() {
            Some(found) => self.wrong(format!(
                "'{wanted}' expected {place}, found '{}'",
                Excerpt(&found.to_string())
            )),
            None => self.wrong(format!("'{wanted}' expected {place}, but the filter ends")),
        })
    }

    /// Reads up to, not including, the first of these characters, or to the end.
    fn take_until(&mut self, stops: &[char]) -> &'a str {
        let length = self.rest.find(stops).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.offset += taken.chars().count();
        taken
    }

    fn skip_blanks(&mut self) {
        while BLANK.into_iter().any(|blank| self.next_if(blank)) {}
    }
}
