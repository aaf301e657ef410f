rule score_table:
    input:
        unpack(table_inputs),
        chosen=recorded("<results>/tables/table{number}.json", lambda wc: table_spec(wc.number), chosen_runs),
        paper="config/paper/table{number}.csv",
    output:
        csv=report(
            "<results>/tables/table{number}.csv",
            category="Tables",
            caption="../report/scores.rst",
            labels={"table": "{number}"},
        ),
        sidecar="<results>/tables/table{number}.json",
        markdown="<results>/tables/table{number}.md",
    log:
        "<logs>/tables/table{number}.log",
    wildcard_constraints:
        number="|".join(SCORE_TABLES),
    conda:
        "../../environment.yml"
    params:
        spec=lambda wc: table_spec(wc.number),
        code=code_digest("gradts.reporting.tables"),
        results=lambda wc: RESULTS,
    message:
        "Table {wildcards.number}"
    shell:
        "gradts table --spec {params.spec:q} --results {params.results:q} --paper {input.paper:q}"
        " --csv {output.csv:q} --markdown {output.markdown:q} 2>&1 | tee {log:q}"


rule fact_table:
    input:
        statistics=lambda wc: f"<results>/statistics/{table_of(wc.number)[0]}.csv",
        paper="config/paper/table{number}.csv",
    output:
        csv=report(
            "<results>/tables/table{number}.csv",
            category="Tables",
            caption="../report/facts.rst",
            labels={"table": "{number}"},
        ),
        sidecar="<results>/tables/table{number}.json",
        markdown="<results>/tables/table{number}.md",
    log:
        "<logs>/tables/table{number}.log",
    wildcard_constraints:
        number="1|7",
    conda:
        "../../environment.yml"
    params:
        generated=lambda wc: bool(generated_note(table_of(wc.number)[0])),
        code=code_digest("gradts.reporting.tables"),
    message:
        "Table {wildcards.number}"
    shell:
        "gradts fact-table --number {wildcards.number} --statistics {input.statistics:q} --paper {input.paper:q}"
        " --generated {params.generated} --csv {output.csv:q} --markdown {output.markdown:q} 2>&1 | tee {log:q}"


rule costs:
    input:
        recorded("<results>/costs.json", cost_spec, cost_inputs),
    output:
        ledger="<results>/costs.csv",
        sidecar="<results>/costs.json",
    log:
        "<logs>/tables/costs.log",
    conda:
        "../../environment.yml"
    params:
        spec=cost_spec,
        code=code_digest("gradts.reporting.costs"),
        results=lambda wc: RESULTS,
    message:
        "the ledger of costs"
    shell:
        "gradts costs --spec {params.spec:q} --results {params.results:q} --out {output.ledger:q}"
        " 2>&1 | tee {log:q}"


rule cost_table:
    input:
        ledger="<results>/costs.csv",
        paper="config/paper/costs.csv",
    output:
        csv=report(
            "<results>/tables/table{number}.csv",
            category="Tables",
            caption="../report/costs.rst",
            labels={"table": "{number}"},
        ),
        sidecar="<results>/tables/table{number}.json",
        markdown="<results>/tables/table{number}.md",
    log:
        "<logs>/tables/table{number}.log",
    wildcard_constraints:
        number="|".join(COST_TABLES),
    conda:
        "../../environment.yml"
    params:
        methods=cost_rows,
        code=code_digest("gradts.reporting.costs"),
    message:
        "Table {wildcards.number}"
    shell:
        "gradts cost-table --number {wildcards.number} --methods {params.methods:q} --ledger {input.ledger:q}"
        " --paper {input.paper:q} --csv {output.csv:q} --markdown {output.markdown:q} 2>&1 | tee {log:q}"
