//! Plugins with one fault each, and the cases that must catch them.

use std::sync::Arc;

use super::fault::Fault;
use super::faults::{activity, identity, paging, plugin, pools, resources, scaling, showing, tenants, trouble, watch};
use super::remote::Network;

/// A plugin with a fault.
pub(super) struct Mutant {
    /// The fault.
    pub(super) name: &'static str,
    /// Makes it, for a plugin on this network.
    pub(super) make: fn(&Arc<Network>) -> Box<dyn Fault>,
    /// The cases that must fail.
    pub(super) caught_by: &'static [&'static str],
}

macro_rules! mutants {
    ($network:ident: $($fault:expr => $($case:literal),+;)*) => {
        &[$(Mutant {
            name: stringify!($fault),
            make: |$network| {
                let _ = $network;
                Box::new($fault)
            },
            caught_by: &[$($case),+],
        }),*]
    };
}

pub(super) const PAGING: &[Mutant] = mutants! { network:
    paging::RandomOrder::default() => "list_resources/order_is_stable";
    paging::LimitIgnored => "list_resource_pools/limit_is_kept";
    paging::LargestPageExceeded::new() => "list_resources/largest_page_is_kept";
    paging::LastOfPageLost => "list_resources/pages_add_up";
    paging::PagesOverlap => "list_resource_types/pages_add_up";
    paging::Offsets =>
        "list_resources/a_walk_survives_changes", "list_resource_pools/a_walk_survives_changes";
    paging::AnyMarker => "list_resource_types/foreign_markers_are_refused";
    paging::MarkersOfAnyFilter => "list_resource_pools/markers_of_another_filter_are_refused";
    paging::TotalOfThePage => "list_resource_pools/total_is_right";
    paging::MarkersOfThisLife::default() => "list_deployment_managers/markers_survive_a_restart";
    paging::FilterIgnored => "list_alarms/filters_are_exact", "list_alarms/filtered_pages_add_up";
    paging::FirstMemberOnly => "list_resources/a_pool_filter_gives_its_members";
    paging::LocationFilteredTwice => "list_resource_pools/filters_are_exact";
    paging::FilterIgnoresCase => "list_resource_pools/filters_are_exact";
    paging::StaleIndex::default() => "create_resource_pool/what_is_created_is_there";
};

pub(super) const IDENTITY: &[Mutant] = mutants! { network:
    identity::IdsOfThisLife::new() => "list_deployment_managers/ids_survive_a_restart";
    identity::IdsSplitAtHyphens => "list_resource_pools/what_is_listed_can_be_read";
    identity::NamesAsIds => "list_resource_types/pages_add_up";
    identity::NoIds => "list_alarms/every_object_has_an_id";
    identity::NotFoundIsInternal => "list_resources/unknown_ids_are_not_found";
    identity::FoundByPrefix => "list_resource_types/unknown_ids_are_not_found";
    identity::PrefixNotStripped => "list_resource_types/what_is_listed_can_be_read";
    identity::ReadingShowsLess => "list_deployment_managers/reading_shows_what_the_list_shows";
};

pub(super) const TROUBLE: &[Mutant] = mutants! { network:
    trouble::OutageIsEmpty => "list_resource_pools/an_outage_is_told";
    trouble::OutageIsAbsence => "list_resource_pools/an_outage_is_not_an_absence";
    trouble::OutageBlamesCaller => "list_alarms/an_outage_is_told";
    trouble::OutageIsFinal => "list_resource_types/an_outage_is_told";
    trouble::DeniedBlamesCaller => "list_resources/refused_credentials_are_told";
    trouble::OddObjectHidesAll(network.clone()) => "list_resources/one_odd_object_does_not_hide_the_others";
    trouble::HangingIsEmpty(network.clone()) => "list_resource_pools/a_hanging_backend_can_be_left";
    trouble::LateIsEmpty => "list_resources/a_past_deadline_is_told";
    trouble::TokenInErrors => "list_resource_types/secrets_stay_secret";
    trouble::TokenInDebug::new() => "plugin/secrets_stay_secret";
    trouble::BusyForEver::default() => "list_resource_types/dropping_leaves_a_usable_plugin";
    trouble::CreatesForEver::default() => "create_resource_pool/a_dropped_call_leaves_a_usable_plugin";
    trouble::OneAtATime::default() => "list_resource_pools/parallel_walks_agree";
};

pub(super) const TENANTS: &[Mutant] = mutants! { network:
    tenants::ForeignListed => "list_resources/foreign_objects_are_not_listed";
    tenants::ForeignRead => "list_resources/foreign_objects_are_not_found";
    tenants::ForeignInOtherWords => "list_resource_pools/foreign_objects_are_missing_in_the_same_words";
    tenants::ForeignMarkers => "list_resource_pools/foreign_markers_show_nothing_foreign";
    tenants::PoolOfNobody => "create_resource_pool/belongs_to_the_tenant";
    tenants::ForeignUpdated => "update_resource_pool/foreign_pools_are_not_found";
    tenants::ForeignDeleted =>
        "delete_resource_pool/never_takes_what_is_not_its_own", "delete_resource_pool/absent_pools_are_not_found";
    tenants::ResourceOfNobody =>
        "create_resource/belongs_to_the_tenant", "create_resource/a_foreign_pool_is_refused";
    tenants::ForeignReleased => "delete_resource/foreign_resources_are_not_found";
    tenants::ForeignHeard => "watch_inventory/other_tenants_hear_nothing";
};

pub(super) const PLUGIN: &[Mutant] = mutants! { network:
    plugin::DeclaredOnly => "get_resource_pool_metrics/is_there_when_declared";
    plugin::Undeclared::new() => "create_resource/is_refused_when_undeclared";
    plugin::AlwaysHealthy => "plugin/health_tells_trouble";
    plugin::NeverHealthy => "plugin/is_healthy";
    plugin::ClosesOnce::default() => "plugin/closing_twice_is_closing_once";
    plugin::NeverCloses => "plugin/closed_is_closed";
    plugin::CapabilitiesShrink::new() => "plugin/capabilities_never_change";
    plugin::OtherInfo::new() => "plugin/info_never_changes";
};

pub(super) const POOLS: &[Mutant] = mutants! { network:
    pools::ExtensionsLost => "create_resource_pool/what_is_created_is_there";
    pools::CreatesOrFinds =>
        "create_resource_pool/a_taken_id_is_refused", "create_resource_pool/one_of_many_wins";
    pools::CreatesTwice =>
        "create_resource_pool/what_is_created_is_there", "create_resource_pool/many_at_once_are_all_there";
    pools::UpdateMerges => "update_resource_pool/removes_what_it_lacks";
    pools::UpdateReplacesLabels => "update_resource_pool/leaves_the_rest_alone";
    pools::UpdateIgnoresVersion => "update_resource_pool/a_stale_state_is_refused";
    pools::UpdateOnlySaysSo => "update_resource_pool/changes_what_it_names";
    pools::UpdateAdds => "update_resource_pool/once_more_changes_nothing";
    pools::UpdateCreates => "update_resource_pool/unknown_pools_are_not_found";
    pools::DeleteOnlySaysSo => "delete_resource_pool/what_is_deleted_is_gone";
    pools::DeleteHidesFailures => "delete_resource_pool/what_is_deleted_is_gone";
    pools::DeleteForces => "delete_resource_pool/what_has_resources_stays";
    pools::DeleteIgnoresVersion => "delete_resource_pool/a_stale_state_is_refused";
    pools::DeletesTheNamespace => "delete_resource_pool/the_others_stay";
    scaling::ReplicasIgnored => "create_resource_pool/gets_its_resources";
    scaling::NeverShrinks => "update_resource_pool/scales_up_and_down";
    scaling::GrowsAnew => "update_resource_pool/scales_up_and_down";
    scaling::ReplicasClipped => "update_resource_pool/impossible_replicas_are_refused";
    scaling::HalfAnUpdate => "update_resource_pool/impossible_replicas_are_refused";
    scaling::ShrinksByForce => "update_resource_pool/never_takes_what_is_not_its_own";
};

pub(super) const RESOURCES: &[Mutant] = mutants! { network:
    resources::AddsTwice => "create_resource/what_is_created_is_there";
    resources::AddsElsewhere => "create_resource/what_is_created_is_there";
    resources::TagsLost => "create_resource/what_is_created_is_there";
    resources::UnknownPoolIsNotFound => "create_resource/an_unknown_pool_is_refused";
    resources::UnknownTypeIsTheUsual => "create_resource/an_unknown_type_is_refused";
    resources::RefusesWithoutNames => "create_resource/an_unknown_pool_is_refused";
    resources::AddsOrFinds => "create_resource/a_taken_id_is_refused", "create_resource/one_of_many_wins";
    resources::ReleaseHidesFailures => "delete_resource/what_is_in_use_stays";
    resources::ReleaseForces => "delete_resource/what_is_in_use_stays";
    resources::ReleaseOnlySaysSo => "delete_resource/what_is_deleted_is_gone";
    resources::ReleaseIgnoresVersion => "delete_resource/a_stale_state_is_refused";
};

pub(super) const SHOWING: &[Mutant] = mutants! { network:
    showing::NoPool => "list_resources/pools_are_listed";
    showing::PoolIsTheZone => "create_resource_pool/gets_its_resources", "list_resources/filters_are_exact";
    showing::PrefixedTypes => "list_resources/types_are_listed";
    showing::OrphanParts => "list_resources/parts_lead_to_their_parents";
    showing::PartsNotFound => "list_resources/parts_lead_to_their_parents";
    showing::OddExtensions => "list_resources/extensions_have_documented_keys";
    showing::NotANumber => "list_resource_pools/json_shows_every_value";
    showing::NoOCloud => "list_resource_pools/each_names_its_o_cloud";
    showing::NoServiceUri => "list_deployment_managers/required_attributes_have_values";
    showing::NoVendor => "list_resource_types/required_attributes_have_values";
    activity::MetricsOfNothing => "get_resource_pool_metrics/absent_pools_are_not_found";
    activity::MetricsOfForeigners => "get_resource_pool_metrics/absent_pools_are_not_found";
    activity::PercentOfPercent => "get_resource_pool_metrics/numbers_are_sound";
    activity::NodesOfOthers => "get_resource_pool_metrics/numbers_are_sound";
    activity::NewestFirst => "list_resource_pool_events/oldest_first_and_once";
    activity::EventsOfNothing => "list_resource_pool_events/absent_pools_are_not_found";
    activity::ClearedAlarms => "list_alarms/only_what_is_raised";
    activity::AlarmsOfNothing => "list_alarms/objects_are_known";
};

pub(super) const WATCH: &[Mutant] = mutants! { network:
    watch::BeginsWithEverything => "watch_inventory/nothing_comes_when_nothing_happens";
    watch::Heartbeats => "watch_inventory/updates_change_something";
    watch::DeletionsLost => "watch_inventory/a_life_is_told_in_order";
    watch::ToldTwice => "watch_inventory/a_life_is_told_in_order";
    watch::OutOfOrder => "watch_inventory/a_life_is_told_in_order";
    watch::NoBefore => "watch_inventory/before_is_what_was_there";
    watch::ResourcesLost => "watch_inventory/changes_from_outside_are_told";
    watch::NewResourcesLost => "watch_inventory/who_applies_changes_knows_the_list";
    watch::AlwaysFromNow =>
        "watch_inventory/resuming_goes_on_behind_the_mark", "watch_inventory/an_outage_loses_nothing";
    watch::OtherIds => "watch_inventory/who_applies_changes_knows_the_list";
    watch::ForgetsSilently => "watch_inventory/forgotten_changes_are_a_conflict";
    watch::OutageDeletes => "watch_inventory/an_outage_deletes_nothing";
    watch::OneWatcher::default() =>
        "watch_inventory/everybody_is_told", "watch_inventory/a_dropped_watch_leaves_a_usable_plugin";
    watch::WatchOutlivesPlugin => "watch_inventory/ends_with_the_plugin";
};

/// All of them.
pub(super) const ALL: &[&[Mutant]] = &[
    PAGING, IDENTITY, TROUBLE, TENANTS, PLUGIN, POOLS, RESOURCES, SHOWING, WATCH,
];
