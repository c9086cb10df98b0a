//! A chart as data for plotly.js: traces and layout without colours of text and background, which the page's theme adds.

use serde_json::{Map, Value, json};

use super::{Axis, Chart, Mark, Scale, Series, look};

/// The figure of a chart.
pub(crate) fn json(chart: &Chart) -> Value {
    let traces: Vec<Value> = match &chart.heat {
        Some(heat) => vec![json!({
            "type": "heatmap",
            "x": chart.x.categories,
            "y": chart.y.categories,
            "z": heat.values,
            "colorscale": "Viridis",
            "colorbar": { "title": { "text": heat.title, "side": "right" }, "thickness": 14 },
            "hovertemplate": format!("{}: %{{x}}<br>{}: %{{y}}<br>{}: %{{z:.6g}}<extra></extra>",
                escaped(&chart.x.title), escaped(&chart.y.title), escaped(&heat.title)),
        })],
        None => chart.series.iter().flat_map(|series| traces(chart, series)).collect(),
    };
    json!({ "data": traces, "layout": layout(chart) })
}

fn layout(chart: &Chart) -> Value {
    let heat = chart.heat.is_some();
    let bars = chart.series.iter().any(|series| series.mark == Mark::Bars);
    let shapes = chart.shades.iter().map(|shade| {
        json!({
            "type": "rect", "xref": "x", "yref": "paper", "x0": shade.from, "x1": shade.to, "y0": 0, "y1": 1,
            "fillcolor": "rgba(127,127,127,0.18)", "line": { "width": 0 }, "layer": "below",
        })
    });
    let labels = chart.shades.iter().map(|shade| {
        json!({
            "xref": "x", "yref": "paper", "x": 0.5 * (shade.from + shade.to), "y": 1, "yanchor": "top",
            "text": escaped(&shade.label), "showarrow": false,
        })
    });
    json!({
        "xaxis": axis(&chart.x, heat),
        "yaxis": axis(&chart.y, heat),
        "barmode": if bars { "group" } else { "overlay" },
        "shapes": shapes.collect::<Vec<_>>(),
        "annotations": labels.collect::<Vec<_>>(),
        "hovermode": "closest",
        "showlegend": !heat && chart.series.len() > 1,
    })
}

fn axis(axis: &Axis, heat: bool) -> Value {
    let mut value = json!({ "title": { "text": escaped(&axis.title) }, "automargin": true });
    let map = value.as_object_mut().expect("an object literal");
    if heat {
        map.insert("type".into(), "category".into());
    } else if !axis.categories.is_empty() {
        let places: Vec<usize> = (0..axis.categories.len()).collect();
        map.insert("tickvals".into(), json!(places));
        let names: Vec<String> = axis.categories.iter().map(|name| escaped(name)).collect();
        map.insert("ticktext".into(), json!(names));
        // The names say what they are; a title beneath them would stand in the legend.
        map.remove("title");
    } else if axis.scale == Scale::Log {
        map.insert("type".into(), "log".into());
        map.insert("exponentformat".into(), "power".into());
    }
    value
}

fn traces(chart: &Chart, series: &Series) -> Vec<Value> {
    let (colour, dashed) = look(series.colour);
    let mut trace = Map::new();
    let mut set = |key: &str, value: Value| {
        trace.insert(key.into(), value);
    };
    set("name", escaped(&series.name).into());
    set("legendgroup", series.name.clone().into());
    set("x", json!(series.x));
    // Numbers that do not exist are null: a gap.
    set("y", json!(series.y));
    set("hovertemplate", hover(chart, series).into());
    if !chart.x.categories.is_empty() {
        let places: Vec<String> = series.x.iter().map(|x| escaped(&chart.x.place(*x))).collect();
        set("text", json!(places));
        set("textposition", "none".into());
    }
    if series.mark == Mark::Bars {
        set("type", "bar".into());
        set("marker", json!({ "color": colour, "pattern": { "shape": if dashed { "/" } else { "" } } }));
    } else {
        set("type", "scatter".into());
        set(
            "mode",
            match series.mark {
                Mark::Points => "markers",
                _ if series.x.len() <= 24 => "lines+markers",
                _ => "lines",
            }
            .into(),
        );
        let shape = if series.mark == Mark::Step { "hv" } else { "linear" };
        set(
            "line",
            json!({ "color": colour, "dash": if dashed { "dash" } else { "solid" }, "width": 2, "shape": shape }),
        );
        set(
            "marker",
            json!({ "color": colour, "size": 7, "symbol": if dashed { "diamond" } else { "circle" } }),
        );
    }
    if !series.error.is_empty() && !series.band {
        set("error_y", json!({ "type": "data", "array": series.error, "thickness": 1.2, "width": 3 }));
    }
    let mut traces: Vec<Value> = band(series, colour).into_iter().collect();
    traces.push(Value::Object(trace));
    traces
}

/// The band of a series, drawn below its line and toggled with it.
fn band(series: &Series, colour: &str) -> Option<Value> {
    if !series.band || series.error.is_empty() {
        return None;
    }
    let known: Vec<usize> =
        (0..series.x.len()).filter(|at| series.y[*at].is_finite() && series.error[*at].is_finite()).collect();
    let there = known.iter().map(|at| (series.x[*at], series.y[*at] + series.error[*at]));
    let back = known.iter().rev().map(|at| (series.x[*at], series.y[*at] - series.error[*at]));
    let (x, y): (Vec<f64>, Vec<f64>) = there.chain(back).unzip();
    Some(json!({
        "type": "scatter", "mode": "lines", "x": x, "y": y, "fill": "toself", "fillcolor": format!("{colour}33"),
        "line": { "width": 0, "color": colour }, "hoverinfo": "skip", "showlegend": false, "legendgroup": series.name,
    }))
}

fn hover(chart: &Chart, series: &Series) -> String {
    let x = if chart.x.categories.is_empty() { "%{x:.6g}" } else { "%{text}" };
    let error = if series.error.is_empty() || series.band { "" } else { " ± %{error_y.array:.2g}" };
    format!(
        "{}<br>{}: {x}<br>{}: %{{y:.6g}}{error}<extra></extra>",
        escaped(&series.name),
        escaped(&chart.x.title),
        escaped(&chart.y.title)
    )
}

/// Text in which plotly.js finds no markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
