//! Batch requests: many items in one body, each with a result of its own. The status is 200 when all succeed and 207
//! otherwise.

use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ProblemDetails, Reply};
use crate::model::attribute::{AttributeKind, Field, Shape};
use crate::{Error, Result};

const MOST_ITEMS: usize = 100;
const AT_THE_SAME_TIME: usize = 10;

/// What became of one item.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ItemResult {
    /// The number of the item, from 0.
    pub index: usize,
    /// The status the item would have had as a request of its own.
    pub status: u16,
    /// Whether it succeeded.
    pub success: bool,
    /// The object, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProblemDetails>,
}

/// What became of a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct BatchResult {
    /// The items, in the order of the request.
    pub results: Vec<ItemResult>,
    /// Whether every item succeeded.
    pub success: bool,
    /// How many did.
    pub success_count: usize,
    /// How many did not.
    pub failure_count: usize,
}

/// An item that succeeded.
#[derive(Debug)]
pub struct Done {
    /// The status the item would have had as a request of its own.
    pub status: StatusCode,
    /// The object, if there is one.
    pub data: Option<Value>,
    /// The id of what came into being.
    pub created: Option<String>,
}

impl Done {
    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            data: None,
            created: None,
        }
    }

    /// 200 with an object.
    ///
    /// # Errors
    /// `Internal` when the object cannot be serialised.
    pub fn ok(object: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status: StatusCode::OK,
            data: Some(to_value(object)?),
            created: None,
        })
    }

    /// 201 with an object that can be removed again by its id.
    ///
    /// # Errors
    /// `Internal` when the object cannot be serialised.
    pub fn created(id: &str, object: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status: StatusCode::CREATED,
            data: Some(to_value(object)?),
            created: Some(id.to_owned()),
        })
    }
}

fn to_value(object: &impl Serialize) -> Result<Value> {
    serde_json::to_value(object).map_err(|error| Error::internal(error.to_string()))
}

impl BatchResult {
    /// The fields of the answer, for the OpenAPI document.
    pub const SHAPE: Shape = {
        const ITEM: Shape = Shape::body(
            "BatchItemResult",
            &[
                Field::required("index", AttributeKind::Integer, "The number of the item, from 0."),
                Field::required("status", AttributeKind::Integer, "The status of the item."),
                Field::required("success", AttributeKind::Boolean, "Whether it succeeded."),
                Field::optional("data", AttributeKind::Any, "The object, if there is one."),
                Field::optional(
                    "error",
                    AttributeKind::Object(ProblemDetails::SHAPE),
                    "What went wrong.",
                ),
            ],
        );
        Shape::body(
            "BatchResult",
            &[
                Field::required(
                    "results",
                    AttributeKind::Array(&AttributeKind::Object(ITEM)),
                    "The items, in order.",
                ),
                Field::required("success", AttributeKind::Boolean, "Whether every item succeeded."),
                Field::required("successCount", AttributeKind::Integer, "How many did."),
                Field::required("failureCount", AttributeKind::Integer, "How many did not."),
            ],
        )
    };

    fn of(items: Vec<Result<Done>>) -> Self {
        let results: Vec<_> = items
            .into_iter()
            .enumerate()
            .map(|(index, item)| ItemResult::of(index, item))
            .collect();
        let success_count = results.iter().filter(|item| item.success).count();
        let failure_count = results.len() - success_count;
        Self {
            results,
            success: failure_count == 0,
            success_count,
            failure_count,
        }
    }

    /// As a reply: 200 when all succeeded, else 207.
    ///
    /// # Errors
    /// `Internal` when the result cannot be serialised.
    pub fn into_reply(self) -> Result<Reply> {
        Reply::json(
            if self.success {
                StatusCode::OK
            } else {
                StatusCode::MULTI_STATUS
            },
            &self,
        )
    }
}

impl ItemResult {
    fn of(index: usize, item: Result<Done>) -> Self {
        match item {
            Ok(done) => Self {
                index,
                status: done.status.as_u16(),
                success: true,
                data: done.data,
                error: None,
            },
            Err(error) => {
                let problem = ProblemDetails::of(&error);
                Self {
                    index,
                    status: problem.status,
                    success: false,
                    data: None,
                    error: Some(problem),
                }
            }
        }
    }
}

/// Does `work` for every item, a few at the same time.
///
/// # Errors
/// `InvalidInput` unless there are 1 to 100 items.
pub async fn each<'a, I>(items: Vec<I>, work: impl Fn(I) -> BoxFuture<'a, Result<Done>>) -> Result<BatchResult> {
    run(items, work).await.map(BatchResult::of)
}

/// Creates every item; when one of them fails, those that came into being are removed again and count as failed.
///
/// # Errors
/// `InvalidInput` unless there are 1 to 100 items.
pub async fn all_or_nothing<'a, I>(
    items: Vec<I>,
    create: impl Fn(I) -> BoxFuture<'a, Result<Done>>,
    remove: impl Fn(String) -> BoxFuture<'a, Result<()>>,
) -> Result<BatchResult> {
    let results = run(items, create).await?;
    if results.iter().all(Result::is_ok) {
        return Ok(BatchResult::of(results));
    }
    let undo = results.into_iter().map(|result| {
        let remove = &remove;
        async move {
            let Ok(Done { created: Some(id), .. }) = result else {
                return result;
            };
            match remove(id.clone()).await {
                Ok(()) => Err(Error::conflict("another item of the batch failed; this one was undone")),
                Err(error) => Err(Error::conflict(format!(
                    "another item of the batch failed, and '{id}' could not be removed again: {}",
                    error.message()
                ))),
            }
        }
    });
    Ok(BatchResult::of(
        stream::iter(undo).buffered(AT_THE_SAME_TIME).collect().await,
    ))
}

async fn run<'a, I>(items: Vec<I>, work: impl Fn(I) -> BoxFuture<'a, Result<Done>>) -> Result<Vec<Result<Done>>> {
    if items.is_empty() || items.len() > MOST_ITEMS {
        let reason = format!("a batch has 1 to {MOST_ITEMS} items, not {}", items.len());
        return Err(Error::violation("body", reason));
    }
    Ok(stream::iter(items.into_iter().map(work))
        .buffered(AT_THE_SAME_TIME)
        .collect()
        .await)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::executor::block_on;

    use super::*;

    fn create(name: &'static str) -> BoxFuture<'static, Result<Done>> {
        Box::pin(async move {
            if name == "bad" {
                Err(Error::invalid("bad name"))
            } else {
                Done::created(name, &name)
            }
        })
    }

    #[test]
    fn every_item_has_its_own_result() {
        let batch = block_on(each(vec!["a", "bad", "c"], create)).unwrap();
        assert_eq!((batch.success, batch.success_count, batch.failure_count), (false, 2, 1));
        assert_eq!(
            batch.results.iter().map(|item| item.status).collect::<Vec<_>>(),
            [201, 400, 201]
        );
        assert_eq!(batch.into_reply().unwrap().status, StatusCode::MULTI_STATUS);
        assert_eq!(
            block_on(each(vec!["a"], create)).unwrap().into_reply().unwrap().status,
            StatusCode::OK
        );
    }

    #[test]
    fn all_or_nothing_undoes_what_came_into_being() {
        let removed = Mutex::new(Vec::new());
        let remove = |id: String| -> BoxFuture<'static, Result<()>> {
            removed.lock().unwrap().push(id);
            Box::pin(std::future::ready(Ok(())))
        };
        let batch = block_on(all_or_nothing(vec!["a", "bad", "c"], create, remove)).unwrap();
        assert_eq!(batch.success_count, 0);
        assert_eq!(
            batch.results.iter().map(|item| item.status).collect::<Vec<_>>(),
            [409, 400, 409]
        );
        assert_eq!(*removed.lock().unwrap(), ["a", "c"]);
    }

    #[test]
    fn the_size_is_limited() {
        assert!(block_on(each(Vec::new(), create)).is_err());
        assert!(block_on(each(vec!["a"; 101], create)).is_err());
    }
}
