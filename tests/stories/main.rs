//! The stories with a browser, in one process: they share its runtime and its Chromium (`support/engine.rs`).
//!
//! `cargo test --test stories -- [NAME…]`, with the options of libtest. `STORIES_JUNIT` names a file for the results.

#[macro_use]
mod runner;

mod browser;
mod canary;
mod complete;
mod connect;
mod dead;
mod faults;
mod hotmart;
mod killed;
mod lists;
mod market_pages;
mod neighbours;
mod overlapping;
mod scrape;
mod screenshots;
#[path = "../support/mod.rs"]
mod support;
mod truth;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The longest first, so that none is left over at the end; those that wait most (truth) among those that compute.
    runner::main(
        killed::STORIES,
        &[
            truth::STORIES,
            dead::STORIES,
            scrape::STORIES,
            hotmart::STORIES,
            browser::faults::STORIES,
            neighbours::STORIES,
            overlapping::STORIES,
            faults::STORIES,
            connect::STORIES,
            complete::STORIES,
            lists::STORIES,
            browser::STORIES,
            browser::overlay::STORIES,
            browser::windows::STORIES,
            canary::STORIES,
            market_pages::STORIES,
            screenshots::STORIES,
        ],
    )
}
