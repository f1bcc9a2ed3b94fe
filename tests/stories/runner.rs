//! Runs stories as libtest runs tests, on one runtime: what a browser's driver needs.

use std::{
    env, fs, io,
    pin::Pin,
    process::ExitCode,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Failed, Trial};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
};

use crate::support::{engine, in_full};

/// A story that takes longer hangs; one in full takes its time.
fn timeout() -> Duration {
    Duration::from_mins(if in_full() { 90 } else { 10 })
}

/// Most of a story is waiting, for pages and for what it was promised.
const AT_ONCE: usize = 4;

/// Names how many stories run at once until standard input ends; from then on as many do as there are threads. What else a machine
/// does meanwhile needs its share of it.
const AT_FIRST: &str = "STORIES_AT_FIRST";

/// Room for so many stories.
fn room(threads: usize) -> Arc<Semaphore> {
    let at_first = env::var(AT_FIRST).map_or(threads, |count| count.parse().expect("STORIES_AT_FIRST is a number"));
    let at_first = at_first.min(threads);
    let room = Arc::new(Semaphore::new(at_first));
    if at_first < threads {
        let more = Arc::clone(&room);
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            more.add_permits(threads - at_first);
        });
    }
    room
}

/// A story, and where it stands.
#[derive(Clone, Copy)]
pub struct Story {
    pub module: &'static str,
    pub name: &'static str,
    pub tell: fn() -> Pin<Box<dyn Future<Output = ()>>>,
}

impl Story {
    /// Without the name of this program: `connect::two_users_at_once_stay_apart`.
    fn full_name(&self) -> String {
        let module = self.module.split_once("::").map_or("", |(_, module)| module);
        format!("{module}::{}", self.name)
    }
}

/// The stories of a module, by the names of their functions. One that is in no list is dead code.
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        pub const STORIES: &[$crate::runner::Story] = &[$($crate::runner::Story {
            module: module_path!(),
            name: stringify!($name),
            tell: || Box::pin($name()),
        }),+];
    };
}

struct Told {
    name: String,
    took: Duration,
    failure: Option<String>,
}

/// Splits the command line into options and names: `libtest_mimic` takes one name at most, libtest any number.
fn split_names(command_line: impl Iterator<Item = String>) -> (Vec<String>, Vec<String>) {
    const WITH_VALUE: [&str; 5] = ["--test-threads", "--logfile", "--skip", "--color", "--format"];
    let (mut options, mut names) = (Vec::new(), Vec::new());
    let mut rest = command_line;
    while let Some(argument) = rest.next() {
        if !argument.starts_with('-') {
            names.push(argument);
            continue;
        }
        let has_value = WITH_VALUE.contains(&argument.as_str());
        options.push(argument);
        if has_value {
            options.extend(rest.next());
        }
    }
    (options, names)
}

/// `first` in their order; the others a story of each module in turn, since stories of one module may wait for each other. Modules
/// with many begin earlier: at the end there is something of all of them to do at once.
pub fn main(first: &'static [Story], others: &[&'static [Story]]) -> ExitCode {
    let mut command_line = env::args();
    let program = command_line.next();
    let (options, names) = split_names(command_line);
    let mut arguments = Arguments::from_iter(program.into_iter().chain(options));
    let is_wanted = |story: &Story| {
        let full = story.full_name();
        names.is_empty() || names.iter().any(|name| if arguments.exact { full == *name } else { full.contains(name) })
    };
    let longest = others.iter().map(|module| module.len()).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|turn| {
        others.iter().filter_map(move |module| module.get((turn + module.len()).checked_sub(longest)?))
    });
    let stories: Vec<Story> = first.iter().chain(in_turn).copied().filter(is_wanted).collect();
    let room = room(*arguments.test_threads.get_or_insert(AT_ONCE));
    let runtime = Arc::new(Builder::new_multi_thread().enable_all().build().expect("a runtime"));
    let told: Arc<Mutex<Vec<Told>>> = Arc::default();
    let trials = stories.into_iter().map(|story| trial(story, &runtime, &room, &told)).collect();
    let began = Instant::now();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if arguments.list {
        return ExitCode::SUCCESS;
    }
    let ended = runtime.block_on(engine::shut_down());
    if let Some(path) = env::var_os("STORIES_JUNIT") {
        let told = std::mem::take(&mut *told.lock().expect("no story holds it"));
        fs::write(path, junit(told, began.elapsed())).expect("STORIES_JUNIT can be written");
    }
    if let Err(left) = &ended {
        eprintln!("the shared browsers did not end: {left}");
    }
    if conclusion.has_failed() || ended.is_err() { ExitCode::from(101) } else { ExitCode::SUCCESS }
}

fn trial(story: Story, runtime: &Arc<Runtime>, room: &Arc<Semaphore>, told: &Arc<Mutex<Vec<Told>>>) -> Trial {
    let (runtime, room, told) = (Arc::clone(runtime), Arc::clone(room), Arc::clone(told));
    Trial::test(story.full_name(), move || {
        let _permit = runtime.block_on(room.acquire()).expect("it is never closed");
        let began = Instant::now();
        let telling = std::panic::catch_unwind(|| {
            runtime.block_on(async { tokio::time::timeout(timeout(), (story.tell)()).await })
        });
        let failure = match telling {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(format!("the story was not over after {:?}", timeout())),
            Err(panic) => Some(message_of(&*panic)),
        };
        let one = Told { name: story.full_name(), took: began.elapsed(), failure: failure.clone() };
        told.lock().expect("no story holds it").push(one);
        failure.map_or(Ok(()), |failure| Err(Failed::from(failure)))
    })
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the story panicked").to_owned()
}

fn junit(told: Vec<Told>, took: Duration) -> String {
    let mut suite = TestSuite::new("stories");
    suite.set_time(took);
    suite.add_test_cases(told.into_iter().map(|Told { name, took, failure }| {
        let status = match failure {
            None => TestCaseStatus::success(),
            Some(failure) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(failure);
                status
            }
        };
        let mut case = TestCase::new(name, status);
        case.set_time(took).set_classname("stories");
        case
    }));
    let mut report = Report::new("stories");
    report.set_time(took).add_test_suite(suite);
    report.to_string().expect("XML")
}
