FIGURE3 = PLAN.config["figure3_task"] or PLAN.suites[TABLE2["suite"]][0]


rule chosen_sets:
    input:
        figure_answers,
    output:
        png=report(
            "<results>/figures/figure{number}.png",
            category="Figures",
            caption="../report/chosen.rst",
            labels={"figure": "{number}"},
        ),
        svg="<results>/figures/figure{number}.svg",
        sidecar="<results>/figures/figure{number}.json",
    log:
        "<logs>/figures/figure{number}.log",
    wildcard_constraints:
        number="1|2",
    conda:
        "../../environment.yml"
    params:
        spec=figure_spec,
        note=lambda wc: generated_note(table_of("3" if wc.number == "1" else "5")[0]),
        code=code_digest("gradts.reporting.figures"),
        results=lambda wc: RESULTS,
    message:
        "Figure {wildcards.number}"
    shell:
        "gradts chosen-sets --spec {params.spec:q} --results {params.results:q} --note={params.note:q}"
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
