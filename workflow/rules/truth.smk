rule truth:
    input:
        inputs("truth", "truth"),
    output:
        csv=FILE["truth"],
        sidecar=beside("truth", ".json"),
    log:
        "<logs>/truth/{backend}/{suite}.log",
    params:
        spec=spec("truth"),
        code=code_version("gradts.truth.scores"),
        results=lambda wc: RESULTS,
    message:
        "the scores of all sets of suite {wildcards.suite} under {wildcards.backend}"
    shell:
        "gradts truth --spec {params.spec:q} --results {params.results:q} --out {output.csv:q} 2>&1 | tee {log:q}"


rule regret:
    input:
        inputs("regret", "regret"),
    output:
        csv=FILE["regret"],
        sidecar=beside("regret", ".json"),
        markdown=beside("regret", ".md"),
        html=report(
            beside("regret", ".html"),
            category="Truth",
            caption="../report/regret.rst",
            labels={"shows": "regret of every method"},
        ),
        ranking=FILE["ranking"],
        ranking_sidecar=beside("ranking", ".json"),
        ranking_markdown=beside("ranking", ".md"),
        ranking_html=report(
            beside("ranking", ".html"),
            category="Truth",
            caption="../report/ranking.rst",
            labels={"shows": "rankings"},
        ),
    log:
        "<logs>/tables/regret.log",
    params:
        spec=spec("regret"),
        code=code_version("gradts.reporting.truth"),
        results=lambda wc: RESULTS,
    message:
        "what every answer was worth"
    shell:
        "gradts regret --spec {params.spec:q} --results {params.results:q} --csv {output.csv:q}"
        " --markdown {output.markdown:q} --ranking {output.ranking:q}"
        " --ranking-markdown {output.ranking_markdown:q} 2>&1 | tee {log:q}"


rule regret_figure:
    input:
        inputs("regret_figure", "regret_figure"),
    output:
        png=report(
            FILE["regret_figure"],
            category="Truth",
            caption="../report/regret_figure.rst",
            labels={"shows": "regret and cost (picture)"},
        ),
        svg=beside("regret_figure", ".svg"),
        sidecar=beside("regret_figure", ".json"),
    log:
        "<logs>/figures/regret.log",
    params:
        spec=spec("regret_figure"),
        code=code_version("gradts.reporting.truth_figures"),
    message:
        "regret against the cost of selection"
    shell:
        "gradts regret-figure --spec {params.spec:q} --table {input:q} --out {output.png:q} {output.svg:q}"
        " 2>&1 | tee {log:q}"


rule affinity:
    input:
        inputs("affinity", "affinity"),
    output:
        png=report(
            FILE["affinity"],
            category="Truth",
            caption="../report/affinity.rst",
            labels={"shows": "likeness and gains (picture)"},
        ),
        svg=beside("affinity", ".svg"),
        sidecar=beside("affinity", ".json"),
    log:
        "<logs>/figures/affinity.log",
    params:
        spec=spec("affinity"),
        code=code_version("gradts.reporting.truth_figures"),
        results=lambda wc: RESULTS,
    message:
        "correlation beside measured gains"
    shell:
        "gradts affinity --spec {params.spec:q} --results {params.results:q} --out {output.png:q} {output.svg:q}"
        " 2>&1 | tee {log:q}"
