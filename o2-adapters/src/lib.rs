//! Backends of the O2 library, one feature each, and ready-made ports.
//!
//! | feature | what it compiles in | more dependencies |
//! |---|---|---|
//! | `memory` (default) | in-memory backends in `ims::memory`, `dms::memory` and `smo::memory`: the reference semantics | sha2 |
//! | `rt-tokio` | `rt::TokioClock`, the clock port on tokio's timer, and `rt::TokioProcesses`, which runs programs | tokio |
//! | `http-reqwest` | `http::ReqwestClient`, the HTTP port with pools, TLS and proxies | reqwest, rustls |
//! | `store-file` | `store::file::FileStore`, a store in one crash-safe file | redb |
//! | `store-redis` | `store::redis::RedisStore`, what must last in Redis 7 | redis, uuid |
//! | `store-redis-tls` | TLS to it | rustls |
//! | `kit-rest` | the REST kit in [`kit`]; features of backends turn it on | |
//! | `kit-kube` | the room of the Kubernetes family in `kube`; features of backends turn it on | kube, k8s-openapi, tokio |
//! | `kubernetes` | `ims::kubernetes`, a cluster as infrastructure: nodes, volumes, pools of Cluster API or by labels | kube |
//! | `openshift` | `ims::openshift`, a cluster as infrastructure: nodes, machines, hosts; `MachineSets` and other pools | kube |
//! | `argocd` | `dms::argocd`: deployments as Applications of Argo CD | kube, uuid |
//! | `flux` | `dms::flux`: deployments as HelmReleases and Kustomizations of Flux | kube, uuid |
//! | `helm` | `dms::helm`: deployments as releases of Helm, by its program; charts from registries and repositories | kube, flate2, semver, tar |
//! | `crossplane` | `dms::crossplane`: deployments as claims and composite resources of Crossplane | kube, uuid |
//! | `kustomize` | `dms::kustomize`: packages of kustomizations, built by the program kustomize | kube, flate2, tar |
//! | `aws` | `ims::aws`: Auto Scaling groups, instances, volumes and networks of AWS | hmac, quick-xml, sha2 |
//! | `vsphere` | `ims::vsphere`: clusters and resource pools of a vCenter; its hosts or virtual machines | quick-xml |
//! | `openstack` | `ims::openstack`: hypervisors or servers of an OpenStack region as resources, host aggregates as pools | http, url |
//!
//! Each category has a `catalog()` that lists the backends which are compiled in and knows the names of the others, so
//! that a configuration which asks for one of these is told which feature to enable. An embedder who wants a backend
//! without configuration calls its constructor.

pub mod dms;
#[cfg(any(feature = "aws", feature = "kit-kube", feature = "openstack", feature = "vsphere"))]
#[cfg(test)]
mod documented;
#[cfg(any(
    feature = "aws",
    feature = "kit-kube",
    feature = "memory",
    feature = "openstack",
    feature = "vsphere"
))]
mod held;
#[cfg(feature = "http-reqwest")]
pub mod http;
pub mod ims;
pub mod kit;
#[cfg(feature = "kit-kube")]
pub mod kube;
#[cfg(all(
    any(feature = "aws", feature = "openstack", feature = "vsphere"),
    feature = "http-reqwest",
    feature = "rt-tokio"
))]
#[cfg(test)]
mod listening;
#[cfg(feature = "memory")]
mod memory;
pub mod observability;
#[cfg(feature = "rt-tokio")]
pub mod rt;
pub mod smo;
#[cfg(all(
    any(feature = "openstack", feature = "vsphere"),
    feature = "http-reqwest",
    feature = "rt-tokio"
))]
#[cfg(test)]
mod spread;
pub mod store;

#[cfg(test)]
mod tests {
    use o2_core::plugin::{Catalog, Plugin};

    fn check<P: ?Sized + Plugin>(catalog: &Catalog<P>, known: &[(&str, &str)]) {
        for (kind, feature) in known {
            let error = match catalog.find(kind) {
                Err(error) => error,
                Ok(compiled_in) => {
                    assert_eq!(
                        compiled_in.kind, *feature,
                        "{kind} is compiled in under another feature"
                    );
                    continue;
                }
            };
            let expected = format!("'{kind}' exists but is not compiled in; enable the cargo feature '{feature}'");
            assert!(error.message().ends_with(&expected), "{error}");
        }
        let error = catalog.find("nonsense").unwrap_err();
        assert!(error.message().contains("unknown"), "{error}");
    }

    #[test]
    fn kinds_that_are_not_compiled_in_name_their_feature() {
        let ims = [
            ("kubernetes", "kubernetes"),
            ("k8s", "kubernetes"),
            ("openshift", "openshift"),
            ("openstack", "openstack"),
            ("dell", "dtias"),
            ("vmware", "vsphere"),
            ("aws", "aws"),
            ("azure", "azure"),
            ("GKE", "gcp"),
            ("equinix", "equinix"),
        ];
        let dms = [
            ("helm", "helm"),
            ("argocd", "argocd"),
            ("flux", "flux"),
            ("kustomize", "kustomize"),
            ("crossplane", "crossplane"),
            ("onap-dms", "onap-lcm"),
            ("osm-lcm", "osm-lcm"),
        ];
        let smo = [
            ("onap", "onap"),
            ("osm", "osm"),
            ("custom", "custom"),
            ("cloudify", "cloudify"),
            ("camunda", "camunda"),
        ];
        let observability = [("prometheus", "prometheus"), ("jaeger", "jaeger"), ("loki", "loki")];
        check(&super::ims::catalog(), &ims);
        check(&super::dms::catalog(), &dms);
        check(&super::smo::catalog(), &smo);
        check(&super::observability::catalog(), &observability);
    }
}
