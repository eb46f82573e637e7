//! The lab backend passes the conformance suite, on the controller in the same process.

mod world;

use futures::executor::block_on;
use o2_testkit::conformance::ims;

use world::Labs;

#[test]
fn it_keeps_the_contract() {
    let report = block_on(ims(&Labs));
    println!("{report}");
    report.assert_green();
}
