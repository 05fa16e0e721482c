#include "agent/report/html_parts.h"

namespace pue::report {

std::string_view style_sheet() {
  return R"css(
:root { color-scheme: light; --ink: #1c2127; --soft: #59636e; --rule: #d4d9de; --accent: #1f4e79; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 186mm; padding: 10mm 6mm; color: var(--ink); background: #fff;
  font: 10.5pt/1.5 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial, "Noto Sans CJK SC", "Noto Sans SC",
  "PingFang SC", "Microsoft YaHei", sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 24pt; line-height: 1.2; margin: 0 0 2mm; font-weight: 600; }
h2 { font-size: 14pt; margin: 11mm 0 3mm; padding-bottom: 1mm; border-bottom: 1px solid var(--rule); font-weight: 600;
  break-after: avoid; }
h2 + p { break-after: avoid; }
h3 { font-size: 11pt; margin: 6mm 0 2mm; font-weight: 600; break-after: avoid; }
p { margin: 0 0 2.5mm; }
.soft { color: var(--soft); }
.note { color: var(--soft); font-size: 9pt; }
.warn { border-left: 3px solid #000; padding: 1mm 3mm; margin: 3mm 0; font-weight: 600; }
.cover { min-height: 250mm; display: flex; flex-direction: column; }
.cover .kind { color: var(--accent); letter-spacing: 0.06em; margin: 14mm 0 4mm; font-weight: 600; }
.cover .period { font-size: 13pt; color: var(--soft); margin-bottom: 10mm; }
.headline { border-top: 2px solid var(--ink); border-bottom: 1px solid var(--rule); padding: 5mm 0; margin-bottom: 6mm; }
.headline .label { font-size: 11pt; color: var(--soft); }
.headline .value { font-size: 44pt; line-height: 1.1; font-weight: 600; }
.headline .value .open { font-size: 20pt; font-weight: 400; color: var(--soft); }
.headline .why { font-size: 14pt; font-weight: 600; }
.cover footer { margin-top: auto; padding-top: 8mm; font-size: 8.5pt; color: var(--soft); overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin: 2mm 0 4mm; font-size: 9pt; }
th, td { text-align: left; padding: 1.1mm 2mm; border-bottom: 1px solid var(--rule); vertical-align: top;
  overflow-wrap: break-word; }
td:first-child { overflow-wrap: anywhere; min-width: 20mm; }
th { font-weight: 600; border-bottom: 1px solid var(--ink); }
td.n, th.n { text-align: right; white-space: nowrap; overflow-wrap: normal; }
td.n .why, .why { white-space: normal; font-style: italic; color: var(--soft); }
:lang(zh) .why, :lang(zh) td.n .why { font-style: normal; }
thead { display: table-header-group; }
tr, figure, .chart { break-inside: avoid; }
table.facts th { width: 34%; font-weight: 400; color: var(--soft); border-bottom: 1px solid var(--rule); }
figure { margin: 3mm 0 4mm; }
figcaption { font-size: 9pt; color: var(--soft); margin-top: 1mm; }
code, .mono { font: 8.5pt/1.45 "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.whole { white-space: nowrap; }
pre { white-space: pre-wrap; background: #f6f7f8; padding: 2mm 3mm; border: 1px solid var(--rule); }
.wide { font-size: 8pt; }
.wide th, .wide td { padding: 0.9mm 1.2mm; }
.chart { width: 100%; max-height: 235mm; display: block; }
.chart text { font-size: 11px; fill: var(--ink); }
.chart .small { font-size: 10px; }
.chart .tiny { font-size: 9px; fill: var(--soft); }
.chart .strong { font-weight: 600; }
.chart .end { text-anchor: end; }
.chart .middle { text-anchor: middle; }
.chart .axis { stroke: #1c2127; stroke-width: 1; }
.chart .grid { stroke: #dfe3e7; stroke-width: 0.8; }
.chart .thin { stroke: #1c2127; stroke-width: 1; }
.chart .frame { fill: none; stroke: #8a939c; stroke-width: 0.6; }
.chart .open { fill: #fff; stroke: #1c2127; stroke-width: 1.2; }
.chart .ink { fill: #1c2127; }
.chart .curve { fill: none; stroke: #1c2127; stroke-width: 1.6; }
.chart .dashed { stroke-dasharray: 5 3; }
.chart .fill-1 { fill: #e3e7eb; }
.chart .fill-2 { fill: #b9c4cf; }
.chart .fill-3 { fill: #8298ae; }
.chart .fill-4 { fill: #3d6187; }
.chart .hatch { fill: #f3f4f6; stroke: #8a939c; stroke-width: 0.8; stroke-dasharray: 3 2; }
.chart .ribbon { fill-opacity: 0.85; }
.chart .cover-4 { fill: #dfe4e9; }
.chart .cover-3 { fill: #b4bfc9; }
.chart .cover-2 { fill: #7b8894; }
.chart .cover-1 { fill: #3b444d; }
.chart .cover-0 { fill: #000; }
.chart .border { fill: none; stroke: #59636e; stroke-width: 1.2; stroke-dasharray: 7 4; }
.chart .wire { fill: none; stroke: #1c2127; stroke-width: 1; }
.chart .box { fill: #fff; stroke: #1c2127; stroke-width: 1; }
.chart .it { fill: #dbe5ef; }
.chart .badge { fill: #fff; stroke: #1c2127; stroke-width: 1; }
@page { size: A4; margin: 16mm 14mm 16mm; @bottom-right { content: counter(page) " / " counter(pages);
  font: 8pt sans-serif; color: #59636e; } }
@media screen { body { max-width: 230mm; } }
@media screen and (max-width: 800px) { body { padding: 5mm 4mm; } .cover { min-height: 0; }
  table { display: block; overflow-x: auto; } table.facts { display: table; } figure { overflow-x: auto; }
  .chart { min-width: 620px; } }
@media print {
  body { padding: 0; max-width: none; }
  .cover { min-height: 255mm; break-after: page; }
  h2 { margin-top: 8mm; }
  a { color: inherit; text-decoration: none; }
}
)css";
}

}  // namespace pue::report
