//! Auto Scaling groups: how they are described, made, changed and deleted.

use std::collections::BTreeMap;

use o2_testkit::conformance::Trouble;

use super::{Form, Reply, State, escaped, page, refusal};

/// A group.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) number: u32,
    min: String,
    max: String,
    pub(super) desired: u32,
    template: String,
    pub(super) zone: String,
    tags: BTreeMap<String, String>,
    /// Its instances, and the state of each.
    pub(super) instances: BTreeMap<String, String>,
}

pub(super) fn arn_of(name: &str, number: u32) -> String {
    format!("arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:{number:032x}:autoScalingGroupName/{name}")
}

fn done() -> Reply {
    (200, "<R/>".to_owned())
}

fn not_valid(message: &str) -> Reply {
    (400, refusal("ValidationError", message))
}

impl State {
    pub(super) fn create(&mut self, form: &Form) {
        self.counter += 1;
        let mut group = Group {
            number: self.counter,
            zone: form.get("AvailabilityZones.member.1").cloned().unwrap_or_default(),
            ..Group::default()
        };
        tags(form, |key, value| drop(group.tags.insert(key, value)));
        let name = &form["AutoScalingGroupName"];
        self.groups.insert(name.clone(), group);
        self.size(name, form);
    }

    pub(super) fn size(&mut self, name: &str, form: &Form) {
        let Self { groups, counter, .. } = self;
        let group = groups.get_mut(name).unwrap();
        for (field, at) in [
            ("MinSize", &mut group.min),
            ("MaxSize", &mut group.max),
            ("LaunchTemplate.LaunchTemplateName", &mut group.template),
        ] {
            if let Some(value) = form.get(field) {
                at.clone_from(value);
            }
        }
        let desired = form.get("DesiredCapacity");
        group.desired = desired.map_or(group.desired, |size| size.parse().unwrap());
        while group.instances.len() > group.desired as usize {
            group.instances.pop_last();
        }
        while group.instances.len() < group.desired as usize {
            *counter += 1;
            group.instances.insert(format!("i-{counter:08x}"), "running".to_owned());
        }
    }

    /// Takes an instance out of its group, which has one less from then on.
    pub(super) fn terminate(&mut self, id: &str) -> bool {
        self.groups.values_mut().any(|group| {
            let known = group.instances.remove(id).is_some();
            group.desired -= u32::from(known);
            known
        })
    }

    pub(super) fn change(&mut self, action: &str, form: &Form) -> Reply {
        let name = form.get("AutoScalingGroupName").cloned();
        let known = name.as_ref().is_some_and(|name| self.groups.contains_key(name));
        match (action, name) {
            ("CreateAutoScalingGroup", _) if known => (400, refusal("AlreadyExists", "there is such a group")),
            ("CreateAutoScalingGroup", _) => {
                self.create(form);
                done()
            }
            ("TerminateInstanceInAutoScalingGroup", _) => {
                if self.terminate(&form["InstanceId"]) {
                    done()
                } else {
                    not_valid("Instance Id not found - No managed instance found for instance ID")
                }
            }
            ("CreateOrUpdateTags" | "DeleteTags", _) => self.tag(action, form),
            (_, Some(name)) if known => self.change_group(action, &name, form),
            _ => not_valid("AutoScalingGroup name not found - null"),
        }
    }

    fn tag(&mut self, action: &str, form: &Form) -> Reply {
        let Some(group) = self.groups.get_mut(&form["Tags.member.1.ResourceId"]) else {
            return not_valid("AutoScalingGroup not found - AutoScaling Group not found");
        };
        tags(form, |key, value| {
            if action == "DeleteTags" {
                group.tags.remove(&key);
            } else {
                group.tags.insert(key, value);
            }
        });
        done()
    }

    fn change_group(&mut self, action: &str, name: &str, form: &Form) -> Reply {
        match action {
            "UpdateAutoScalingGroup" => self.size(name, form),
            "DeleteAutoScalingGroup"
                if !self.groups[name].instances.is_empty() && !form.contains_key("ForceDelete") =>
            {
                return (400, refusal("ResourceInUse", "it has instances"));
            }
            "DeleteAutoScalingGroup" => drop(self.groups.remove(name)),
            _ => return (400, refusal("InvalidAction", action)),
        }
        done()
    }

    pub(super) fn described_groups(&self, form: &Form) -> String {
        let only = form.get("AutoScalingGroupNames.member.1");
        let wanted = self
            .groups
            .iter()
            .filter(|(name, _)| only.is_none_or(|only| only == *name));
        let (page, next) = page(wanted, form);
        let mut xml = String::new();
        if self.trouble == Some(Trouble::OddObject) {
            xml.push_str("<member>of a later release</member>");
        }
        for (name, group) in &page {
            xml.push_str(&group.xml(name));
        }
        let next = next
            .map(|next| format!("<NextToken>{next}</NextToken>"))
            .unwrap_or_default();
        format!(
            "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>{xml}</AutoScalingGroups>{next}\
             </DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"
        )
    }
}

impl Group {
    /// How many it may have at least and at most, and how many it should have.
    pub(super) fn sizes(&self) -> (u32, u32, u32) {
        (self.min.parse().unwrap(), self.max.parse().unwrap(), self.desired)
    }

    fn xml(&self, name: &str) -> String {
        let tag = |(key, value): (&String, &String)| {
            let (key, value) = (escaped(key), escaped(value));
            format!("<member><Key>{key}</Key><Value>{value}</Value></member>")
        };
        let member = |id: &String| {
            format!(
                "<member><InstanceId>{id}</InstanceId><LifecycleState>InService</LifecycleState>\
                 <HealthStatus>Healthy</HealthStatus></member>"
            )
        };
        let tags: String = self.tags.iter().map(tag).collect();
        let instances: String = self.instances.keys().map(member).collect();
        format!(
            "<member><AutoScalingGroupName>{}</AutoScalingGroupName><AutoScalingGroupARN>{}</AutoScalingGroupARN><MinSize>{}</MinSize>\
             <MaxSize>{}</MaxSize><DesiredCapacity>{}</DesiredCapacity><AvailabilityZones><member>{}</member></AvailabilityZones>\
             <LaunchTemplate><LaunchTemplateName>{}</LaunchTemplateName><Version>$Default</Version></LaunchTemplate>\
             <Instances>{instances}</Instances><CreatedTime>2026-11-20T08:37:14.818859Z</CreatedTime><Tags>{tags}</Tags></member>",
            escaped(name),
            escaped(&arn_of(name, self.number)),
            self.min,
            self.max,
            self.desired,
            self.zone,
            self.template,
        )
    }
}

fn tags(form: &Form, mut each: impl FnMut(String, String)) {
    for n in 1.. {
        let Some(key) = form.get(&format!("Tags.member.{n}.Key")) else {
            return;
        };
        let value = form.get(&format!("Tags.member.{n}.Value"));
        each(key.clone(), value.cloned().unwrap_or_default());
    }
}
