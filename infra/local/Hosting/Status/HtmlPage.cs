using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace Serverless.Local.Hosting;

/// <summary>Builds a page of sections and tables. Every text goes through <see cref="Text"/>.</summary>
internal sealed class HtmlPage(string title)
{
    private const string Style = """
        :root { color-scheme: light dark; --line: #d9dee5; --soft: #f5f7fa; --dim: #5c6673; --ink: #17202b;
            --page: #fff; --accent: #1b5fc1;
            --good: #12714a; --bad: #b3261e; --wait: #8a5a00; }
        @media (prefers-color-scheme: dark) { :root { --line: #2d3540; --soft: #1a2028; --dim: #9aa5b3;
            --ink: #e5eaf0; --page: #11161c; --accent: #7fb0ff;
            --good: #5fd39e; --bad: #ff8a80; --wait: #f0be5c; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--page);
            color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: baseline;
            justify-content: space-between; border-bottom: 1px solid var(--line); padding-bottom: 1rem; }
        h1 { font-size: 1.35rem; margin: 0; }
        h2 { font-size: 1.02rem; margin: 2rem 0 .5rem; }
        h2 small { color: var(--dim); font-weight: 400; }
        nav a, a { color: var(--accent); }
        nav a { margin-right: 1rem; }
        nav form { display: inline; margin-right: 1rem; }
        .clock { background: var(--soft); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem;
            margin-top: 1.25rem; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
        .clock div { display: flex; gap: .5rem; }
        .clock time { font-variant-numeric: tabular-nums; font-weight: 600; }
        .clock span { color: var(--dim); flex: 1; }
        button { font: inherit; color: var(--accent); background: var(--page); border: 1px solid var(--line);
            border-radius: .4rem; padding: .3rem .8rem; cursor: pointer; }
        button:hover:enabled { border-color: var(--accent); }
        button:disabled { opacity: .5; cursor: wait; }
        .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .4rem .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { background: var(--soft); color: var(--dim); font-weight: 500; white-space: nowrap; }
        tr:last-child td { border-bottom: 0; }
        td { overflow-wrap: break-word; max-width: 32rem; }
        .t { white-space: nowrap; font-variant-numeric: tabular-nums; }
        td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .about { margin-top: .5rem; font-size: .87rem; }
        .mail { border-bottom: 1px solid var(--line); padding: 1rem 0; overflow-wrap: anywhere; }
        .mail h2, .mail p { margin: 0 0 .4rem; }
        .code { font: 600 1.9rem/1.3 ui-monospace, monospace; letter-spacing: .15em; }
        code { font: .92em ui-monospace, monospace; }
        .none { color: var(--dim); margin: 0; }
        .good { color: var(--good); }
        .bad { color: var(--bad); }
        .wait { color: var(--wait); }
        """;

    private const string Script = """
        for (const button of document.querySelectorAll('button[data-advance], button[data-to]'))
          button.onclick = async () => {
            const all = document.querySelectorAll('button'), says = document.getElementById('says');
            all.forEach(b => b.disabled = true); says.textContent = 'Moving the clock…';
            try {
              const headers = { 'content-type': 'application/json' };
              const body = JSON.stringify({ ...button.dataset });
              const answer = await fetch('/local/clock', { method: 'POST', headers, body });
              if (!answer.ok) throw new Error((await answer.json()).error);
              location.reload();
            } catch (error) { says.textContent = error.message; all.forEach(b => b.disabled = false); }
          };
        """;

    private readonly StringBuilder _body = new();

    /// <summary>The text as HTML shows it literally.</summary>
    public static string Text(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    /// <summary>Markup that is known to be safe.</summary>
    public HtmlPage Add(string markup)
    {
        _body.Append(markup);
        return this;
    }

    /// <summary>A table. A heading that begins with # is right-aligned; cells are markup.</summary>
    public HtmlPage Table(string heading, string note, string whenEmpty, string[] columns, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        _body.Append(CultureInfo.InvariantCulture, $"<section><h2>{Text(heading)} <small>{Text(note)}</small></h2>");
        if (all.Count == 0)
            _body.Append(CultureInfo.InvariantCulture, $"<p class=\"none\">{Text(whenEmpty)}</p></section>");
        else
        {
            _body.Append("<div class=\"scroll\"><table><thead><tr>");
            foreach (var column in columns)
                _body.Append(
                    CultureInfo.InvariantCulture,
                    $"<th scope=\"col\"{Align(column)}>{Text(column.TrimStart('#'))}</th>"
                );
            _body.Append("</tr></thead><tbody>");
            foreach (var row in all)
            {
                _body.Append("<tr>");
                for (var i = 0; i < row.Length; i++)
                    _body.Append(CultureInfo.InvariantCulture, $"<td{Align(columns[i])}>{row[i]}</td>");
                _body.Append("</tr>");
            }
            _body.Append("</tbody></table></div></section>");
        }
        return this;
    }

    public override string ToString() =>
        $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>{Text(
                title
            )}</title><style>{Style}</style></head>
            <body>{_body}<script>{Script}</script></body>
            </html>
            """;

    private static string Align(string column) => column.StartsWith('#') ? " class=\"n\"" : "";
}
