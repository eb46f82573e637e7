//! Filters taken apart and made in code.

use super::*;
use crate::query::Segment;

#[test]
fn what_is_tied_together_stays_together() {
    let filter = Filter::parse(
        "(eq,name,x);(eq,elements/name,a);(eq,elements/resourceTypeId,b);(neq,elements/name,c);(eq,site/name,d)",
    )
    .unwrap();
    let names = |predicate: &Predicate| predicate.path.to_string().ends_with("name");
    let (taken, rest) = filter.clone().partition(names);
    assert_eq!(taken.to_string(), "(eq,name,x);(neq,elements/name,c);(eq,site/name,d)");
    assert_eq!(rest.to_string(), "(eq,elements/name,a);(eq,elements/resourceTypeId,b)");
    let (all, none) = filter.clone().partition(|_| true);
    assert_eq!((all, none.is_empty()), (filter, true));
}

#[test]
fn clauses_made_in_code_are_checked_too() {
    let clause = |operator, values: &[&str]| {
        let clause = Predicate::new(Path::attribute("name"), operator, values.iter().copied());
        Filter::from(clause).bind::<Thing>().map(drop)
    };
    assert!(clause(Operator::Eq, &["a"]).is_ok());
    assert!(clause(Operator::In, &["a", "b"]).is_ok());
    for (operator, values, expected) in [
        (Operator::Eq, vec![], "filter:0: 'eq' takes exactly one value"),
        (Operator::Lt, vec!["a", "b"], "filter:0: 'lt' takes exactly one value"),
        (Operator::In, vec![], "filter:0: 'in' takes at least one value"),
    ] {
        assert_eq!(clause(operator, &values).unwrap_err().message(), expected);
    }
    let nowhere = Predicate::new(Path::new([]), Operator::Eq, ["a"]);
    assert!(Filter::from(nowhere).bind::<Thing>().is_err());
    let text = Filter::from_iter([Predicate::new(
        Path::new([Segment::Name("a/b".into()), Segment::Keys]),
        Operator::Nin,
        ["x y", "", "it's", ";"],
    )]);
    assert_eq!(text.to_string(), "(nin,a~1b/@key,x y,'','it''s',';')");
}
