//! Releases of the real Helm 3 and 4, with charts in a real registry: `tests/real/peers/registry.sh start` and `helm.sh start`.

mod chart;
mod interrupted;
mod life;
mod rivals;
mod site;
