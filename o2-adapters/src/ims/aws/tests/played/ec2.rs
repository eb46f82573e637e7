//! What there is: instances of groups, a volume, a network, a type and a zone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use o2_testkit::conformance::Trouble;

use super::{Form, State, page};

const VPCS: &str = "<R><vpcSet><item><vpcId>vpc-1</vpcId><ownerId>123456789012</ownerId><state>available</state>\
    <cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet></R>";
const TYPES: &str = "<R><instanceTypeSet><item><instanceType>t3.micro</instanceType><bareMetal>false</bareMetal><vCpuInfo>\
    <defaultVCpus>2</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>1024</sizeInMiB></memoryInfo></item></instanceTypeSet></R>";
const ZONES: &str = "<R><availabilityZoneInfo><item><zoneName>eu-west-1a</zoneName><zoneId>euw1-az1</zoneId>\
    <zoneType>availability-zone</zoneType><zoneState>available</zoneState></item></availabilityZoneInfo></R>";

impl State {
    /// What a call that only reads answers.
    pub(super) fn described(&mut self, action: &str, form: &Form) -> Option<String> {
        let xml = match action {
            "DescribeAutoScalingGroups" => {
                let whole = self.described_groups(form);
                self.perhaps_cut(whole, form)
            }
            "DescribeInstances" => {
                let whole = self.instances(form);
                self.perhaps_cut(whole, form)
            }
            "DescribeVolumes" => self.volumes(),
            "DescribeVpcs" => VPCS.to_owned(),
            "DescribeInstanceTypes" => TYPES.to_owned(),
            "DescribeAvailabilityZones" => ZONES.to_owned(),
            _ => return None,
        };
        Some(xml)
    }

    /// One that is free, and one of each instance.
    fn volumes(&self) -> String {
        let volume = |id: &str, used: &str| {
            format!(
                "<item><volumeId>{id}</volumeId><size>8</size><volumeType>gp3</volumeType><status>available</status>\
                 <availabilityZone>eu-west-1a</availabilityZone>{used}</item>"
            )
        };
        let instances = self.groups.values().flat_map(|group| group.instances.keys());
        let used = instances.map(|id| {
            let used = format!("<item><instanceId>{id}</instanceId><device>/dev/xvda</device></item>");
            volume(
                &format!("vol-of-{id}"),
                &format!("<attachmentSet>{used}</attachmentSet>"),
            )
        });
        let all: String = used.chain([volume("vol-1", "")]).collect();
        format!("<R><volumeSet>{all}</volumeSet></R>")
    }

    fn instances(&self, form: &Form) -> String {
        let all: BTreeMap<_, _> = self
            .groups
            .values()
            .flat_map(|group| group.instances.iter().map(|(id, word)| (id, (word, &group.zone))))
            .collect();
        let (page, next) = page(all.into_iter(), form);
        let mut xml = String::new();
        if self.trouble == Some(Trouble::OddObject) {
            xml.push_str("<item>odd</item>");
        }
        for (id, (word, zone)) in page {
            write!(
                xml,
                "<item><instanceId>{id}</instanceId><instanceType>t3.micro</instanceType><instanceState><name>{word}</name>\
                 </instanceState><placement><availabilityZone>{zone}</availabilityZone></placement></item>"
            )
            .unwrap();
        }
        let next = next
            .map(|next| format!("<nextToken>{next}</nextToken>"))
            .unwrap_or_default();
        format!(
            "<R><reservationSet><item><ownerId>123456789012</ownerId><instancesSet>{xml}</instancesSet></item></reservationSet>\
             {next}</R>"
        )
    }
}
