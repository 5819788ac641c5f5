// How the report looks: one column, two colour schemes, and A4 paper. Nothing is fetched.

const LIGHT =
  '--page:#fff;--ink:#1c2128;--muted:#5a6472;--rule:#dde2e8;--panel:#f6f8fa;--accent:#2563a8;--soft:#9dbbdc;--trust:#1a7f45;--repeat:#9a6200;--reject:#b42335';
const DARK =
  '--page:#14181d;--ink:#e6e9ed;--muted:#98a3b0;--rule:#2c343d;--panel:#1b2027;--accent:#6ba6e8;--soft:#3c618a;--trust:#4cc07c;--repeat:#dda23a;--reject:#f0707f';

export const REPORT_STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif}
main{max-width:800px;margin:0 auto;padding:40px 24px 56px}
header{margin-bottom:28px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:20px;line-height:1.3;margin:0 0 4px;font-weight:650;overflow-wrap:anywhere}
h3{font-size:15px;margin:32px 0 10px;font-weight:650}
p{margin:0 0 10px}
.muted,.note{color:var(--muted)}
td .muted{font-size:13px}
.note{font-size:13px;margin-top:8px}
.result{border-top:2px solid var(--rule);margin-top:48px;padding-top:32px}
.result.only{border-top:0;margin-top:0;padding-top:0}
.verdict{border-left:4px solid var(--tone);background:var(--panel);padding:14px 18px;border-radius:0 6px 6px 0}
.verdict strong{color:var(--tone);font-size:17px}
.verdict ul{margin:8px 0 0;padding-left:20px}
.trust{--tone:var(--trust)}.repeat{--tone:var(--repeat)}.reject,.failed{--tone:var(--reject)}
.verdictword{color:var(--tone);font-weight:600;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:20px;margin:26px 0 0}
.figures div{border-top:1px solid var(--rule);padding-top:10px}
.figures dt{color:var(--muted);font-size:13px}
.figures dd{margin:0}
.figures dd:first-of-type{font-size:22px;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.35}
.figures dd+dd{color:var(--muted);font-size:13px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:14px}
th{font-weight:600;text-align:left;color:var(--muted);font-size:13px;vertical-align:bottom}
th,td{padding:6px 14px 6px 0;border-bottom:1px solid var(--rule);vertical-align:top}
th:last-child,td:last-child{padding-right:0}
.number{text-align:right;white-space:nowrap}
.scroll{overflow-x:auto}
.facts{display:grid;grid-template-columns:170px 1fr;gap:5px 16px;margin:0;font-size:14px}
.facts dt{color:var(--muted)}
.facts dd{margin:0;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:2px}
code{font:12.5px/1.5 ui-monospace,"Cascadia Mono",Menlo,Consolas,monospace;overflow-wrap:anywhere}
.chart{display:block;width:100%;min-width:520px;height:auto}
.whole{white-space:nowrap}
.barcell{width:74px}
.tick{fill:var(--muted);font-size:12px;font-variant-numeric:tabular-nums}
.end{text-anchor:end}.middle{text-anchor:middle}
.grid{stroke:var(--rule);stroke-width:1}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}
.line.main{stroke:var(--accent)}.line.faint{stroke:var(--soft)}
.bar{fill:var(--accent)}.bar.repeat,.bar.reject{fill:var(--soft)}
.mark{stroke:var(--muted);stroke-width:1;stroke-dasharray:3 3}
.cellbar{display:block;width:60px;height:8px;margin-top:7px}
footer{margin-top:48px;border-top:1px solid var(--rule);padding-top:12px;color:var(--muted);font-size:13px}
@media (max-width:520px){main{padding:24px 16px}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:8px}}
@page{size:A4;margin:16mm 15mm}
@media print{
:root{color-scheme:light;${LIGHT}}
body{font-size:10.5pt}
main{max-width:none;padding:0}
.verdict,.bar,.line{print-color-adjust:exact;-webkit-print-color-adjust:exact}
.verdict,.figures,.chart,tr,.facts div{break-inside:avoid}
h2,h3{break-after:avoid}
.result:not(.only){break-before:page;border-top:0;margin-top:0;padding-top:0}
.scroll{overflow:visible}
.chart{min-width:0}
}`;
