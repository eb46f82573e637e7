//! Every fault is caught, by the case that is about it.

use o2_testkit::conformance::ims_suite;

use super::faults::{activity, identity, paging, plugin, pools, resources, scaling, showing, tenants, trouble, watch};
use super::world::{Clouds, MakeFault, Way};

/// What a plugin does wrong, and the cases that must say so.
type Mutant = (MakeFault, &'static [&'static str]);

#[rustfmt::skip]
const PAGING: &[Mutant] = &[
    (|_| Box::<paging::RandomOrder>::default(), &["list_resources/order_is_stable"]),
    (|_| Box::new(paging::LimitIgnored), &["list_resource_pools/limit_is_kept"]),
    (|_| Box::new(paging::LargestPageExceeded), &["list_resources/largest_page_is_kept"]),
    (|_| Box::new(paging::LastOfPageLost), &["list_resources/pages_add_up"]),
    (|_| Box::new(paging::PagesOverlap), &["list_resource_types/pages_add_up"]),
    (|_| Box::new(paging::Offsets), &["list_resources/a_walk_survives_changes"]),
    (|_| Box::new(paging::AnyMarker), &["list_resource_types/foreign_markers_are_refused"]),
    (|_| Box::new(paging::MarkersOfAnyFilter), &["list_resource_pools/markers_of_another_filter_are_refused"]),
    (|_| Box::new(paging::TotalOfThePage), &["list_resource_pools/total_is_right"]),
    (|_| Box::<paging::MarkersOfThisLife>::default(), &["list_deployment_managers/markers_survive_a_restart"]),
    (|_| Box::new(paging::FilterIgnored), &["list_alarms/filters_are_exact", "list_alarms/filtered_pages_add_up"]),
    (|_| Box::new(paging::LocationFilteredTwice), &["list_resource_pools/filters_are_exact"]),
    (|_| Box::new(paging::FilterIgnoresCase), &["list_resource_pools/filters_are_exact"]),
    (|_| Box::<paging::StaleIndex>::default(), &["create_resource_pool/what_is_created_is_there"]),
];

#[rustfmt::skip]
const IDENTITY: &[Mutant] = &[
    (|_| Box::new(identity::IdsOfThisLife::new()), &["list_deployment_managers/ids_survive_a_restart"]),
    (|_| Box::new(identity::IdsSplitAtHyphens), &["list_resource_pools/what_is_listed_can_be_read"]),
    (|_| Box::new(identity::NamesAsIds), &["list_resource_types/pages_add_up"]),
    (|_| Box::new(identity::NoIds), &["list_alarms/every_object_has_an_id"]),
    (|_| Box::new(identity::NotFoundIsInternal), &["list_resources/unknown_ids_are_not_found"]),
    (|_| Box::new(identity::FoundByPrefix), &["list_resource_types/unknown_ids_are_not_found"]),
    (|_| Box::new(identity::ReadingShowsLess), &["list_deployment_managers/reading_shows_what_the_list_shows"]),
];

#[rustfmt::skip]
const TROUBLE: &[Mutant] = &[
    (|_| Box::new(trouble::OutageIsEmpty), &["list_resource_pools/an_outage_is_told"]),
    (|_| Box::new(trouble::OutageIsAbsence), &["list_resource_pools/an_outage_is_not_an_absence"]),
    (|_| Box::new(trouble::OutageBlamesCaller), &["list_alarms/an_outage_is_told"]),
    (|_| Box::new(trouble::OutageIsFinal), &["list_resource_types/an_outage_is_told"]),
    (|_| Box::new(trouble::DeniedBlamesCaller), &["list_resources/refused_credentials_are_told"]),
    (|n| Box::new(trouble::OddObjectHidesAll(n.clone())), &["list_resources/one_odd_object_does_not_hide_the_others"]),
    (|n| Box::new(trouble::HangingIsEmpty(n.clone())), &["list_resource_pools/a_hanging_backend_can_be_left"]),
    (|_| Box::new(trouble::LateIsEmpty), &["list_resources/a_past_deadline_is_told"]),
    (|_| Box::new(trouble::TokenInErrors), &["list_resource_types/secrets_stay_secret"]),
    (|_| Box::new(trouble::TokenInDebug::new()), &["plugin/secrets_stay_secret"]),
    (|_| Box::<trouble::BusyForEver>::default(), &["list_resource_types/dropping_leaves_a_usable_plugin"]),
    (|_| Box::<trouble::OneAtATime>::default(), &["list_resource_pools/parallel_walks_agree"]),
];

#[rustfmt::skip]
const TENANTS: &[Mutant] = &[
    (|_| Box::new(tenants::ForeignListed), &["list_resources/foreign_objects_are_not_listed"]),
    (|_| Box::new(tenants::ForeignRead), &["list_resources/foreign_objects_are_not_found"]),
    (|_| Box::new(tenants::ForeignInOtherWords), &["list_resource_pools/foreign_objects_are_missing_in_the_same_words"]),
    (|_| Box::new(tenants::ForeignMarkers), &["list_resource_pools/foreign_markers_show_nothing_foreign"]),
    (|_| Box::new(tenants::PoolOfNobody), &["create_resource_pool/belongs_to_the_tenant"]),
    (|_| Box::new(tenants::ForeignUpdated), &["update_resource_pool/foreign_pools_are_not_found"]),
    (|_| Box::new(tenants::ForeignDeleted), &["delete_resource_pool/never_takes_what_is_not_its_own"]),
    (|_| Box::new(tenants::ResourceOfNobody), &["create_resource/belongs_to_the_tenant", "create_resource/a_foreign_pool_is_refused"]),
    (|_| Box::new(tenants::ForeignReleased), &["delete_resource/foreign_resources_are_not_found"]),
    (|_| Box::new(tenants::ForeignHeard), &["watch_inventory/other_tenants_hear_nothing"]),
];

#[rustfmt::skip]
const PLUGIN: &[Mutant] = &[
    (|_| Box::new(plugin::DeclaredOnly), &["get_resource_pool_metrics/is_there_when_declared"]),
    (|_| Box::new(plugin::Undeclared), &["create_resource/is_refused_when_undeclared"]),
    (|_| Box::new(plugin::AlwaysHealthy), &["plugin/health_tells_trouble"]),
    (|_| Box::new(plugin::NeverHealthy), &["plugin/is_healthy"]),
    (|_| Box::<plugin::ClosesOnce>::default(), &["plugin/closing_twice_is_closing_once"]),
    (|_| Box::new(plugin::NeverCloses), &["plugin/closed_is_closed"]),
    (|_| Box::new(plugin::OtherInfo::new()), &["plugin/info_never_changes"]),
];

#[rustfmt::skip]
const POOLS: &[Mutant] = &[
    (|_| Box::new(pools::ExtensionsLost), &["create_resource_pool/what_is_created_is_there"]),
    (|_| Box::new(pools::CreatesOrFinds), &["create_resource_pool/a_taken_id_is_refused", "create_resource_pool/one_of_many_wins"]),
    (|_| Box::new(pools::CreatesTwice), &["create_resource_pool/what_is_created_is_there", "create_resource_pool/many_at_once_are_all_there"]),
    (|_| Box::new(pools::UpdateMerges), &["update_resource_pool/removes_what_it_lacks"]),
    (|_| Box::new(pools::UpdateReplacesLabels), &["update_resource_pool/leaves_the_rest_alone"]),
    (|_| Box::new(pools::UpdateIgnoresVersion), &["update_resource_pool/a_stale_state_is_refused"]),
    (|_| Box::new(pools::UpdateOnlySaysSo), &["update_resource_pool/changes_what_it_names"]),
    (|_| Box::new(pools::UpdateAdds), &["update_resource_pool/once_more_changes_nothing"]),
    (|_| Box::new(pools::UpdateCreates), &["update_resource_pool/unknown_pools_are_not_found"]),
    (|_| Box::new(pools::DeleteOnlySaysSo), &["delete_resource_pool/what_is_deleted_is_gone"]),
    (|_| Box::new(pools::DeleteHidesFailures), &["delete_resource_pool/what_is_deleted_is_gone"]),
    (|_| Box::new(pools::DeleteForces), &["delete_resource_pool/what_has_resources_stays"]),
    (|_| Box::new(pools::DeleteIgnoresVersion), &["delete_resource_pool/a_stale_state_is_refused"]),
    (|_| Box::new(pools::DeletesTheNamespace), &["delete_resource_pool/the_others_stay"]),
    (|_| Box::new(scaling::ReplicasIgnored), &["create_resource_pool/gets_its_resources"]),
    (|_| Box::new(scaling::NeverShrinks), &["update_resource_pool/scales_up_and_down"]),
    (|_| Box::new(scaling::GrowsAnew), &["update_resource_pool/scales_up_and_down"]),
    (|_| Box::new(scaling::ReplicasClipped), &["update_resource_pool/impossible_replicas_are_refused"]),
    (|_| Box::new(scaling::HalfAnUpdate), &["update_resource_pool/impossible_replicas_are_refused"]),
    (|_| Box::new(scaling::ShrinksByForce), &["update_resource_pool/never_takes_what_is_not_its_own"]),
];

#[rustfmt::skip]
const RESOURCES: &[Mutant] = &[
    (|_| Box::new(resources::AddsTwice), &["create_resource/what_is_created_is_there"]),
    (|_| Box::new(resources::AddsElsewhere), &["create_resource/what_is_created_is_there"]),
    (|_| Box::new(resources::TagsLost), &["create_resource/what_is_created_is_there"]),
    (|_| Box::new(resources::UnknownPoolIsNotFound), &["create_resource/an_unknown_pool_is_refused"]),
    (|_| Box::new(resources::UnknownTypeIsTheUsual), &["create_resource/an_unknown_type_is_refused"]),
    (|_| Box::new(resources::RefusesWithoutNames), &["create_resource/an_unknown_pool_is_refused"]),
    (|_| Box::new(resources::AddsOrFinds), &["create_resource/a_taken_id_is_refused", "create_resource/one_of_many_wins"]),
    (|_| Box::new(resources::ReleaseHidesFailures), &["delete_resource/what_is_in_use_stays"]),
    (|_| Box::new(resources::ReleaseForces), &["delete_resource/what_is_in_use_stays"]),
    (|_| Box::new(resources::ReleaseOnlySaysSo), &["delete_resource/what_is_deleted_is_gone"]),
    (|_| Box::new(resources::ReleaseIgnoresVersion), &["delete_resource/a_stale_state_is_refused"]),
];

#[rustfmt::skip]
const SHOWING: &[Mutant] = &[
    (|_| Box::new(showing::NoPool), &["list_resources/pools_are_listed"]),
    (|_| Box::new(showing::PoolIsTheZone), &["create_resource_pool/gets_its_resources", "list_resources/filters_are_exact"]),
    (|_| Box::new(showing::PrefixedTypes), &["list_resources/types_are_listed"]),
    (|_| Box::new(showing::OrphanParts), &["list_resources/parts_lead_to_their_parents"]),
    (|_| Box::new(showing::PartsNotFound), &["list_resources/parts_lead_to_their_parents"]),
    (|_| Box::new(showing::OddExtensions), &["list_resources/extensions_have_documented_keys"]),
    (|_| Box::new(showing::NotANumber), &["list_resource_pools/json_shows_every_value"]),
    (|_| Box::new(showing::NoOCloud), &["list_resource_pools/each_names_its_o_cloud"]),
    (|_| Box::new(showing::NoServiceUri), &["list_deployment_managers/required_attributes_have_values"]),
    (|_| Box::new(showing::NoVendor), &["list_resource_types/required_attributes_have_values"]),
    (|_| Box::new(activity::MetricsOfNothing), &["get_resource_pool_metrics/absent_pools_are_not_found"]),
    (|_| Box::new(activity::MetricsOfForeigners), &["get_resource_pool_metrics/absent_pools_are_not_found"]),
    (|_| Box::new(activity::PercentOfPercent), &["get_resource_pool_metrics/numbers_are_sound"]),
    (|_| Box::new(activity::NodesOfOthers), &["get_resource_pool_metrics/numbers_are_sound"]),
    (|_| Box::new(activity::NewestFirst), &["list_resource_pool_events/oldest_first_and_once"]),
    (|_| Box::new(activity::EventsOfNothing), &["list_resource_pool_events/absent_pools_are_not_found"]),
    (|_| Box::new(activity::ClearedAlarms), &["list_alarms/only_what_is_raised"]),
    (|_| Box::new(activity::AlarmsOfNothing), &["list_alarms/objects_are_known"]),
];

#[rustfmt::skip]
const WATCH: &[Mutant] = &[
    (|_| Box::new(watch::BeginsWithEverything), &["watch_inventory/nothing_comes_when_nothing_happens"]),
    (|_| Box::new(watch::Heartbeats), &["watch_inventory/updates_change_something"]),
    (|_| Box::new(watch::DeletionsLost), &["watch_inventory/a_life_is_told_in_order"]),
    (|_| Box::new(watch::ToldTwice), &["watch_inventory/a_life_is_told_in_order"]),
    (|_| Box::new(watch::OutOfOrder), &["watch_inventory/a_life_is_told_in_order"]),
    (|_| Box::new(watch::NoBefore), &["watch_inventory/before_is_what_was_there"]),
    (|_| Box::new(watch::ResourcesLost), &["watch_inventory/changes_from_outside_are_told"]),
    (|_| Box::new(watch::NewResourcesLost), &["watch_inventory/who_applies_changes_knows_the_list"]),
    (|_| Box::new(watch::AlwaysFromNow), &["watch_inventory/resuming_goes_on_behind_the_mark"]),
    (|_| Box::new(watch::ForgetsSilently), &["watch_inventory/forgotten_changes_are_a_conflict"]),
    (|_| Box::new(watch::OutageDeletes), &["watch_inventory/an_outage_deletes_nothing"]),
    (|_| Box::<watch::OneWatcher>::default(), &["watch_inventory/everybody_is_told", "watch_inventory/a_dropped_watch_leaves_a_usable_plugin"]),
];

/// Runs the cases about the same topics, and looks who failed.
async fn check(mutants: &[Mutant]) {
    let suite = ims_suite();
    for (index, (make, expected)) in mutants.iter().enumerate() {
        let topics: Vec<_> = expected
            .iter()
            .filter_map(|case| case.split_once('/'))
            .map(|(topic, _)| topic)
            .collect();
        let wanted = |name: &str| topics.iter().any(|topic| name.starts_with(&format!("{topic}/")));
        let report = suite.run_some(&Clouds::new("mutant", Way::Faulty(*make)), wanted).await;
        let failed: Vec<_> = report.failures().map(|(case, _)| case.name.as_str()).collect();
        let missed: Vec<_> = expected.iter().filter(|case| !failed.contains(case)).collect();
        assert!(missed.is_empty(), "mutant {index} passes {missed:?}:\n{report}");
    }
}

macro_rules! tests {
    ($($test:ident: $mutants:ident,)*) => {
        $(#[tokio::test]
        async fn $test() {
            check($mutants).await;
        })*
    };
}

tests! {
    faults_of_lists_are_caught: PAGING,
    faults_of_ids_are_caught: IDENTITY,
    faults_in_trouble_are_caught: TROUBLE,
    faults_about_tenants_are_caught: TENANTS,
    faults_of_plugins_are_caught: PLUGIN,
    faults_about_pools_are_caught: POOLS,
    faults_about_resources_are_caught: RESOURCES,
    faults_in_what_is_shown_are_caught: SHOWING,
    faults_of_watches_are_caught: WATCH,
}
