//! Batches: what callers see when some items fail, and when undoing fails too.

use std::sync::Mutex;

use futures::executor::block_on;
use futures::future::{BoxFuture, ready};
use http::StatusCode;
use o2_core::http::batch::{BatchResult, Done, all_or_nothing, each};
use o2_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

fn create(name: &'static str) -> BoxFuture<'static, Result<Done>> {
    Box::pin(ready(match name {
        "taken" => Err(Error::already_exists("toy", name)),
        "down" => Err(Error::new(ErrorKind::Unavailable, "down").with_detail("secret")),
        "kept" => Done::ok(&json!({"name": name})),
        "gone" => Ok(Done::no_content()),
        name => Done::created(name, &json!({"name": name})),
    }))
}

fn body(result: BatchResult) -> (StatusCode, Value) {
    let reply = result.into_reply().unwrap();
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

#[test]
fn each_item_has_the_answer_it_would_have_had_alone() {
    let (status, body) = body(block_on(each(vec!["a", "taken", "kept", "gone", "down"], create)).unwrap());
    assert_eq!(status, StatusCode::MULTI_STATUS);
    assert_eq!(
        (&body["success"], &body["successCount"], &body["failureCount"]),
        (&json!(false), &json!(3), &json!(2))
    );
    let results = body["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 409, 200, 204, 503]);
    assert_eq!(
        results[0],
        json!({"index": 0, "status": 201, "success": true, "data": {"name": "a"}})
    );
    assert_eq!(results[3], json!({"index": 3, "status": 204, "success": true}));
    let problem = &results[1]["error"];
    assert_eq!(
        (&problem["status"], &problem["error"]),
        (&json!(409), &json!("alreadyExists"))
    );
    assert!(!body.to_string().contains("secret"));
}

#[test]
fn all_is_well_is_200() {
    let (status, body) = body(block_on(each(vec!["a", "kept"], create)).unwrap());
    assert_eq!(
        (status, &body["success"], &body["failureCount"]),
        (StatusCode::OK, &json!(true), &json!(0))
    );
}

#[test]
fn what_came_into_being_is_removed_when_another_fails() {
    let removed = Mutex::new(Vec::new());
    let remove = |id: String| -> BoxFuture<'static, Result<()>> {
        let stays = id == "stays";
        removed.lock().unwrap().push(id);
        Box::pin(ready(if stays {
            Err(Error::conflict("it is in use"))
        } else {
            Ok(())
        }))
    };
    let result = block_on(all_or_nothing(vec!["a", "stays", "taken", "kept"], create, remove)).unwrap();
    let (status, body) = body(result);
    assert_eq!(status, StatusCode::MULTI_STATUS);
    assert_eq!(*removed.lock().unwrap(), ["a", "stays"]);
    let results = body["results"].as_array().unwrap();
    let detail = |index: usize| results[index]["error"]["detail"].as_str().unwrap_or("");
    assert_eq!(detail(0), "another item of the batch failed; this one was undone");
    assert_eq!(
        detail(1),
        "another item of the batch failed, and 'stays' could not be removed again: it is in use"
    );
    assert_eq!(detail(2), "toy 'taken' already exists");
    // What was not created cannot be undone; it is told as it is.
    assert_eq!(results[3]["success"], true);

    removed.lock().unwrap().clear();
    let result = block_on(all_or_nothing(vec!["a", "b"], create, remove)).unwrap();
    assert!(result.success && removed.lock().unwrap().is_empty());
}

#[test]
fn a_batch_has_a_hundred_items_at_most() {
    let remove = |_: String| -> BoxFuture<'static, Result<()>> { Box::pin(ready(Ok(()))) };
    for count in [0, 101] {
        for result in [
            block_on(each(vec!["a"; count], create)),
            block_on(all_or_nothing(vec!["a"; count], create, remove)),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.violations()[0].at, "body");
            assert!(
                error
                    .message()
                    .ends_with(&format!("a batch has 1 to 100 items, not {count}"))
            );
        }
    }
    assert_eq!(block_on(each(vec!["a"; 100], create)).unwrap().success_count, 100);
}

#[test]
fn results_are_read_back_as_they_were_written() {
    let result = block_on(each(vec!["a", "taken"], create)).unwrap();
    let text = serde_json::to_string(&result).unwrap();
    let read: BatchResult = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
}
