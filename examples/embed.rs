//! O2 inside a program of your own, without HTTP: the services are called directly.
//!
//! ```text
//! cargo run --example embed
//! ```
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use o2::core::query::{Filter, Query, Sort};
use o2::ims::NewResourcePool;
use o2::{Context, Gateway, Result};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let gateway = Gateway::builder().build()?;
    let ims = gateway.ims();
    let context = Context::new("embed-1");

    // Filters and sort orders are checked against the model before any backend is asked.
    let query = Query::new()
        .with_filter(Filter::parse("(gte,extensions/cpu,32)")?)
        .with_sort(Sort::parse("name")?);
    let nodes = ims.list_resources(&context, None, &query.with_limit(3)).await?;
    for node in &nodes.items {
        println!(
            "{} in pool {}",
            node.name.as_deref().unwrap_or("?"),
            node.resource_pool_id
        );
    }

    let mut new = NewResourcePool::new("embedded pool");
    new.location = Some("edge-site-1".into());
    new.replicas = Some(2);
    let pool = ims.create_resource_pool(&context, new).await?;
    println!("created pool {} ({})", pool.resource_pool_id, pool.name);

    // A tenant sees its own objects and shared ones; those of others do not exist for it.
    let tenant = Context::new("embed-2").with_tenant("smo-alpha".into());
    let pools = ims.list_resource_pools(&tenant, &Query::new()).await?;
    println!("tenant smo-alpha sees {} pools", pools.items.len());

    let error = ims.get_resource_pool(&context, &"nothing".into()).await.err();
    println!(
        "and errors say what is wrong: {}",
        error.map_or_else(String::new, |error| error.to_string())
    );
    Ok(())
}
