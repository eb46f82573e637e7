//! Who asks, and what they may do and see.

mod limits;
mod source;
mod tenants;

use crate::support::World;

/// Behind a proxy; the tenants `a` and `b` have pools of their own.
const PROXIED: &str = "
plugins:
  ims: [{name: memory, type: memory, config: {tenants: [a, b]}}]
  dms: [{name: memory, type: memory}]
  smo: [{name: memory, type: memory}]
gateway: {resourceWrites: true}
identity:
  source: {type: trustedHeader, proxies: [10.0.0.1]}
  roles:
    - {name: pool-keeper, permissions: ['resourcePools:manage', 'resources:read']}
";

fn proxied() -> World {
    World::of(PROXIED)
}
