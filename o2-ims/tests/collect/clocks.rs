//! A wall clock that somebody sets.

use o2_core::Timestamp;

use super::backend::Backend;
use super::world::{Outside, World, at_most};

/// Years ahead of the tests' clock, and years behind.
const JUMPS: [&str; 3] = ["2031-06-01T00:00:00Z", "2019-06-01T00:00:00Z", "2026-01-01T00:00:00Z"];

#[test]
fn a_wall_clock_that_jumps_makes_nothing_old_and_tells_nothing() {
    for backend in [Backend::watched("edge"), Backend::polled("edge")] {
        let outside = Outside::lasting();
        backend.put_pool("a", "0");
        let process = outside.process(&backend);
        process.run(async {
            process.wait(5).await;
            for (number, jump) in JUMPS.iter().enumerate() {
                outside.clock.jump_wall(Timestamp::parse(jump).unwrap());
                knows(&process, &number.to_string()).await;
                backend.put_pool("a", &(number + 1).to_string());
                process.wait(90).await;
                knows(&process, &(number + 1).to_string()).await;
            }
        });
        assert_eq!(outside.told.words(), ["Updated a=1", "Updated a=2", "Updated a=3"]);
    }
}

#[test]
fn a_process_that_begins_before_the_last_one_ended_goes_on_from_there() {
    let outside = Outside::lasting();
    let backend = Backend::watched("edge");
    backend.put_pool("a", "0");
    let first = outside.process(&backend);
    first.run(first.wait(5));
    backend.put_pool("a", "1");
    outside.clock.jump_wall(Timestamp::parse(JUMPS[1]).unwrap());
    let second = outside.process(&backend);
    second.run(async {
        second.wait(60).await;
        knows(&second, "1").await;
    });
    assert_eq!(outside.told.words(), ["Updated a=1"]);
}

/// Who takes what is at most two minutes old is answered from what is known, which says its true age.
async fn knows(process: &World, text: &str) {
    let (gets, reader) = (process.backend.gets(), at_most(120));
    assert_eq!(process.pool(&reader, "a").await.unwrap().description, text);
    assert_eq!(process.backend.gets(), gets, "the backend was asked");
    let age = reader.age().unwrap().as_secs();
    assert!(age <= 120, "{age}");
}
