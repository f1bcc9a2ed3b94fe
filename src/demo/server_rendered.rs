//! `/market/list`: the market without a script, as older sites are: cards written by the server, and a link to the next page.

use std::{fmt::Write, sync::Arc};

use poem::{
    Request, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::{Data, Query},
};
use url::form_urlencoded;

use super::{
    admission::{admit, turn_away},
    listing::{Further, Part, Wish},
    market_app::{cookie_banner, here},
    page::{escape, html_around},
    products::{Money, Row},
    site::{Changing, Site},
};

const LIST: &str = include_str!("pages/list.html");
const WENT_WRONG: &str = "<p class=\"problem\">Something went wrong. Please try again.</p>";

#[handler]
pub(super) fn list(Data(site): Data<&Arc<Site>>, request: &Request, Query(wish): Query<Wish>) -> Response {
    let admitted = admit(site, request.headers());
    if admitted.is_none()
        && let Some(elsewhere) = turn_away(site, here(request))
    {
        return elsewhere;
    }
    let (modes, number) = {
        let Changing { modes, last_page, .. } = &mut *site.changing();
        let begin = if modes.remember_page { *last_page } else { 1 };
        *last_page = wish.page.unwrap_or(begin).max(1);
        (modes.clone(), *last_page)
    };
    let wish = Wish { page: Some(number), query: wish.query, ..Wish::default() };
    let who = admitted.as_ref().map(|admitted| admitted.who);
    let (count, cards, next) = match Part::of(site, &wish, who) {
        Ok(part) if who.is_some() && wish.page == Some(modes.wrong_page) => (part.total, WENT_WRONG.to_owned(), None),
        Ok(part) => (part.total, cards(&part.rows, modes.skin), next_address(&part, &wish.query)),
        Err(_) => (0, cards(&[], modes.skin), None),
    };
    let name = |who| format!("<span class=\"account-name\">{}</span>", escape(&site.account(who).name));
    let account = who.map(name).unwrap_or_default();
    let page = if who.is_some() { "market" } else { "guest" };
    let bar = pagination(number, next.as_deref());
    let (cards, bar) = (modes.language.of_html(&cards), modes.language.of_html(&bar));
    let parts = [("account", account.as_str()), ("cards", &cards), ("next", &bar), ("banner", cookie_banner(&modes))];
    let template = modes.language.of_html(LIST);
    let mut answer = html_around(StatusCode::OK, &template, &[("count", &count.to_string()), ("page", page)], &parts);
    // Where it goes on is not in the first of them, as behind a server that adds its own.
    let links = std::iter::once("</assets/market.css>; rel=preload; as=style".to_owned());
    for link in links.chain(next.map(|address| format!("<{address}>; rel=\"next\""))) {
        answer.headers_mut().extend(HeaderValue::from_str(&link).ok().map(|link| (header::LINK, link)));
    }
    match admitted {
        Some(admitted) => admitted.take(answer),
        None => answer,
    }
}

fn next_address(part: &Part, query: &str) -> Option<String> {
    match part.further {
        Further::Page { page, pages } if page < pages => {
            let mut address = form_urlencoded::Serializer::new(String::new());
            address.append_pair("page", &(page + 1).to_string());
            if !query.is_empty() {
                address.append_pair("q", query);
            }
            Some(format!("/market/list?{}", address.finish()))
        }
        _ => None,
    }
}

fn pagination(page: usize, next: Option<&str>) -> String {
    let first = (page > 1).then(|| "<a class=\"pagination-first\" href=\"/market/list?page=1\">« First</a>".to_owned());
    let next =
        next.map(|next| format!("<a class=\"pagination-next\" rel=\"next\" href=\"{}\">Next ›</a>", escape(next)));
    let links: String = first.into_iter().chain(next).collect();
    if links.is_empty() { links } else { format!("<nav class=\"pagination\">{links}</nav>") }
}

/// The list in a generation of markup; what is written here is what `skins.js` and `cards.js` make.
pub(super) fn cards(rows: &[Row], skin: u8) -> String {
    if rows.is_empty() {
        return "<p class=\"market-empty\">Nothing here is called so.</p>".to_owned();
    }
    let (begin, end) = match skin {
        2 => ("<ul class=\"offers\">", "</ul>"),
        3 => ("<div class=\"css-1v0k2tq\">", "</div>"),
        _ => ("<div class=\"market-grid\">", "</div>"),
    };
    let mut all = begin.to_owned();
    for row in rows {
        all.push_str(&card(row, skin));
    }
    all.push_str(end);
    all
}

fn card(Row { product, producer, affiliation }: &Row, skin: u8) -> String {
    let address = form_urlencoded::Serializer::new(String::new())
        .append_pair("producerUcode", &producer.ucode)
        .append_pair("productUcode", &product.ucode)
        .finish();
    let href = escape(&format!("/market/details?{address}"));
    let (id, ucode, heat) = (product.id, &product.ucode, product.temperature);
    let (name, by, category) = (escape(&product.name), escape(producer.name), escape(product.category));
    let rating = product.review_rating.map_or_else(|| "New".to_owned(), |rating| format!("★ {rating:.1}"));
    let (price, earn) = (money(&product.price), money(&affiliation.commission.price));
    let mut card = String::new();
    // Writing to a String cannot fail.
    let _ = match skin {
        2 => write!(
            card,
            "<li class=\"offer\" data-product-id=\"{id}\" data-product-ucode=\"{ucode}\"><h3 class=\"offer__title\"><a class=\"offer__link\" href=\"{href}\">{name}</a></h3>\
             <p class=\"offer__by\">by <b>{by}</b> in <i>{category}</i></p><p class=\"offer__money\"><span class=\"offer__price\">{price}</span> \
             <span class=\"offer__earn\">{earn}</span></p><span class=\"offer__rating\">{rating}</span><span class=\"offer__heat\">{heat}°</span></li>"
        ),
        3 => write!(
            card,
            "<div class=\"css-9k2x1f\" data-testid=\"card\"><a class=\"css-q8a0zz\" href=\"{href}\"><div class=\"css-77mmt1\" data-testid=\"title\">{name}</div></a>\
             <div class=\"css-0p3e5d\" data-testid=\"by\">{by}</div><div class=\"css-x5ka21\" data-testid=\"category\">{category}</div>\
             <div class=\"css-b81ju4\" data-testid=\"price\">{price}</div><div class=\"css-b81ju4\" data-testid=\"earn\">{earn}</div>\
             <div class=\"css-hh4w0c\" data-testid=\"rating\">{rating}</div><div class=\"css-hh4w0c\" data-testid=\"heat\">{heat}°</div></div>"
        ),
        _ => write!(
            card,
            "<article class=\"product-card\" data-id=\"{id}\" data-ucode=\"{ucode}\"><a class=\"product-link\" href=\"{href}\"><div class=\"product-body\">\
             <p class=\"product-meta\"><span class=\"product-category\">{category}</span><span class=\"product-rating\">{rating}</span></p>\
             <h2 class=\"product-name\">{name}</h2><p class=\"product-producer\">{by}</p>\
             <p class=\"product-money\"><span class=\"product-price\">{price}</span><span class=\"product-commission\">You earn \
             <span class=\"product-commission-price\">{earn}</span></span></p><p class=\"product-temperature\">{heat}°</p></div></a></article>"
        ),
    };
    card
}

/// `R$ 1.234,56` and `US$ 1,234.56`.
pub(super) fn money(money: &Money) -> String {
    let written = format!("{:.2}", money.value);
    let (whole, cents) = written.split_once('.').unwrap_or((&written, "00"));
    let (sign, thousands, decimal) = if money.currency == "BRL" { ("R$", '.', ',') } else { ("US$", ',', '.') };
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(thousands);
        }
        grouped.push(digit);
    }
    format!("{sign} {grouped}{decimal}{cents}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_written_as_people_there_write_them() {
        assert_eq!(money(&Money { currency: "BRL", value: 1234.56 }), "R$ 1.234,56");
        assert_eq!(money(&Money { currency: "USD", value: 1_234_567.5 }), "US$ 1,234,567.50");
        assert_eq!(money(&Money { currency: "USD", value: 29.9 }), "US$ 29.90");
    }
}
