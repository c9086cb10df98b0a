//! A chart as a figure for papers: SVG, drawn here, the same bytes everywhere.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::{
    BLACK, Cartesian2d, Circle, Color, DrawingArea, IntoDrawingArea, IntoFont, LineSeries, PathElement,
    Polygon, RGBColor, Rectangle, SVGBackend, ShapeStyle, Text, WHITE,
};
use plotters::series::DashedLineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Axis, Chart, Heat, Mark, Scale, Series, look};

/// Width and height in pixels.
const SIZE: (u32, u32) = (720, 450);

/// Height of a line of the legend.
const LINE: u32 = 18;

/// Entries of the legend side by side.
const ENTRIES: usize = 4;

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plot<'a, 'b> =
    plotters::chart::ChartContext<'b, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// The figure; drawing into a string cannot fail.
pub(crate) fn svg(chart: &Chart) -> String {
    let mut text = String::new();
    {
        let canvas = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        draw(chart, &canvas).expect("a string takes any drawing");
        canvas.present().expect("a string takes any drawing");
    }
    text.trim_end().to_string() + "\n"
}

fn draw(chart: &Chart, canvas: &Canvas) -> Drawn {
    canvas.fill(&WHITE)?;
    let (title, rest) = canvas.split_vertically(30);
    let font = ("sans-serif", 17).into_font().color(&BLACK);
    title.draw(&Text::new(chart.title.clone(), (12, 8), font))?;
    match &chart.heat {
        Some(heat) => heat_map(chart, heat, &rest),
        None => lines(chart, &rest),
    }
}

/// A number on an axis, on which logarithms are drawn as such.
fn on(axis: &Axis, value: f64) -> f64 {
    if axis.scale == Scale::Log { libm::log10(value) } else { value }
}

fn lines(chart: &Chart, area: &Canvas) -> Drawn {
    let rows = chart.series.len().div_ceil(ENTRIES) as u32;
    let (plot, legend) = area.split_vertically(SIZE.1 - 30 - rows * LINE - 8);
    let (x, y) = ranges(chart);
    let mut context = plotters::chart::ChartBuilder::on(&plot)
        .margin_right(16)
        .x_label_area_size(44)
        .y_label_area_size(66)
        .build_cartesian_2d(x.0..x.1, y.0..y.1)?;
    for shade in &chart.shades {
        let corners = [(on(&chart.x, shade.from).max(x.0), y.0), (on(&chart.x, shade.to).min(x.1), y.1)];
        context.draw_series([Rectangle::new(corners, RGBColor(127, 127, 127).mix(0.18).filled())])?;
    }
    let places = chart.x.categories.len();
    context
        .configure_mesh()
        .light_line_style(WHITE)
        .bold_line_style(RGBColor(225, 225, 225))
        .x_labels(if places > 0 { places.max(2) } else { 8 })
        .y_labels(7)
        .x_label_formatter(&|x| label(&chart.x, *x))
        .y_label_formatter(&|y| label(&chart.y, *y))
        .x_desc(&chart.x.title)
        .y_desc(&chart.y.title)
        .label_style(("sans-serif", 12))
        .axis_desc_style(("sans-serif", 13))
        .draw()?;
    let bars = chart.series.iter().filter(|series| series.mark == Mark::Bars).count();
    let mut bar = 0;
    for series in &chart.series {
        if series.mark == Mark::Bars {
            draw_bars(chart, series, (bar, bars), &mut context)?;
            bar += 1;
        } else {
            draw_line(chart, series, &mut context)?;
        }
    }
    for (number, series) in chart.series.iter().enumerate() {
        let width = ((SIZE.0 - 70) / ENTRIES as u32).cast_signed();
        let [column, line] = [number % ENTRIES, number / ENTRIES].map(|at| (at as u32).cast_signed());
        let corner = (66 + column * width, line * LINE.cast_signed() + 4);
        let colour = colour_of(series);
        legend.draw(&Rectangle::new([corner, (corner.0 + 12, corner.1 + 10)], colour.filled()))?;
        let font = ("sans-serif", 12).into_font().color(&BLACK);
        legend.draw(&Text::new(series.name.clone(), (corner.0 + 17, corner.1), font))?;
    }
    Ok(())
}

fn colour_of(series: &Series) -> RGBColor {
    let (hex, _) = look(series.colour);
    let part = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("the palette is hexadecimal");
    RGBColor(part(1), part(3), part(5))
}

/// What both axes span.
fn ranges(chart: &Chart) -> ((f64, f64), (f64, f64)) {
    let mut x: Vec<f64> = Vec::new();
    let mut y: Vec<f64> = Vec::new();
    for series in &chart.series {
        x.extend(series.x.iter().map(|value| on(&chart.x, *value)));
        for (at, value) in series.y.iter().enumerate() {
            let error = series.error.get(at).copied().filter(|error| error.is_finite()).unwrap_or(0.0);
            y.extend([value - error, value + error].map(|value| on(&chart.y, value)));
        }
        if series.mark == Mark::Bars {
            y.push(0.0);
        }
    }
    if !chart.x.categories.is_empty() {
        x = vec![-0.5, chart.x.categories.len() as f64 - 0.5];
    }
    let pad = if chart.x.categories.is_empty() { 0.02 } else { 0.0 };
    (span(&x, pad), span(&y, 0.05))
}

fn span(values: &[f64], pad: f64) -> (f64, f64) {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if !(low <= high) {
        return (0.0, 1.0);
    }
    let width = if high > low { high - low } else { high.abs().max(1.0) };
    (low - pad * width, high + pad * width + if high > low { 0.0 } else { 0.5 * width })
}

/// A tick in words.
fn label(axis: &Axis, value: f64) -> String {
    if axis.categories.is_empty() {
        return short(if axis.scale == Scale::Log { libm::pow(10.0, value) } else { value });
    }
    let whole = value.round();
    if (value - whole).abs() > 1e-6 || whole < 0.0 {
        return String::new();
    }
    let name = axis.categories.get(whole as usize).cloned().unwrap_or_default();
    // Long names would run into each other.
    let room = (110 / axis.categories.len()).max(6);
    if name.chars().count() <= room { name } else { name.chars().take(room - 1).chain(['…']).collect() }
}

/// Three significant digits, without trailing zeros.
fn short(value: f64) -> String {
    if value.abs() < 1e-12 {
        return "0".into();
    }
    let (mantissa, exponent) = {
        let text = format!("{value:.2e}");
        let (mantissa, exponent) = text.split_once('e').expect("scientific notation has an exponent");
        (mantissa.to_string(), exponent.parse::<i32>().unwrap_or(0))
    };
    if !(-4..6).contains(&exponent) {
        return format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'));
    }
    let text = format!("{value:.*}", usize::try_from((2 - exponent).max(0)).unwrap_or(0));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

fn draw_bars(chart: &Chart, series: &Series, (bar, bars): (usize, usize), plot: &mut Plot) -> Drawn {
    let colour = colour_of(series);
    // Bars of one place take four fifths of it.
    let width = bar_width(chart, series) * 0.8 / bars as f64;
    for (at, (x, y)) in series.x.iter().zip(&series.y).enumerate().filter(|(_, (_, y))| y.is_finite()) {
        let left = x + width * (bar as f64 - bars as f64 / 2.0);
        plot.draw_series([Rectangle::new([(left, 0.0), (left + width, *y)], colour.filled())])?;
        error_bar(chart, series, at, left + width / 2.0, plot)?;
    }
    Ok(())
}

/// How far places lie apart.
fn bar_width(chart: &Chart, series: &Series) -> f64 {
    if chart.x.categories.is_empty() && series.x.len() > 1 { (series.x[1] - series.x[0]).abs() } else { 1.0 }
}

fn error_bar(chart: &Chart, series: &Series, at: usize, x: f64, plot: &mut Plot) -> Drawn {
    let Some(error) = series.error.get(at).copied().filter(|error| *error > 0.0) else { return Ok(()) };
    let y = series.y[at];
    let ends = [y - error, y + error].map(|y| (x, on(&chart.y, y)));
    plot.draw_series([PathElement::new(ends, ShapeStyle::from(&BLACK).stroke_width(1))])?;
    Ok(())
}

fn draw_line(chart: &Chart, series: &Series, plot: &mut Plot) -> Drawn {
    let colour = colour_of(series);
    let style = ShapeStyle::from(&colour).stroke_width(2);
    let at =
        |index: usize, shift: f64| (on(&chart.x, series.x[index]), on(&chart.y, series.y[index] + shift));
    let known: Vec<bool> = (0..series.x.len())
        .map(|index| at(index, 0.0).0.is_finite() && at(index, 0.0).1.is_finite())
        .collect();
    if series.band && series.error.len() == series.x.len() {
        let there = (0..series.x.len()).filter(|index| known[*index] && series.error[*index].is_finite());
        let back: Vec<usize> = there.clone().rev().collect();
        let mut edge: Vec<(f64, f64)> = there.map(|index| at(index, series.error[index])).collect();
        edge.extend(back.into_iter().map(|index| at(index, -series.error[index])));
        if edge.len() > 3 {
            plot.draw_series([Polygon::new(edge, colour.mix(0.2).filled())])?;
        }
    }
    if series.mark != Mark::Points {
        for run in runs(&known) {
            let mut path: Vec<(f64, f64)> = Vec::new();
            for index in run {
                if let (Mark::Step, Some(before)) = (series.mark, path.last().copied()) {
                    path.push((at(index, 0.0).0, before.1));
                }
                path.push(at(index, 0.0));
            }
            if look(series.colour).1 {
                plot.draw_series(DashedLineSeries::new(path, 6, 4, style))?;
            } else {
                plot.draw_series(LineSeries::new(path, style))?;
            }
        }
    }
    for index in (0..series.x.len()).filter(|index| known[*index]) {
        if series.mark == Mark::Points || series.x.len() <= 24 {
            plot.draw_series([Circle::new(at(index, 0.0), 3, colour.filled())])?;
        }
        if !series.band {
            error_bar(chart, series, index, on(&chart.x, series.x[index]), plot)?;
        }
    }
    Ok(())
}

/// Stretches without gaps.
fn runs(known: &[bool]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, known) in known.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if *known && run.end == index => run.end += 1,
            _ if *known => runs.push(index..index + 1),
            _ => {}
        }
    }
    runs
}

fn heat_map(chart: &Chart, heat: &Heat, area: &Canvas) -> Drawn {
    let known: Vec<f64> = heat.values.iter().flatten().flatten().copied().collect();
    let (low, high) = span(&known, 0.0);
    let (columns, rows) = (chart.x.categories.len() as f64, chart.y.categories.len() as f64);
    let mut plot = plotters::chart::ChartBuilder::on(area)
        .margin_right(16)
        .margin_bottom(8)
        .x_label_area_size(44)
        .y_label_area_size(80)
        .build_cartesian_2d(-0.5..columns - 0.5, -0.5..rows - 0.5)?;
    plot.configure_mesh()
        .disable_mesh()
        .x_labels(chart.x.categories.len().max(2))
        .y_labels(chart.y.categories.len().max(2))
        .x_label_formatter(&|x| label(&chart.x, *x))
        .y_label_formatter(&|y| label(&chart.y, *y))
        .x_desc(&chart.x.title)
        .y_desc(&chart.y.title)
        .label_style(("sans-serif", 12))
        .axis_desc_style(("sans-serif", 13))
        .draw()?;
    for (row, values) in heat.values.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            let share = if high > low { (value - low) / (high - low) } else { 0.5 };
            let (x, y) = (column as f64, row as f64);
            let colour = viridis(share);
            plot.draw_series([Rectangle::new([(x - 0.5, y - 0.5), (x + 0.5, y + 0.5)], colour.filled())])?;
            let ink = if share > 0.6 { BLACK } else { WHITE };
            let font = ("sans-serif", 12).into_font().color(&ink).pos(Pos::new(HPos::Center, VPos::Center));
            plot.draw_series([Text::new(short(*value), (x, y), font)])?;
        }
    }
    Ok(())
}

/// Matplotlib's viridis between five of its colours.
fn viridis(share: f64) -> RGBColor {
    const STOPS: [[f64; 3]; 5] = [
        [68.0, 1.0, 84.0],
        [59.0, 82.0, 139.0],
        [33.0, 145.0, 140.0],
        [94.0, 201.0, 98.0],
        [253.0, 231.0, 37.0],
    ];
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let below = (place.floor() as usize).min(STOPS.len() - 2);
    let part = |channel: usize| {
        let (from, to) = (STOPS[below][channel], STOPS[below + 1][channel]);
        (from + (place - below as f64) * (to - from)).round() as u8
    };
    RGBColor(part(0), part(1), part(2))
}
