//! What a played vCenter does when it is told to.

use super::super::super::vim::{Element, Ref};
use super::{Answer, Properties, State, escaped, reference, text};

impl State {
    pub(super) fn create(&mut self, parent: &Ref, call: &Element) -> Answer {
        let above = self.objects.get(parent).ok_or("ManagedObjectNotFound")?.clone();
        let name = call.text_at(&["name"]).unwrap().to_owned();
        self.check_name(parent, &name)?;
        self.number += 1;
        let pool = Ref::new("ResourcePool", &format!("resgroup-{}", 1000 + self.number));
        let mut properties = Properties::new();
        properties.insert("name".to_owned(), text(&name));
        properties.insert("parent".to_owned(), parent.write("val"));
        properties.insert("owner".to_owned(), above["owner"].clone());
        properties.insert("overallStatus".to_owned(), text("green"));
        let spec = call.child("spec").unwrap();
        for kind in ["cpuAllocation", "memoryAllocation"] {
            let wanted = spec.child(kind).ok_or("InvalidArgument")?;
            properties.insert(format!("config.{kind}"), allocation(wanted)?);
        }
        self.put(&pool, properties);
        Ok(pool.write("returnval"))
    }

    fn check_name(&self, parent: &Ref, name: &str) -> Result<(), String> {
        let (parent, name) = (parent.write("val"), text(name));
        let taken = self
            .objects
            .values()
            .any(|other| other.get("parent") == Some(&parent) && other["name"] == name);
        if taken { Err("DuplicateName".to_owned()) } else { Ok(()) }
    }

    pub(super) fn update(&mut self, pool: &Ref, call: &Element) -> Answer {
        let mut properties = self.objects.get(pool).ok_or("ManagedObjectNotFound")?.clone();
        if let Some(name) = call.text_at(&["name"]) {
            properties.insert("name".to_owned(), text(name));
        }
        for kind in ["cpuAllocation", "memoryAllocation"] {
            if let Some(wanted) = call.child("config").and_then(|config| config.child(kind)) {
                properties.insert(format!("config.{kind}"), allocation(wanted)?);
            }
        }
        self.put(pool, properties);
        Ok(String::new())
    }

    pub(super) fn destroy(&mut self, pool: &Ref) -> Answer {
        self.objects.get(pool).ok_or("ManagedObjectNotFound")?;
        self.remove(pool);
        Ok(reference("Task", "task-1"))
    }

    pub(super) fn define(&mut self, call: &Element) -> Answer {
        let manager = Ref::new("CustomFieldsManager", "CustomFieldsManager");
        let name = call.text_at(&["name"]).unwrap();
        let mut properties = self.objects[&manager].clone();
        if properties["field"].contains(name) {
            return Err("DuplicateName".to_owned());
        }
        let field = format!("<key>101</key><name>{name}</name><type>string</type>");
        let value = format!(r#"<val xsi:type="ArrayOfCustomFieldDef"><CustomFieldDef>{field}</CustomFieldDef></val>"#);
        properties.insert("field".to_owned(), value);
        self.put(&manager, properties);
        Ok(format!("<returnval>{field}</returnval>"))
    }

    pub(super) fn set_field(&mut self, call: &Element) -> Answer {
        let entity = call.child("entity").unwrap().reference().unwrap();
        let mut properties = self.objects.get(&entity).ok_or("ManagedObjectNotFound")?.clone();
        assert_eq!(call.text_at(&["key"]), Some("101"));
        let value = escaped(call.text_at(&["value"]).unwrap_or_default());
        let value = format!(
            r#"<val xsi:type="ArrayOfCustomFieldValue"><CustomFieldValue xsi:type="CustomFieldStringValue">
            <key>101</key><value>{value}</value></CustomFieldValue></val>"#
        );
        properties.insert("customValue".to_owned(), value);
        self.put(&entity, properties);
        Ok(String::new())
    }
}

/// An allocation as it is kept; every part of it has to be there.
fn allocation(wanted: &Element) -> Result<String, String> {
    let part = |path: &[&str]| wanted.text_at(path).ok_or("InvalidArgument");
    Ok(super::super::stock::allocation(
        part(&["reservation"])?,
        part(&["expandableReservation"])?,
        part(&["limit"])?,
        part(&["shares", "shares"])?,
        part(&["shares", "level"])?,
    ))
}
