//! [`Provider`]: what a machine is made of, which every platform says in its own words.

use serde_json::{Value, json};

/// A `providerSpec.value`.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Provider<'p>(pub(in super::super) &'p Value);

/// Kinds of it, and the platform as `Infrastructure` calls it.
const PLATFORMS: [(&str, &str); 6] = [
    ("AWSMachineProviderConfig", "AWS"),
    ("AzureMachineProviderSpec", "Azure"),
    ("GCPMachineProviderSpec", "GCP"),
    ("VSphereMachineProviderSpec", "VSphere"),
    ("BareMetalMachineProviderSpec", "BareMetal"),
    ("OpenstackProviderSpec", "OpenStack"),
];

impl<'p> Provider<'p> {
    pub(in super::super) fn kind(self) -> Option<&'p str> {
        self.text("/kind")
    }

    pub(in super::super) fn platform(self) -> Option<&'static str> {
        let kind = self.kind()?;
        PLATFORMS
            .iter()
            .find(|(known, _)| *known == kind)
            .map(|(_, platform)| *platform)
    }

    /// What the cloud calls it, or else what it has.
    pub(in super::super) fn instance_type(self) -> Option<String> {
        let names = ["/instanceType", "/vmSize", "/machineType", "/flavor"];
        let name = names.into_iter().find_map(|path| self.text(path)).map(str::to_owned);
        name.or_else(|| {
            let number = |path: &str| self.0.pointer(path)?.as_u64();
            let (cpus, memory) = (number("/numCPUs")?, number("/memoryMiB")?);
            Some(format!("{cpus}cpu-{memory}Mi"))
        })
    }

    pub(in super::super) fn zone(self) -> Option<&'p str> {
        let paths = [
            "/placement/availabilityZone",
            "/zone",
            "/availabilityZone",
            "/workspace/datacenter",
        ];
        paths.into_iter().find_map(|path| self.text(path))
    }

    pub(in super::super) fn region(self) -> Option<&'p str> {
        let paths = ["/placement/region", "/location", "/region"];
        paths.into_iter().find_map(|path| self.text(path))
    }

    fn text(self, path: &str) -> Option<&'p str> {
        self.0.pointer(path)?.as_str().filter(|text| !text.is_empty())
    }
}

/// Says in which zone machines are to be. Whether that can be said.
pub(in super::super) fn set_zone(value: &mut Value, zone: &str) -> bool {
    let platform = Provider(value).platform();
    let spot = match platform {
        Some("AWS") => &mut value["placement"]["availabilityZone"],
        Some("Azure" | "GCP") => &mut value["zone"],
        Some("OpenStack") => &mut value["availabilityZone"],
        _ => return false,
    };
    *spot = json!(zone);
    true
}
