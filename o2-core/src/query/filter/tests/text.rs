//! Filters in the filter syntax.

use serde_json::json;

use super::*;

/// The worked examples of the API reference, with the number each has there.
#[test]
fn the_worked_examples() {
    let things = fixtures();
    for (raw, expected) in [
        (/* 1 */ "filter=(eq,name,pool-1)", vec!["node"]),
        (
            /* 2 */ "filter=(neq,alarmAcknowledged,true)",
            vec!["disk", "switch"],
        ),
        (
            /* 3 */ "filter=(gte,perceivedSeverity,0);(lte,perceivedSeverity,1)",
            vec!["node", "disk"],
        ),
        (
            /* 4 */ "filter=(in,resourceClass,COMPUTE,STORAGE)",
            vec!["node", "disk"],
        ),
        (/* 5 */ "filter=(nin,resourceTypeId,rt-1,rt-2)", vec!["disk"]),
        (
            /* 6 */ "filter=(cont,description,Ethernet,Fibre)",
            vec!["node", "disk"],
        ),
        (
            /* 7 */ "filter=(ncont,description,test,lab)",
            vec!["node", "switch"],
        ),
        (
            /* 8 */ "filter=(eq,resourcePoolId,p1);(cont,description,node)",
            vec!["node"],
        ),
        (
            /* 9 */ "filter=(gt,alarmRaisedTime,2026-01-01T00:00:00Z)",
            vec!["node"],
        ),
        (
            /* 10 */ "filter=(lt,alarmRaisedTime,2026-01-01T00:00:00%2B02:00)",
            vec!["disk"],
        ),
        (/* 11 */ "filter=(eq,extensions/cpu,32)", vec!["node"]),
        (
            /* 12 */ "filter=(eq,extensions/labels/k8s.io~1role,worker)",
            vec!["node"],
        ),
        (/* 13 */ "filter=(eq,extensions/@key,ready)", vec!["node"]),
        (/* 14 */ "filter=(eq,extensions/labels/~bkey,x)", vec!["node"]),
        (/* 15 */ "filter=(eq,extensions/labels/zone,'a,b')", vec!["node"]),
        (
            /* 16 */ "filter=(in,extensions/labels/zone,'a,b',c)",
            vec!["node", "disk"],
        ),
        (/* 17 */ "filter=(eq,extensions/note,'it''s (new)')", vec!["node"]),
        (/* 18 */ "filter=(eq,description,'')", vec!["switch"]),
        (
            /* 19 */ "filter=(eq,name,'a;b');(eq,resourcePoolId,p1)",
            vec!["disk"],
        ),
        (/* 20 */ "filter=(eq,name, x)", vec!["switch"]),
        (/* 21 */ "filter=(eq,extensions/a~0b,1)", vec!["node"]),
        (/* 22 */ "filter=(eq,tags,gpu)", vec!["node"]),
        (
            /* 23 */ "filter=(eq,elements/resourceTypeId,nic);(eq,elements/description,eth0)",
            vec!["node"],
        ),
    ] {
        check(&things, raw, &expected);
    }
    for (raw, expected) in [
        (
            /* 24 */ "filter=(cont,resourceTypes/name,x)",
            "filter:6: unknown attribute 'resourceTypes'",
        ),
        (/* 25 */ "filter=(eq,name)", "filter:8: a value is missing"),
        (
            "filter=(foo,name,x)",
            "filter:1: unknown operator 'foo' (known: eq, neq,",
        ),
        ("filter=(eq,name,a,b)", "filter:4: 'eq' takes exactly one value"),
        ("filter=eq,name,a", "filter:0: '(' expected before a clause"),
        ("filter=(eq,name,'a)", "filter:9: the quote is not closed"),
        (
            "filter=(eq,description,)",
            "filter:16: a value is missing (the empty value is written '')",
        ),
        (
            /* 26 */ "filter=(gt,alarmAcknowledged,true)",
            "filter:4: operator 'gt' is not applicable to 'alarmAcknowledged' of type Boolean (it has eq, neq)",
        ),
    ] {
        check_error(raw, expected);
    }
}

#[test]
fn more_that_is_understood() {
    let things = fixtures();
    for (raw, expected) in [
        ("filter=", vec!["node", "disk", "switch"]),
        (
            "filter= ( EQ ,\tname , 'pool-1' ) ; (cont,description,node) ",
            vec!["node"],
        ),
        ("filter=(eq,alarmRaisedTime,2026-06-01T02:00:00+02:00)", vec!["node"]),
        (
            "filter=(neq,alarmRaisedTime,2026-06-01T02:00:00%2B02:00)",
            vec!["disk", "switch"],
        ),
        ("filter=(gt,perceivedSeverity, 0.5)", vec!["disk", "switch"]),
        ("filter=(in,perceivedSeverity,2,0.0)", vec!["node", "switch"]),
        ("filter=(eq,resourceClass,QUANTUM)", vec![]),
        ("filter=(neq,resourceClass, COMPUTE)", vec!["disk", "switch"]),
        ("filter=(lt,name,b)", vec!["disk", "switch"]),
        ("filter=(eq,extensions/ready,true)", vec!["node"]),
        ("filter=(gte,extensions/ready,false)", vec![]),
        ("filter=(gt,extensions/cpu,4)", vec!["node"]),
        ("filter=(lt,extensions/cpu,5)", vec!["disk"]),
        ("filter=(eq,extensions/labels,x)", vec![]),
        ("filter=(ncont,extensions/@key,c)", vec!["switch"]),
        // each clause on a list of scalars may have its own element; complements speak of all elements
        ("filter=(eq,tags,gpu);(eq,tags,sriov)", vec!["node"]),
        ("filter=(neq,tags,gpu)", vec!["disk", "switch"]),
        // a list of objects must have one element that is everything
        (
            "filter=(eq,elements/resourceTypeId,nic);(eq,elements/description,eth1)",
            vec!["disk"],
        ),
        (
            "filter=(eq,elements/resourceTypeId,nic);(neq,elements/description,eth1)",
            vec![],
        ),
        ("filter=(eq,elements/elements/name,x)", vec![]),
    ] {
        check(&things, raw, &expected);
    }
}

#[test]
fn lists_in_free_json_are_lists_too() {
    let free = |extensions| Thing {
        extensions: map(extensions),
        ..thing("t")
    };
    let things = [free(json!({
        "ports": [{"name": "a", "speed": 10}, {"name": "b", "speed": [25, 100]}],
        "matrix": [[1, 2], [3]],
        "nothing": null,
    }))];
    for (raw, hit) in [
        (
            "filter=(eq,extensions/ports/name,a);(eq,extensions/ports/speed,10)",
            true,
        ),
        (
            "filter=(eq,extensions/ports/name,a);(eq,extensions/ports/speed,25)",
            false,
        ),
        (
            "filter=(eq,extensions/ports/name,b);(eq,extensions/ports/speed,25);(eq,extensions/ports/speed,100)",
            true,
        ),
        (
            "filter=(eq,extensions/ports/@key,speed);(eq,extensions/ports/@key,name)",
            true,
        ),
        ("filter=(eq,extensions/matrix,3)", true),
        ("filter=(gt,extensions/matrix,3)", false),
        ("filter=(eq,extensions/nothing,null)", false),
        ("filter=(neq,extensions/nothing,null)", true),
        ("filter=(eq,extensions/@key,nothing)", true),
    ] {
        assert_eq!(!found(&things, raw).unwrap().is_empty(), hit, "{raw}");
    }
}

#[test]
fn mistakes_name_position_and_cause() {
    for (raw, expected) in [
        (
            "filter=(eq,name,x);",
            "filter:12: '(' expected before a clause, as in (eq,name,value), but the filter ends",
        ),
        (
            "filter=(eq,name,x)(eq,name,y)",
            "filter:11: ';' expected between two clauses, found '('",
        ),
        (
            "filter=(eq",
            "filter:3: ',' expected between operator and attribute, but the filter ends",
        ),
        ("filter=(eq,näme~,x)", "filter:8: '~' must be followed by 0, 1, a or b"),
        ("filter=(eq,,x)", "filter:4: an attribute name is missing"),
        ("filter=(eq,name,it's)", "filter:11: a value that contains a quote"),
        (
            "filter=(eq,name,'a'b)",
            "filter:12: ')' expected after the last value of a clause, found 'b'",
        ),
        (
            "filter=(eq,name,a",
            "filter:10: ')' expected after the last value of a clause, but the filter ends",
        ),
        (
            "filter=(eq,name,x);(gt,load,fast)",
            "filter:16: 'load': 'fast' is not a number",
        ),
        (
            "filter=(eq,alarmAcknowledged,TRUE)",
            "filter:4: 'alarmAcknowledged': 'TRUE' is not a Boolean",
        ),
        (
            "filter=(gt,alarmRaisedTime,yesterday)",
            "filter:4: 'alarmRaisedTime': 'yesterday' is not an RFC 3339 time",
        ),
        (
            "filter=(gt,alarmRaisedTime,ä)",
            "filter:4: 'alarmRaisedTime': 'ä' is not an RFC 3339 time",
        ),
        (
            "filter=(cont,perceivedSeverity,1)",
            "filter:6: operator 'cont' is not applicable to 'perceivedSeverity' of type Integer",
        ),
        (
            "filter=(gt,resourceClass,A)",
            "filter:4: operator 'gt' is not applicable to 'resourceClass' of type Enum",
        ),
        (
            "filter=(in,alarmAcknowledged,true,false)",
            "filter:4: operator 'in' is not applicable",
        ),
        (
            "filter=(eq,extensions,x)",
            "filter:4: 'extensions' is of type Map, not a scalar; name an attribute below it",
        ),
        (
            "filter=(eq,elements,x)",
            "filter:4: 'elements' is of type Object, not a scalar",
        ),
        ("filter=(eq,site,x)", "filter:4: 'site' is of type Object, not a scalar"),
        (
            "filter=(eq,site/nam,x)",
            "filter:4: unknown attribute 'nam' of 'site'; did you mean 'name'? (known: name, capacity, racks)",
        ),
    ] {
        check_error(raw, expected);
    }
}

#[test]
fn limits_are_kept() {
    let clauses = |count: usize| vec!["(eq,name,x)"; count].join(";");
    assert_eq!(Filter::parse(&clauses(64)).unwrap().predicates().len(), 64);
    let values = |count| format!("(in,name{})", ",x".repeat(count));
    assert_eq!(Filter::parse(&values(256)).unwrap().predicates()[0].values.len(), 256);
    let deep = |depth: usize| format!("(eq,extensions{},x)", "/a".repeat(depth - 1));
    assert!(Filter::parse(&deep(16)).unwrap().bind::<Thing>().is_ok());
    for (text, expected) in [
        (clauses(65), "filter:768: at most 64 clauses"),
        (values(257), "filter:521: at most 256 values"),
        (deep(17), "filter:45: the path has more than 16 segments"),
        ("(".repeat(8193), "filter:0: the filter has 8193 bytes, at most 8192"),
    ] {
        let error = Filter::parse(&text).unwrap_err();
        assert!(error.message().starts_with(expected), "{error}");
    }
}
