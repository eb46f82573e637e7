//! Configuration and health; what the program leaves behind; and the conformance suite, on a played cluster.

mod api;
mod charts;
mod clock;
mod command;
mod conformance;
mod controllers;
mod deed;
mod interrupted;
mod program;
mod render;
mod rivals;
mod secrets;
mod storage;
mod values;
mod world;
