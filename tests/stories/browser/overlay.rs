//! What a picture does not show is told, and what is answered happens in the page.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use staylogged::browser::{
    Context, ContextOptions, MOST_TABS,
    live_view::{
        EditAction, Form, FormButton, FormField, Frame, Input, LiveView, MouseAction, MouseButton, NavigateAction,
        NoticeKind, PageAction, Told, TouchAction, TouchPoint,
    },
};
use tokio::sync::{broadcast, watch};

use super::{Fixture, LONG, click, frame_of, give, key, title, within};

stories! {
    lists_dates_and_colours_are_picked_beside_the_picture,
    dialogs_wait_for_the_person_and_a_late_viewer_sees_them_too,
    a_page_that_asks_before_it_is_left_stays_with_what_was_typed_or_goes,
    a_site_that_asks_for_a_name_and_a_password_asks_the_person,
    a_persons_own_file_gets_into_the_page,
    the_focus_the_mouse_the_menu_and_what_is_copied_are_told,
    what_cannot_be_done_here_is_said_and_the_page_goes_on,
    a_frame_of_another_site_is_part_of_the_page,
    a_frame_of_another_site_within_one_of_another_site_is_part_of_the_page_too,
    things_are_dragged_and_fingers_pinch,
    a_drop_right_after_the_drag_has_begun_is_not_lost,
    a_site_that_is_not_there_is_said_to_be_so_and_one_can_go_back,
    a_form_is_mirrored_and_what_is_filled_in_there_is_in_the_page,
    a_page_at_rest_is_sharp_and_then_costs_nothing,
    whoever_goes_back_while_a_site_that_is_not_there_is_tried_again_is_back,
    whoever_goes_back_while_a_page_loads_again_is_back,
    a_finger_taps_what_it_is_seen_to_tap_as_soon_as_the_page_is_seen_and_when_it_is_sharp,
    a_finger_taps_what_it_is_seen_to_tap_on_a_page_that_came_while_the_one_before_was_pictured,
    a_page_that_was_scrolled_is_sharp_where_it_is_seen,
    the_page_in_front_gets_the_size_that_was_asked_for_last,
}

/// Somebody who looks at the page.
struct Viewer {
    context: Arc<dyn Context>,
    view: LiveView,
    known: Vec<Arc<Told>>,
    told: broadcast::Receiver<Arc<Told>>,
    /// As long as somebody watches, the page is cast.
    _watches: watch::Receiver<Option<Arc<Frame>>>,
}

impl Viewer {
    async fn at(fixture: &Fixture, path: &str) -> Self {
        Self::with(fixture, path, ContextOptions::default()).await
    }

    async fn with(fixture: &Fixture, path: &str, options: ContextOptions) -> Self {
        let context = fixture.open(options).await;
        let view = context.live_view();
        let (known, told) = view.overlay().follow();
        context.visit(&fixture.site.url("app", path), LONG).await.unwrap();
        frame_of(&view, "a picture", |_| true).await;
        if path == "/controls" {
            title(&*context, "ready").await;
        }
        Self { context, _watches: view.frames(), view, known, told }
    }

    async fn told<T>(&mut self, what: &str, fits: impl Fn(&Told) -> Option<T>) -> T {
        if let Some(found) = self.known.iter().find_map(|told| fits(told)) {
            self.known.clear();
            return found;
        }
        within(what, async {
            loop {
                if let Some(found) = fits(self.told.recv().await.unwrap().as_ref()) {
                    return found;
                }
            }
        })
        .await
    }

    async fn notice(&mut self, wanted: NoticeKind) -> Option<String> {
        self.told(&format!("{wanted:?}"), |told| match told {
            Told::Notice { kind, what } if *kind == wanted => Some(what.clone()),
            _ => None,
        })
        .await
    }

    async fn picker(&mut self) -> (u32, staylogged::browser::live_view::Picker) {
        self.told("a picker", |told| match told {
            Told::Picker { id, picker } => Some((*id, picker.clone())),
            _ => None,
        })
        .await
    }

    async fn asked_to_leave(&mut self) -> u32 {
        self.told("the question before leaving", |told| match told {
            Told::Dialog(dialog) if dialog.kind == "beforeunload" => Some(dialog.id),
            _ => None,
        })
        .await
    }

    async fn form(&mut self, what: &str, fits: impl Fn(&Form) -> bool) -> (u32, Form) {
        self.told(what, |told| match told {
            Told::Form { form: Some(form), content, .. } if fits(content) => Some((*form, content.clone())),
            _ => None,
        })
        .await
    }

    async fn clicks(&self, x: f64, y: f64) {
        give(&self.view, click(x, y)).await;
    }

    async fn taps(&self, x: f64, y: f64) {
        let point = TouchPoint { x, y, id: 0 };
        self.does(Input::Touch { action: TouchAction::Start, points: vec![point] }).await;
        self.does(Input::Touch { action: TouchAction::End, points: Vec::new() }).await;
    }

    async fn does(&self, input: Input) {
        give(&self.view, [input]).await;
    }

    /// Moves about on the thing that can be dragged until the mouse has its shape: Chromium drops what comes before a page's
    /// first picture.
    async fn hovers_over_the_thing(&mut self) {
        for x in [60.0, 61.0].into_iter().cycle() {
            self.does(hover(x, 425.0)).await;
            let grabs = self.told("the shape of the mouse", |told| match told {
                Told::Cursor { cursor } => Some(cursor == "grab"),
                _ => None,
            });
            if tokio::time::timeout(Duration::from_millis(200), grabs).await == Ok(true) {
                return;
            }
        }
    }

    async fn titled(&self, wanted: &str) {
        title(&*self.context, wanted).await;
    }
}

/// No button is down.
fn hover(x: f64, y: f64) -> Input {
    let (action, button) = (MouseAction::Moved, MouseButton::None);
    Input::Mouse { action, x, y, button, click_count: 0, delta_x: 0.0, delta_y: 0.0, modifiers: 0 }
}

/// With the left button.
fn mouse(action: MouseAction, x: f64, y: f64) -> Input {
    let (button, click_count) = (MouseButton::Left, 1);
    Input::Mouse { action, x, y, button, click_count, delta_x: 0.0, delta_y: 0.0, modifiers: 0 }
}

fn pick(id: u32, values: Option<&[&str]>, value: Option<&str>) -> Input {
    Input::Pick {
        id,
        values: values.map(|values| values.iter().map(|&value| value.to_owned()).collect()),
        value: value.map(str::to_owned),
        cancelled: false,
    }
}

async fn lists_dates_and_colours_are_picked_beside_the_picture() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/controls").await;
    viewer.clicks(100.0, 25.0).await;
    let (id, picker) = viewer.picker().await;
    assert_eq!((picker.kind.as_str(), picker.label.as_str(), picker.multiple), ("select", "Country", false));
    assert_eq!((picker.x, picker.y, picker.width, picker.height), (10.0, 10.0, 200.0, 30.0));
    let options: Vec<_> =
        picker.options.iter().map(|option| (&*option.label, option.group.as_deref(), option.disabled)).collect();
    assert_eq!(
        options,
        [
            ("Brazil", None, false),
            ("Portugal", Some("Iberia"), false),
            ("Gibraltar", Some("Iberia"), true),
            ("Spain", Some("Iberia"), false),
        ]
    );
    assert!(picker.options[0].selected);
    viewer.does(pick(id, Some(&["1"]), None)).await;
    viewer.titled("country:pt").await;

    // By keyboard; given up, nothing changes.
    give(&viewer.view, key(" ", "Space", 0)).await;
    let (id, picker) = viewer.picker().await;
    assert!(picker.options[1].selected);
    viewer.does(Input::Pick { id, values: None, value: None, cancelled: true }).await;

    viewer.clicks(120.0, 60.0).await;
    let (id, picker) = viewer.picker().await;
    assert_eq!((&*picker.kind, &*picker.label, &*picker.min), ("date", "Birthday", "2000-01-01"));
    viewer.does(pick(id, None, Some("2026-12-24"))).await;
    viewer.titled("day:2026-12-24").await;
    viewer.clicks(100.0, 105.0).await;
    let (id, picker) = viewer.picker().await;
    assert_eq!((&*picker.kind, &*picker.value), ("color", "#000000"));
    viewer.does(pick(id, None, Some("#ff8800"))).await;
    viewer.titled("colour:#ff8800").await;
    fixture.browser.shut_down().await;
}

async fn dialogs_wait_for_the_person_and_a_late_viewer_sees_them_too() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/controls").await;
    viewer.clicks(100.0, 145.0).await;
    let mut seen = Vec::new();
    for (accept, text) in [(true, None), (false, None), (true, Some("Joana".to_owned()))] {
        let dialog = viewer
            .told("a dialog", |told| match told {
                Told::Dialog(dialog) => Some(dialog.clone()),
                _ => None,
            })
            .await;
        let (open, _) = viewer.view.overlay().follow();
        assert!(open.iter().any(|told| matches!(told.as_ref(), Told::Dialog(open) if open.id == dialog.id)));
        seen.push(format!("{}:{}:{}:{}", dialog.kind, dialog.message, dialog.value, dialog.host));
        viewer.does(Input::Dialog { id: dialog.id, accept, text }).await;
    }
    assert_eq!(
        seen,
        ["alert:Look out::app.localhost", "confirm:Sure?::app.localhost", "prompt:Your name?:nobody:app.localhost"]
    );
    viewer.titled("false:Joana").await;
    fixture.browser.shut_down().await;
}

async fn a_page_that_asks_before_it_is_left_stays_with_what_was_typed_or_goes() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/unsaved").await;
    viewer.clicks(100.0, 20.0).await;
    viewer.does(Input::Text { text: "long".into() }).await;
    viewer.titled("note:long").await;
    // By the viewer's own button, and by the page's link: the page is as it was, and takes what is typed next.
    viewer.does(Input::Navigate { action: NavigateAction::Reload }).await;
    let id = viewer.asked_to_leave().await;
    viewer.does(Input::Dialog { id, accept: false, text: None }).await;
    viewer.does(Input::Text { text: "er".into() }).await;
    viewer.titled("note:longer").await;
    viewer.clicks(100.0, 60.0).await;
    let id = viewer.asked_to_leave().await;
    viewer.does(Input::Dialog { id, accept: false, text: None }).await;
    viewer.clicks(100.0, 20.0).await;
    viewer.does(Input::Text { text: "!".into() }).await;
    viewer.titled("note:longer!").await;
    viewer.clicks(100.0, 60.0).await;
    let id = viewer.asked_to_leave().await;
    viewer.does(Input::Dialog { id, accept: true, text: None }).await;
    viewer.titled("form").await;
    fixture.browser.shut_down().await;
}

async fn a_site_that_asks_for_a_name_and_a_password_asks_the_person() {
    let fixture = Fixture::headed().await;
    let context = fixture.open(ContextOptions::default()).await;
    let view = context.live_view();
    let (known, told) = view.overlay().follow();
    let (visiting, url) = (Arc::clone(&context), fixture.site.url("app", "/secret"));
    let going = tokio::spawn(async move { visiting.visit(&url, LONG).await.map(drop) });
    let mut viewer = Viewer { context, _watches: view.frames(), view, known, told };
    for (password, asked) in [("wrong", "Staff only"), ("right", "Staff only")] {
        let auth = viewer
            .told("the question", |told| match told {
                Told::Auth(auth) => Some(auth.clone()),
                _ => None,
            })
            .await;
        assert_eq!((&*auth.host, &*auth.realm), ("app.localhost", asked));
        let (username, password) = ("ana".into(), password.into());
        viewer.does(Input::Credentials { id: auth.id, username, password, cancelled: false }).await;
    }
    going.await.unwrap().unwrap();
    viewer.titled("let in").await;
    fixture.browser.shut_down().await;
}

async fn a_persons_own_file_gets_into_the_page() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/controls").await;
    viewer.clicks(100.0, 185.0).await;
    let asked = viewer
        .told("a question for files", |told| match told {
            Told::Files(files) => Some(files.clone()),
            _ => None,
        })
        .await;
    assert_eq!((&*asked.accept, &*asked.label, asked.multiple), (".txt,text/plain", "Photo", false));
    let files = vec![("olá.txt".to_owned(), Bytes::from_static(b"hello"))];
    viewer.does(Input::Upload { id: asked.id, files }).await;
    viewer.titled("file:olá.txt:text/plain:hello").await;
    fixture.browser.shut_down().await;
}

async fn the_focus_the_mouse_the_menu_and_what_is_copied_are_told() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/controls").await;
    viewer.clicks(100.0, 225.0).await;
    let field = viewer
        .told("the focus", |told| match told {
            Told::Focus { field: Some(field), .. } => Some(field.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        (&*field.kind, &*field.label, field.autocomplete.as_deref()),
        ("email", "Your e-mail", Some("username"))
    );
    assert_eq!((field.x, field.y, field.empty), (10.0, 210.0, true));
    let over = |y| Input::Mouse {
        action: MouseAction::Moved,
        x: 100.0,
        y,
        button: MouseButton::None,
        click_count: 0,
        delta_x: 0.0,
        delta_y: 0.0,
        modifiers: 0,
    };
    viewer.does(over(225.0)).await;
    let is_caret = |told: &Arc<Told>| matches!(told.as_ref(), Told::Cursor { cursor } if cursor == "text");
    viewer.known = viewer.view.overlay().follow().0;
    if !viewer.known.iter().any(is_caret) {
        viewer.known.clear();
        viewer
            .told("the shape of the mouse over a field", |told| match told {
                Told::Cursor { cursor } if cursor == "text" => Some(()),
                _ => None,
            })
            .await;
    }
    viewer.known.clear();

    // A composition is seen in the page before it is committed.
    viewer.does(Input::Composition { text: "joa~".into(), start: 4, end: 4 }).await;
    viewer.titled("name:joa~").await;
    viewer.does(Input::Text { text: "joão@exemplo.com".into() }).await;
    viewer.titled("name:joão@exemplo.com").await;
    viewer.does(Input::Edit { action: EditAction::SelectAll, text: String::new() }).await;
    viewer.does(Input::Edit { action: EditAction::Copy, text: String::new() }).await;
    let copied = |told: &Told| match told {
        Told::Copied { text } => Some(text.clone()),
        _ => None,
    };
    assert_eq!(viewer.told("what was copied", copied).await, "joão@exemplo.com");
    viewer.does(Input::Edit { action: EditAction::Paste, text: "שלום 🎉".into() }).await;
    viewer.titled("name:שלום 🎉").await;

    for action in [MouseAction::Pressed, MouseAction::Released] {
        let button = MouseButton::Right;
        let press = Input::Mouse {
            action,
            x: 100.0,
            y: 225.0,
            button,
            click_count: 1,
            delta_x: 0.0,
            delta_y: 0.0,
            modifiers: 0,
        };
        viewer.does(press).await;
    }
    let menu = viewer
        .told("a menu", |told| match told {
            Told::Menu(menu) => Some(menu.clone()),
            _ => None,
        })
        .await;
    assert!(menu.editable && !menu.password);
    // A page's own button to copy.
    viewer.clicks(100.0, 385.0).await;
    assert_eq!(viewer.told("what the page copied", copied).await, "recovery-code");
    viewer.titled("copied").await;
    let mut tabs = viewer.context.tabs();
    within("the icon", tabs.wait_for(|tabs| tabs.open[0].icon.is_some())).await.unwrap();
    fixture.browser.shut_down().await;
}

async fn what_cannot_be_done_here_is_said_and_the_page_goes_on() {
    let fixture = Fixture::headed().await;
    let port = fixture.site.url("app", "/").port().unwrap();
    let ours = regex::Regex::new(&format!("^http://[a-z.]+localhost:{port}/")).unwrap();
    let options = ContextOptions { navigate: vec![ours], ..ContextOptions::default() };
    let mut viewer = Viewer::with(&fixture, "/controls", options).await;
    viewer.clicks(100.0, 305.0).await;
    viewer.notice(NoticeKind::Passkey).await;
    viewer.titled("passkey:NotAllowedError").await;
    viewer.clicks(100.0, 345.0).await;
    assert_eq!(viewer.notice(NoticeKind::PermissionDenied).await.as_deref(), Some("geolocation"));
    viewer.titled("where:1").await;
    viewer.clicks(30.0, 260.0).await;
    assert_eq!(viewer.notice(NoticeKind::DownloadBlocked).await.as_deref(), Some("report.pdf"));
    viewer.clicks(30.0, 500.0).await;
    assert_eq!(viewer.notice(NoticeKind::NavigationBlocked).await.as_deref(), Some("elsewhere.test"));
    viewer.titled("where:1").await;
    assert_eq!(viewer.context.tabs().borrow().open.len(), 1);

    viewer.clicks(100.0, 545.0).await;
    viewer.notice(NoticeKind::TooManyPages).await;
    let mut tabs = viewer.context.tabs();
    within("no more tabs than there may be", tabs.wait_for(|tabs| tabs.open.len() == MOST_TABS)).await.unwrap();
    let first = tabs.borrow().open[0].id;
    viewer.does(Input::Page { action: PageAction::Select, id: first }).await;
    viewer.titled("where:1").await;
    fixture.browser.shut_down().await;
}

async fn a_frame_of_another_site_is_part_of_the_page() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/controls").await;
    viewer.clicks(400.0, 160.0).await;
    let field = viewer
        .told("the focus in the frame", |told| match told {
            Told::Focus { field: Some(field), .. } if field.label == "Inner" => Some(field.clone()),
            _ => None,
        })
        .await;
    assert_eq!((field.x, field.y), (300.0, 140.0), "in the view, not in the frame");
    viewer.does(Input::Text { text: "typed".into() }).await;
    viewer.titled("inner:typed").await;
    viewer.clicks(400.0, 120.0).await;
    let (id, picker) = viewer.picker().await;
    assert_eq!((&*picker.label, picker.x, picker.y), ("Size", 300.0, 100.0));
    viewer.does(pick(id, Some(&["1"]), None)).await;
    viewer.titled("size:large").await;
    fixture.browser.shut_down().await;
}

async fn a_frame_of_another_site_within_one_of_another_site_is_part_of_the_page_too() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/nested/1").await;
    viewer.titled("ready").await;
    viewer.clicks(200.0, 160.0).await;
    let field = viewer
        .told("the focus in the inner frame", |told| match told {
            Told::Focus { field: Some(field), .. } if field.label == "Inner" => Some(field.clone()),
            _ => None,
        })
        .await;
    assert_eq!((field.x, field.y), (100.0, 140.0), "in the view, not in one of the frames");
    viewer.does(Input::Text { text: "typed".into() }).await;
    viewer.titled("inner:typed").await;
    viewer.clicks(200.0, 120.0).await;
    let (id, picker) = viewer.picker().await;
    assert_eq!((&*picker.label, picker.x, picker.y), ("Size", 100.0, 100.0));
    viewer.does(pick(id, Some(&["1"]), None)).await;
    viewer.titled("size:large").await;
    fixture.browser.shut_down().await;
}

async fn things_are_dragged_and_fingers_pinch() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/controls").await;
    viewer.hovers_over_the_thing().await;
    viewer.does(mouse(MouseAction::Pressed, 60.0, 425.0)).await;
    for y in [430.0, 440.0, 455.0, 465.0] {
        viewer.does(mouse(MouseAction::Moved, 60.0, y)).await;
        frame_of(&viewer.view, "a picture", |_| true).await;
    }
    viewer.does(mouse(MouseAction::Released, 60.0, 465.0)).await;
    viewer.titled("dropped:the thing").await;

    viewer.does(Input::Resize { width: 900, height: 700, scale: 2.0, touch: true }).await;
    let fingers = |apart: f64| {
        vec![TouchPoint { x: 100.0 - apart, y: 620.0, id: 0 }, TouchPoint { x: 100.0 + apart, y: 620.0, id: 1 }]
    };
    viewer.does(Input::Touch { action: TouchAction::Start, points: fingers(10.0) }).await;
    for apart in [12.0, 20.0, 30.0, 45.0] {
        viewer.does(Input::Touch { action: TouchAction::Move, points: fingers(apart) }).await;
    }
    viewer.does(Input::Touch { action: TouchAction::End, points: Vec::new() }).await;
    viewer.titled("pinched").await;
    fixture.browser.shut_down().await;
}

async fn a_drop_right_after_the_drag_has_begun_is_not_lost() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/controls").await;
    for _ in 0..5 {
        viewer.context.visit(&fixture.site.url("app", "/controls"), LONG).await.unwrap();
        viewer.titled("ready").await;
        viewer.hovers_over_the_thing().await;
        // Nothing is waited for between them: Chromium tells of the drag when the release is here already.
        for (action, y) in [(MouseAction::Pressed, 425.0), (MouseAction::Moved, 465.0), (MouseAction::Released, 465.0)]
        {
            viewer.does(mouse(action, 60.0, y)).await;
        }
        viewer.titled("dropped:the thing").await;
    }
    fixture.browser.shut_down().await;
}

async fn a_site_that_is_not_there_is_said_to_be_so_and_one_can_go_back() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/form").await;
    // A port that nothing listens on any more.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (context, url) =
        (Arc::clone(&viewer.context), format!("http://app.localhost:{}/", dead.port()).parse().unwrap());
    let gone = tokio::spawn(async move { context.visit(&url, LONG).await.map(drop) }).await.unwrap();
    assert!(gone.is_err());
    let (page, error) = viewer
        .told("the error", |told| match told {
            Told::Site { page, error: Some(error) } => Some((*page, error.clone())),
            _ => None,
        })
        .await;
    assert_eq!((&*error.kind, &*error.code, &*error.host), ("refused", "ERR_CONNECTION_REFUSED", "app.localhost"));
    viewer.does(Input::Page { action: PageAction::Close, id: page }).await;
    viewer.titled("form").await;

    let mut tabs = viewer.context.tabs();
    assert!(!tabs.borrow().can_go_back);
    viewer.does(Input::Navigate { action: NavigateAction::Reload }).await;
    viewer.titled("form").await;
    let _ = tabs.borrow_and_update();
    fixture.browser.shut_down().await;
}

async fn a_form_is_mirrored_and_what_is_filled_in_there_is_in_the_page() {
    let fixture = Fixture::headed().await;
    let mut viewer = Viewer::at(&fixture, "/signup").await;
    viewer.view.overlay().mirror(true);
    let (form, content) = viewer.form("the form", |form| form.fields.len() == 5).await;
    assert!(content.faithful);
    assert_eq!((&*content.title, &*content.texts[0]), ("Create your account", "It takes a minute."));
    let kinds: Vec<_> = content.fields.iter().map(|field| (&*field.label, &*field.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("E-mail", "email"),
            ("Password", "password"),
            ("I agree", "checkbox"),
            ("Country", "select"),
            ("Day", "date")
        ]
    );
    assert_eq!((content.fields[0].value.as_deref(), content.fields[0].required), (Some("old@example.com"), true));
    let field = |label: &str| content.fields.iter().find(|field: &&FormField| field.label == label).unwrap().id;
    let button = |label: &str| content.buttons.iter().find(|button: &&FormButton| button.label == label).unwrap();
    assert!(button("Create account").main && !button("Forgot it?").main);
    let fill = |field, text: &str| Input::Fill { form, field, text: Some(text.into()), checked: None, values: None };

    viewer.does(fill(field("E-mail"), "joão@exemplo.com")).await;
    viewer.does(fill(field("Password"), "abc")).await;
    viewer.does(Input::Fill { form, field: field("I agree"), text: None, checked: Some(true), values: None }).await;
    viewer
        .does(Input::Fill { form, field: field("Country"), text: None, checked: None, values: Some(vec!["1".into()]) })
        .await;
    viewer.does(fill(field("Day"), "2026-12-24")).await;
    let create = button("Create account").id;
    viewer.does(Input::Press { form, button: create }).await;
    let (_, wrong) = viewer.form("the complaint", |form| form.fields[1].error.is_some()).await;
    assert_eq!(wrong.fields[1].error.as_deref(), Some("Too short"));
    let values = (wrong.fields[0].value.as_deref(), wrong.fields[1].value.as_deref());
    assert_eq!(values, (Some("joão@exemplo.com"), None), "a password is never read");
    viewer.does(fill(field("Password"), "abcdef")).await;
    viewer.does(Input::Press { form, button: create }).await;
    viewer.titled("joão@exemplo.com|abcdef|yes|Spain|2026-12-24").await;

    // Another page is mirrored by itself; one without a form says so.
    viewer.does(Input::Press { form, button: button("Forgot it?").id }).await;
    let (other, _) = viewer.form("the next page's form", |form| form.title == "form" || form.fields.len() == 4).await;
    assert_ne!(other, form);
    fixture.browser.shut_down().await;
}

async fn a_page_at_rest_is_sharp_and_then_costs_nothing() {
    let fixture = Fixture::headed().await;
    let viewer = Viewer::at(&fixture, "/controls").await;
    viewer.clicks(100.0, 225.0).await;
    viewer.does(Input::Resize { width: 1280, height: 800, scale: 2.0, touch: false }).await;
    let still = frame_of(&viewer.view, "a sharp picture", |frame| frame.scale == 200).await;
    assert_eq!((still.width, still.height), (1280, 800));
    let mut frames = viewer.view.frames();
    frames.mark_unchanged();
    // A field has the focus, and its caret does not blink: three seconds would be six blinks. On a busy machine the page takes
    // a moment to come to rest.
    let mut again = 0;
    while tokio::time::timeout(std::time::Duration::from_secs(3), frames.changed()).await.is_ok() {
        again += 1;
        assert!(again < 10, "a page at rest was pictured again and again");
    }
    viewer.does(Input::Text { text: "a".into() }).await;
    within("the page as it is now", frames.changed()).await.unwrap();
    let still =
        frame_of(&viewer.view, "a sharp picture again", |frame| frame.scale == 200 && frame.sequence > still.sequence)
            .await;
    assert!(still.sequence > 2);
    fixture.browser.shut_down().await;
}

async fn whoever_goes_back_while_a_site_that_is_not_there_is_tried_again_is_back() {
    let fixture = Fixture::headed().await;
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut viewer = Viewer::at(&fixture, &format!("/leads/{}", dead.port())).await;
    for round in 0..10 {
        viewer.clicks(100.0, 20.0).await;
        viewer.told("the error", |told| matches!(told, Told::Site { error: Some(_), .. }).then_some(())).await;
        viewer.does(Input::Navigate { action: NavigateAction::Reload }).await;
        viewer.does(Input::Navigate { action: NavigateAction::Back }).await;
        viewer.titled("leads").await;
        let overlay = viewer.view.overlay();
        within(&format!("no error in round {round}"), async {
            loop {
                let (known, mut told) = overlay.follow();
                if !known.iter().any(|told| matches!(told.as_ref(), Told::Site { .. })) {
                    return;
                }
                let _ = told.recv().await;
            }
        })
        .await;
        viewer.known.clear();
        viewer.told = overlay.follow().1;
    }
    fixture.browser.shut_down().await;
}

/// At a page to which another one has led.
async fn led_to_the_page_of_touches(fixture: &Fixture) -> Viewer {
    let viewer = Viewer::at(fixture, &format!("/leads/{}", fixture.site.at.port())).await;
    viewer.clicks(100.0, 20.0).await;
    viewer.titled("untouched").await;
    viewer
}

async fn whoever_goes_back_while_a_page_loads_again_is_back() {
    let fixture = Fixture::headed().await;
    let viewer = led_to_the_page_of_touches(&fixture).await;
    for _ in 0..20 {
        viewer.does(Input::Navigate { action: NavigateAction::Reload }).await;
        viewer.does(Input::Navigate { action: NavigateAction::Back }).await;
        viewer.titled("leads").await;
        viewer.does(Input::Navigate { action: NavigateAction::Reload }).await;
        viewer.does(Input::Navigate { action: NavigateAction::Forward }).await;
        viewer.titled("untouched").await;
    }
    fixture.browser.shut_down().await;
}

async fn a_finger_taps_what_it_is_seen_to_tap_as_soon_as_the_page_is_seen_and_when_it_is_sharp() {
    let fixture = Fixture::headed().await;
    let port = fixture.site.at.port();
    for (path, (left, top)) in [("/touched".to_owned(), (0.0, 0.0)), (format!("/touched/framed/{port}"), (50.0, 60.0))]
    {
        let viewer = Viewer::at(&fixture, &path).await;
        viewer.does(Input::Resize { width: 390, height: 600, scale: 3.0, touch: true }).await;
        viewer.titled(&format!("{}x{}", 390.0 - left, 600.0 - top)).await;
        for (taps, x) in (1..=12).zip((150..).map(f64::from)) {
            let is_to_be_sharp = taps % 2 == 0;
            frame_of(&viewer.view, "a picture", |frame| (frame.scale > 100) == is_to_be_sharp).await;
            viewer.taps(x + left, 400.0 + top).await;
            viewer.titled(&format!("{taps}:{x},400")).await;
        }
        viewer.context.close().await;
    }
    fixture.browser.shut_down().await;
}

async fn a_finger_taps_what_it_is_seen_to_tap_on_a_page_that_came_while_the_one_before_was_pictured() {
    let fixture = Fixture::headed().await;
    let viewer = Viewer::at(&fixture, &format!("/moves/0/{}", fixture.site.at.port())).await;
    viewer.does(Input::Resize { width: 390, height: 600, scale: 3.0, touch: true }).await;
    viewer.titled("0").await;
    for (next, x) in (1..=16).zip((150..).map(f64::from)) {
        viewer.taps(x, 450.0).await;
        viewer.titled(&format!("{next}?{x},450")).await;
    }
    // And the last of them is sharp in the end.
    frame_of(&viewer.view, "a sharp picture", |frame| frame.scale > 100).await;
    fixture.browser.shut_down().await;
}

async fn a_page_that_was_scrolled_is_sharp_where_it_is_seen() {
    let fixture = Fixture::headed().await;
    let viewer = Viewer::at(&fixture, "/text").await;
    viewer.does(Input::Resize { width: 1280, height: 800, scale: 2.0, touch: false }).await;
    let empty = frame_of(&viewer.view, "a sharp picture", |frame| frame.scale == 200).await;
    let turned = Input::Mouse {
        action: MouseAction::Wheel,
        x: 600.0,
        y: 400.0,
        button: MouseButton::None,
        click_count: 0,
        delta_x: 0.0,
        delta_y: 4000.0,
        modifiers: 0,
    };
    viewer.does(turned).await;
    let is_full = |frame: &Frame| frame.jpeg.len() > 2 * empty.jpeg.len();
    let cast = frame_of(&viewer.view, "the text", |frame| frame.scale == 100 && is_full(frame)).await;
    let still = frame_of(&viewer.view, "a sharp picture of it", |frame| frame.scale == 200).await;
    // An empty picture of any size is smaller than a blurred one of the text.
    assert!(still.jpeg.len() > cast.jpeg.len(), "{} bytes after {}", still.jpeg.len(), cast.jpeg.len());
    fixture.browser.shut_down().await;
}

/// Sizes that come while a pop-up comes to the front, while it goes, and while the page is pictured sharply.
async fn the_page_in_front_gets_the_size_that_was_asked_for_last() {
    let fixture = Fixture::headed().await;
    let viewer = Viewer::at(&fixture, "/opener").await;
    let mut tabs = viewer.context.tabs();
    let opener = tabs.borrow().front;
    let mut sizes = (0..).map(|step| (700 + step % 7 * 30, 500 + step % 5 * 20));
    let ask = async |(width, height): (u16, u16), scale: f32| {
        viewer.does(Input::Resize { width, height, scale, touch: false }).await;
    };
    for round in 0..8 {
        let scale = if round % 2 == 0 { 1.0 } else { 2.0 };
        for is_popup in [true, false] {
            let mut last = (0, 0);
            if is_popup {
                viewer.clicks(100.0, 20.0).await;
                ask(sizes.next().unwrap(), scale).await;
                within("the pop-up", tabs.wait_for(|tabs| tabs.open.len() == 2 && tabs.front != opener)).await.unwrap();
            } else {
                let id = tabs.borrow().front.unwrap();
                viewer.does(Input::Page { action: PageAction::Close, id }).await;
            }
            for _ in 0..2 {
                last = sizes.next().unwrap();
                ask(last, scale).await;
            }
            frame_of(&viewer.view, "a frame of the page in front, of that size", |frame| {
                (Some(frame.page) != opener) == is_popup
                    && (frame.width, frame.height) == last
                    && (frame.scale > 100) == (scale > 1.0)
            })
            .await;
        }
    }
    fixture.browser.shut_down().await;
}
