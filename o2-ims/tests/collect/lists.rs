//! Backends that are listed again and again.

use o2_core::ErrorKind;
use o2_core::collect::CollectorState;
use o2_core::registry::Status;
use o2_ims::{IMSPlugin, Resource};
use std::sync::Arc;

use super::backend::Backend;
use super::world::{World, any_age};

fn resource(id: &str) -> Resource {
    Resource::new(id, "t", "a")
}

#[test]
fn differences_between_lists_are_told() {
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    backend.put_pool("b", "1");
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        backend.put_pool("a", "2");
        backend.put_pool("a", "3");
        backend.delete_pool("b");
        backend.put_pool("c", "1");
        world.wait(31).await;
    });
    assert_eq!(world.told.words(), ["Updated a=3", "Created c=1", "Deleted b"]);
    assert_eq!(world.view().mode, "poll");
}

#[test]
fn a_list_that_fails_says_nothing_about_its_type_and_does_not_stop_the_others() {
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    backend.put_resource(resource("r"));
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        backend.resources_fail(Some(ErrorKind::Timeout));
        backend.put_pool("b", "1");
        world.wait(31).await;
        let view = world.view();
        assert_eq!((view.state, view.objects["resource"]), (CollectorState::Behind, 1));
        backend.resources_fail(None);
        backend.put_resource(resource("s"));
        world.wait(31).await;
        assert_eq!(world.view().state, CollectorState::Current);
    });
    assert_eq!(world.told.words(), ["Created b=1", "Created s="]);
}

#[test]
fn the_first_complete_list_of_a_type_is_told_to_nobody_however_late() {
    let backend = Backend::polled("edge");
    backend.put_resource(resource("r"));
    backend.resources_fail(Some(ErrorKind::Unavailable));
    let world = World::new(&backend);
    world.run(async {
        world.wait(100).await;
        assert_eq!(world.view().state, CollectorState::Behind);
        backend.resources_fail(None);
        world.wait(31).await;
        backend.put_resource(resource("s"));
        world.wait(31).await;
    });
    assert_eq!(world.told.words(), ["Created s="]);
}

#[test]
fn another_plugin_of_the_same_name_tells_the_difference() {
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        let other = Backend::polled("edge");
        other.put_pool("b", "1");
        let registry = world.plugins.registry();
        registry.replace(Arc::clone(&other) as Arc<dyn IMSPlugin>).unwrap();
        world.wait(5).await;
        assert_eq!(world.told.words(), ["Created b=1", "Deleted a"]);
        assert_eq!(backend.lists() + other.lists(), 2);
    });
}

#[test]
fn disabled_plugins_are_left_alone_and_those_that_are_gone_forgotten() {
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    let world = World::new(&backend);
    world.run(async {
        let registry = world.plugins.registry();
        world.wait(5).await;
        registry.disable("edge").unwrap();
        world.wait(5).await;
        let before = backend.lists();
        backend.put_pool("b", "1");
        world.wait(300).await;
        assert_eq!((backend.lists(), world.view().state), (before, CollectorState::Stopped));
        registry.enable("edge").unwrap();
        assert_eq!(registry.statuses()[0].1, Status::Active);
        world.wait(5).await;
        assert_eq!(world.told.words(), ["Created b=1"]);
        registry.unregister("edge").unwrap();
        world.wait(5).await;
        assert!(world.collectors.views().is_empty());
        assert!(world.pool(&any_age(), "a").await.is_err());
    });
}
