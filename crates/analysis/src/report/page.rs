//! A page as HTML: everything it needs is in it.

use crate::Table;
use crate::chart::{Chart, json};
use crate::report::{Page, Section};

/// plotly.js, put here by the build script.
const PLOTLY: &str = include_str!(concat!(env!("OUT_DIR"), "/plotly.min.js"));
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Rows of a table that stand in the page.
const MOST_ROWS: usize = 400;

/// The page, with the figures of its charts for print and for readers without scripts.
pub(super) fn html(page: &Page, figures: &[(String, String)]) -> String {
    let title = escaped(&page.title);
    let sections: String = page.sections.iter().map(|own| section(own, figures)).collect();
    let charts: serde_json::Map<String, serde_json::Value> = page
        .sections
        .iter()
        .flat_map(|section| &section.charts)
        .map(|chart| (chart.id.clone(), json(chart)))
        .collect();
    // Nothing in the data may end the element that holds it.
    let charts = serde_json::Value::Object(charts).to_string().replace("</", "<\\/");
    let policy =
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n<noscript><style>.live {{ display: none }} .still {{ display: block }}</style></noscript>\n\
         </head>\n<body>\n<main>\n<header><h1>{title}</h1><p class=\"lead\">{lead}</p></header>\n{warnings}{numbers}\
         {contents}{sections}</main>\n<script>{PLOTLY}</script>\n\
         <script type=\"application/json\" id=\"charts\">{charts}</script>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        lead = escaped(&page.lead),
        warnings = warnings(page),
        numbers = numbers(page),
        contents = contents(page),
    )
}

fn warnings(page: &Page) -> String {
    let items = page.warnings.iter().map(|warning| format!("<li>{}</li>", escaped(warning)));
    let items: String = items.collect();
    if items.is_empty() {
        items
    } else {
        format!("<aside class=\"warnings\"><h2>Before citing</h2><ul>{items}</ul></aside>\n")
    }
}

fn numbers(page: &Page) -> String {
    let cards = page.numbers.iter().map(|[name, number, remark]| {
        format!(
            "<div class=\"card\"><dt>{}</dt><dd>{}</dd><p>{}</p></div>",
            escaped(name),
            escaped(number),
            escaped(remark)
        )
    });
    let cards: String = cards.collect();
    if cards.is_empty() { cards } else { format!("<dl class=\"cards\">{cards}</dl>\n") }
}

fn contents(page: &Page) -> String {
    let links = page
        .sections
        .iter()
        .map(|section| format!("<a href=\"#{}\">{}</a>", anchor(&section.title), escaped(&section.title)));
    format!("<nav aria-label=\"Contents\">{}</nav>\n", links.collect::<Vec<_>>().join(" "))
}

fn anchor(title: &str) -> String {
    title.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}

fn section(section: &Section, figures: &[(String, String)]) -> String {
    let charts: String = section.charts.iter().map(|own| chart(own, figures)).collect();
    let charts = if charts.is_empty() { charts } else { format!("<div class=\"charts\">\n{charts}</div>\n") };
    let tables: String = section.tables.iter().map(table_block).collect();
    let listings = section.listings.iter().map(|(what, text)| {
        format!("<h3>{}</h3>\n<pre tabindex=\"0\">{}</pre>\n", escaped(what), escaped(text))
    });
    format!(
        "<section id=\"{}\">\n<h2>{}</h2>\n<p class=\"lead\">{}</p>\n{charts}{tables}{}</section>\n",
        anchor(&section.title),
        escaped(&section.title),
        escaped(&section.lead),
        listings.collect::<String>()
    )
}

fn chart(chart: &Chart, figures: &[(String, String)]) -> String {
    let still = figures.iter().find(|(id, _)| *id == chart.id).map_or("", |(_, svg)| svg.as_str());
    let table = chart.table();
    format!(
        "<figure id=\"{id}\">\n<h3>{title}</h3>\n<div class=\"live\" id=\"chart-{id}\" role=\"img\" \
         aria-label=\"{title}\"></div>\n<div class=\"still\">{still}</div>\n<figcaption>{caption}</figcaption>\n\
         <details><summary>Numbers</summary>{table}</details>\n</figure>\n",
        id = chart.id,
        title = escaped(&chart.title),
        caption = escaped(&chart.caption),
        table = table_html(&table),
    )
}

fn table_block(table: &Table) -> String {
    let title =
        if table.title.is_empty() { String::new() } else { format!("<h3>{}</h3>\n", escaped(&table.title)) };
    let notes = table.notes.iter().map(|note| format!("<p class=\"note\">{}</p>\n", escaped(note)));
    format!("{title}{}\n{}", table_html(table), notes.collect::<String>())
}

/// A table that scrolls by itself where it is wider than the page.
fn table_html(table: &Table) -> String {
    let numeric = table.numeric();
    let class =
        |column: usize| if numeric.get(column).copied().unwrap_or(false) { " class=\"number\"" } else { "" };
    let cells = |tag: &str, row: &[String]| -> String {
        let cell = |(at, cell)| format!("<{tag}{}>{}</{tag}>", class(at), escaped(cell));
        row.iter().map(String::as_str).enumerate().map(cell).collect::<Vec<_>>().concat()
    };
    let row = |row: &Vec<String>| format!("<tr>{}</tr>\n", cells("td", row));
    let body = table.rows.iter().take(MOST_ROWS).map(row).collect::<Vec<_>>().concat();
    let more = table.rows.len().saturating_sub(MOST_ROWS);
    let more = if more > 0 { format!("<p class=\"note\">and {more} more rows</p>") } else { String::new() };
    format!(
        "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{}</tr></thead>\n<tbody>\n{body}</tbody></table></div>{more}",
        cells("th", &table.headers)
    )
}

/// Text in which HTML finds no markup.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}
