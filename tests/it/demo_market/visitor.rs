//! A visitor with a cookie jar, whose `*.localhost` is 127.0.0.1 whatever the system's resolver thinks.

use std::{net::SocketAddr, sync::Arc};

use reqwest::{
    Client, Method, StatusCode, Url,
    cookie::{CookieStore, Jar},
};
use serde_json::{Value, json};
use staylogged::demo::Market;
use url::form_urlencoded;

pub(super) struct Visitor {
    pub client: Client,
    jar: Arc<Jar>,
    port: u16,
    control: String,
}

/// Where the visitor ended up, after redirects.
pub(super) struct Page {
    pub status: StatusCode,
    pub url: String,
    pub host: String,
    pub path: String,
    pub body: String,
}

impl Page {
    pub fn path_with_query(&self) -> String {
        let url = Url::parse(&self.url).expect("a URL");
        format!("{}?{}", url.path(), url.query().unwrap_or_default())
    }

    fn parameter(&self, name: &str) -> String {
        let url = Url::parse(&self.url).expect("a URL");
        url.query_pairs().find(|(found, _)| found == name).unwrap_or_else(|| panic!("{name} in {url}")).1.into_owned()
    }

    pub fn attribute(&self, name: &str) -> String {
        let begin = format!("{name}=\"");
        let rest = self.body.split_once(&begin).unwrap_or_else(|| panic!("{name} in {}", self.body)).1;
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Visitor {
    pub fn of(market: &Market) -> Self {
        Self::with_agent(market, "visitor")
    }

    /// One whose browser calls itself so.
    pub fn with_agent(market: &Market, agent: &str) -> Self {
        Self::with_jar(market.port(), market.control_url(), Arc::default(), agent)
    }

    /// Somebody else with everything that is in this one's jar.
    pub fn as_agent(&self, agent: &str) -> Self {
        Self::with_jar(self.port, self.control.clone(), Arc::clone(&self.jar), agent)
    }

    fn with_jar(port: u16, control: String, jar: Arc<Jar>, agent: &str) -> Self {
        let here = SocketAddr::from(([127, 0, 0, 1], port));
        let mut client =
            crate::support::http::client_builder().cookie_provider(Arc::clone(&jar)).user_agent(agent).no_proxy();
        for host in ["app.demo", "sso.demo", "api-market.demo", "accounts.idp"] {
            client = client.resolve(&format!("{host}.localhost"), here);
        }
        let client = client.build().expect("a client");
        Self { client, jar, port, control }
    }

    pub fn address(&self, host: &str, path: &str) -> String {
        let host = if host == "idp" { "accounts.idp".to_owned() } else { format!("{host}.demo") };
        format!("http://{host}.localhost:{}{path}", self.port)
    }

    async fn send(request: reqwest::RequestBuilder) -> Page {
        let answer = request.send().await.expect("an answer");
        let (status, url) = (answer.status(), answer.url().clone());
        let (host, path) = (url.host_str().unwrap_or_default().to_owned(), url.path().to_owned());
        Page { status, host, path, url: url.into(), body: answer.text().await.expect("a text") }
    }

    pub async fn get(&self, host: &str, path: &str) -> Page {
        Self::send(self.client.get(self.address(host, path))).await
    }

    pub async fn json(&self, host: &str, path: &str) -> Value {
        serde_json::from_str(&self.get(host, path).await.body).expect("JSON")
    }

    fn form(&self, url: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.client.post(url).header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    pub async fn post(&self, host: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        Self::send(self.form(&self.address(host, path), fields)).await
    }

    /// The forms of the SSO post to the address they were shown at.
    pub async fn post_to(&self, page: &Page, fields: &[(&str, &str)]) -> Page {
        Self::send(self.form(&page.url, fields)).await
    }

    pub async fn password(&self, market: &Market, login: &Page) -> Page {
        let account = market.account();
        self.post_to(login, &[("username", &account.email), ("password", &account.password)]).await
    }

    /// Password, code, "remember this device": up to the callback.
    pub async fn log_in(&self, market: &Market) -> Page {
        let login = self.get("app", "/market").await;
        let step = self.password(market, &login).await;
        self.post_to(&step, &[("code", &market.totp_now()), ("remember", "yes")]).await
    }

    /// The whole login, to the access token.
    pub async fn token(&self, market: &Market) -> String {
        let callback = self.log_in(market).await;
        self.finish(&callback).await
    }

    /// What the callback's script does with the code.
    pub async fn exchange(&self, callback: &Page, verifier: Option<&str>) -> (StatusCode, Value) {
        let waiting = self.cookies(&callback.url);
        let name = format!("oidc.{}=", callback.parameter("state"));
        let kept = waiting.split("; ").find_map(|cookie| cookie.strip_prefix(&name)).expect("the verifier's cookie");
        let kept = kept.split('.').next().unwrap_or_default();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &callback.parameter("code")),
            ("code_verifier", verifier.unwrap_or(kept)),
            ("redirect_uri", &self.address("app", "/callback")),
            ("client_id", "demo-market"),
        ];
        let answer = self.form(&self.address("sso", "/token"), &fields).send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// Code to token, token to the application's cookie.
    pub async fn finish(&self, callback: &Page) -> String {
        let (status, answer) = self.exchange(callback, None).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let token = answer["access_token"].as_str().expect("a token").to_owned();
        let session = self.client.post(self.address("app", "/session")).bearer_auth(&token).send().await;
        assert_eq!(session.expect("an answer").status(), StatusCode::NO_CONTENT);
        token
    }

    fn cookies(&self, url: &str) -> String {
        let url = Url::parse(url).expect("a URL");
        self.jar.cookies(&url).and_then(|all| all.to_str().map(ToOwned::to_owned).ok()).unwrap_or_default()
    }

    pub fn session_cookie(&self) -> String {
        let all = self.cookies(&self.address("app", "/"));
        all.split("; ").find_map(|cookie| cookie.strip_prefix("demo_session=")).expect("demo_session").to_owned()
    }

    pub fn set_session_cookie(&self, value: &str) {
        let url = Url::parse(&self.address("app", "/")).expect("a URL");
        self.jar.add_cookie_str(&format!("demo_session={value}; Path=/"), &url);
    }

    pub async fn api(&self, path: &str, token: &str) -> (StatusCode, Value) {
        let request = self.client.get(self.address("api-market", path)).bearer_auth(token);
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    pub async fn search(&self, token: &str, page: u32) -> (StatusCode, Value) {
        let wish = json!({ "page": page, "rows": 20, "userLocale": "PT_BR", "name": "hottest" });
        let request = self.client.post(self.address("api-market", "/v1/market/search")).bearer_auth(token).json(&wish);
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// A POST to the control plane.
    pub async fn control(&self, path: &str, body: Option<Value>) -> Value {
        let mut request = self.client.post(format!("{}{path}", self.control));
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Any request to the control plane: status and answer.
    pub async fn control_by(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request = self.client.request(method, format!("{}{path}", self.control));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status(), answer.json().await.expect("JSON"))
    }

    /// Sets switches; the others stay.
    pub async fn switch(&self, switches: Value) {
        let (status, answer) = self.control_by(Method::PATCH, "/mode", Some(switches)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    pub async fn control_get(&self, path: &str) -> Value {
        self.client.get(format!("{}{path}", self.control)).send().await.expect("an answer").json().await.expect("JSON")
    }
}
