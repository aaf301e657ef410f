rule table2:
    input:
        unpack(table2_inputs),
        chosen=chosen_runs,
        paper="config/paper/table2.csv",
    output:
        csv=report(
            "<results>/tables/table2.csv",
            category="Tables",
            caption="../report/table2.rst",
            labels={"table": "2"},
        ),
        sidecar="<results>/tables/table2.json",
        markdown="<results>/tables/table2.md",
    log:
        "<logs>/tables/table2.log",
    conda:
        "../../environment.yml"
    params:
        spec=table2_spec,
        code=code_digest("gradts.reporting.tables"),
        results=lambda wc: RESULTS,
    message:
        "Table 2"
    shell:
        "gradts table2 --spec {params.spec:q} --results {params.results:q} --paper {input.paper:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} 2>&1 | tee {log:q}"
