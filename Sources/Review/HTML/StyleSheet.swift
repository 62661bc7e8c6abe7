/// How all pages look, light and dark, on a phone and on a desk.
enum StyleSheet {
    static let text = """
        :root{color-scheme:light dark;--paper:#fff;--raised:#f6f7f9;--line:#dfe3e8;--ink:#16191d;--quiet:#5c6670;
        --good:#1a7f42;--bad:#c02434;--wait:#8f5f00;--link:#1a5fb4;--gone:#fbe9eb;--come:#e6f5eb}
        @media (prefers-color-scheme:dark){:root{--paper:#14171a;--raised:#1c2025;--line:#30363d;--ink:#e6e9ec;
        --quiet:#99a3ad;--good:#57c27d;--bad:#ff7b85;--wait:#e0b04c;--link:#82b4ff;--gone:#3b1d21;--come:#16311f}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);
        font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
        code,.id,.path,del,ins,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
        font-size:.875em}
        a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
        header{border-bottom:1px solid var(--line)}
        header>div,main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
        header>div{display:flex;align-items:center;justify-content:space-between;min-height:3.25rem}
        .brand{font-weight:650;color:var(--ink)}
        header form{margin:0}
        header button{font:inherit;font-size:.875rem;color:var(--quiet);background:none;border:0;padding:.5rem 0;
        cursor:pointer}header button:hover{color:var(--ink)}
        main{padding-top:1.75rem;padding-bottom:2rem}
        footer{padding-top:1rem;padding-bottom:2.5rem;color:var(--quiet);font-size:.875rem}
        h1{font-size:1.5rem;line-height:1.25;margin:.125rem 0 .5rem;font-weight:650;overflow-wrap:anywhere}
        h2{font-size:.8125rem;font-weight:600;color:var(--quiet);text-transform:uppercase;letter-spacing:.05em;
        margin:2rem 0 .25rem}
        p{margin:.25rem 0}
        .quiet{color:var(--quiet)}.small{font-size:.875rem}
        .good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
        .title{overflow-wrap:anywhere}
        ul{list-style:none;margin:0;padding:0}
        .list>li{border-top:1px solid var(--line);padding:.625rem 0 .625rem 2rem;position:relative}
        .list>li:first-child{border-top-color:var(--line)}
        .mark{position:absolute;left:0;width:1.5rem;text-align:center;font-weight:650;
        font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
        .row{display:flex;flex-wrap:wrap;gap:0 .75rem;align-items:baseline}
        .id{font-weight:600;overflow-wrap:anywhere}
        .row time{margin-left:auto;color:var(--quiet);font-size:.8125rem;font-variant-numeric:tabular-nums}
        .cause{font-size:.8125rem;color:var(--wait)}
        .text{overflow-wrap:anywhere}
        .hint{color:var(--quiet);font-size:.875rem;overflow-wrap:anywhere}
        .fields{margin:.375rem 0 0;display:grid;grid-template-columns:12rem 1fr;align-items:baseline;gap:.125rem 1rem}
        .fields dt{color:var(--quiet);overflow-wrap:anywhere}
        .fields dd{margin:0;overflow-wrap:anywhere}
        del,ins{text-decoration:none;padding:.0625rem .25rem;border-radius:.1875rem;overflow-wrap:anywhere;
        -webkit-box-decoration-break:clone;box-decoration-break:clone}
        del{background:var(--gone)}ins{background:var(--come)}
        .arrow{color:var(--quiet);padding:0 .25rem}
        .sources{margin-top:1.25rem}.sources>li{border:1px solid var(--line);border-radius:.5rem;padding:1rem 1.25rem;margin:0 0 1rem}
        .sources h2{font-size:1.125rem;text-transform:none;letter-spacing:0;color:var(--ink);margin:0;
        overflow-wrap:anywhere}
        .counts{width:100%;table-layout:fixed;border-collapse:collapse;margin:.75rem 0 0;font-size:.875rem;
        font-variant-numeric:tabular-nums}
        .counts th{font-weight:400;vertical-align:bottom;color:var(--quiet);text-align:right;padding:.125rem 0 .125rem .75rem}
        .counts td{text-align:right;padding:.125rem 0 .125rem .75rem}
        .counts th:first-child{width:28%;text-align:left;padding-left:0}
        .turns{margin:.75rem 0 0;border-top:1px solid var(--line);padding-top:.5rem;font-size:.875rem}
        .turns li{display:flex;gap:.75rem;padding:.1875rem 0;align-items:baseline}
        .turns .title{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
        .turns time{color:var(--quiet);white-space:nowrap;font-variant-numeric:tabular-nums}
        .turns .state{width:5.5rem;flex:none}
        pre{background:var(--raised);padding:.75rem 1rem;border-radius:.375rem;overflow-x:auto;margin:.5rem 0;
        white-space:pre-wrap;overflow-wrap:anywhere}
        .diff{padding:.375rem .625rem;margin:.125rem 0;white-space:pre-wrap}
        .diff .gone{background:var(--gone)}.diff .come{background:var(--come)}
        .diff .same{color:var(--quiet)}
        .source{font-size:1.25rem;margin-top:2.25rem;padding-top:1rem;border-top:1px solid var(--line)}
        .plan{margin-top:1.25rem;overflow-wrap:anywhere}.plan+.plan{margin-top:.25rem}
        .gate{max-width:24rem;margin:12vh auto 0}
        .gate label{display:block;font-size:.875rem;margin:1.25rem 0 .25rem}
        .gate input{width:100%;font:inherit;padding:.5rem .625rem;border:1px solid var(--line);border-radius:.375rem;
        background:var(--raised);color:var(--ink)}
        .gate button{width:100%;margin:1rem 0;font:inherit;font-weight:600;padding:.5rem;border:0;
        border-radius:.375rem;background:var(--ink);color:var(--paper);cursor:pointer}
        :focus-visible{outline:2px solid var(--link);outline-offset:2px}
        @media (max-width:36rem){header>div,main,footer{padding-left:1rem;padding-right:1rem}
        h1{font-size:1.3125rem}.fields{grid-template-columns:1fr;gap:0}.fields dd{margin-bottom:.375rem}
        .list>li{padding-left:1.75rem}.sources>li{padding:.875rem 1rem}.turns .title{display:none}
        .turns time{margin-left:auto}.counts th,.counts td{padding-left:.375rem}}
        """
}
