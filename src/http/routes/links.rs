//! Links to a login: to go on with it on another device, or to let somebody see it.

use std::sync::Arc;

use poem_openapi::{ApiResponse, OpenApi, param::Path, payload::Json};

use super::Tag;
use crate::{
    domain::{Link, LinkId, LoginId},
    http::{
        body::Needed,
        grants,
        problem::Problem,
        shared::{Caller, Shared},
        views,
    },
    login::LoginError,
};

/// See [`Tag::Logins`].
#[derive(Debug)]
pub struct LinksApi(pub(super) Arc<Shared>);

/// It was made.
#[derive(ApiResponse)]
enum Made {
    /// The link, this once.
    #[oai(status = 201)]
    Made(Json<views::Link>),
}

/// It is done, and there is nothing to say.
#[derive(Debug, ApiResponse)]
enum Ended {
    /// It opens nothing any more, and what was opened with it is closed.
    #[oai(status = 204)]
    Ended,
}

#[OpenApi(tag = "Tag::Logins")]
impl LinksApi {
    /// Make a link to a login
    ///
    /// For another device of the same person (`control`: "continue on your phone"), or for somebody who may look on
    /// (`view`). It opens this login and nothing else: `control` for 15 minutes, `view` for as long as the login is
    /// under way. What was opened with it in time stays open. The oldest of more than ten is ended.
    #[oai(path = "/logins/:id/links", method = "post", operation_id = "createLink")]
    async fn create_link(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
        /// What the link is to open.
        request: Needed<views::LinkRequest>,
    ) -> Result<Made, Problem> {
        let login = self.0.logins.find(&caller.user, &id.0).await?;
        if login.state.is_over() {
            return Err(LoginError::Over(Box::new(login)).into());
        }
        let now = self.0.clock.now();
        let (token, secret) = grants::new_link()?;
        let mode = request.0.mode.into();
        let link = Link {
            id: LinkId::of(&secret.0),
            secret,
            login: login.id.clone(),
            user: login.user,
            mode,
            created_at: now,
            expires_at: mode.until(now),
            ended_at: None,
        };
        self.0.store.add_link(&link).await?;
        let url = format!("/connect#login={}&token={token}", login.id);
        Ok(Made::Made(Json(views::Link { id: link.id, mode: mode.into(), token, url, expires_at: link.expires_at })))
    }

    /// End a link
    ///
    /// The live views and event streams that were opened with it are closed. Ending an ended link is no error.
    #[oai(path = "/logins/:id/links/:linkId", method = "delete", operation_id = "endLink")]
    async fn end_link(
        &self,
        caller: Caller,
        /// The login's id.
        id: Path<LoginId>,
        /// The link's id.
        #[oai(name = "linkId")]
        link_id: Path<LinkId>,
    ) -> Result<Ended, Problem> {
        let login = self.0.logins.find(&caller.user, &id.0).await?;
        if !self.0.store.end_link(&login.id, &link_id.0, self.0.clock.now()).await? {
            return Err(Problem::no("link", &link_id.0));
        }
        Ok(Ended::Ended)
    }
}
