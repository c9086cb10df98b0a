"use strict";
const charts = JSON.parse(document.getElementById("charts").textContent);
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const narrow = window.matchMedia("(max-width: 600px)");

function themed(layout) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const axis = (own) => ({
    gridcolor: colour("--grid"), zerolinecolor: colour("--line"), linecolor: colour("--line"), ...own,
    title: { standoff: 8, ...own.title },
  });
  const small = narrow.matches;
  return {
    ...layout,
    xaxis: axis(layout.xaxis),
    yaxis: axis(layout.yaxis),
    font: { color: colour("--ink"), size: small ? 11 : 13, family: "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: small ? 44 : 60, r: 12, t: 12, b: 48 },
    // Below the axis, so that names never take width from the chart.
    legend: { orientation: "h", yanchor: "top", y: -0.22, x: 0, font: { size: small ? 10 : 12 } },
    hoverlabel: { namelength: -1 },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("--faint"), activecolor: colour("--accent") },
  };
}

function drawn(id) {
  const { data, layout } = charts[id];
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  const traces = data.map((trace) => (trace.error_y ? { ...trace, error_y: { color: ink, ...trace.error_y } } : trace));
  return Plotly.react("chart-" + id, traces, themed(layout), {
    responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  });
}

function draw() {
  window.ready = Promise.all(Object.keys(charts).map(drawn));
}

dark.addEventListener("change", draw);
narrow.addEventListener("change", draw);
draw();
