FIGURE3 = PLAN.config["figure3_task"] or PLAN.suites[TABLE2["suite"]][0]


rule figure1:
    input:
        lambda wc: table_answers("3"),
    output:
        png=report(
            "<results>/figures/figure1.png",
            category="Figures",
            caption="../report/figure1.rst",
            labels={"figure": "1"},
        ),
        svg="<results>/figures/figure1.svg",
        sidecar="<results>/figures/figure1.json",
    log:
        "<logs>/figures/figure1.log",
    conda:
        "../../environment.yml"
    params:
        spec=lambda wc: table_spec("3"),
        note=generated_note(TABLE2["suite"]),
        code=code_digest("gradts.reporting.figures"),
        results=RESULTS,
    message:
        "Figure 1"
    shell:
        "gradts figure1 --spec {params.spec:q} --results {params.results:q} --note={params.note:q}"
        " --out {output.png:q} {output.svg:q} 2>&1 | tee {log:q}"


rule figure3:
    input:
        f"<results>/importance/{TABLE2['backend']}/{FIGURE3}.npy",
    output:
        png=report(
            "<results>/figures/figure3.png",
            category="Figures",
            caption="../report/figure3.rst",
            labels={"figure": "3"},
        ),
        svg="<results>/figures/figure3.svg",
        sidecar="<results>/figures/figure3.json",
    log:
        "<logs>/figures/figure3.log",
    conda:
        "../../environment.yml"
    params:
        title=f"{FIGURE3}, {TABLE2['backend']}",
        note=generated_note(TABLE2["suite"]),
        code=code_digest("gradts.reporting.figures"),
    message:
        "Figure 3"
    shell:
        "gradts figure3 --importance {input:q} --title {params.title:q} --note={params.note:q}"
        " --out {output.png:q} {output.svg:q} 2>&1 | tee {log:q}"


rule figure4:
    input:
        f"<results>/correlation/{TABLE2['backend']}/{TABLE2['suite']}.csv",
    output:
        png=report(
            "<results>/figures/figure4.png",
            category="Figures",
            caption="../report/figure4.rst",
            labels={"figure": "4"},
        ),
        svg="<results>/figures/figure4.svg",
        sidecar="<results>/figures/figure4.json",
    log:
        "<logs>/figures/figure4.log",
    conda:
        "../../environment.yml"
    params:
        title=f"{TABLE2['suite']}, {TABLE2['backend']}",
        note=generated_note(TABLE2["suite"]),
        code=code_digest("gradts.reporting.figures"),
    message:
        "Figure 4"
    shell:
        "gradts figure4 --matrix {input:q} --title {params.title:q} --note={params.note:q}"
        " --out {output.png:q} {output.svg:q} 2>&1 | tee {log:q}"
