// Enhances pages that are complete without it: filters that answer at once, and a zoomable chart on a panel's page.
"use strict";

(() => {
  const SYMBOLS = {
    "circle": "circle", "diamond": "diamond", "square": "rect", "triangle": "triangle",
    "triangle-down": "path://M0 0H20L10 18z", "cross": "path://M7 0H13V7H20V13H13V20H7V13H0V7H7z",
    "star": "path://M10 0L12.6 7H20L14 11.6L16.2 19L10 14.5L3.8 19L6 11.6L0 7H7.4z", "bar": "roundRect",
  };

  for (const form of document.querySelectorAll("form.filter")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  const holder = document.getElementById("chart");
  if (!holder || !holder.dataset.panel || typeof echarts === "undefined") return;

  const shown = (value) => (value === null ? "–" : Number(value.toPrecision(5)).toString());
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Names come from DICOM files: they are only ever set as text, never as markup.
  const tip = (point, unit) => {
    const box = document.createElement("div");
    box.className = "tip";
    const lines = [`${point.time.replace("T", " ").slice(0, 16)} · ${point.centre}`, `${shown(point.value)} ${unit}`];
    const head = document.createElement("b");
    head.textContent = point.label;
    box.append(head);
    for (const line of [...lines, point.explanation, point.reason].filter(Boolean)) {
      const row = document.createElement("div");
      row.textContent = line;
      box.append(row);
    }
    return box;
  };

  const judgedBy = (centre) => {
    const at = (value, type, width, opacity) => (value === null ? [] : [{ yAxis: value, lineStyle: { type, width, opacity } }]);
    const limits = centre.limits;
    return [
      ...at(limits.centre_line, "solid", 1.4, 1),
      ...at(limits.lower, [6, 4], 1.2, 1), ...at(limits.upper, [6, 4], 1.2, 1),
      ...at(limits.band_low, [1, 3], 1, 0.9), ...at(limits.band_high, [1, 3], 1, 0.9),
    ];
  };

  const bandOf = (centre) => (centre.limits.band_low === null ? [] : [[
    { yAxis: centre.limits.band_low, itemStyle: { color: looks[centre.name].colour, opacity: 0.07 } },
    { yAxis: centre.limits.band_high },
  ]]);

  const referenceOf = (centre) => (centre.state !== "frozen" ? [] : [[
    { xAxis: centre.reference_start, itemStyle: { color: "#64748b", opacity: 0.07 } }, { xAxis: centre.reference_end },
  ]]);

  const looks = JSON.parse(holder.dataset.looks);

  const seriesOf = (centre, points) => ({
    name: centre.name, type: "line", symbol: SYMBOLS[looks[centre.name].shape] || "circle", connectNulls: false, animation: false,
    color: looks[centre.name].colour, lineStyle: { width: 1, opacity: 0.35 }, symbolSize: 10, showAllSymbol: true,
    data: points.map((point) => ({ value: [point.time, point.value], point })),
    markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: looks[centre.name].colour }, data: judgedBy(centre) },
    markArea: { silent: true, data: [...bandOf(centre), ...referenceOf(centre)] },
  });

  const marksOf = (name, points, symbol, size, offset, style) => ({
    name, type: "scatter", symbol, symbolSize: size, symbolOffset: offset, itemStyle: style, silent: true, animation: false, z: 5,
    data: points.map((point) => ({ value: [point.time, point.value], point })),
  });

  const options = (panel) => {
    const plotted = panel.points.filter((point) => point.value !== null);
    const levels = panel.judged.flatMap((centre) => judgedBy(centre).map((line) => line.yAxis));
    const low = Math.min(...plotted.map((point) => point.value), ...levels);
    const high = Math.max(...plotted.map((point) => point.value), ...levels);
    const pad = (high - low) * 0.06 || 1;
    const ink = css("--ink"), soft = css("--soft"), line = css("--line");
    return {
      aria: { enabled: true }, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: soft }, animation: false,
      grid: { left: 64, right: 24, top: 34, bottom: 84 },
      tooltip: { trigger: "item", confine: true, formatter: (item) => (item.data.point ? tip(item.data.point, panel.unit) : "") },
      xAxis: { type: "time", axisLabel: { color: soft }, axisLine: { lineStyle: { color: soft } } },
      yAxis: {
        type: "value", min: low - pad, max: high + pad, name: panel.unit, nameTextStyle: { color: soft },
        axisLabel: { color: soft, showMinLabel: false, showMaxLabel: false, formatter: shown }, splitLine: { lineStyle: { color: line } },
      },
      dataZoom: [{ type: "inside", filterMode: "none" }, { type: "slider", filterMode: "none", height: 22, bottom: 16 }],
      series: [
        ...panel.judged.map((centre) => seriesOf(centre, panel.points.filter((point) => point.centre === centre.name))),
        marksOf("tail", plotted.filter((point) => point.tail), "circle", 18, [0, 0], { color: "transparent", borderColor: ink, borderWidth: 1.4 }),
        marksOf("signal", plotted.filter((point) => point.signals.length), "path://M0 0H20L10 16z", [9, 8], [0, -16], { color: ink }),
      ],
    };
  };

  const enhance = (panel) => {
    holder.textContent = "";
    holder.classList.add("live");
    const chart = echarts.init(holder, null, { renderer: "canvas" });
    chart.setOption(options(panel));
    chart.on("click", (item) => {
      if (item.data && item.data.point) window.location.assign(`/plans/${encodeURIComponent(item.data.point.plan_id)}`);
    });
    window.addEventListener("resize", () => chart.resize());
    document.getElementById("chart-hint").hidden = false;
  };

  // Where the numbers cannot be had, the drawing that came with the page stays.
  fetch(holder.dataset.panel, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(`status ${answer.status}`))))
    .then(enhance)
    .catch((reason) => console.warn("the interactive chart is not available:", reason.message));
})();
