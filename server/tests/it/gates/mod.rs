//! What holds for every address and every subject at once.

mod access_matrix;
pub mod bad_input;
mod caching;
mod canaries;
mod crash;
pub mod cross_site;
mod faults;
mod floods;
#[cfg(target_os = "linux")]
mod full_disk;
mod leaks;
mod outages;
pub mod samples;
