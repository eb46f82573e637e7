//! The objects that are listed.

use o2_core::id::qualified::Qualifier;
use o2_core::model::attribute::Shape;
use o2_core::model::extensions::JsonMap;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Id, Model, TenantId};
use serde::Serialize;

/// A part of some machine, with ids of itself, of its pool and of its parent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Part {
    pub(crate) part_id: Id<Self>,
    pub(crate) pool_id: Id<str>,
    pub(crate) parent_id: Option<Id<Self>>,
    pub(crate) name: String,
    pub(crate) size: Option<i64>,
    pub(crate) asset: Option<String>,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) elements: Vec<Self>,
    pub(crate) extensions: JsonMap,
}

pub(crate) fn part(id: &str) -> Part {
    Part {
        part_id: Id::new(id),
        pool_id: Id::new("p1"),
        name: id.to_owned(),
        ..Part::default()
    }
}

/// Parts `prefix1`, `prefix2`, …
pub(crate) fn parts(prefix: &str, count: usize) -> Vec<Part> {
    (1..=count).map(|number| part(&format!("{prefix}{number}"))).collect()
}

impl Part {
    pub(crate) fn of(mut self, tenant: &str) -> Self {
        self.tenant = Some(TenantId::new(tenant));
        self
    }

    pub(crate) fn with_asset(mut self, asset: &str) -> Self {
        self.asset = Some(asset.to_owned());
        self
    }

    pub(crate) fn in_pool(mut self, pool: &str) -> Self {
        self.pool_id = Id::new(pool);
        self
    }
}

impl Attributes for Part {
    const NAME: &'static str = "Part";

    fn attributes() -> &'static [Attribute<Self>] {
        const PARTS: Kind = Kind::Object(Shape::of::<Part>());
        static TABLE: &[Attribute<Part>] = &[
            Attribute::required("partId", Kind::String, "", |p| Value::String(p.part_id.as_str())),
            Attribute::required("poolId", Kind::String, "", |p| Value::String(p.pool_id.as_str())),
            Attribute::optional("parentId", Kind::String, "", |p| {
                Value::text(p.parent_id.as_ref().map(Id::as_str))
            }),
            Attribute::required("name", Kind::String, "", |p| Value::String(&p.name)),
            Attribute::optional("size", Kind::Integer, "", |p| {
                p.size.map_or(Value::Absent, Value::Integer)
            }),
            Attribute::optional("asset", Kind::String, "", |p| Value::text(p.asset.as_deref())),
            Attribute::optional("elements", Kind::Array(&PARTS), "", |p| Value::array(&p.elements)),
            Attribute::optional("extensions", Kind::Map, "", |p| Value::map(&p.extensions)),
        ];
        TABLE
    }
}

impl Model for Part {
    const OBJECT: &'static str = "part";
    const IDS: &'static [&'static str] = &["partId", "poolId", "parentId"];
    const GLOBAL_ID: Option<&'static str> = Some("asset");

    fn id(&self) -> &str {
        self.part_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.part_id.as_str());
        visit(self.pool_id.as_str());
        if let Some(parent) = &self.parent_id {
            visit(parent.as_str());
        }
        for element in &self.elements {
            element.visit_ids(visit);
        }
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.part_id);
        qualifier.apply(&mut self.pool_id);
        if let Some(parent) = &mut self.parent_id {
            qualifier.apply(parent);
        }
        for element in &mut self.elements {
            element.qualify(qualifier);
        }
    }

    fn global_id(&self) -> Option<&str> {
        self.asset.as_deref()
    }
}
