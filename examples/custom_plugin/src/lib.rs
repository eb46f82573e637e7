//! A plugin of one's own: [`lab`] shows the groups and machines of a lab controller as pools and resources of O2-IMS.
//! The controller is made up; [`controller`] is the whole of it.

pub mod controller;
pub mod lab;
