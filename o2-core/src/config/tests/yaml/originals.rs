//! Configurations in the shapes that the original texts show, which therefore must load.

use serde_json::json;

use super::load;
use crate::config::Config;
use crate::operation::Category;

fn names(config: &Config, category: Category) -> Vec<&str> {
    let plugins = config.plugins.of(category).iter();
    plugins.map(|plugin| plugin.name.as_str()).collect()
}

fn default(config: &Config, category: Category) -> Option<&str> {
    config.default_plugin(category).map(crate::PluginId::as_str)
}

#[test]
fn plugins_by_category_with_routing_by_labels_and_package_type() {
    let config = load(
        r#"
plugins:
  ims:
    - name: kubernetes
      type: kubernetes
      enabled: true
      default: true
      config: {kubeconfig: /etc/kubernetes/admin.conf, ocloudId: ocloud-k8s-1}
    - name: openstack-nfv
      type: openstack
      enabled: true
      config:
        authUrl: https://openstack.example.com:5000/v3
        username: admin
        password: ${OPENSTACK_PASSWORD}
        ocloudId: ocloud-openstack-1
    - name: dtias-edge
      type: dtias
      enabled: true
      config: {endpoint: "https://dtias.dell.com/api/v1", apiKey: "${DTIAS_API_KEY}", ocloudId: ocloud-dtias-edge-1}
  dms:
    - name: helm-deployer
      type: helm
      enabled: true
      default: true
      config: {kubeconfig: /etc/kubernetes/admin.conf, namespace: deployments}
    - name: argocd-gitops
      type: argocd
      enabled: true
      config: {serverUrl: "https://argocd.example.com", authToken: "${ARGOCD_AUTH_TOKEN}"}
    - name: onap-lcm
      type: onap-dms
      enabled: true
      config: {soUrl: "https://onap-so.example.com:8080", sdncUrl: "https://onap-sdnc.example.com:8282"}
  smo:
    - name: onap-integration
      type: onap
      enabled: true
      default: true
      config:
        aaiUrl: https://onap-aai.example.com:8443
        dmaapUrl: https://onap-dmaap.example.com:3904
        soUrl: https://onap-so.example.com:8080
    - name: osm-integration
      type: osm
      enabled: true
      config: {nbiUrl: "https://osm.example.com:9999", username: admin, password: "${OSM_PASSWORD}"}

routing:
  ims:
    rules:
      - name: openstack-nfv-resources
        priority: 100
        plugin: openstack-nfv
        resourceType: "*"
        conditions:
          labels:
            infrastructure.type: openstack
      - name: bare-metal-edge
        priority: 95
        plugin: dtias-edge
        resourceType: "*"
        conditions:
          labels:
            infrastructure.type: bare-metal
      - name: default-kubernetes
        priority: 1
        plugin: kubernetes
        resourceType: "*"
  dms:
    rules:
      - name: gitops-argocd
        priority: 100
        plugin: argocd-gitops
        packageType: git-repo
        conditions:
          gitOps: true
      - name: onap-services
        priority: 95
        plugin: onap-lcm
        packageType: onap-service
      - name: default-helm
        priority: 1
        plugin: helm-deployer
        packageType: helm-chart
  smo:
    default: onap-integration
"#,
    )
    .unwrap();
    assert_eq!(
        names(&config, Category::Ims),
        ["kubernetes", "openstack-nfv", "dtias-edge"]
    );
    assert_eq!(names(&config, Category::Observability), [""; 0]);
    assert_eq!(default(&config, Category::Ims), Some("kubernetes"));
    assert_eq!(default(&config, Category::Dms), Some("helm-deployer"));
    assert_eq!(default(&config, Category::Smo), Some("onap-integration"));
    assert_eq!(config.plugins.ims[1].config["password"], "secret OPENSTACK_PASSWORD");
    let openstack = &config.routing.ims.rules[0];
    assert_eq!((openstack.priority, openstack.plugin.as_str()), (100, "openstack-nfv"));
    assert_eq!(openstack.conditions.labels["infrastructure.type"], "openstack");
    let argocd = &config.routing.dms.rules[0];
    assert_eq!(argocd.package_type.as_deref(), Some("git-repo"));
    assert_eq!(argocd.conditions.capabilities, ["gitops"]);
}

#[test]
fn one_list_of_adapters_with_filters() {
    let config = load(
        r#"
adapters:
  - name: kubernetes
    type: k8s
    enabled: true
    default: true
    config: {kubeconfig: /etc/kubernetes/admin.conf, namespace: default, ocloudId: ocloud-kubernetes-1}
  - name: dtias
    type: dtias
    enabled: true
    config:
      endpoint: https://dtias.dell.com/api
      apiKey: ${DTIAS_API_KEY}
      timeout: 30s
      ocloudId: ocloud-dtias-1
  - name: aws
    type: aws
    enabled: false
    config:
      region: us-east-1
      credentials: ~/.aws/credentials
      ocloudId: ocloud-aws-1

routing:
  rules:
    - resourceType: ResourcePool
      filter:
        extensions.type: "bare-metal"
      adapter: dtias
      priority: 10
    - resourceType: ResourcePool
      filter:
        extensions.type: "cloud"
      adapter: aws
      priority: 10
    - resourceType: Resource
      filter:
        extensions.hasGPU: true
      adapter: kubernetes
      priority: 10
    - resourceType: "*"
      adapter: kubernetes
      priority: 1
"#,
    )
    .unwrap();
    assert_eq!(names(&config, Category::Ims), ["kubernetes", "dtias", "aws"]);
    assert_eq!(default(&config, Category::Ims), Some("kubernetes"));
    assert!(!config.plugins.ims[2].enabled);
    assert_eq!(config.plugins.ims[2].config["credentials"], "~/.aws/credentials");
    let rules = &config.routing.ims.rules;
    let shown: Vec<_> = rules
        .iter()
        .map(|rule| {
            (
                rule.name.as_str(),
                rule.resource_type.as_str(),
                rule.plugin.as_str(),
                rule.priority,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("rule-1", "resourcePool", "dtias", 10),
            ("rule-2", "resourcePool", "aws", 10),
            ("rule-3", "resource", "kubernetes", 10),
            ("rule-4", "*", "kubernetes", 1),
        ]
    );
    assert_eq!(rules[0].conditions.extensions["type"], "bare-metal");
    assert_eq!(rules[2].conditions.extensions["hasGPU"], json!(true));
}

#[test]
fn lists_of_adapters_by_category_with_location_and_extensions() {
    let config = load(
        r#"
imsAdapters:
  - name: kubernetes
    type: k8s
    enabled: true
    default: true
    config:
      kubeconfig: /etc/kubernetes/admin.conf
  - name: dtias
    type: dtias
    enabled: true
    config:
      endpoint: https://dtias.dell.com/api
      apiKey: ${DTIAS_API_KEY}

dmsAdapters:
  - name: helm
    type: helm
    enabled: true
    default: true
    config:
      namespace: default
      driver: secrets
  - name: argocd
    type: argocd
    enabled: true
    config:
      server: argocd-server.argocd.svc.cluster.local
      namespace: argocd

routing:
  ims:
    default: kubernetes
    rules:
      - name: bare-metal-to-dtias
        adapter: dtias
        resourceType: resourcePool
        conditions:
          location:
            prefix: dc-
  dms:
    default: helm
    rules:
      - name: gitops-to-argocd
        adapter: argocd
        resourceType: deployment
        conditions:
          extensions:
            deploymentType: gitops
"#,
    )
    .unwrap();
    assert_eq!(names(&config, Category::Ims), ["kubernetes", "dtias"]);
    assert_eq!(names(&config, Category::Dms), ["helm", "argocd"]);
    assert_eq!(names(&config, Category::Smo), [""; 0]);
    assert_eq!(default(&config, Category::Dms), Some("helm"));
    let rule = &config.routing.ims.rules[0];
    assert_eq!(rule.conditions.location.as_ref().unwrap().prefix, "dc-");
    let rule = &config.routing.dms.rules[0];
    assert_eq!(rule.conditions.extensions["deploymentType"], "gitops");
}

#[test]
fn rules_without_resource_type_match_everything() {
    let config = load(
        r"
plugins:
  ims:
    - {name: kubernetes, type: kubernetes, default: true}
    - {name: openstack-nfv, type: openstack}
    - {name: dtias-edge, type: dtias}
  dms:
    - {name: argocd-gitops, type: argocd}
    - {name: onap-lcm, type: onap-lcm}
routing:
  ims:
    rules:
      - name: openstack-nfv
        priority: 100
        plugin: openstack-nfv
        conditions:
          labels:
            infrastructure.type: openstack
      - name: bare-metal-edge
        priority: 95
        plugin: dtias-edge
        conditions:
          labels:
            infrastructure.type: bare-metal
      - name: default-k8s
        priority: 1
        plugin: kubernetes
  dms:
    rules:
      - name: gitops-deployments
        priority: 100
        plugin: argocd-gitops
        conditions:
          gitOps: true
      - name: onap-services
        priority: 95
        plugin: onap-lcm
        packageType: onap-service
",
    )
    .unwrap();
    assert!(config.routing.ims.rules.iter().all(|rule| rule.resource_type == "*"));
    assert_eq!(
        config.routing.dms.rules[1].package_type.as_deref(),
        Some("onap-service")
    );
    assert_eq!(default(&config, Category::Dms), None);
}
