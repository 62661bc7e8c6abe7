/// What the pages are made of. A variable is always escaped for where it stands; `style` alone is not, and is ours.
enum Templates {
    static let all = [
        "report": report, "front": front, "login": login, "problem": problem, "head": head, "foot": foot,
        "change": change, "preview": preview,
    ]

    private static let head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        {{#refresh}}<meta http-equiv="refresh" content="{{.}}">
        {{/refresh}}
        <title>{{title}}</title>
        <style>{{{style}}}</style>
        </head>
        <body>
        <header><div><a class="brand" href="/">Martlet</a>
        {{#signedIn}}<form method="post" action="/logout"><button>Sign out</button></form>
        {{/signedIn}}
        </div></header>
        <main>
        """

    private static let foot = """
        </main>
        <footer>{{#foot}}<p>{{.}}</p>
        {{/foot}}</footer>
        </body>
        </html>
        """

    private static let report = """
        {{>head}}
        <p class="quiet">{{source}}</p>
        <h1><span class="{{tone}}" aria-hidden="true">{{glyph}}</span> {{headline}}</h1>
        <p class="title"><code>{{commit}}</code> {{message}}</p>
        <p class="quiet small">{{times}} · <a href="{{link}}.json">JSON</a> · <a href="{{link}}.md">Markdown</a></p>
        {{#summary}}<p class="small">{{.}}</p>
        {{/summary}}
        {{#note}}<p class="quiet small">{{.}}</p>
        {{/note}}
        {{#problems}}<pre>{{#lines}}{{.}}
        {{/lines}}</pre>
        {{/problems}}
        {{#attention}}<h2>Needs attention</h2>
        <ul class="list">
        {{#items}}{{>change}}
        {{/items}}</ul>
        {{/attention}}
        {{#moving}}<h2>{{heading}}</h2>
        <ul class="list">
        {{#items}}{{>change}}
        {{/items}}</ul>
        {{/moving}}
        {{#sections}}<h2>{{heading}}</h2>
        <ul class="list">
        {{#items}}{{>change}}
        {{/items}}</ul>
        {{/sections}}
        {{>foot}}
        """

    /// One resource, whatever is said of it.
    private static let change = """
        <li><span class="mark {{tone}}" aria-hidden="true">{{mark}}</span>
        <div class="row"><span class="id">{{id}}</span> <span>{{what}}</span>{{#cause}} <span class="cause">{{.}}</span>{{/cause}}{{#at}} <time datetime="{{full}}">{{short}}</time>{{/at}}</div>
        {{#lines}}<p class="text">{{.}}</p>
        {{/lines}}
        {{#hint}}<p class="hint">{{.}}</p>
        {{/hint}}
        {{#fields}}<dl class="fields">
        {{#all}}<dt class="path">{{path}}</dt><dd>{{#before}}<del>{{.}}</del>{{/before}}{{#both}}<span class="arrow">→</span>{{/both}}{{#after}}<ins>{{.}}</ins>{{/after}}{{#why}} <span class="cause">{{.}}</span>{{/why}}{{#diff}}<pre class="diff">{{#rows}}<span class="{{tone}}">{{text}}</span>
        {{/rows}}</pre>{{/diff}}</dd>
        {{/all}}</dl>
        {{/fields}}
        </li>
        """

    private static let preview = """
        {{>head}}
        <p class="quiet">{{over}}</p>
        <h1><span class="{{tone}}" aria-hidden="true">{{glyph}}</span> {{headline}}</h1>
        <p class="title"><code>{{commit}}</code> {{message}}</p>
        <p class="quiet small">{{merge}} · <a href="{{link}}.json">JSON</a> · <a href="{{link}}.md">Markdown</a></p>
        {{#note}}<p class="wait small">{{.}}</p>
        {{/note}}
        {{#conflicts}}<h2>can't be merged</h2>
        <ul class="list">
        {{#items}}{{>change}}
        {{/items}}</ul>
        {{/conflicts}}
        {{#sources}}{{#name}}<h1 class="source">{{.}}</h1>
        {{/name}}{{#problems}}<h2>can't be loaded</h2>
        <pre>{{#lines}}{{.}}
        {{/lines}}</pre>
        {{/problems}}{{#sections}}<h2>{{heading}}</h2>
        <ul class="list">
        {{#items}}{{>change}}
        {{/items}}</ul>
        {{/sections}}{{#observed}}<p class="quiet small">{{.}}</p>
        {{/observed}}{{/sources}}
        {{#plans}}<p class="plan small"><span class="quiet">{{name}}</span> <code>{{digest}}</code></p>
        {{/plans}}
        <p class="plan small"><span class="quiet">the same by</span> <code>{{command}}</code></p>
        {{>foot}}
        """

    private static let front = """
        {{>head}}
        <h1>{{controller}}</h1>
        {{#empty}}<p class="quiet">No source is configured.</p>
        {{/empty}}
        {{#trouble}}<p class="wait">{{.}}</p>
        {{/trouble}}
        <ul class="sources">
        {{#sources}}<li>
        <h2>{{name}}</h2>
        <p><span class="{{tone}}" aria-hidden="true">{{glyph}}</span> <strong>{{state}}</strong><span class="title">{{rest}}</span></p>
        {{#times}}<p class="quiet small">{{.}}</p>
        {{/times}}
        {{#layers}}<table class="counts"><tr><th scope="col">layer</th><th scope="col">ready</th><th scope="col">in progress</th><th scope="col">failed</th><th scope="col">drifted</th></tr>
        {{#rows}}<tr><th scope="row">{{layer}}</th><td>{{ready}}</td><td class="{{moves}}">{{inProgress}}</td><td class="{{fails}}">{{failed}}</td><td class="{{drifts}}">{{drifted}}</td></tr>
        {{/rows}}</table>
        {{/layers}}
        {{#turns}}<ul class="turns">
        {{#all}}<li><span class="state {{tone}}">{{state}}</span><a href="{{link}}"><code>{{commit}}</code></a><span class="title">{{title}}</span><time datetime="{{full}}">{{ago}}</time></li>
        {{/all}}</ul>
        {{/turns}}
        </li>
        {{/sources}}</ul>
        {{#requests}}<h2>Open requests</h2>
        <ul class="list">
        {{#all}}<li><span class="mark {{tone}}" aria-hidden="true">{{glyph}}</span>
        <div class="row"><a href="{{link}}">{{name}}</a> <span>{{title}}</span>{{#at}} <time datetime="{{full}}">{{ago}}</time>{{/at}}</div>
        <p class="text">{{summary}}</p>
        <p class="quiet small">by {{author}} into {{base}}{{#approvals}} · {{.}}{{/approvals}}</p>
        </li>
        {{/all}}</ul>
        {{/requests}}
        {{>foot}}
        """

    private static let login = """
        {{>head}}
        <div class="gate">
        <h1>Sign in</h1>
        {{#complaint}}<p class="bad" role="alert">{{.}}</p>
        {{/complaint}}
        <form method="post" action="/login">
        <input type="hidden" name="to" value="{{to}}">
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" spellcheck="false" autofocus required>
        <button>Sign in</button>
        </form>
        <p class="quiet small">An admin makes one with <code>martlet token create --role viewer</code></p>
        </div>
        {{>foot}}
        """

    private static let problem = """
        {{>head}}
        <h1>{{message}}</h1>
        {{#hint}}<p class="quiet">{{.}}</p>
        {{/hint}}
        <p><a href="/">All sources</a></p>
        {{>foot}}
        """
}
