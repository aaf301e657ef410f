rule score_table:
    input:
        inputs("score_table", "table"),
        paper=lambda wc: own(f"config/paper/table{wc.number}.csv"),
        slips=lambda wc: own("config/paper/slips.csv"),
    output:
        csv=FILE["table"],
        sidecar=beside("table", ".json"),
        markdown=beside("table", ".md"),
        html=report(
            beside("table", ".html"),
            category="Tables",
            caption="../report/scores.rst",
            labels=lambda wc: {"table": f"{wc.number:>2}: scores"},  # 2 before 10, which are sorted as text
        ),
    log:
        "<logs>/tables/table{number}.log",
    wildcard_constraints:
        number=r"(?!(1|7|{})\.)[^/]+".format("|".join(COST_TABLES)),  # whatever other rules do not make
    params:
        spec=spec("score_table"),
        code=code_version("gradts.reporting.tables"),
        results=lambda wc: RESULTS,
    message:
        "Table {wildcards.number}"
    shell:
        "gradts table --spec {params.spec:q} --results {params.results:q} --paper {input.paper:q}"
        " --slips {input.slips:q} --csv {output.csv:q} --markdown {output.markdown:q} 2>&1 | tee {log:q}"


rule fact_table:
    input:
        statistics=lambda wc: FILE["statistics"].format(suite=PLAN.fact_table_spec(wc.number).suite),
        paper=lambda wc: own(f"config/paper/table{wc.number}.csv"),
        slips=lambda wc: own("config/paper/slips.csv"),
    output:
        csv=FILE["table"],
        sidecar=beside("table", ".json"),
        markdown=beside("table", ".md"),
        html=report(
            beside("table", ".html"),
            category="Tables",
            caption="../report/facts.rst",
            labels=lambda wc: {"table": f"{wc.number:>2}: tasks"},
        ),
    log:
        "<logs>/tables/table{number}.log",
    wildcard_constraints:
        number="1|7",
    params:
        spec=spec("fact_table"),
        code=code_version("gradts.reporting.facts"),
    message:
        "Table {wildcards.number}"
    shell:
        "gradts fact-table --spec {params.spec:q} --statistics {input.statistics:q} --paper {input.paper:q}"
        " --slips {input.slips:q} --csv {output.csv:q} --markdown {output.markdown:q} 2>&1 | tee {log:q}"


# Table 10's answers; its jobs' records lead to those of all jobs behind them.
rule costs:
    input:
        lambda wc: PLAN.answer_files("10"),
    output:
        ledger=FILE["costs"],
        sidecar=beside("costs", ".json"),
    log:
        "<logs>/tables/costs.log",
    params:
        code=code_version("gradts.reporting.costs"),
        results=lambda wc: RESULTS,
    message:
        "the ledger of costs"
    shell:
        "gradts costs --answers {input:q} --results {params.results:q} --out {output.ledger:q} 2>&1 | tee {log:q}"


rule cost_table:
    input:
        ledger=FILE["costs"],
        paper=lambda wc: own("config/paper/minutes.csv"),
        slips=lambda wc: own("config/paper/slips.csv"),
    output:
        csv=FILE["table"],
        sidecar=beside("table", ".json"),
        markdown=beside("table", ".md"),
        html=report(
            beside("table", ".html"),
            category="Tables",
            caption="../report/costs.rst",
            labels=lambda wc: {"table": f"{wc.number:>2}: costs"},
        ),
    log:
        "<logs>/tables/table{number}.log",
    wildcard_constraints:
        number="|".join(COST_TABLES),
    params:
        spec=spec("cost_table"),
        code=code_version("gradts.reporting.costs"),
    message:
        "Table {wildcards.number}"
    shell:
        "gradts cost-table --spec {params.spec:q} --ledger {input.ledger:q} --paper {input.paper:q}"
        " --slips {input.slips:q} --csv {output.csv:q} --markdown {output.markdown:q} 2>&1 | tee {log:q}"


# Table 2's record leads to every joint run that it needed.
rule stability:
    input:
        FILE["table"].format(number="2"),
    output:
        csv=FILE["stability"],
        sidecar=beside("stability", ".json"),
        markdown=beside("stability", ".md"),
        html=report(
            beside("stability", ".html"),
            category="Tables",
            caption="../report/stability.rst",
            labels={"table": "stability: stuck runs"},
        ),
    log:
        "<logs>/tables/stability.log",
    params:
        code=code_version("gradts.reporting.stability"),
        results=lambda wc: RESULTS,
    message:
        "how many joint runs are stuck"
    shell:
        "gradts stability --table {input:q} --results {params.results:q} --csv {output.csv:q}"
        " --markdown {output.markdown:q} 2>&1 | tee {log:q}"
