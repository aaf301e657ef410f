rule chosen_sets:
    input:
        inputs("chosen_sets", "figure"),
    output:
        png=report(
            FILE["figure"],
            category="Figures",
            caption="../report/chosen.rst",
            labels={"figure": "{number}: chosen sets"},
        ),
        svg=beside("figure", ".svg"),
        sidecar=beside("figure", ".json"),
    log:
        "<logs>/figures/figure{number}.log",
    wildcard_constraints:
        number="1|2",
    params:
        spec=spec("chosen_sets"),
        code=code_version("gradts.reporting.figures"),
        results=lambda wc: RESULTS,
    message:
        "Figure {wildcards.number}"
    shell:
        "gradts chosen-sets --spec {params.spec:q} --results {params.results:q} --out {output.png:q} {output.svg:q}"
        " 2>&1 | tee {log:q}"


rule heatmap:
    input:
        inputs("heatmap", "figure"),
    output:
        png=report(
            FILE["figure"],
            category="Figures",
            caption="../report/heatmap.rst",
            labels=lambda wc: {
                "figure": "3: heads of a task" if wc.number == "3" else "4: likeness of tasks"
            },
        ),
        svg=beside("figure", ".svg"),
        sidecar=beside("figure", ".json"),
    log:
        "<logs>/figures/figure{number}.log",
    wildcard_constraints:
        number=r"(?!(1|2)\.)[^/]+",  # whatever the other rule does not make
    params:
        spec=spec("heatmap"),
        code=code_version("gradts.reporting.figures"),
    message:
        "Figure {wildcards.number}"
    shell:
        "gradts heatmap --spec {params.spec:q} --values {input:q} --out {output.png:q} {output.svg:q}"
        " 2>&1 | tee {log:q}"
